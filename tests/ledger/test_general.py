"""The general ledger, closing, and interest numbers, against a naive recount of the journal."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import CENTRE, Clock, Money, Principal, day_of, new_id
from fengshou.ledger import Entry, Ledger, NewAccount, between_banks, exchange, fx_positions, own_account
from fengshou.ledger.closing import NeedsAnother, PeriodNotClosed, PeriodNotOpen, PeriodNotOver, PeriodUnsound
from fengshou.ledger.general import GeneralLedger, GeneralRow
from fengshou.ledger.interest_days import QuarterOutOfOrder, number, quarter_day
from tests.ledger.test_days import history, naive
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, pay

LONG_AGO, EVER = date(1990, 1, 1), date(2100, 1, 1)


def clerk() -> Principal:
    return Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"accountant"}))


async def recount(owner: asyncpg.Connection, bank: int) -> dict[tuple[str, date], list[int]]:
    """Debit and credit of each subject and day it happened, leg by leg."""
    subjects = {
        r["id"]: r["subject"]
        for r in await owner.fetch("SELECT id, subject FROM ledger.account WHERE institution_id=$1", bank)
    }
    sums: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
    for r in await owner.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id=$1 AND debit_seq > 0", bank
    ):
        on = day_of(r["event_at"] or r["posted_at"])
        sums[subjects[r["debit"]], on][0] += r["amount"]
        sums[subjects[r["credit"]], on][1] += r["amount"]
    return sums


async def test_the_general_ledger_is_the_journal_added_up(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    others = await make_accounts(ledger, JINGNING, 1, fen=5_00)
    await history(ledger, clock, refs, 1, 30)
    for fen in (1, 20, 300):
        legs = between_banks(refs[0], others[0], fen, 0)
        await ledger.post(Entry(id=new_id(XIAOSHAN), postings=legs))
    since = clock.today() - timedelta(days=9)

    book = await ledger.reports.general.ledger(None, since, clock.today())

    assert set(book.banks) == {CENTRE, XIAOSHAN, JINGNING}
    assert book.unbalanced() == []
    for bank, rows in book.banks.items():
        counted = await recount(owner, bank)
        for row in rows:
            of_subject = [(on, dr, cr) for (name, on), (dr, cr) in counted.items() if name == row.subject]
            assert row.opening_fen == sum(cr - dr for on, dr, cr in of_subject if on < since)
            assert row.debit_fen == sum(dr for on, dr, _ in of_subject if on >= since)
            assert row.credit_fen == sum(cr for on, _, cr in of_subject if on >= since)
            assert row.closing_fen == sum(cr - dr for _, dr, cr in of_subject)
        assert await ledger.reports.general.differences(bank) == []
    federation = {row.subject: row for row in book.federation()}
    assert federation["3001"].closing_fen + federation["2011"].closing_fen == 0
    assert sum(row.closing_fen for row in federation.values()) == 0
    deposits = await ledger.reports.general.days_of(XIAOSHAN, "2111", LONG_AGO, EVER)
    assert deposits[-1][3] == next(r for r in book.banks[XIAOSHAN] if r.subject == "2111").closing_fen
    for (_, _, _, before), (_, debit, credit, after) in pairwise(deposits):
        assert after == before + credit - debit


async def test_an_account_that_says_otherwise_than_the_general_ledger_is_named(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    await ledger.post(pay(ming, he, 3_00))
    await ledger.reports.days.follow()
    assert await ledger.reports.general.differences(XIAOSHAN) == []
    await owner.execute("UPDATE ledger.day_head SET balance = balance + 7 WHERE account = $1", ming.id)
    await owner.execute("UPDATE ledger.general SET debit = debit + 5 WHERE subject = '1001'")

    apart = await ledger.reports.general.differences(XIAOSHAN)

    # The picture ends in today's rows, so only the general ledger is off for cash, and nothing for today's heads.
    assert ("1001", -20_05, -20_00) in [(d.subject, d.general_fen, d.accounts_fen) for d in apart]


async def test_what_comes_late_is_booked_on_the_next_open_day(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    day = clock.today()
    noon = clock.now()
    clock.shift(timedelta(days=3))
    closing, who = ledger.reports.closing, clerk()
    period = await closing.close_day(who, XIAOSHAN, day)

    late = Entry(id=new_id(XIAOSHAN), postings=pay(ming, he, 5_00).postings, event_at=noon, mandate="late")
    await ledger.post(late)

    assert (period.status, period.debit_fen, period.credit_fen) == ("closed", 200_00, 200_00)
    turned = await ledger.reports.general.days_of(XIAOSHAN, "2111", day, clock.today())
    assert turned == [(day, 0, 200_00, 200_00), (day + timedelta(days=1), 5_00, 5_00, 200_00)]
    assert await ledger.reports.days.value_balance(he, day) == 105_00  # its value day is kept
    assert await closing.changed(XIAOSHAN) == []
    with pytest.raises(PeriodNotOpen):
        await closing.close_day(who, XIAOSHAN, day)
    with pytest.raises(PeriodNotOver):
        await closing.close_day(who, XIAOSHAN, clock.today() + timedelta(days=1))
    with pytest.raises(PeriodNotOver):
        await closing.close_month(who, XIAOSHAN, clock.today())
    told = await owner.fetch("SELECT act, actor, subject FROM kernel.audit WHERE act LIKE 'ledger.%'")
    assert [tuple(r) for r in told] == [("ledger.period_closed", who.id, f"day {day}")]


async def test_opening_a_closed_day_again_takes_two(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    day, noon = clock.today(), clock.now()
    clock.shift(timedelta(days=2))
    closing, maker, checker = ledger.reports.closing, clerk(), clerk()
    await closing.close_day(maker, XIAOSHAN, day)
    with pytest.raises(PeriodNotClosed):
        await closing.ask_reopening(maker, XIAOSHAN, day - timedelta(days=1), "a slip was lost")
    asked = await closing.ask_reopening(maker, XIAOSHAN, day, "a slip was lost")
    with pytest.raises(NeedsAnother):
        await closing.agree_reopening(maker, XIAOSHAN, asked)
    assert (await closing.periods(XIAOSHAN, day))[0].status == "closed"

    assert await closing.agree_reopening(checker, XIAOSHAN, asked) == day
    late = Entry(id=new_id(XIAOSHAN), postings=pay(ming, he, 5_00).postings, event_at=noon, mandate="late")
    await ledger.post(late)

    assert (await closing.periods(XIAOSHAN, day))[0].status == "open"
    turned = await ledger.reports.general.days_of(XIAOSHAN, "2111", day, clock.today())
    assert turned == [(day, 5_00, 205_00, 200_00)]
    acts = [
        r[0] for r in await owner.fetch("SELECT act FROM kernel.audit WHERE act LIKE 'ledger.%' ORDER BY id")
    ]
    assert acts == ["ledger.period_closed", "ledger.reopening_asked", "ledger.period_reopened"]
    await closing.close_day(maker, XIAOSHAN, day)
    await owner.execute(
        "UPDATE ledger.general SET credit = credit + 1 WHERE book_on = $1 AND subject='2111'", day
    )
    assert [p.first_on for p in await closing.changed(XIAOSHAN)] == [day]


async def test_a_period_in_two_currencies_adds_up_each_by_itself(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=10_00)
    cash = own_account(XIAOSHAN, "1001", "USD")
    opens = (*fx_positions(XIAOSHAN, ("CNY", "USD")), NewAccount(cash, "1001", "USD", floor_fen=None))
    pair = exchange(cash, ming, Money(2_00, "USD"), Money(14_25))
    await ledger.post(Entry(new_id(XIAOSHAN), pair, opens=opens))
    day, closing = clock.today(), ledger.reports.closing
    clock.shift(timedelta(days=1))

    closed = await closing.close_day(clerk(), XIAOSHAN, day)

    assert (closed.debit_fen, closed.credit_fen) == (24_25, 24_25)
    assert await closing.changed(XIAOSHAN) == []
    dollars = "UPDATE ledger.general SET debit = debit + 1, credit = credit + 1 WHERE currency = 'USD'"
    await owner.execute(dollars + " AND subject = '3002'")
    assert [p.first_on for p in await closing.changed(XIAOSHAN)] == [day]
    await owner.execute(
        "UPDATE ledger.general SET debit = debit + 5 WHERE currency = 'USD' AND subject = '1001'"
    )
    with pytest.raises(PeriodUnsound, match="USD"):
        await closing.close_day(clerk(), XIAOSHAN, day + timedelta(days=1))


async def test_a_month_is_closed_when_its_days_are(ledger: Ledger, clock: Clock) -> None:
    await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    first = clock.today().replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    clock.shift(timedelta(days=(last - clock.today()).days + 1))
    closing, who = ledger.reports.closing, clerk()
    await closing.close_day(who, XIAOSHAN, last)

    month = await closing.close_month(who, XIAOSHAN, first)

    assert (month.first_on, month.last_on, month.status, month.debit_fen) == (first, last, "closed", 200_00)


async def test_books_that_do_not_agree_are_not_closed(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.reports.days.follow()
    await owner.execute("UPDATE ledger.general SET debit = debit + 1 WHERE subject = '1001'")

    with pytest.raises(PeriodUnsound):
        await ledger.reports.closing.close_day(clerk(), XIAOSHAN, clock.today())

    assert [p.status for p in await ledger.reports.closing.periods(XIAOSHAN, LONG_AGO)] == ["open"]


async def test_money_moves_on_while_a_day_is_closed(ledger: Ledger, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    closing, who = ledger.reports.closing, clerk()
    payments = [ledger.post(pay(ming, he, 1)) for _ in range(400)]
    _, period = await asyncio.gather(
        asyncio.gather(*payments), closing.close_day(who, XIAOSHAN, clock.today())
    )

    turned = await ledger.reports.general.days_of(XIAOSHAN, "2111", clock.today(), EVER)

    assert period.status == "closed"
    assert sum(debit for _, debit, _, _ in turned) == 400
    assert await closing.changed(XIAOSHAN) == []
    assert await ledger.reports.general.differences(XIAOSHAN) == []


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.tuples(st.integers(0, 91), st.integers(-(10**15), 10**15)), max_size=40),
    st.integers(1, 92),
)
def test_an_interest_number_is_the_sum_over_days(
    brought: int, moves: list[tuple[int, int]], length: int
) -> None:
    since = date(2026, 3, 21)
    dated = [(since + timedelta(days=d), fen) for d, fen in moves if d < length]

    told = number(brought, dated, since, since + timedelta(days=length))

    days = [since + timedelta(days=n) for n in range(length)]
    assert told == sum(brought + sum(fen for on, fen in dated if on <= day) for day in days)


def test_quarter_days() -> None:
    assert quarter_day(date(2026, 3, 20)) == date(2026, 3, 20)
    assert quarter_day(date(2026, 3, 21)) == date(2026, 6, 20)
    assert quarter_day(date(2026, 12, 21)) == date(2027, 3, 20)


async def test_quarters_and_their_corrections_are_the_sum_over_days(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    interest, who = ledger.reports.interest, clerk()
    quarters = []
    quarter = quarter_day(clock.today())
    for seed in range(3):
        await history(ledger, clock, refs, seed, 25)
        clock.shift(timedelta(days=max(0, (quarter - clock.today()).days + 1)))
        with pytest.raises(QuarterOutOfOrder):
            await interest.close_quarter(who, XIAOSHAN, quarter_day(clock.today()))
        assert await interest.close_quarter(who, XIAOSHAN, quarter) == 3
        known = clock.today()
        quarters.append(quarter)
        quarter = quarter_day(quarter + timedelta(days=1))
        for ref in refs:
            told = await naive(owner, ref)
            closed = await interest.closed(ref)
            assert [q.quarter_on for q in closed] == quarters
            whole = sum(
                t.delta * (quarters[-1] - day_of(t.event_at)).days + t.delta
                for t in told
                if day_of(t.event_at) <= quarters[-1]
            )
            assert sum(q.earns for q in closed) == whole
            assert (
                await interest.number(ref, LONG_AGO, quarters[-1] + timedelta(days=1), known_on=known)
            ) == whole
    closed = await interest.closed(refs[0])
    assert any(q.correction for q in closed)


def test_what_does_not_balance_is_said() -> None:
    row = GeneralRow("1001", "CNY", 0, 5, 0, -5, 1)
    book = GeneralLedger(LONG_AGO, EVER, {}, {XIAOSHAN: [row]})
    assert book.unbalanced() == [f"bank {XIAOSHAN} CNY: turnover off by -5 fen"]
