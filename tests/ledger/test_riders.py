"""Riders: true together with their entry, or the entry is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from fengshou import ledger as room
from fengshou.kernel import BankError, Clock, Database, Kind, new_id
from fengshou.ledger import Entry, Ledger, OutboxEvent, Posting, Receipt, Rider, RiderKind, verify
from tests.support.book import XIAOSHAN, make_accounts, open_ledger

_TABLE = """
CREATE SCHEMA probe; GRANT USAGE ON SCHEMA probe TO fs_writer;
CREATE TABLE probe.day (
  bank smallint, customer int, used bigint NOT NULL, CHECK (used < 100000), PRIMARY KEY (bank, customer)
);
GRANT SELECT, INSERT, UPDATE ON probe.day TO fs_writer;
"""


class OverDay(BankError):
    code = "PROBE.OVER_DAY"
    kind = Kind.REFUSED


# Adds to a day's use as long as it stays at or below 100 fen.
_KIND = RiderKind(
    "probe.day",
    "INSERT INTO probe.day AS d SELECT r.bank, r.customer, r.fen FROM unnest($1::int[], $2::smallint[], $3::int[],"
    " $4::bigint[]) AS r(n, bank, customer, fen) WHERE r.fen <= 100 OR r.fen > 1000"
    " ON CONFLICT (bank, customer) DO UPDATE SET used = d.used + excluded.used WHERE d.used + excluded.used <= 100"
    " RETURNING bank, customer",
    3,
    OverDay,
    by_target=True,
)


@pytest.fixture
async def ledger(db: Database, clock: Clock, dsn: str) -> AsyncIterator[Ledger]:
    owner = await asyncpg.connect(dsn)
    await owner.execute(_TABLE)
    await owner.close()
    book = Ledger(db, clock)
    book.riders.register(_KIND)
    await book.start()
    await room.open_banks(book, (1, XIAOSHAN), ("1001", "2011", "3001"))
    yield book
    await book.stop()


def paying(debit: room.AccountRef, credit: room.AccountRef, fen: int, customer: int = 7) -> Entry:
    rider = Rider("probe.day", (XIAOSHAN, customer), (XIAOSHAN, customer, fen))
    event = OutboxEvent(XIAOSHAN, "probe.paid", str(customer), {"fen": fen})
    return Entry(
        id=new_id(XIAOSHAN), postings=(Posting(debit, credit, fen),), riders=(rider,), events=(event,)
    )


async def used(dsn: str, customer: int = 7) -> int:
    owner = await asyncpg.connect(dsn)
    try:
        return await owner.fetchval("SELECT used FROM probe.day WHERE customer=$1", customer) or 0
    finally:
        await owner.close()


async def test_a_counter_rider_holds_its_cap_under_a_hundred_at_once(
    ledger: Ledger, dsn: str, db: Database
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)

    results = await asyncio.gather(
        *(ledger.post(paying(ming, he, 3)) for _ in range(100)), return_exceptions=True
    )

    assert sum(isinstance(r, Receipt) for r in results) == 33
    assert sum(isinstance(r, OverDay) for r in results) == 67
    assert await used(dsn) == 99
    assert (await ledger.balance(ming)).posted_fen == 100_00 - 99
    async with db.relay(XIAOSHAN) as work:
        assert await work.fetchval("SELECT count(*) FROM kernel.outbox WHERE topic='probe.paid'") == 33
    async with db.pool("writer").acquire() as connection:
        assert (await verify(connection)).ok


async def test_a_short_rider_refuses_only_its_own_entry(ledger: Ledger, dsn: str) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entries = [
        paying(ming, he, 90, customer=1),
        paying(ming, he, 90, customer=1),
        paying(ming, he, 90, customer=2),
    ]

    results = await asyncio.gather(*(ledger.post(e) for e in entries), return_exceptions=True)

    assert [type(r) for r in results] == [Receipt, OverDay, Receipt]
    with pytest.raises(OverDay):
        await ledger.post(entries[1])  # the refusal sticks
    assert await used(dsn, 1) == 90


async def test_an_entry_refused_by_the_book_leaves_no_rider(ledger: Ledger, dsn: str) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10)
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(paying(ming, he, 11))
    assert await used(dsn) == 0


async def test_a_locked_row_is_busy_and_does_not_stick(ledger: Ledger, dsn: str) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(paying(ming, he, 1, customer=1))
    owner = await asyncpg.connect(dsn)
    blocked, free = paying(ming, he, 2, customer=1), paying(ming, he, 2, customer=2)
    async with owner.transaction():
        await owner.execute("SELECT * FROM probe.day WHERE customer=1 FOR UPDATE")
        results = await asyncio.gather(ledger.post(blocked), ledger.post(free), return_exceptions=True)
    await owner.close()

    assert [type(r) for r in results] == [room.RiderLocked, Receipt]
    assert await used(dsn, 1) == 1
    assert isinstance(await ledger.post(blocked), Receipt)
    assert await used(dsn, 1) == 3


async def test_a_rider_that_breaks_a_constraint_hurts_nobody_else(ledger: Ledger, dsn: str) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_0000)
    broken = paying(ming, he, 200_000, customer=1)

    results = await asyncio.gather(
        ledger.post(broken), ledger.post(paying(ming, he, 5, customer=2)), return_exceptions=True
    )

    assert [type(r) for r in results] == [room.RiderLocked, Receipt]
    assert await used(dsn, 1) == 0
    assert (await ledger.balance(he)).posted_fen == 100_0000 + 5


async def test_a_rider_with_a_value_of_the_wrong_kind_hurts_nobody_else(ledger: Ledger, dsn: str) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    broken = replace(
        paying(ming, he, 5, customer=1), riders=(Rider("probe.day", (XIAOSHAN, 1), (XIAOSHAN, "one", 5)),)
    )

    results = await asyncio.gather(
        ledger.post(broken), ledger.post(paying(ming, he, 5, customer=2)), return_exceptions=True
    )

    assert [type(r) for r in results] == [room.RiderLocked, Receipt]
    assert (await ledger.balance(he)).posted_fen == 100_00 + 5


async def test_riders_and_answers_after_the_writers_connection_dies(
    db: Database, clock: Clock, dsn: str
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    owner = await asyncpg.connect(dsn)
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'fengshou-writer' AND datname = current_database()"
    )
    entry = Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 1_00),))

    outcomes: list[Receipt | BankError] = []
    for _ in range(200):
        try:
            outcomes.append(await ledger.post(entry))
            break
        except BankError as problem:
            outcomes.append(problem)
            await asyncio.sleep(0.05)

    assert {x.kind for x in outcomes if isinstance(x, BankError)} <= {Kind.WAITING, Kind.BUSY}
    assert isinstance(outcomes[-1], Receipt)
    assert len(outcomes) > 1  # the first caller was told that nobody knows
    assert (await ledger.balance(he)).posted_fen == 101_00
    await owner.close()
    await ledger.stop()
