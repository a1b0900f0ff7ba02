"""Bugs that other ledgers, and the prototypes before this one, really had. Each stays away by a test."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from fengshou import ledger as room
from fengshou.kernel import FEN_MAX, BankError, Busy, Clock, Database, OutcomeUnknown, new_id
from fengshou.ledger import (
    PART,
    PEND,
    SETTLE,
    VOID,
    AccountRef,
    BoundsChange,
    Entry,
    FlagChange,
    Ledger,
    OutboxEvent,
    Posting,
    Receipt,
    Rider,
    RiderKind,
    packs,
    store,
    verify,
)
from fengshou.runtime.drill.brittle import BrittleDatabase, When
from tests.support.book import JINGNING, SUBJECTS, XIAOSHAN, make_accounts, open_ledger, pay

CASH = AccountRef(XIAOSHAN, 1001)


async def posted_fen(ledger: Ledger, ref: AccountRef) -> int:
    return (await ledger.balance(ref)).posted_fen


# -- account 0 was thought to be there: an empty slot of a hash table looked like the key 0 -------------


async def test_account_zero_is_not_there(ledger: Ledger) -> None:
    (he,) = await make_accounts(ledger, XIAOSHAN, 1, fen=1_00)
    zero = AccountRef(XIAOSHAN, 0)
    for entry in (pay(zero, he, 1), pay(he, zero, 1), Entry(new_id(XIAOSHAN), (Posting(zero, he, 1, PEND),))):
        with pytest.raises(room.AccountMissing):
            await ledger.post(entry)
    with pytest.raises(room.AccountMissing):
        await ledger.balance(zero)
    assert await posted_fen(ledger, he) == 1_00


async def test_an_id_of_zero_bits_is_refused(ledger: Ledger) -> None:
    (he,) = await make_accounts(ledger, XIAOSHAN, 1)
    with pytest.raises(room.EntryMalformed):
        await ledger.post(Entry(UUID(int=0), (Posting(CASH, he, 1),)))


# -- a credit over 2^63 wrapped to a negative balance, and was answered with OK ---------------------------


async def test_a_balance_stops_at_its_largest_and_never_wraps(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he, li = await make_accounts(ledger, XIAOSHAN, 3)
    await ledger.post(pay(CASH, ming, FEN_MAX))  # cash is at the least it can be now
    for entry in (pay(CASH, he, 1), Entry(new_id(XIAOSHAN), (Posting(CASH, he, 1, PEND),))):
        with pytest.raises(room.BalanceTooLarge):
            await ledger.post(entry)
    await ledger.post(pay(ming, he, FEN_MAX - 5))
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, li, 5, PEND),))
    await ledger.post(hold)
    for amount in (FEN_MAX + 1, 1 << 63, (1 << 63) - 1, -(1 << 63), 1 << 64):
        with pytest.raises(room.EntryMalformed):
            await ledger.post(pay(he, ming, amount))
    assert [await posted_fen(ledger, r) for r in (ming, he, li, CASH)] == [5, FEN_MAX - 5, 0, -FEN_MAX]
    assert (await verify(owner)).problems == []


@pytest.mark.parametrize("kind", [SETTLE, PART])
async def test_a_settlement_does_not_wrap_either(
    ledger: Ledger, owner: asyncpg.Connection, kind: room.PostingKind
) -> None:
    """When the hold was made there was room; when it is settled there is none."""
    (ming, he), float_ = await make_accounts(ledger, XIAOSHAN, 2), AccountRef(XIAOSHAN, 1003)
    await ledger.post(pay(float_, ming, 10))
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 10, PEND),))
    await ledger.post(hold)
    await ledger.post(pay(CASH, he, FEN_MAX))
    with pytest.raises(room.BalanceTooLarge):
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 10, kind, hold.id),)))
    assert (await ledger.balance(ming)).held_fen == 10
    await ledger._writer.checkpoint()
    assert (await verify(owner)).problems == []


async def test_codes_of_all_32_bits_are_kept(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    codes = [-(1 << 31), -1, (1 << 31) - 1]
    for code in codes:
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 1, code=code),)))
    async with db.read(XIAOSHAN) as work:
        lines = await ledger.statement(work, ming, limit=3)
    assert [line.code for line in reversed(lines)] == codes


# -- ids whose last 64 bits are equal killed the writer; clients choose those bits ------------------------


async def test_ids_that_differ_in_one_bit_are_different(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_000_00)
    first = new_id(XIAOSHAN)
    # Every bit but those of bank and leg, and the top ones, which would make it an id of another year.
    ids = [first, *(UUID(int=first.int ^ (1 << bit)) for bit in range(26, 92))]
    entries = [Entry(id_, (Posting(ming, he, number + 1),)) for number, id_ in enumerate(ids)]

    told = await asyncio.gather(*(ledger.post(entry) for entry in entries))
    again = await ledger.post_many(entries)  # by the packed way: the same keys, the same answers
    await ledger.stop()
    ledger = Ledger(db, clock)
    await ledger.start()

    assert again == told
    assert [await ledger.post(entry) for entry in entries] == told
    assert len({receipt.legs[0].position for receipt in told}) == len(ids)
    assert await posted_fen(ledger, he) == 1_000_00 + sum(range(1, len(ids) + 1))
    assert (await verify(owner)).problems == []
    await ledger.stop()


# -- the writer died of the first write error, and nothing brought it back --------------------------------


@pytest.mark.parametrize("when", ["before", "after", "unheard"])
async def test_wherever_the_line_breaks_a_payment_is_made_once(
    dsn: str, clock: Clock, owner: asyncpg.Connection, when: When
) -> None:
    """Each statement of a batch, and of reading the book again, in turn."""
    db = BrittleDatabase(dsn, clock, web_max=4)
    await db.open()
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_000_00)
    wanted = 1_000_00
    for number in range(1, 26):
        db.arm(number % 8 + 1, when)
        again = False
        entry = replace(pay(ming, he, number), note={"number": number})
        while True:
            with suppress(Busy, OutcomeUnknown):
                receipt = await ledger.post(entry)
                break
            if not again:  # and once more while it reads the book again, or writes for the second time
                db.arm(number, when)
            again = True
            await asyncio.sleep(0.01)
        wanted += number
        assert receipt.legs[0].credit_balance_fen == wanted
        db.disarm()
    assert db.broken >= 20 if when != "unheard" else db.unheard >= 1
    assert await posted_fen(ledger, he) == wanted
    assert (await verify(owner)).problems == []
    await ledger.stop()
    await db.close()


# -- numpy turned big-endian arrays into native ones without a word, and duplicates were no longer found ---


async def test_a_pack_of_another_byte_order_is_refused(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    rows = packs.pack([pay(ming, he, 1), pay(ming, he, 2)])
    foreign = rows.astype(rows.dtype.newbyteorder(">"))
    with pytest.raises(room.EntryMalformed):
        await ledger.post_packed(foreign)
    told = await ledger.post_packed(np.concatenate([rows, rows]))
    first, second, *again = told.outcomes()
    assert again == [first, second]
    assert await posted_fen(ledger, he) == 1_03


# -- the same idempotency key twice in one batch crashed, or was booked twice ------------------------------


async def test_a_key_from_before_a_restart_twice_in_one_batch(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    entry, poor = pay(ming, he, 1), pay(ming, he, 900_00)
    receipt = await ledger.post(entry)
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(poor)
    await ledger.stop()
    ledger = Ledger(db, clock)
    await ledger.start()
    await ledger.post(pay(he, ming, 1))

    told = await asyncio.gather(
        *(ledger.post(e) for e in (entry, poor, entry, entry, poor)), return_exceptions=True
    )

    assert [told[n] for n in (0, 2, 3)] == [receipt] * 3
    assert [type(told[n]) for n in (1, 4)] == [room.InsufficientFunds] * 2
    assert await posted_fen(ledger, he) == 1_00
    await ledger.stop()


async def test_one_key_at_the_same_time_from_many_callers(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    entry = pay(ming, he, 7)
    other = replace(entry, postings=(Posting(ming, he, 8),))
    told = await asyncio.gather(*(ledger.post(e) for e in [entry, other] * 50), return_exceptions=True)
    assert len({t for t in told if isinstance(t, Receipt)}) == 1
    assert [type(t) for t in told[1::2]] == [room.KeyConflict] * 50
    assert await posted_fen(ledger, he) == 1_07


# -- held funds were spent all the same; rejected holds were committed; voided ones came back ---------------


async def test_a_hold_is_used_up_once_however_it_ended(ledger: Ledger, owner: asyncpg.Connection) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    refused = Entry(new_id(XIAOSHAN), (Posting(ming, he, 2_00, PEND),))
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(refused)
    with pytest.raises(room.HoldClosed):
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 1, SETTLE, refused.id),)))
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 60, PEND),))
    await ledger.post(hold)
    with pytest.raises(room.HoldMismatch):
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 61, SETTLE, hold.id),)))
    ends = [
        Entry(new_id(XIAOSHAN), (Posting(ming, he, 60, kind, hold.id),))
        for kind in (VOID, SETTLE, VOID, PART)
    ]
    told = await asyncio.gather(*(ledger.post(e) for e in ends), return_exceptions=True)
    assert [type(t) for t in told] == [Receipt] + [room.HoldClosed] * 3
    with pytest.raises(room.HoldClosed):  # another account's hold is not taken for it either
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(he, ming, 60, SETTLE, hold.id),)))
    assert ((await ledger.balance(ming)).available_fen, await posted_fen(ledger, he)) == (1_00, 1_00)
    assert (await verify(owner)).problems == []


# -- a serialization failure was told as insufficient funds -------------------------------------------------


async def test_a_serialization_failure_is_no_refusal(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        "CREATE SCHEMA test; GRANT USAGE ON SCHEMA test TO fs_writer;"
        "CREATE FUNCTION test.fail(integer) RETURNS integer LANGUAGE plpgsql AS $$"
        " BEGIN IF $1 > 0 THEN RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001'; END IF; RETURN 0; END $$"
    )
    ledger = Ledger(db, clock)
    sql = "SELECT r.n FROM unnest($1::int[], $2::int[]) AS r(n, number) WHERE test.fail(r.number) = 0"
    ledger.riders.register(RiderKind("test.fail", sql, 1, room.AlreadyReversed))
    await ledger.start()
    await room.open_banks(ledger, (XIAOSHAN,), SUBJECTS)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    good, bad = (replace(pay(ming, he, 1), riders=(Rider("test.fail", (n,), (n,)),)) for n in (0, 1))

    told = await asyncio.gather(ledger.post(good), ledger.post(bad), return_exceptions=True)

    assert [type(t) for t in told] == [Receipt, room.RiderLocked]
    assert await ledger.answer(bad.id) is None  # it does not stick: it may be tried again
    assert await posted_fen(ledger, he) == 1_01
    await ledger.stop()


# -- one bad text failed the batch of everybody else, again and again ----------------------------------------


async def test_what_the_database_cannot_keep_is_refused_for_its_own_entry_alone(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    good = pay(ming, he, 1)
    none = room.AccountFlag.NONE

    def event(body: dict[str, object], topic: str = "t") -> tuple[OutboxEvent, ...]:
        return (OutboxEvent(XIAOSHAN, topic, "k", body),)

    wrong = [
        replace(good, mandate="\ud800"),
        replace(good, note={"a": "b\0c"}),
        replace(good, note={"a": "\ud800"}),
        replace(good, events=event({"a\0": 1})),
        replace(good, events=event({}, topic="\udfff")),
        replace(good, flags=(FlagChange(ming, none, none, "\0"),)),
        replace(good, flags=(FlagChange(ming, room.AccountFlag(1 << 16), none, "no such flag"),)),
        replace(good, changes=(BoundsChange(ming, 0, None, "\0"),)),
    ]
    told = await asyncio.gather(
        *(ledger.post(replace(e, id=new_id(XIAOSHAN))) for e in wrong),
        ledger.post(good),
        return_exceptions=True,
    )
    assert [type(t) for t in told] == [room.EntryMalformed] * len(wrong) + [Receipt]
    assert await posted_fen(ledger, he) == 1_01


# -- found by the simulation ---------------------------------------------------------------------------------


async def test_who_stood_behind_a_refused_rider_is_not_refused_with_it(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    """Four in one batch: the second has its rider taken away by the first; the third lives on the second's money,
    and stands in front of the fourth, which must get what the third then does not take."""
    await owner.execute(
        "CREATE SCHEMA test; GRANT USAGE ON SCHEMA test TO fs_writer;"
        "CREATE TABLE test.seat (number integer PRIMARY KEY); GRANT SELECT, INSERT ON test.seat TO fs_writer"
    )
    ledger = Ledger(db, clock)
    sql = (
        "INSERT INTO test.seat SELECT r.number FROM unnest($1::int[], $2::int[]) AS r(n, number)"
        " ON CONFLICT DO NOTHING RETURNING number"
    )
    ledger.riders.register(RiderKind("test.seat", sql, 1, room.AlreadyReversed, by_target=True))
    await ledger.start()
    await room.open_banks(ledger, (XIAOSHAN,), SUBJECTS)
    ming, poor = await make_accounts(ledger, XIAOSHAN, 1, fen=1_00) + await make_accounts(ledger, XIAOSHAN, 1)

    def seat(entry: Entry, number: int) -> Entry:
        return replace(entry, riders=(Rider("test.seat", (number,), (number,)),))

    told = await asyncio.gather(
        *(
            ledger.post(entry)
            for entry in (
                seat(pay(ming, CASH, 1), 1), seat(pay(ming, poor, 50), 1), seat(pay(poor, CASH, 50), 2),
                seat(pay(ming, CASH, 2), 2),
            )
        ),
        return_exceptions=True,
    )  # fmt: skip

    assert [type(t) for t in told] == [Receipt, room.AlreadyReversed, room.InsufficientFunds, Receipt]
    assert await owner.fetchval("SELECT count(*) FROM test.seat") == 2
    await ledger.stop()


# -- checkpoint and journal: state, replay and table say the same --------------------------------------------


async def test_everything_at_once_comes_back_from_the_journal(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1_00)
    await make_accounts(ledger, JINGNING, 1, fen=1_00)
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 50, PEND),))
    await ledger.post(hold)
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 20, PART, hold.id),)))
    order = room.Freeze(he, "court", "case", fen=30)
    await ledger.post(Entry(new_id(XIAOSHAN), changes=(BoundsChange(ming, -5, 500, "x"), order)))
    book = ledger._writer.book
    before = {ref: (a.save(), a.bounds) for ref, a in book.accounts.items()}, book.holds

    await owner.execute("UPDATE ledger.account SET balance = 0, held = 0, seq = 0, last = 0")
    await owner.execute("DELETE FROM ledger.checkpoint")
    again = await store.load(owner)

    assert ({ref: (a.save(), a.bounds) for ref, a in again.accounts.items()}, again.holds) == before
    with suppress(BankError):
        await ledger.stop()
