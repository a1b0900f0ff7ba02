"""The record: what is written beside the journal's rows, as lines of JSON in pages, each chained to the one before.

The journal's hash chain covers its rows. Everything else the book keeps (accounts and their bounds, freezes, notes,
refusals, the days when holds end …) has a line here, written in the same transaction. A page's hash is over the page
before, over the journal's head and over its own bytes; a batch's hash is over the newest page. So neither chain can be
changed or cut short without the other, and what a table must say can be worked out from the two.

Two desks write, each with a chain of its own: the writer (1) in the transaction of its batch, and the office (2), which
closes periods, takes files in and seals months, and knows no batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from struct import Struct
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson

from fengshou.kernel import BankError, bank_of
from fengshou.ledger import row
from fengshou.ledger.book import Book
from fengshou.ledger.plan import Plan, Request

WRITER, OFFICE = 1, 2
Head: TypeAlias = tuple[int, bytes]  # the number and the hash of a desk's newest page
NONE: Head = (0, row.FIRST_HASH)
Line: TypeAlias = list[Any]
_PLACE = Struct(">hhqqq")
_INT64 = 1 << 63


class Page(NamedTuple):
    """Some lines of one bank and desk, written in one transaction."""

    bank: int
    desk: int
    number: int
    position: int
    made_at: datetime
    body: str
    previous: bytes
    hash: bytes


def page(
    bank: int, desk: int, head: Head, position: int, journal: bytes, at: datetime, lines: list[Line]
) -> Page:
    """The page after `head`; `journal` is the hash of the bank's batch that ends at `position`."""
    body = orjson.dumps(lines)
    hash_ = page_hash(head[1], journal, bank, desk, head[0] + 1, position, at, body)
    return Page(bank, desk, head[0] + 1, position, at, body.decode(), head[1], hash_)


def page_hash(
    previous: bytes,
    journal: bytes,
    bank: int,
    desk: int,
    number: int,
    position: int,
    at: datetime,
    body: bytes,
) -> bytes:
    """SHA-256 over the page before, the journal's head, where the page stands, and every byte of it."""
    return sha256(
        previous + journal + _PLACE.pack(bank, desk, number, position, row.micros(at)) + body
    ).digest()


def digest(*values: object) -> str:
    """SHA-256 over the values of a row, the same before it is written and when it is read back."""
    return sha256(orjson.dumps([_plain(v) for v in values], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: object) -> object:
    """The value in words that JSON in the database and out of it agrees on."""
    if isinstance(value, datetime):
        return row.micros(value)
    if isinstance(value, UUID | date | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and value.is_integer():
        # The database keeps 1e16 as 10000000000000000, which comes back as a whole number.
        whole = int(value)
        return whole if -_INT64 <= whole < 2 * _INT64 else str(whole)
    return value


def as_kept(facts: object) -> Any:
    """What comes back of JSON that is written to the database."""
    return orjson.loads(orjson.dumps(facts, default=str))


# -- what a batch says beside its rows --------------------------------------------------------------------


def lines_of(book: Book, plan: Plan) -> dict[int, list[Line]]:
    """By bank, what a decided plan writes beside journal rows."""
    found = defaultdict[int, list[Line]](list)
    at = plan.now_us
    if plan.opened or plan.flagged or plan.bounded:
        _accounts(book, plan, found)
    for hold in plan.holds_opened:
        if hold.expires_at:
            found[hold.debit.bank].append(["hold", str(hold.id), row.micros(hold.expires_at)])
    for order, entry in plan.frozen:
        until = order.until and row.micros(order.until)
        words: Line = [order.owner, order.reason, int(order.stops), order.fen, until]
        found[order.ref.bank].append(["freeze", str(order.id), order.ref.id, *words, str(entry), at])
    for lift, entry in plan.lifted:
        found[lift.ref.bank].append(["lift", str(lift.freeze), str(entry), at, lift.reason])
    for request in plan.posted:
        if not request.entry.bare:
            _dress(request, found)
    for request in plan.acts:
        done = request.entry
        said = digest(request.digest, as_kept(act_facts(request)), done.evidence, done.mandate, plan.now)
        found[bank_of(done.id)].append(["act", str(done.id), said])
    for request in plan.refused:
        if request.sticky and isinstance(request.outcome, BankError):
            outcome, id_ = request.outcome, request.entry.id
            said = digest(request.digest, outcome.code, as_kept(outcome.facts), plan.now)
            found[bank_of(id_)].append(["refusal", str(id_), said])
    return found


def opened_line(
    id_: int, subject: str, currency: str, floor: int | None, ceiling: int | None, flags: int, opened_us: int
) -> Line:
    """An account begins."""
    return ["open", id_, subject, currency, floor, ceiling, flags, opened_us]


def act_facts(request: Request) -> dict[str, Any]:
    """What an entry without postings did."""
    entry = request.entry
    return {
        "opens": [[n.ref.bank, n.ref.id, n.subject] for n in entry.opens],
        "flags": [[f.ref.bank, f.ref.id, int(f.set), int(f.clear), f.reason] for f in entry.flags],
        "changes": [{"change": type(c).__name__} | c._asdict() | {"ref": list(c.ref)} for c in entry.changes],
    }


def _accounts(book: Book, plan: Plan, found: dict[int, list[Line]]) -> None:
    for n in plan.opened:
        found[n.ref.bank].append(
            opened_line(
                n.ref.id, n.subject, n.currency, n.floor_fen, n.ceiling_fen, int(n.flags), plan.now_us
            )
        )
    for ref, flags in plan.flagged.items():
        if ref in book.accounts:  # its opening may have been taken back
            found[ref.bank].append(["flags", ref.id, flags])
    for account in plan.bounded:
        found[account.ref.bank].append(["bounds", account.ref.id, account.floor, account.ceiling])


def _dress(request: Request, found: dict[int, list[Line]]) -> None:
    """The note, and the ledger's own riders."""
    entry = request.entry
    if entry.note is not None:
        found[bank_of(entry.id)].append(["note", str(entry.id), digest(as_kept(entry.note))])
    for rider in entry.riders:
        if (say := _RIDERS.get(rider.name)) is not None:
            found[rider.args[0]].append([say, *map(_word, rider.args[1:])])


def _word(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


_RIDERS: dict[str, str] = {
    "ledger.reverse_once": "reversal",
    "ledger.saga_open": "saga",
    "ledger.saga_close": "saga_end",
}
