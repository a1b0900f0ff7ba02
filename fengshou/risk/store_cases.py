"""The SQL of cases and lists."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.kernel import Record, Work, new_id

# The target comes back, because an INSERT cannot return its ordinal.
OPEN_SQL = (
    "INSERT INTO risk.case (institution_id, id, decision_id, customer_id, fen, desk, opened_at, due_at)"
    " SELECT r.bank, r.id, r.decision, r.customer, r.fen, r.desk, r.opened, r.due"
    " FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[],"
    "   $8::timestamptz[], $9::timestamptz[]) AS r (n, bank, id, decision, customer, fen, desk, opened, due)"
    " ON CONFLICT (institution_id, id) DO NOTHING RETURNING institution_id, id"
)

CLOSE_SQL = (
    "WITH wish AS (SELECT * FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],"
    "   $7::timestamptz[], $8::uuid[]) AS r (n, bank, id, state, actor, note, at, mark)),"
    " closed AS (UPDATE risk.case c SET state = w.state, closed_at = w.at, closed_by = w.actor, note = w.note"
    "   FROM wish w WHERE c.institution_id = w.bank AND c.id = w.id AND c.state = 'open' RETURNING w.*),"
    " told AS (INSERT INTO risk.case_event (institution_id, case_id, id, at, actor, act, note)"
    "   SELECT bank, id, mark, at, actor, state, note FROM closed)"
    " SELECT n FROM closed"
)

_CASE = (
    "SELECT c.*, d.score, d.reasons, d.features, d.decided_at, d.degraded, d.digest FROM risk.case c"
    " JOIN risk.decision d ON d.institution_id = c.institution_id AND d.id = c.decision_id"
)


async def cases(
    work: Work, bank: int | None, state: str, desk: str | None, after: datetime | None, limit: int
) -> list[Record]:
    """Cases of a state: open ones by what is due first, closed ones newest first; `after` goes on from there."""
    order = "c.due_at" if state == "open" else "c.closed_at DESC"
    further = "c.due_at > $4" if state == "open" else "c.closed_at < $4"
    return await work.fetch(
        f"{_CASE} WHERE ($1::smallint IS NULL OR c.institution_id = $1) AND c.state = $2"
        f" AND ($3::text IS NULL OR c.desk = $3) AND ($4::timestamptz IS NULL OR {further})"
        f" ORDER BY {order}, c.id LIMIT $5",
        bank, state, desk, after, limit,
    )  # fmt: skip


async def case(work: Work, bank: int, id: UUID) -> Record | None:
    """One case."""
    return await work.fetchrow(f"{_CASE} WHERE c.institution_id = $1 AND c.id = $2", bank, id)


async def case_events(work: Work, bank: int, id: UUID) -> list[Record]:
    """What was done about a case, oldest first."""
    return await work.fetch(
        "SELECT at, actor, act, note FROM risk.case_event WHERE institution_id = $1 AND case_id = $2 ORDER BY id",
        bank, id,
    )  # fmt: skip


async def claim(work: Work, bank: int, id: UUID, who: UUID) -> bool:
    """Take an open case that nobody has, or that is one's own already."""
    done = await work.fetchval(
        "UPDATE risk.case SET claimed_by = $3, claimed_at = $4 WHERE institution_id = $1 AND id = $2"
        " AND state = 'open' AND (claimed_by IS NULL OR claimed_by = $3) RETURNING true",
        bank,
        id,
        who,
        work.now,
    )
    return done is not None


async def unclaim(work: Work, bank: int, id: UUID, who: UUID) -> bool:
    """Give one's case back to the queue."""
    done = await work.fetchval(
        "UPDATE risk.case SET claimed_by = NULL, claimed_at = NULL WHERE institution_id = $1 AND id = $2"
        " AND state = 'open' AND claimed_by = $3 RETURNING true",
        bank,
        id,
        who,
    )
    return done is not None


async def tell_case(work: Work, bank: int, id: UUID, actor: UUID | None, act: str, note: str) -> None:
    """Write down what was done."""
    await work.execute(
        "INSERT INTO risk.case_event (institution_id, case_id, id, at, actor, act, note) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        bank, id, new_id(bank, work.now), work.now, actor, act, note,
    )  # fmt: skip


async def due(work: Work, now: datetime, limit: int) -> list[Record]:
    """Open cases of all banks whose time has run out (as relay or centre)."""
    return await work.fetch(
        f"{_CASE} WHERE c.state = 'open' AND c.due_at <= $1 ORDER BY c.due_at LIMIT $2", now, limit
    )


async def put_on_list(
    work: Work,
    name: str,
    value: bytes,
    hint: str,
    source: str,
    reason: str,
    by: UUID,
    expires_at: datetime | None,
) -> None:
    """Add an entry, or renew one that was removed or is to last longer."""
    await work.execute(
        "INSERT INTO risk.list_entry (list, value_blind, hint, source, reason, added_at, added_by, expires_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (list, value_blind) DO UPDATE SET hint = $3, source = $4,"
        " reason = $5, added_at = $6, added_by = $7, expires_at = $8, removed_at = NULL, removed_by = NULL",
        name, value, hint, source, reason, work.now, by, expires_at,
    )  # fmt: skip


async def take_off_list(work: Work, name: str, value: bytes, by: UUID) -> bool:
    """End an entry; the row stays for those who ask later."""
    done = await work.fetchval(
        "UPDATE risk.list_entry SET removed_at = $3, removed_by = $4 WHERE list = $1 AND value_blind = $2"
        " AND removed_at IS NULL RETURNING true",
        name,
        value,
        work.now,
        by,
    )
    return done is not None


async def list_entries(work: Work, name: str, limit: int) -> list[Record]:
    """The entries in force, newest first."""
    return await work.fetch(
        "SELECT * FROM risk.list_entry WHERE list = $1 AND removed_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > $2) ORDER BY added_at DESC, value_blind LIMIT $3",
        name, work.now, limit,
    )  # fmt: skip
