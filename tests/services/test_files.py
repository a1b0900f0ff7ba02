"""Files under a real database: sealed, one's own, by links that end, never unscanned."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag

from fengshou.kernel import Clock, Database, Principal, Vault, new_id, system
from fengshou.services import files as room
from fengshou.services.files import (
    FileInfected,
    FileMissing,
    Files,
    Scan,
    ScannerAway,
    TooManyFiles,
)
from tests.services.test_file_check import PDF, picture

BANK = 109


class Says:
    """A scanner that says one thing."""

    def __init__(self, said: Scan = "clean") -> None:
        self.said: Scan = said

    async def scan(self, data: bytes) -> Scan:
        """It."""
        return self.said


def somebody() -> Principal:
    return Principal("customer", new_id(BANK), BANK)


@pytest.fixture
def scanner() -> Says:
    """One that finds nothing."""
    return Says()


@pytest.fixture
def files(db: Database, clock: Clock, scanner: Says) -> Files:
    """The room's files."""
    return Files(db, Vault(b"k" * 32), clock, scanner)


async def rows(db: Database) -> list[dict[str, Any]]:
    async with db.read(BANK) as work:
        return [dict(row) for row in await work.fetch("SELECT * FROM services.file")]


async def test_a_file_comes_back_and_lies_sealed(files: Files, db: Database) -> None:
    who = somebody()
    facts = await files.put(who, BANK, "C:\\照片\\身份证.pdf", PDF)

    assert (facts.name, facts.media_type) == ("身份证.pdf", "application/pdf")
    assert (await files.read(facts.id)).data == PDF
    (row,) = await rows(db)
    assert b"Catalog" not in bytes(row["sealed"])
    assert "身份证".encode() not in bytes(row["name_sealed"])


async def test_a_file_moved_to_another_row_does_not_open(files: Files, dsn: str) -> None:
    one, other = [await files.put(somebody(), BANK, "a.pdf", data) for data in (PDF, picture("JPEG"))]
    intruder = await asyncpg.connect(dsn)
    await intruder.execute(
        "UPDATE services.file SET sealed = (SELECT sealed FROM services.file WHERE id = $2) WHERE id = $1",
        one.id, other.id,
    )  # fmt: skip
    await intruder.close()

    with pytest.raises(InvalidTag):
        await files.read(one.id)


@pytest.mark.parametrize(("said", "error"), [("found", FileInfected), ("away", ScannerAway)])
async def test_nothing_is_kept_of_what_was_not_found_clean(
    files: Files, scanner: Says, db: Database, said: Scan, error: type[Exception]
) -> None:
    scanner.said = said
    with pytest.raises(error):
        await files.put(somebody(), BANK, "a.pdf", PDF)

    assert await rows(db) == []


async def test_anothers_file_is_not_there(files: Files) -> None:
    mine = await files.put(who := somebody(), BANK, "a.pdf", PDF)

    assert [facts.id for facts in await files.mine(who, [mine.id])] == [mine.id]
    for stranger, id_ in ((somebody(), mine.id), (who, new_id(BANK)), (who, UUID(int=1))):
        with pytest.raises(FileMissing):
            await files.mine(stranger, [id_])


async def test_files_are_handed_in_once_and_by_their_owner(files: Files, db: Database) -> None:
    who, run = somebody(), new_id(BANK)
    facts = await files.put(who, BANK, "a.pdf", PDF)

    async def hand_in(run: UUID, owner: Principal, *ids: UUID) -> None:
        async with db.work(BANK, owner) as work:
            await files.attach(work, ids, run, owner.id)

    with pytest.raises(FileMissing):
        await hand_in(run, somebody(), facts.id)
    await hand_in(run, who, facts.id)
    await hand_in(run, who, facts.id)  # the same again is the same
    with pytest.raises(FileMissing):
        await hand_in(new_id(BANK), who, facts.id)
    assert [row["run"] for row in await rows(db)] == [run]


async def test_a_link_opens_one_file_for_a_while(files: Files, clock: Clock) -> None:
    facts = await files.put(somebody(), BANK, "a.pdf", PDF)
    link = files.link(facts.id, lasts=timedelta(minutes=5))

    assert (await files.open(link)).data == PDF
    for wrong in (
        "",
        "x",
        link[:-1],
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        "é",
        link + "A" * 4,
        "A" * 90,
    ):
        with pytest.raises(FileMissing):
            await files.open(wrong)
    clock.shift(timedelta(minutes=6))
    with pytest.raises(FileMissing):
        await files.open(link)


async def test_who_only_uploads_is_stopped_also_when_at_once(
    files: Files, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOSE_MAX", 3 * len(PDF))
    who = somebody()

    said = await asyncio.gather(
        *(files.put(who, BANK, f"{n}.pdf", PDF) for n in range(9)), return_exceptions=True
    )

    assert sum(isinstance(one, TooManyFiles) for one in said) == 6
    assert len(await rows(db)) == 3


async def test_what_was_never_handed_in_is_forgotten(files: Files, db: Database, clock: Clock) -> None:
    who = somebody()
    loose, kept = [await files.put(who, BANK, "a.pdf", PDF) for _ in range(2)]
    async with db.work(BANK, who) as work:
        await files.attach(work, [kept.id], new_id(BANK), who.id)
    clock.shift(timedelta(hours=25))

    await files.sweep(BANK, system())

    assert [row["id"] for row in await rows(db)] == [kept.id]
    assert loose.id != kept.id
