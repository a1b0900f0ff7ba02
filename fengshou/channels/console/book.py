"""book.*: the trial balance and the journal, for those who answer for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from fengshou.channels.console.ops import BOOK, bank_for, op, staff
from fengshou.channels.console.shapes import Bi, ByBank, Limit, OnDay, bank_name
from fengshou.channels.edge import Call, Show
from fengshou.ledger import PostingKind


class SubjectRow(Show):
    """A subject of the chart. Amounts signed, credit positive; turnovers are of the day."""

    subject: str
    name: Bi
    group: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int
    accounts: int


class Trial(Show):
    """A trial balance. `sum_fen` is zero, or the book is wrong."""

    bank: int
    bank_name: Bi
    day: date
    items: tuple[SubjectRow, ...]
    debit_fen: int
    credit_fen: int
    sum_fen: int


class JournalAsk(ByBank):
    """Rows before position `before`, the newest when left out."""

    before: Annotated[int, Field(ge=1, le=2**62)] | None = None
    limit: Limit = 50


class JournalRow(Show):
    """A row of the journal: one posting, its place, and both balances after it."""

    position: int
    entry: UUID
    kind: str
    at: datetime
    posted_at: datetime
    debit: str
    credit: str
    fen: int
    code: int
    debit_balance_fen: int
    credit_balance_fen: int


class Journal(Show):
    """A page of rows, newest first; `next` is `before` of the next."""

    bank: int
    items: tuple[JournalRow, ...]
    next: int | None


@op("book.trial_balance")
async def trial_balance(call: Call, ask: OnDay) -> Trial:
    """The trial balance of a bank, turnovers of a day."""
    bank = bank_for(staff(call, BOOK), ask.bank)
    doors, day = call.doors, ask.day or call.doors.clock.today()
    name = bank_name(doors, bank)
    chart = {subject.code: subject for subject in doors.catalog.chart()}
    rows = (await doors.ledger.trial_balance(bank, day)).get(bank, [])
    items = tuple(
        SubjectRow(
            subject=row.subject,
            name=Bi(zh=chart[row.subject].zh, en=chart[row.subject].en),
            group=chart[row.subject].group,
            opening_fen=row.opening_fen,
            debit_fen=row.debit_fen,
            credit_fen=row.credit_fen,
            closing_fen=row.closing_fen,
            accounts=row.accounts,
        )
        for row in rows
    )
    return Trial(
        bank=bank,
        bank_name=name,
        day=day,
        items=items,
        debit_fen=sum(row.debit_fen for row in rows),
        credit_fen=sum(row.credit_fen for row in rows),
        sum_fen=sum(row.closing_fen for row in rows),
    )


@op("book.journal")
async def journal(call: Call, ask: JournalAsk) -> Journal:
    """The newest rows of a bank's journal."""
    bank = bank_for(staff(call, BOOK), ask.bank)
    call.doors.party.bank(bank)
    rows = await call.doors.ledger.journal(bank, ask.before, ask.limit)
    items = tuple(_row(row) for row in rows)
    more = len(items) == ask.limit and items[-1].position > 1
    return Journal(bank=bank, items=items, next=items[-1].position if more else None)


def _row(row: dict[str, Any]) -> JournalRow:
    return JournalRow(
        position=row["position"],
        entry=row["id"],
        kind=PostingKind(row["kind"]).name.lower(),
        at=row["event_at"],
        posted_at=row["posted_at"],
        debit=_account(row["debit"]),
        credit=_account(row["credit"]),
        fen=row["amount"],
        code=row["code"],
        debit_balance_fen=row["debit_balance"],
        credit_balance_fen=row["credit_balance"],
    )


def _account(number: int) -> str:
    """The bank's own accounts are numbered by subject; of a customer's the last digits say enough here."""
    text = str(number)
    return text if number < 10_000_000 else f"*{text[-4:]}"
