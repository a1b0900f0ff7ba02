"""book.journal, book.entry: the rows of the book as they were written, with the accounts in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.console.ops import bank_for, op
from fengshou.channels.console.shapes import Bi, ByBank, ById, Limit, bank_name
from fengshou.channels.edge import Call, Doors, Show
from fengshou.kernel import CENTRE, BankError, Missing, account_number, bank_of, entry_of
from fengshou.ledger import CUSTOMER_FIRST, AccountRef, PostingKind, centre_account

_ROWS_A_READ, _READS_MAX = 200, 10
_BANKS_END = 10_000
_SUBS = centre_account(0)  # member banks' accounts at the centre are numbered from here


class JournalAsk(ByBank):
    """Rows before position `before`, the newest when left out; only those that fit all that is given.

    subject    on either side
    fen_least  of this amount or more
    """

    before: Annotated[int, Field(ge=1, le=2**62)] | None = None
    limit: Limit = 50
    subject: Annotated[str, StringConstraints(pattern=r"^[1-6][0-9]{3}$")] | None = None
    kind: Literal["post", "pend", "settle", "void", "reverse", "import", "part", "expire"] | None = None
    fen_least: Annotated[int, Field(ge=0, le=10**15)] | None = None


class Side(Show):
    """An account of a row: its subject, and of a customer's the last digits and the masked name."""

    account: str
    subject: str
    name: Bi
    tail: str
    holder: Bi


class JournalRow(Show):
    """A row of the journal: one posting, its place, and both balances after it."""

    bank: int
    position: int
    entry: UUID
    kind: str
    at: datetime
    posted_at: datetime
    debit: Side
    credit: Side
    currency: str
    fen: int
    code: int
    debit_balance_fen: int
    credit_balance_fen: int


class Journal(Show):
    """A page of rows, newest first; `next` is `before` of the next. It may be short where little fits."""

    bank: int
    items: tuple[JournalRow, ...]
    next: int | None


class EntryView(Show):
    """An entry with those of its rows that one may see; `others` counts those at other banks."""

    entry: UUID
    items: tuple[JournalRow, ...]
    bank_names: dict[int, Bi]
    others: int


@op("book.journal")
async def journal(call: Call, ask: JournalAsk) -> Journal:
    """The newest rows of a bank's journal."""
    bank = bank_for(call.who, ask.bank)
    call.doors.party.bank(bank)
    found: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    before, filtered = ask.before, bool(ask.subject or ask.kind or ask.fen_least)
    for _ in range(_READS_MAX if filtered else 1):
        size = _ROWS_A_READ if filtered else ask.limit
        rows = [dict(row) for row in await call.doors.ledger.journal(bank, before, size)]
        subjects, _ = await _accounts(call.doors, bank, rows)
        for row in rows:
            before = row["position"]
            if _fits(row, subjects, ask):
                found.append(row)
            if len(found) == ask.limit:
                break
        if len(found) == ask.limit or len(rows) < size:
            break
    more = before is not None and before > 1 and bool(rows)
    return Journal(
        bank=bank, items=tuple(await _rows(call.doors, bank, found)), next=before if more else None
    )


@op("book.entry")
async def entry(call: Call, ask: ById) -> EntryView:
    """One entry: at one's own bank alone, or at all of them for the centre."""
    who, doors = call.who, call.doors
    if not 0 < bank_of(ask.id) < 10_000:
        raise Missing(what="entry")
    receipt = await doors.ledger.answer(entry_of(ask.id))
    if receipt is None or isinstance(receipt, BankError):
        raise Missing(what="entry")
    places = [(leg.bank, leg.position) for leg in receipt.legs]
    mine = [place for place in places if who.bank in (CENTRE, place[0])]
    if not mine:
        raise Missing(what="entry")
    shown: list[JournalRow] = []
    for bank, position in mine:
        found = await doors.ledger.journal(bank, position + 1, 1)
        shown += await _rows(doors, bank, found)
    names = {bank: bank_name(doors, bank) for bank in {bank for bank, _ in mine}}
    return EntryView(
        entry=receipt.entry, items=tuple(shown), bank_names=names, others=len(places) - len(mine)
    )


def _fits(row: dict[str, Any], subjects: dict[int, str], ask: JournalAsk) -> bool:
    return (
        (ask.subject is None or ask.subject in (subjects[row["debit"]], subjects[row["credit"]]))
        and (ask.kind is None or PostingKind(row["kind"]).name.lower() == ask.kind)
        and (ask.fen_least is None or row["amount"] >= ask.fen_least)
    )


async def _rows(doors: Doors, bank: int, rows: Sequence[dict[str, Any]]) -> list[JournalRow]:
    """Rows in words: one question for all their customers' names."""
    subjects, currencies = await _accounts(doors, bank, rows)
    holders = await doors.party.masked_names(bank, [a for a in subjects if a >= CUSTOMER_FIRST])
    chart = {s.code: Bi(zh=s.zh, en=s.en) for s in doors.catalog.chart()}
    sides = {a: _side(doors, bank, a, code, chart[code], holders.get(a, "")) for a, code in subjects.items()}
    return [
        JournalRow(
            bank=bank,
            position=row["position"],
            entry=entry_of(row["id"]),
            kind=PostingKind(row["kind"]).name.lower(),
            at=row["event_at"],
            posted_at=row["posted_at"],
            debit=sides[row["debit"]],
            credit=sides[row["credit"]],
            currency=currencies[row["debit"]],
            fen=row["amount"],
            code=row["code"],
            debit_balance_fen=row["debit_balance"],
            credit_balance_fen=row["credit_balance"],
        )
        for row in rows
    ]


async def _accounts(
    doors: Doors, bank: int, rows: Sequence[dict[str, Any]]
) -> tuple[dict[int, str], dict[int, str]]:
    """The subject that each account of these rows stands under, and its currency."""
    refs = {AccountRef(bank, row[side]) for row in rows for side in ("debit", "credit")}
    found = await doors.ledger.balances(list(refs))
    return {ref.id: b.subject for ref, b in found.items()}, {ref.id: b.currency for ref, b in found.items()}


def _side(doors: Doors, bank: int, account: int, subject: str, name: Bi, holder: str) -> Side:
    if account >= CUSTOMER_FIRST:
        tail = account_number(bank, account)[-4:]
        masked = Bi(zh=holder, en=holder)
        return Side(account=f"**** {tail}", subject=subject, name=name, tail=tail, holder=masked)
    whose = Bi(zh="", en="")
    if bank == CENTRE and _SUBS.id < account < _SUBS.id + _BANKS_END:  # beyond: its own in other currencies
        member = doors.party.bank(account - _SUBS.id)
        whose = Bi(zh=member.brand_zh, en=member.brand_en)
    return Side(account=str(account), subject=subject, name=name, tail="", holder=whose)
