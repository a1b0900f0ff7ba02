"""Statements, months, instants, and what a key was answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import asyncpg
import pytest

from fengshou import ledger as room
from fengshou.kernel import FEN_MAX, Clock, Database, new_id
from fengshou.ledger import (
    PEND,
    AccountRef,
    Entry,
    Ledger,
    NewAccount,
    Posting,
    Receipt,
    Rider,
    RiderKind,
    door,
    own_account,
    reverse_once,
    verify,
)
from tests.support.book import JINGNING, SUBJECTS, XIAOSHAN, make_accounts, open_ledger, pay


async def test_the_pages_of_a_statement_are_the_whole(ledger: Ledger, db: Database) -> None:
    ming, he, li = await make_accounts(ledger, XIAOSHAN, 3, fen=100_00)
    for n in range(1, 24):
        await ledger.post(pay(*((ming, he) if n % 3 else (he, ming)), n))
        await ledger.post(pay(he, li, 1))
        if n % 5 == 0:
            await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 1, PEND),)))

    async with db.read(XIAOSHAN) as work:
        whole = await ledger.statement(work, ming, limit=100)
        pages, before = [], None
        while before != 0:
            page = await ledger.statement(work, ming, before=before, limit=7)
            pages.append(page)
            before = page[-1].cursor

    assert [line for page in pages for line in page] == whole
    assert [len(page) for page in pages] == [7, 7, 7, 3]
    assert [line.seq for line in whole] == list(range(24, 0, -1))
    for newer, older in pairwise(whole):
        assert newer.balance_fen - newer.delta_fen == older.balance_fen


async def test_an_entry_happened_when_it_says_and_was_posted_when_it_was(
    ledger: Ledger, db: Database, clock: Clock
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    long_ago = datetime(2025, 6, 1, 12, tzinfo=UTC)
    await ledger.post(replace(pay(ming, he, 3_00), event_at=long_ago, mandate="import"))
    await ledger.post(pay(ming, he, 1_00))

    async with db.read(XIAOSHAN) as work:
        lines = await ledger.statement(work, ming, until=long_ago + timedelta(days=1))
        later = await ledger.statement(work, ming, since=long_ago + timedelta(days=1))

    assert [(line.event_at, line.delta_fen) for line in lines] == [(long_ago, -3_00)]
    assert lines[0].posted_at > long_ago
    assert [line.delta_fen for line in later] == [-1_00, 100_00]


async def test_a_statement_from_a_date_goes_back_as_far_as_that(
    ledger: Ledger, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    days = []
    for n in range(1, 13):
        days.append(clock.now())
        late = replace(pay(ming, he, n), event_at=days[0], mandate="late") if n % 4 == 0 else pay(ming, he, n)
        await ledger.post(late)
        clock.shift(timedelta(days=1))
    monkeypatch.setattr(door, "_PAGE", 3)  # many pages lie between now and then
    fen = {n: -n for n in range(1, 13)}

    async with db.read(XIAOSHAN) as work:
        first = await ledger.statement(work, ming, until=days[1] - timedelta(hours=1), limit=100)
        middle = await ledger.statement(
            work, ming, since=days[4] - timedelta(hours=1), until=days[7] - timedelta(hours=1)
        )
        newest = await ledger.statement(work, ming, since=days[0], limit=2)

    assert [line.delta_fen for line in first] == [fen[12], fen[8], fen[4], fen[1], 100_00]
    assert [line.delta_fen for line in middle] == [fen[7], fen[6], fen[5]]
    assert [line.delta_fen for line in newest] == [fen[12], fen[11]]


async def test_no_role_of_the_bank_may_change_or_delete_what_was_written(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(pay(ming, he, 1_00))
    may = await owner.fetch(
        "SELECT c.relname, r.role, p.word FROM pg_class c, unnest($1::text[]) r(role), unnest($2::text[]) p(word)"
        " WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND (c.relname ~ '^journal' OR c.relname IN ('batch', 'act', 'refusal', 'reversal', 'note', 'anchor'))"
        " AND CASE WHEN p.word = 'UPDATE' THEN has_any_column_privilege(r.role, c.oid, 'UPDATE')"
        "  ELSE has_table_privilege(r.role, c.oid, p.word) END",
        ["fs_web", "fs_writer", "fs_relay", "fs_centre"],
        ["UPDATE", "DELETE", "TRUNCATE"],
    )
    assert [tuple(r) for r in may] == []
    writer = await ledger._db.connect("writer")
    try:
        for sql in (
            "UPDATE ledger.journal SET amount = 1",
            "DELETE FROM ledger.journal",
            "TRUNCATE ledger.journal",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await writer.execute(sql)
    finally:
        await writer.close()


async def test_a_new_month_and_an_old_one_in_one_batch(
    ledger: Ledger, db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    now = clock.now()
    clock.shift(timedelta(days=400))
    at = [now, clock.now(), now - timedelta(days=200), clock.now() - timedelta(days=35)]

    receipts = await asyncio.gather(
        *(ledger.post(replace(pay(ming, he, 1_00), id=new_id(XIAOSHAN, when))) for when in at)
    )

    months = await owner.fetch(
        "SELECT DISTINCT tableoid::regclass::text AS name FROM ledger.journal WHERE amount = 100"
    )
    assert {m["name"] for m in months} == {f"ledger.journal_{when:%Y%m}" for when in at}
    assert (await ledger.balance(he)).posted_fen == 104_00
    for receipt in receipts:
        assert await ledger.answer(receipt.entry) == receipt
    assert (await verify(owner)).ok
    async with db.read(XIAOSHAN) as work:
        assert len(await ledger.statement(work, ming)) == 5


async def test_an_id_from_the_future_is_a_bug_of_whoever_made_it(ledger: Ledger, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    for at in (clock.now() + timedelta(hours=1), datetime(1999, 12, 31, tzinfo=UTC)):
        with pytest.raises(room.EntryMalformed):
            await ledger.post(replace(pay(ming, he, 1), id=new_id(XIAOSHAN, at)))
    assert (await ledger.balance(he)).posted_fen == 100_00


async def test_ids_that_differ_in_one_bit_are_different_entries(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    base = new_id(XIAOSHAN)
    chance_bits = [*range(26, 62), *range(64, 76)]
    ids = [base, *(UUID(int=base.int ^ (1 << bit)) for bit in chance_bits)]

    receipts = await asyncio.gather(*(ledger.post(replace(pay(ming, he, 1), id=id_)) for id_ in ids))

    assert {r.entry for r in receipts} == set(ids)
    assert (await ledger.balance(he)).posted_fen == 100_00 + len(ids)
    with pytest.raises(room.EntryMalformed):  # those bits number the legs
        await ledger.post(replace(pay(ming, he, 1), id=UUID(int=base.int | 1)))


async def test_balances_do_not_leave_their_range(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=1)
    cash, other = own_account(XIAOSHAN, "1001"), own_account(XIAOSHAN, "1003")
    await ledger.post(pay(other, he, FEN_MAX - 1))
    with pytest.raises(room.BalanceTooLarge):
        await ledger.post(pay(ming, he, 1))
    with pytest.raises(room.BalanceTooLarge):
        await ledger.post(pay(cash, ming, FEN_MAX))
    with pytest.raises(room.AccountMissing):
        await ledger.post(pay(AccountRef(XIAOSHAN, 0), ming, 1))
    assert (await ledger.balance(he)).posted_fen == FEN_MAX
    assert (await ledger.balance(ming)).posted_fen == 1


_LOCKED = RiderKind(
    "ledger.probe", "SELECT n FROM unnest($1::int[], $2::int[]) r(n, x) WHERE 1 / x > 0", 1, room.HoldClosed
)


async def test_what_a_key_was_answered_in_each_state(db: Database, clock: Clock) -> None:
    ledger = Ledger(db, clock)
    ledger.riders.register(_LOCKED)
    await ledger.start()
    await room.open_banks(ledger, (XIAOSHAN, JINGNING), SUBJECTS)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    fresh = AccountRef(XIAOSHAN, await ledger.reserve_account_id(XIAOSHAN))
    never, done, poor = pay(ming, he, 1), pay(ming, he, 2), pay(ming, he, 900_00)
    opened = Entry(id=new_id(XIAOSHAN), opens=(NewAccount(fresh, "2111"),))
    busy = replace(pay(ming, he, 3), riders=(Rider(_LOCKED.name, (1,), (0,)),))
    gone = replace(pay(he, ming, 2), riders=(reverse_once(done.id, XIAOSHAN, new_id(XIAOSHAN)),))
    again = replace(pay(he, ming, 2), riders=(reverse_once(done.id, XIAOSHAN, new_id(XIAOSHAN)),))
    pending = pay(ming, he, 4)

    outcomes = [
        (await asyncio.gather(ledger.post(entry), return_exceptions=True))[0]
        for entry in (done, poor, opened, busy, gone, again)
    ]
    waiting = asyncio.ensure_future(ledger.post(pending))
    assert await ledger.answer(pending.id) is None
    outcomes.append(await waiting)

    kinds = [
        Receipt,
        room.InsufficientFunds,
        Receipt,
        room.RiderLocked,
        Receipt,
        room.AlreadyReversed,
        Receipt,
    ]
    assert [type(x) for x in outcomes] == kinds
    keys = [e.id for e in (done, poor, opened, busy, gone, again, pending, never)]
    remembered = [await ledger.answer(key) for key in keys]
    # Busy does not stick, and what was never asked is not known.
    sticky = [None if isinstance(x, room.RiderLocked) else x for x in outcomes] + [None]
    assert [type(x) for x in remembered] == [type(x) for x in sticky]
    assert [x for x in remembered if isinstance(x, Receipt)] == [x for x in sticky if isinstance(x, Receipt)]
    await ledger.stop()

    ledger = await open_ledger(db, clock)
    recalled = [await ledger.answer(key) for key in keys]
    assert [type(x) for x in recalled] == [type(x) for x in sticky]
    assert [x for x in recalled if isinstance(x, Receipt)] == [x for x in sticky if isinstance(x, Receipt)]
    await ledger.stop()


async def test_old_keys_by_the_hundred_are_answered_after_a_restart(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    entries = [pay(ming, he, 10) for _ in range(150)]
    first = await asyncio.gather(*(ledger.post(e) for e in entries), return_exceptions=True)
    await ledger.stop()

    ledger = await open_ledger(db, clock)
    second = await asyncio.gather(*(ledger.post(e) for e in entries), return_exceptions=True)

    assert [r for r in second if isinstance(r, Receipt)] == [r for r in first if isinstance(r, Receipt)]
    assert [type(r) for r in second] == [type(r) for r in first]
    assert sum(isinstance(r, Receipt) for r in second) == 100
    assert (await ledger.balance(he)).posted_fen == 20_00
    assert (await verify(owner)).ok
    await ledger.stop()
