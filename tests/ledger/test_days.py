"""The days of the book against a naive recomputation from its rows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.kernel import Clock, Database, day_of, new_id
from fengshou.ledger import PEND, AccountRef, Entry, Ledger, Posting
from fengshou.ledger.days import fill
from tests.support.book import XIAOSHAN, make_accounts, pay


class Told:
    """One movement of the naive book: read row by row, added up by hand."""

    def __init__(self, row: asyncpg.Record, ref: AccountRef) -> None:
        self.posted_at: datetime = row["posted_at"]
        self.event_at: datetime = row["event_at"] or row["posted_at"]
        self.delta = -row["amount"] if row["debit"] == ref.id else row["amount"]
        self.position: int = row["position"]


async def naive(owner: asyncpg.Connection, ref: AccountRef) -> list[Told]:
    rows = await owner.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id=$1 AND debit_seq > 0 AND (debit=$2 OR credit=$2)"
        " ORDER BY position",
        ref.bank, ref.id,
    )  # fmt: skip
    return [Told(row, ref) for row in rows]


async def history(ledger: Ledger, clock: Clock, refs: Sequence[AccountRef], seed: int, steps: int) -> None:
    """Some weeks of payments, many of them told late; holds between them move nothing."""
    chance = Random(seed)
    for _ in range(steps):
        clock.shift(timedelta(hours=chance.choice((0, 0, 1, 9, 30, 80))))
        payer, payee = chance.sample(list(refs), 2)
        entry = pay(payer, payee, chance.randint(1, 50))
        if chance.random() < 0.4:
            entry = replace(
                entry, event_at=clock.now() - timedelta(hours=chance.randint(0, 400)), mandate="x"
            )
        await ledger.post(replace(entry, id=new_id(XIAOSHAN, clock.now())))
        if chance.random() < 0.2:
            await ledger.post(
                Entry(id=new_id(XIAOSHAN, clock.now()), postings=(Posting(payer, payee, 1, PEND),))
            )


async def test_balances_at_any_instant_and_day_equal_a_recount(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    days = ledger.reports.days
    for seed in (1, 2):
        await history(ledger, clock, refs, seed, 40)
        await days.follow()
    for ref in refs:
        told = await naive(owner, ref)
        instants = [t.posted_at for t in told] + [t.posted_at - timedelta(microseconds=1) for t in told]
        for at in instants[:: len(instants) // 23]:
            assert await days.balance_at(ref, at) == sum(t.delta for t in told if t.posted_at <= at)
        events = [t.event_at for t in told]
        for at in events[:: len(events) // 11]:
            assert await days.event_balance(ref, at) == sum(t.delta for t in told if t.event_at <= at)
        first = min(day_of(t.event_at) for t in told)
        for ahead in range(0, 90, 7):
            on, known = first + timedelta(days=ahead), first + timedelta(days=ahead + 5)
            of_day = [t for t in told if day_of(t.event_at) <= on]
            assert await days.value_balance(ref, on) == sum(t.delta for t in of_day)
            assert await days.value_balance(ref, on, known_on=known) == sum(
                t.delta for t in of_day if day_of(t.posted_at) <= known
            )


async def test_every_day_has_its_balance(ledger: Ledger, clock: Clock, owner: asyncpg.Connection) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    await history(ledger, clock, refs, 5, 40)
    told = await naive(owner, refs[0])
    since = day_of(told[0].posted_at) - timedelta(days=3)
    until = clock.today() + timedelta(days=2)

    got = await ledger.reports.days.day_balances(refs[0], since, until)

    assert [day.on for day in got] == [since + timedelta(days=n) for n in range((until - since).days)]
    for day in got:
        assert day.fen == sum(t.delta for t in told if day_of(t.posted_at) <= day.on)
        assert day.moved == sum(day_of(t.posted_at) == day.on for t in told)


async def test_a_statement_from_a_date_is_the_same_part_of_the_whole(
    ledger: Ledger, db: Database, clock: Clock
) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    await history(ledger, clock, refs, 7, 50)
    await ledger.reports.days.follow()
    days = ledger.reports.days
    async with db.read(XIAOSHAN) as work:
        whole = await days.statement(work, refs[1], limit=1000)
        assert len(whole) > 20
        for older, newer in pairwise(sorted({day_of(x.posted_at) for x in whole})):
            wanted = [x for x in whole if older <= day_of(x.posted_at) < newer]
            assert await days.statement(work, refs[1], since=older, until=newer, limit=100) == wanted
            upto = [x for x in whole if day_of(x.posted_at) < newer]
            page = await days.statement(work, refs[1], until=newer, limit=3)
            assert page == upto[:3]
            if page[-1].cursor:
                assert await days.statement(work, refs[1], before=page[-1].cursor, limit=3) == upto[3:6]
        nothing = await days.statement(work, refs[1], until=day_of(whole[-1].posted_at))
        assert nothing == []


async def test_a_picture_as_of_a_position_does_not_move(ledger: Ledger, clock: Clock) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    await history(ledger, clock, refs, 3, 15)
    position = (await ledger.reports.days.follow(XIAOSHAN))[XIAOSHAN]
    then = await ledger.balances(refs)
    pictured = await ledger.reports.days.balances_as_of(XIAOSHAN, position)
    await history(ledger, clock, refs, 4, 15)

    again = await ledger.reports.days.balances_as_of(XIAOSHAN, position)

    assert again == pictured
    assert {ref: again[ref] for ref in refs} == {ref: b.posted_fen for ref, b in then.items()}
    assert sum(again.values()) == 0


async def test_two_followers_count_nothing_twice(
    ledger: Ledger, db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    for seed in range(3):
        await history(ledger, clock, refs, seed, 10)
        await asyncio.gather(*(ledger.reports.days.follow() for _ in range(4)))

    rows = await owner.fetchval(
        "SELECT count(*) FROM ledger.journal WHERE institution_id=$1 AND debit_seq > 0", XIAOSHAN
    )
    legs = await owner.fetchval("SELECT sum(legs) FROM ledger.general WHERE institution_id=$1", XIAOSHAN)
    assert legs == 2 * rows


async def test_a_clock_that_runs_backwards_does_not_reopen_a_day(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(pay(ming, he, 1))
    before = clock.today()
    clock.shift(timedelta(days=2))
    await ledger.post(pay(ming, he, 10))
    clock.shift(timedelta(days=-2))
    await ledger.post(pay(ming, he, 100))

    got = await ledger.reports.days.day_balances(he, before, before + timedelta(days=3))

    assert [day.fen for day in got] == [100_01, 100_01, 101_11]


async def test_one_busy_account_is_found_by_looking_back(ledger: Ledger, owner: asyncpg.Connection) -> None:
    ming, he, li = await make_accounts(ledger, XIAOSHAN, 3, fen=100_00)
    await asyncio.gather(*(ledger.post(pay(ming, he, 1)) for _ in range(1500)))
    await ledger.post(pay(li, ming, 1))
    await ledger.reports.days.follow()
    told = await naive(owner, ming)

    for t in told[::150]:
        at = await owner.fetchrow(
            "SELECT * FROM ledger.head_at($1::smallint, $2, $3)", XIAOSHAN, ming.id, t.position
        )
        assert at is not None
        assert (at["head"], at["fen"]) == (t.position, sum(x.delta for x in told if x.position <= t.position))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5)), max_size=12), st.integers(0, 10))
def test_every_day_is_told_once(moves: list[tuple[int, int]], length: int) -> None:
    since = date(2026, 1, 1)
    ends = {since + timedelta(days=d): (fen, n + 1) for n, (d, fen) in enumerate(sorted(dict(moves).items()))}

    days = fill(since, since + timedelta(days=length), (7, 0), ends)

    assert len(days) == length
    for day in days:
        upto = [ends[on] for on in sorted(ends) if on <= day.on]
        assert day.fen == (upto[-1][0] if upto else 7)
