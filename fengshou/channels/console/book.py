"""book.trial_balance, book.hours: what a bank's book adds up to, for those who answer for it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time

from fengshou.channels.console.ops import bank_for, op
from fengshou.channels.console.shapes import Bi, OnDay, bank_name
from fengshou.channels.edge import Call, Doors, Show
from fengshou.kernel import SHANGHAI
from fengshou.ledger import TrialRow

_ROWS_A_READ, _READS_MAX = 500, 40


class SubjectRow(Show):
    """A subject of the chart. Amounts signed, credit positive; turnovers are of the day."""

    subject: str
    name: Bi
    group: str
    side: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int
    accounts: int


class Block(Show):
    """One currency's part of a trial balance, in its hundredths. `sum_fen` is zero, or the book is wrong."""

    currency: str
    items: tuple[SubjectRow, ...]
    opening_sum_fen: int
    debit_fen: int
    credit_fen: int
    sum_fen: int


class Trial(Show):
    """A trial balance as of `at`, currency by currency, the yuan first; they are never added up.

    position  counts journal rows
    balanced  every currency's balances sum to zero, and its debits equal its credits
    """

    bank: int
    bank_name: Bi
    day: date
    at: datetime
    position: int
    blocks: tuple[Block, ...]
    balanced: bool


class Hours(Show):
    """How many journal rows were about each hour of a day, as it happened in the world.

    complete  False when the day has more rows than are counted: then these are its newest
    """

    bank: int
    day: date
    hours: tuple[int, ...]
    rows: int
    complete: bool


@op("book.trial_balance")
async def trial_balance(call: Call, ask: OnDay) -> Trial:
    """The trial balance of a bank, turnovers of a day."""
    bank = bank_for(call.who, ask.bank)
    doors, day = call.doors, ask.day or call.doors.clock.today()
    name = bank_name(doors, bank)
    position, at = await doors.ledger.position(bank), doors.clock.now()
    rows = (await doors.ledger.trial_balance(bank, day)).get(bank, [])
    blocks = tuple(
        _block(doors, currency, [row for row in rows if row.currency == currency])
        for currency in dict.fromkeys(["CNY", *(row.currency for row in rows)])
    )
    balanced = all(b.sum_fen == 0 and b.debit_fen == b.credit_fen for b in blocks)
    return Trial(
        bank=bank, bank_name=name, day=day, at=at, position=position, blocks=blocks, balanced=balanced
    )


def _block(doors: Doors, currency: str, rows: list[TrialRow]) -> Block:
    chart = {subject.code: subject for subject in doors.catalog.chart()}
    items = tuple(
        SubjectRow(
            subject=row.subject,
            name=Bi(zh=chart[row.subject].zh, en=chart[row.subject].en),
            group=chart[row.subject].group,
            side=chart[row.subject].side,
            opening_fen=row.opening_fen,
            debit_fen=row.debit_fen,
            credit_fen=row.credit_fen,
            closing_fen=row.closing_fen,
            accounts=row.accounts,
        )
        for row in rows
    )
    return Block(
        currency=currency, items=items,
        opening_sum_fen=sum(row.opening_fen for row in rows),
        debit_fen=sum(row.debit_fen for row in rows),
        credit_fen=sum(row.credit_fen for row in rows),
        sum_fen=sum(row.closing_fen for row in rows),
    )  # fmt: skip


@op("book.hours")
async def hours(call: Call, ask: OnDay) -> Hours:
    """The day of a bank's book by the hour."""
    bank, ledger = bank_for(call.who, ask.bank), call.doors.ledger
    call.doors.party.bank(bank)
    day = ask.day or call.doors.clock.today()
    dawn = datetime.combine(day, time.min, SHANGHAI)
    counted: Counter[int] = Counter()
    before: int | None = None
    for _ in range(_READS_MAX):
        rows: list[dict[str, object]] = await ledger.journal(bank, before, _ROWS_A_READ)
        for row in rows:
            happened, booked, before = row["event_at"], row["posted_at"], int(str(row["position"]))
            assert isinstance(happened, datetime) and isinstance(booked, datetime)
            if booked < dawn:
                rows = []  # whatever was booked before that day began is not about it
                break
            local = happened.astimezone(SHANGHAI)
            if local.date() == day:
                counted[local.hour] += 1
        if len(rows) < _ROWS_A_READ:
            complete = True
            break
    else:
        complete = False
    return Hours(
        bank=bank, day=day, hours=tuple(counted[hour] for hour in range(24)), rows=counted.total(),
        complete=complete,
    )  # fmt: skip
