"""SQL of evidence and limit counters, at the member bank of the order; the riders' statements too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fengshou.kernel import Record, Work

# Riders run in the ledger's batch: arrays in, ordinals of what took effect out. A wave never holds two
# riders of one target, so no row is touched twice by a statement.
SPEND_STORED = """
UPDATE access.evidence e SET spent_at = r.at, spent_by = r.entry
FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::uuid[], $5::timestamptz[]) AS r(n, bank, id, entry, at)
WHERE e.institution_id = r.bank AND e.id = r.id AND e.spent_at IS NULL AND e.expires_at > r.at AND e.level >= e.wanted
RETURNING r.n
"""

SPEND_FRESH = """
WITH r AS (
  SELECT * FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::uuid[], $7::uuid[],
    $8::uuid[], $9::bytea[], $10::smallint[], $11::smallint[], $12::text[], $13::timestamptz[])
    AS r(n, bank, id, entry, at, order_id, principal, session, digest, wanted, level, factors, expires_at)
), spent AS (
  INSERT INTO access.evidence (institution_id, id, order_id, principal_id, session_id, digest, wanted, level,
    factors, asked_at, expires_at, spent_at, spent_by)
  SELECT bank, id, order_id, principal, session, digest, wanted, level, string_to_array(factors, ','),
    at, expires_at, at, entry FROM r WHERE expires_at > at
  ON CONFLICT DO NOTHING RETURNING institution_id, id
)
SELECT r.n FROM r JOIN spent s ON s.institution_id = r.bank AND s.id = r.id
"""

# In key order: two writers that meet on rows (a take-over) then wait for each other instead of deadlocking.
DAY_TAKE = """
WITH r AS (
  SELECT * FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::text[], $5::date[], $6::bigint[], $7::bigint[])
    AS r(n, bank, customer, kind, day, fen, cap_fen)
), taken AS (
  INSERT INTO access.day_used AS d (institution_id, customer_id, kind, day, fen, cap_fen)
  SELECT bank, customer, kind, day, fen, cap_fen FROM r WHERE fen >= 0 AND fen <= cap_fen ORDER BY 1, 2, 3, 4
  ON CONFLICT (institution_id, customer_id, kind, day) DO UPDATE
  SET fen = d.fen + excluded.fen, cap_fen = excluded.cap_fen WHERE d.fen + excluded.fen <= excluded.cap_fen
  RETURNING institution_id, customer_id, kind, day
)
SELECT r.n FROM r JOIN taken t
  ON t.institution_id = r.bank AND t.customer_id = r.customer AND t.kind = r.kind AND t.day = r.day
"""

DAY_RELEASE = """
UPDATE access.day_used d SET fen = d.fen - r.fen
FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::text[], $5::date[], $6::bigint[])
  AS r(n, bank, customer, kind, day, fen)
WHERE d.institution_id = r.bank AND d.customer_id = r.customer AND d.kind = r.kind AND d.day = r.day
  AND r.fen >= 0 AND d.fen >= r.fen
RETURNING r.n
"""


async def day_used(work: Work, customer: UUID, kinds: list[str], day: date) -> dict[str, int]:
    """Fen used of each kind; kinds nobody used are left out."""
    rows = await work.fetch(
        "SELECT kind, fen FROM access.day_used"
        " WHERE institution_id=$1 AND customer_id=$2 AND kind=ANY($3) AND day=$4",
        work.bank, customer, kinds, day,
    )  # fmt: skip
    return {row["kind"]: row["fen"] for row in rows}


async def proved(
    work: Work, order: UUID, session: UUID, principal: UUID, digest: bytes, level: int
) -> Record | None:
    """An unspent row for this act that reached `level`."""
    return await work.fetchrow(
        "SELECT id, level, factors, expires_at FROM access.evidence WHERE institution_id=$1 AND order_id=$2"
        " AND session_id=$3 AND principal_id=$4 AND digest=$5 AND spent_at IS NULL AND level>=$6 AND expires_at>$7",
        work.bank, order, session, principal, digest, level, work.now,
    )  # fmt: skip


async def open_evidence(
    work: Work, id_: UUID, order: UUID, session: UUID, principal: UUID, digest: bytes, wanted: int,
    expires_at: datetime,
) -> Record:  # fmt: skip
    """The open row of this act, made if there is none, begun anew if it expired: (id, level, factors)."""
    row = await work.fetchrow(
        "INSERT INTO access.evidence AS e"
        " (institution_id, id, order_id, principal_id, session_id, digest, wanted, expires_at, asked_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"
        " ON CONFLICT (institution_id, order_id, session_id, digest) WHERE spent_at IS NULL DO UPDATE SET"
        "  wanted=excluded.wanted, asked_at=excluded.asked_at,"
        "  level=CASE WHEN e.expires_at>$9 THEN e.level ELSE 0 END,"
        "  factors=CASE WHEN e.expires_at>$9 THEN e.factors ELSE '{}' END,"
        "  expires_at=CASE WHEN e.expires_at>$9 THEN e.expires_at ELSE excluded.expires_at END"
        " RETURNING id, level, factors",
        work.bank, id_, order, principal, session, digest, wanted, expires_at, work.now,
    )  # fmt: skip
    assert row is not None
    return row


_WANTED = (
    "SELECT id, digest, wanted, level, factors FROM access.evidence WHERE institution_id=$1 AND order_id=$2"
    " AND session_id=$3 AND principal_id=$4 AND spent_at IS NULL AND expires_at>$5"
    " ORDER BY asked_at DESC, id DESC LIMIT 1"
)


async def wanted_evidence(
    work: Work, order: UUID, session: UUID, principal: UUID, *, lock: bool = False
) -> Record | None:
    """The row a proof for this order goes to: the open one asked for last."""
    sql = _WANTED + " FOR UPDATE" if lock else _WANTED
    return await work.fetchrow(sql, work.bank, order, session, principal, work.now)


async def add_factor(
    work: Work, id_: UUID, level: int, factors: list[str], expires_at: datetime | None
) -> None:
    """Note what was proved; `expires_at` when that completed the row."""
    await work.execute(
        "UPDATE access.evidence SET level=$3, factors=$4, expires_at=coalesce($5, expires_at)"
        " WHERE institution_id=$1 AND id=$2",
        work.bank, id_, level, factors, expires_at,
    )  # fmt: skip


async def spend(work: Work, sql: str, values: tuple[Any, ...]) -> bool:
    """Run the statement of a spending rider for one act that posts no entry; True for one caller."""
    return bool(await work.fetch(sql, [0], *([value] for value in values)))


async def factors_of(work: Work, id_: UUID) -> list[str]:
    """What a piece of evidence holds; nothing when there is no such row."""
    found: list[str] | None = await work.fetchval(
        "SELECT factors FROM access.evidence WHERE institution_id=$1 AND id=$2", work.bank, id_
    )
    return found or []
