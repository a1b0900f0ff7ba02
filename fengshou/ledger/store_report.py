"""The SQL of reading the book: statements, turnovers, trial balances, the journal itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from fengshou.kernel import Connection, Record
from fengshou.ledger.model import MOVES, AccountRef
from fengshou.ledger.row import COLUMNS
from fengshou.ledger.sealed import Row
from fengshou.ledger.store_month import first_id
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


async def turnover(db: Connection, bank: int | None, since: datetime, until: datetime) -> list[Record]:
    """Debits and credits by bank and subject between two instants, and the net since then."""
    moves = [int(kind) for kind in MOVES]
    return await db.fetch(
        "WITH legs AS ("
        " SELECT institution_id, debit AS account, amount AS dr, 0::bigint AS cr, posted_at FROM ledger.journal"
        "  WHERE ($1::smallint IS NULL OR institution_id = $1) AND kind = ANY($4) AND id >= $5"
        " UNION ALL"
        " SELECT institution_id, credit, 0, amount, posted_at FROM ledger.journal"
        "  WHERE ($1::smallint IS NULL OR institution_id = $1) AND kind = ANY($4) AND id >= $5)"
        " SELECT a.institution_id, a.subject,"
        "  coalesce(sum(dr) FILTER (WHERE posted_at >= $2 AND posted_at < $3), 0)::bigint AS dr,"
        "  coalesce(sum(cr) FILTER (WHERE posted_at >= $2 AND posted_at < $3), 0)::bigint AS cr,"
        "  coalesce(sum(cr - dr) FILTER (WHERE posted_at >= $3), 0)::bigint AS later"
        " FROM legs JOIN ledger.account a ON a.institution_id = legs.institution_id AND a.id = legs.account"
        " GROUP BY 1, 2",
        bank, since, until, moves, first_id(since - timedelta(days=1)),
    )  # fmt: skip


async def balances_by_subject(db: Connection, bank: int | None) -> list[Record]:
    """The sum and number of accounts of each subject, by bank: the cache plus the journal it lacks."""
    return await db.fetch(
        "WITH tail AS (SELECT j.* FROM ledger.journal j LEFT JOIN ledger.checkpoint c USING (institution_id)"
        "  WHERE ($1::smallint IS NULL OR j.institution_id = $1) AND j.position > coalesce(c.position, 0)"
        "  AND j.debit_seq > 0),"
        " moved AS (SELECT institution_id, debit AS id, debit_seq AS seq, -amount AS fen FROM tail"
        "  UNION ALL SELECT institution_id, credit, credit_seq, amount FROM tail),"
        " late AS (SELECT m.institution_id, m.id, sum(m.fen) AS fen FROM moved m JOIN ledger.account a"
        "  ON a.institution_id = m.institution_id AND a.id = m.id AND m.seq > a.seq GROUP BY 1, 2)"
        " SELECT a.institution_id, a.subject, sum(a.balance + coalesce(l.fen, 0))::bigint AS fen,"
        "  count(*)::int AS accounts"
        " FROM ledger.account a LEFT JOIN late l ON l.institution_id = a.institution_id AND l.id = a.id"
        " WHERE ($1::smallint IS NULL OR a.institution_id = $1) GROUP BY 1, 2 ORDER BY 1, 2",
        bank,
    )


async def recent(db: Connection, bank: int, before: int | None, limit: int) -> list[Record]:
    """The newest journal rows of a bank, for the console."""
    return await db.fetch(_RECENT, bank, before or 2**62, limit)
