"""Releases over a real database: idempotent, immutable, rolled back by a pointer."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fengshou.catalog import (
    Catalog,
    ContentRefused,
    Free,
    ItemMissing,
    Kinds,
    NothingReleased,
    Problem,
    ReleaseDamaged,
    ReleaseMissing,
)
from fengshou.catalog.build import build
from fengshou.catalog.release import Item
from fengshou.kernel import CENTRE, Database, system
from tests.catalog.conftest import Write


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were parsed."""
    seen: list[Path] = []

    def counting(folder: Path, kinds: Kinds) -> tuple[list[Item], list[Problem]]:
        seen.append(folder)
        return build(folder, kinds)

    monkeypatch.setattr("fengshou.catalog.catalog.build", counting)
    return seen


def colour(catalog: Catalog, bank: int | None = None) -> object:
    item = catalog.item("theme", "paint", bank=bank)
    assert isinstance(item, Free)
    return item["colour"]


async def test_the_same_folder_is_one_release(
    catalog: Catalog, folder: Path, write: Write, parses: list[Path]
) -> None:
    write("themes/paint.yaml", "colour: green")
    first = await catalog.load_release(folder)
    second = await catalog.load_release(folder)

    assert first == second
    assert first.current
    assert first.items == 1
    assert catalog.release_id == first.id
    assert await catalog.releases() == [first]
    assert len(parses) == 1


async def test_a_fresh_checkout_has_new_times_and_is_not_parsed(
    catalog: Catalog, folder: Path, write: Write, parses: list[Path], tmp_path: Path
) -> None:
    write("themes/paint.yaml", "colour: green")
    first = await catalog.load_release(folder)
    copy = tmp_path / "copy"
    (copy / "themes").mkdir(parents=True)
    (copy / "themes/paint.yaml").write_bytes((folder / "themes/paint.yaml").read_bytes())

    assert (await catalog.load_release(copy)).id == first.id
    assert parses == [folder]


async def test_words_that_mean_the_same_are_the_same_release(
    catalog: Catalog, folder: Path, write: Write
) -> None:
    write("themes/paint.yaml", "colour: green\nshade: 3")
    first = await catalog.load_release(folder)
    write("themes/paint.yaml", "# a comment\nshade: 3\ncolour: 'green'")

    assert (await catalog.load_release(folder)).id == first.id


async def test_a_changed_folder_moves_the_pointer_and_back_again(
    catalog: Catalog, folder: Path, write: Write
) -> None:
    write("themes/paint.yaml", "colour: green")
    green = await catalog.load_release(folder)
    write("themes/paint.yaml", "colour: blueish")
    blue = await catalog.load_release(folder)
    assert colour(catalog) == "blueish"
    assert blue.id != green.id

    write("themes/paint.yaml", "colour: green")
    assert (await catalog.load_release(folder)).id == green.id
    assert colour(catalog) == "green"
    assert len(await catalog.releases()) == 2


async def test_rollback_survives_a_restart_with_the_same_folder(
    catalog: Catalog, folder: Path, write: Write, db: Database
) -> None:
    write("themes/paint.yaml", "colour: green")
    green = await catalog.load_release(folder)
    write("themes/paint.yaml", "colour: blueish")
    blue = await catalog.load_release(folder)

    assert await catalog.rollback(system(), "blue is ugly") == green.id
    assert colour(catalog) == "green"
    restarted = Catalog(db, db.clock)
    await restarted.load_release(folder)

    assert restarted.release_id == green.id
    assert [(r.id, r.current) for r in await restarted.releases()] == [(blue.id, False), (green.id, True)]
    assert await restarted.rollback(system(), "it was not", to=blue.id) == blue.id


async def test_rollback_needs_somewhere_to_go(catalog: Catalog, folder: Path, write: Write) -> None:
    write("themes/paint.yaml", "colour: green")
    only = await catalog.load_release(folder)

    with pytest.raises(ReleaseMissing):
        await catalog.rollback(system(), "nowhere")
    with pytest.raises(ReleaseMissing):
        await catalog.rollback(system(), "invented", to="f" * 64)
    assert catalog.release_id == only.id


async def test_another_process_sees_the_move_at_its_next_refresh(
    catalog: Catalog, folder: Path, write: Write, db: Database
) -> None:
    other = Catalog(db, db.clock)
    with pytest.raises(NothingReleased):
        _ = other.release_id
    assert not await other.refresh()
    write("themes/paint.yaml", "colour: green")
    green = await catalog.load_release(folder)
    assert await other.refresh()
    write("themes/paint.yaml", "colour: blueish")
    await catalog.load_release(folder)

    assert colour(other) == "green"
    assert await other.refresh()
    assert not await other.refresh()
    assert colour(other) == "blueish"
    running = await other.edition(green.id)
    assert running.body("theme", "paint", on=db.clock.today()) == {"colour": "green"}
    with pytest.raises(ReleaseMissing):
        await other.edition("0" * 64)


async def test_bad_content_leaves_what_is_live_alone(catalog: Catalog, folder: Path, write: Write) -> None:
    write("themes/paint.yaml", "colour: green")
    good = await catalog.load_release(folder)
    write("bank/fees.yaml", "key: transfer")

    with pytest.raises(ContentRefused) as refused:
        await catalog.load_release(folder)

    assert any("`own` is missing; add it" in str(problem) for problem in refused.value.problems)
    assert catalog.release_id == good.id
    assert await catalog.releases() == [good]


async def test_a_release_changed_in_the_database_does_not_load(
    catalog: Catalog, folder: Path, write: Write, db: Database
) -> None:
    write("themes/paint.yaml", "colour: green")
    release = await catalog.load_release(folder)
    owner = await asyncpg.connect(db.dsn)
    await owner.execute("UPDATE catalog.body SET body = replace(body, 'green', 'black')")
    await owner.close()

    with pytest.raises(ReleaseDamaged):
        await Catalog(db, db.clock).edition(release.id)


async def test_the_web_role_reads_releases_and_changes_none(
    catalog: Catalog, folder: Path, write: Write, db: Database
) -> None:
    write("themes/paint.yaml", "colour: green")
    await catalog.load_release(folder)

    for table in ("body", "release", "item", "pointer", "move", "source"):
        async with db.read(CENTRE) as work:
            assert await work.fetchval(f"SELECT count(*) FROM catalog.{table}")  # noqa: S608 - names from the line above
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.work(CENTRE) as work:
                await work.execute(f"DELETE FROM catalog.{table}")  # noqa: S608 - names from the line above


async def test_two_processes_may_load_at_once(
    catalog: Catalog, folder: Path, write: Write, db: Database
) -> None:
    write("themes/paint.yaml", "colour: green")
    other = Catalog(db, db.clock)
    one, two = await asyncio.gather(catalog.load_release(folder), other.load_release(folder))

    assert one == two
    assert await catalog.releases() == [one]
    assert catalog.release_id == other.release_id == one.id


async def test_what_is_not_there_is_missing(catalog: Catalog, folder: Path, write: Write) -> None:
    write("themes/paint.yaml", "colour: green")
    await catalog.load_release(folder)

    with pytest.raises(ItemMissing):
        catalog.item("theme", "wallpaper")
    with pytest.raises(ItemMissing):
        catalog.limits(109)
    assert catalog.keys("theme") == ["paint"]
    assert catalog.bodies("theme") == [{"colour": "green"}]
