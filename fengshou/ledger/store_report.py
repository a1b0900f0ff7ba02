"""The SQL of reading the book: statements, and the journal itself."""

from __future__ import annotations

from fengshou.kernel import Connection, Record
from fengshou.ledger.model import AccountRef
from fengshou.ledger.row import COLUMNS
from fengshou.ledger.sealed import Row
from fengshou.ledger.store_sealed import SealedBook

# The rows as people read them: an event_at that is missing was the moment of booking.
_SEEN = ", ".join("coalesce(event_at, posted_at) AS event_at" if c == "event_at" else c for c in COLUMNS)
_RECENT = (
    f"SELECT {_SEEN} FROM ledger.journal WHERE institution_id = $1 AND position < $2"  # noqa: S608 - our columns
    " ORDER BY position DESC LIMIT $3"
)


async def walk(db: Connection, ref: AccountRef, position: int, limit: int) -> list[Row]:
    """Movements of an account from `position` back, through sealed months too."""
    sealed = SealedBook(db, ref.bank)
    rows: list[Row] = []
    while position and len(rows) < limit:
        there: list[Row] = []
        there += await db.fetch(
            "SELECT * FROM ledger.walk($1, $2, $3, $4)", ref.bank, ref.id, position, limit - len(rows)
        )
        if not there:
            there = await _walk_sealed(sealed, ref, position, limit - len(rows))
        if not there:
            break  # nobody's, or the chain is broken, which `verify` tells
        rows += there
        position = _before(rows[-1], ref)
    return rows


async def _walk_sealed(sealed: SealedBook, ref: AccountRef, position: int, limit: int) -> list[Row]:
    """The part of a walk that lies in sealed pages."""
    rows: list[Row] = []
    while position and len(rows) < limit:
        row = await sealed.row(position)
        if row is None or ref.id not in (row["debit"], row["credit"]):
            break
        rows.append(row | {"event_at": row["event_at"] or row["posted_at"]})
        position = _before(row, ref)
    return rows


def _before(row: Row, ref: AccountRef) -> int:
    """The position of the account's movement before this one."""
    position: int = row["debit_prev"] if row["debit"] == ref.id else row["credit_prev"]
    return position


async def recent(db: Connection, bank: int, before: int | None, limit: int) -> list[Record]:
    """The newest journal rows of a bank, for the console."""
    return await db.fetch(_RECENT, bank, before or 2**62, limit)
