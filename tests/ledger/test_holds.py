"""Two-phase money: settled in parts, voided, ended by the clock; exactly one of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from fengshou import ledger as room
from fengshou.kernel import Clock, Database, new_id
from fengshou.ledger import (
    PART,
    PEND,
    SETTLE,
    VOID,
    AccountRef,
    Entry,
    Ledger,
    Posting,
    PostingKind,
    Receipt,
    verify,
)
from tests.support.book import XIAOSHAN, make_accounts, open_ledger, pay


def hold_of(debit: AccountRef, credit: AccountRef, fen: int, clock: Clock | None = None) -> Entry:
    until = clock.now() + timedelta(minutes=5) if clock else None
    return Entry(new_id(XIAOSHAN), (Posting(debit, credit, fen, PEND),), expires_at=until)


def use(hold: Entry, kind: PostingKind, fen: int) -> Entry:
    debit, credit = hold.postings[0].debit, hold.postings[0].credit
    return Entry(new_id(XIAOSHAN), (Posting(debit, credit, fen, kind, hold.id),))


async def table(owner: asyncpg.Connection, hold: Entry) -> tuple[int, int]:
    row = await owner.fetchrow("SELECT state, settled FROM ledger.hold WHERE id = $1", hold.id)
    assert row is not None
    return row["state"], row["settled"]


async def test_a_hold_is_settled_in_parts_until_nothing_is_left(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = hold_of(ming, he, 60_00)
    await ledger.post(hold)
    await ledger.post(use(hold, PART, 10_00))
    await asyncio.gather(ledger.post(use(hold, PART, 20_00)), ledger.post(use(hold, PART, 5_00)))  # one batch

    assert await table(owner, hold) == (1, 35_00)
    with pytest.raises(room.HoldMismatch):
        await ledger.post(use(hold, PART, 25_01))
    await ledger.stop()

    ledger = Ledger(db, clock)
    await ledger.start()
    (left,) = await ledger.holds(ming)
    assert (left.fen, left.settled_fen) == (25_00, 35_00)
    assert (await ledger.balance(ming)).available_fen == 40_00
    await ledger.post(use(hold, PART, 25_00))

    assert await table(owner, hold) == (2, 60_00)
    assert [(await ledger.balance(ref)).posted_fen for ref in (ming, he)] == [40_00, 160_00]
    for kind in (PART, SETTLE, VOID):
        with pytest.raises(room.HoldClosed):
            await ledger.post(use(hold, kind, 1))
    assert (await verify(owner)).problems == []
    await ledger.stop()


@pytest.mark.parametrize(("kind", "state", "settled"), [(SETTLE, 2, 22_00), (VOID, 3, 15_00)])
async def test_what_is_left_after_parts_is_released(
    ledger: Ledger, owner: asyncpg.Connection, kind: PostingKind, state: int, settled: int
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = hold_of(ming, he, 60_00)
    await ledger.post(hold)
    await ledger.post(use(hold, PART, 15_00))
    await ledger.post(use(hold, kind, 7_00))

    assert await table(owner, hold) == (state, settled)
    assert (await ledger.balance(ming)).available_fen == 100_00 - settled
    assert (await verify(owner)).problems == []


async def test_a_refused_chain_leaves_the_parts_before_it(ledger: Ledger, owner: asyncpg.Connection) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = hold_of(ming, he, 60_00)
    part = use(hold, PART, 10_00)
    chain = Entry(
        new_id(XIAOSHAN),
        (*use(hold, PART, 20_00).postings, *use(hold, PART, 30_00).postings, Posting(he, ming, 999_00)),
    )
    told = await asyncio.gather(*(ledger.post(e) for e in (hold, part, chain)), return_exceptions=True)

    assert [type(t) for t in told] == [Receipt, Receipt, room.InsufficientFunds]
    assert await table(owner, hold) == (1, 10_00)
    found = await ledger.balance(ming)
    assert (found.posted_fen, found.held_fen) == (90_00, 50_00)
    assert (await verify(owner)).problems == []


async def test_the_clock_ends_holds_in_one_batch_also_after_a_restart(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    holds = [hold_of(ming, he, 1_00, clock) for _ in range(20)]
    await asyncio.gather(*(ledger.post(hold) for hold in holds))
    await ledger.post(use(holds[0], PART, 40))
    assert await ledger.expire_due() == 0
    await ledger.stop()
    clock.shift(timedelta(minutes=6))

    ledger = Ledger(db, clock)
    await ledger.start()
    await ledger.post(pay(he, ming, 1))  # the month is looked up for the first entry of a process
    assert await ledger.expire_due() == 20
    assert await ledger.expire_due() == 0
    assert await owner.fetchval("SELECT count(*) FROM ledger.hold WHERE state = 4") == 20
    assert await table(owner, holds[0]) == (4, 40)
    assert await owner.fetchval("SELECT count(DISTINCT posted_at) FROM ledger.journal WHERE kind = 8") == 1
    assert (await ledger.balance(ming)).available_fen == 99_61
    late = hold_of(ming, he, 1_00, clock)
    await ledger.post(late)  # its timer is set in a book that has rung before
    clock.shift(timedelta(minutes=6))
    assert await ledger.expire_due() == 1
    assert (await verify(owner)).problems == []
    await ledger.stop()


async def test_settle_against_the_clock_exactly_one_wins(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    early, late = hold_of(ming, he, 10_00, clock), hold_of(ming, he, 10_00, clock)
    await asyncio.gather(ledger.post(early), ledger.post(late))
    await ledger.post(use(early, SETTLE, 10_00))
    clock.shift(timedelta(minutes=6))

    settled, ended = await asyncio.gather(
        ledger.post(use(late, SETTLE, 10_00)), ledger.expire_due(), return_exceptions=True
    )

    assert isinstance(settled, room.HoldExpired)  # once its time is over nobody can settle it any more
    assert ended == 1
    assert [await table(owner, h) for h in (early, late)] == [(2, 10_00), (4, 0)]
    assert (await ledger.balance(he)).posted_fen == 110_00
    with pytest.raises(room.HoldClosed):
        await ledger.post(use(late, VOID, 10_00))


async def test_nobody_ends_a_hold_by_the_clock_before_its_time(ledger: Ledger, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = hold_of(ming, he, 10_00, clock)
    await ledger.post(hold)
    with pytest.raises(room.HoldMismatch):
        await ledger.post(use(hold, PostingKind.EXPIRE, 10_00))
    assert (await ledger.balance(ming)).held_fen == 10_00


async def test_an_end_that_was_not_heard_of_is_tried_again(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(hold_of(ming, he, 10_00, clock))
    clock.shift(timedelta(minutes=6))

    async def lost(entry: Entry) -> Receipt:
        raise room.RiderLocked()

    monkeypatch.setattr(ledger, "post", lost)
    assert await ledger.expire_due() == 0
    monkeypatch.undo()
    assert await ledger.expire_due() == 1
    await ledger.post(pay(ming, he, 100_00))


async def test_a_hold_may_be_made_after_other_legs(ledger: Ledger, owner: asyncpg.Connection) -> None:
    """A hold has its entry's id, whichever leg of it reserves the money."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entry = Entry(new_id(XIAOSHAN), (Posting(he, ming, 5_00), Posting(ming, he, 60_00, PEND)))
    await ledger.post(entry)
    part = Posting(ming, he, 25_00, PART, entry.id)
    await ledger.post(Entry(new_id(XIAOSHAN), (part,)))
    assert (await verify(owner)).problems == []
    await ledger.post(Entry(new_id(XIAOSHAN), (part._replace(kind=VOID, fen=35_00),)))
    assert (await ledger.balance(ming)).available_fen == 80_00
    assert (await verify(owner)).problems == []
