"""What the database itself refuses, whatever a program does; and what a phone's question costs it."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou import pages
from fengshou.kernel import CENTRE, Database, Principal, new_id, system
from fengshou.pages import Place
from tests.pages.fixtures.bank import SAMPLES

PAGE = {"id": "fair", "title": {"zh": "集市", "en": "Fair"}, "blocks": [{"t": "spacer"}]}
ASKED = 20_000


def staff(bank: int = CENTRE) -> Principal:
    return Principal("staff", new_id(bank), bank)


@pytest.fixture
async def room(db: Database) -> pages.Pages:
    room = pages.Pages(db, Ed25519PrivateKey.generate())
    await room.publish(system(), pages.load(SAMPLES))
    return room


async def refused(db: Database, sql: str, *args: object, bank: int = CENTRE) -> str:
    """The error of a statement of the web's role."""
    with pytest.raises(asyncpg.PostgresError) as said:
        async with db.work(bank) as work:
            await work.execute(sql, *args)
    return type(said.value).__name__ + ": " + str(said.value)


async def test_the_table_holds_who_checks_and_what_was_checked(db: Database, room: pages.Pages) -> None:
    maker, checker = staff(), staff()
    draft, _ = await room.publishing.new(maker, Place(CENTRE, "page", "fair"), PAGE)
    update = "UPDATE pages.version SET {} WHERE institution_id=1 AND id=$1"

    same = await refused(
        db, update.format("checker=author, decided_at=now(), decided_digest=digest"), draft.id
    )
    assert "maker_is_not_checker" in same
    assert "shown_as_approved" in await refused(db, update.format("state='live', live_at=now()"), draft.id)
    assert "permission denied" in await refused(db, update.format("author=$2"), draft.id, uuid4())
    assert "permission denied" in await refused(db, "DELETE FROM pages.version WHERE id=$1", draft.id)

    await room.publishing.submit(maker, draft.id)
    await room.publishing.review(checker, draft.id, approve=True)
    other = update.format("source='{}', digest=encode(sha256('{}'), 'hex')")
    assert "shown_as_approved" in await refused(db, other, draft.id)


async def test_a_body_is_what_its_hash_says(db: Database, room: pages.Pages) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="page_is_its_hash"):
        async with db.relay() as work:
            await work.execute(
                "INSERT INTO pages.page (hash, page_id, body, at) VALUES ($1, 'x', '{}', now())", "0" * 64
            )


async def test_another_banks_versions_are_not_there(db: Database, room: pages.Pages) -> None:
    override = {"page": "home", "blocks": [], "texts": []}
    draft, _ = await room.publishing.new(staff(109), Place(109, "override", "home"), override)

    with pytest.raises(pages.VersionMissing):
        await room.publishing.version(staff(523), draft.id)
    assert (await room.publishing.version(staff(109), draft.id)).id == draft.id


async def test_pages_and_manifests_ask_the_database_nothing(
    db: Database, room: pages.Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = sorted(json.loads(room.manifest("zh-CN").body)["pages"].values())
    asked: list[str] = []
    monkeypatch.setattr(db, "_transaction", lambda *_: asked.append("a transaction"))
    for index in range(ASKED):
        room.manifest("zh-CN" if index % 2 else "en", "109", 1 + index % 2)
        assert await room.page(hashes[index % len(hashes)])

    assert asked == []


async def test_other_processes_hear_of_it_by_the_database(db: Database, room: pages.Pages) -> None:
    other = pages.Pages(db, Ed25519PrivateKey.generate())
    heard = aiter(other.changes())
    listening = asyncio.create_task(other.listen())
    await anext(heard)  # what was live before
    maker, checker = staff(), staff()
    draft, _ = await room.publishing.new(maker, Place(CENTRE, "page", "fair"), PAGE)
    await room.publishing.submit(maker, draft.id)
    await room.publishing.review(checker, draft.id, approve=True)
    await room.publishing.live(checker, draft.id)
    async with asyncio.timeout(10):
        await anext(heard)

    assert "fair" in json.loads(other.manifest("en").body)["pages"]
    listening.cancel()
    await asyncio.wait({listening})


async def test_a_schedule_starts_and_stops_by_itself(db: Database, room: pages.Pages) -> None:
    maker, checker, now = staff(), staff(), db.clock.now()
    draft, _ = await room.publishing.new(maker, Place(CENTRE, "page", "fair"), PAGE)
    await room.publishing.submit(maker, draft.id)
    await room.publishing.review(checker, draft.id, approve=True)
    await room.publishing.schedule(checker, draft.id, now + timedelta(hours=1), now + timedelta(hours=2))

    assert await room.publishing.due() == 0
    db.clock.offset = timedelta(hours=1, minutes=1)
    assert await room.publishing.due() == 1
    assert "fair" in room.world.province()
    db.clock.offset = timedelta(hours=2, minutes=1)
    assert await room.publishing.due() == 1
    assert "fair" not in room.world.province()
