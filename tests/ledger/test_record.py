"""A book that is older than the record, and what somebody can do who may write to every table."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from fengshou.kernel import Clock, Database
from fengshou.ledger import Ledger, anchors, everything, make_anchors, row, saga, store_proof, verify
from fengshou.ledger.proof import Report, verify_bank
from tests.ledger.rich_book import rich_book
from tests.support.book import XIAOSHAN, make_accounts, pay


@pytest.fixture
async def owner(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do what no part of the bank may."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def make_old(owner: asyncpg.Connection, clock: Clock) -> None:
    """Take the record off the book, and give batches and an anchor the form they had before it."""
    await owner.execute(
        "DELETE FROM ledger.record; DELETE FROM ledger.anchor; DELETE FROM ledger.anchor_state"
    )
    await owner.execute("DELETE FROM ledger.chore")
    for bank in await store_proof.banks(owner):
        rows = {
            r["position"]: row.pack_record(r) async for page in everything.journal(owner, bank) for r in page
        }
        previous = row.FIRST_HASH
        for b in await store_proof.batches(owner, bank):
            hash_ = row.chain(previous, [rows[n] for n in range(b["first_position"], b["last_position"] + 1)])
            await owner.execute(
                "UPDATE ledger.batch SET hash=$3, previous=$4 WHERE institution_id=$1 AND first_position=$2",
                bank, b["first_position"], hash_, previous,
            )  # fmt: skip
            previous = hash_
        await _set_old_anchor(owner, bank, clock)


async def _set_old_anchor(owner: asyncpg.Connection, bank: int, clock: Clock) -> None:
    """An anchor as they were set before the record."""
    report = Report()
    at = clock.now() + timedelta(minutes=5)
    async with owner.transaction(isolation="repeatable_read"):
        end = (await verify_bank(owner, bank, report, lambda _: None, since_anchor=False)).end
        assert report.problems == []
        mark = {
            "institution_id": bank, "position": end.position, "made_at": at, "hash": end.hash,
            "state": anchors.state_digest(end), "previous": row.FIRST_HASH, "version": 1, "record": 0, "office": 0,
            "beside": await anchors.beside_of(owner, bank, (0, anchors.FIRST), (end.position, at)),
        }  # fmt: skip
        mark["digest"] = anchors.digest_of(row.FIRST_HASH, mark)
        await store_proof.put_anchor(owner, mark, zlib.compress(anchors.flat_of(end), 1))


async def test_an_older_book_begins_its_record_when_it_is_opened(
    db: Database, clock: Clock, dsn: str, owner: asyncpg.Connection
) -> None:
    await rich_book(db, clock, dsn)
    await make_old(owner, clock)
    before = await verify(owner)
    assert (before.problems, len(before.notices)) == ([], 3)
    assert all("older than the record" in notice for notice in before.notices)

    clock.shift(timedelta(minutes=9))
    ledger = Ledger(db, clock)
    saga.register(ledger)
    await ledger.start()
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=50_00)
    await ledger.post(pay(ming, he, 1_00))
    await ledger.stop()

    whole, later = await verify(owner), await verify(owner, since_anchor=True)
    assert (whole.problems, whole.notices, later.problems) == ([], [], [])
    assert len(await owner.fetch("SELECT FROM ledger.anchor WHERE version = 1")) == 3
    connection = await db.connect("writer")
    assert await make_anchors(connection, clock.now()) == 3
    await connection.close()
    assert (await verify(owner)).problems == []
    for table, change in (
        ("freeze", "reason = 'x'"), ("note", "note = '{}'"), ("reversal", "by_entry = entry"),
        ("account", "ceiling = 900000000000"), ("period", "debit = 5"), ("anchor", "beside = hash"),
        ("refusal", "code = 'x'"), ("batch", "epoch = epoch + 1"),
    ):  # fmt: skip
        changing = owner.transaction(isolation="repeatable_read")
        await changing.start()
        await owner.execute(f"UPDATE ledger.{table} SET {change} WHERE institution_id > 1")  # noqa: S608 - our own words, from above
        problems = (await verify(owner)).problems
        await changing.rollback()
        assert any(table in p for p in problems), (table, problems)


async def test_what_came_after_the_last_anchor_can_be_cut_off_and_no_more(
    ledger: Ledger, db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    (he,) = await make_accounts(ledger, XIAOSHAN, 1)
    end = (await ledger.post(pay(ming, he, 1_00))).legs[0].position
    connection = await db.connect("writer")
    assert await make_anchors(connection, clock.now()) == 3
    kept = await anchors.export_anchors(connection)
    for fen in (2, 3):
        await ledger.post(pay(ming, he, fen))
    await ledger.stop()
    assert (await verify(owner)).since_anchors == 2

    await cut(owner, end)
    assert (await verify(owner)).problems == []  # the window: nothing that is kept anywhere knows of the two
    assert await anchors.compare(owner, kept) == []

    await cut(owner, end - 1)
    assert any("anchor" in p for p in (await verify(owner)).problems)
    await forget_anchors(owner)
    assert (await verify(owner)).problems == []  # within the database all of it can be written anew
    assert any("not the one that was" in p for p in await anchors.compare(owner, kept))
    await connection.close()


async def cut(owner: asyncpg.Connection, end: int) -> None:
    """What a forger with every right does to make Xiaoshan's book end at a position, plain payments alone after it."""
    gone = await owner.fetch("SELECT * FROM ledger.journal WHERE institution_id=109 AND position > $1", end)
    await owner.execute("DELETE FROM ledger.journal WHERE institution_id=109 AND position > $1", end)
    await owner.execute("DELETE FROM ledger.batch WHERE institution_id=109 AND first_position > $1", end)
    for r in sorted(gone, key=lambda r: -r["position"]):
        for side, sign in (("debit", -1), ("credit", 1)):
            await owner.execute(
                "UPDATE ledger.account SET balance = $2, seq = $3, last = $4 WHERE institution_id=109 AND id=$1",
                r[side], r[f"{side}_balance"] - sign * r["amount"], r[f"{side}_seq"] - 1, r[f"{side}_prev"],
            )  # fmt: skip
    await owner.execute("UPDATE ledger.checkpoint SET position = $1 WHERE institution_id = 109", end)


async def forget_anchors(owner: asyncpg.Connection) -> None:
    """Take Xiaoshan's anchors away, and what the office said of them."""
    await owner.execute(
        "DELETE FROM ledger.anchor WHERE institution_id=109; DELETE FROM ledger.anchor_state WHERE institution_id=109;"
        "DELETE FROM ledger.record WHERE institution_id=109 AND desk=2"
    )
