"""Reading the kernel's audit log and its seals; the console writes neither."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import Record, Work


async def audit_rows(
    work: Work, bank: int, before: UUID | None, act: str | None, actor: UUID | None, limit: int
) -> list[Record]:
    """A page of a bank's log, newest first; `act` is the beginning of an act."""
    return await work.fetch(
        "SELECT id, at, actor_kind, actor, act, subject, facts, seal FROM kernel.audit WHERE institution_id=$1"
        " AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR starts_with(act, $3))"
        " AND ($4::uuid IS NULL OR actor = $4) ORDER BY id DESC LIMIT $5",
        bank, before, act, actor, limit,
    )  # fmt: skip


async def seals(work: Work, bank: int) -> Record | None:
    """How many seals a bank's log has, the last one, and how many rows wait for theirs."""
    return await work.fetchrow(
        "SELECT s.number, s.hash, s.sealed_at,"
        " (SELECT coalesce(sum(rows), 0)::bigint FROM kernel.audit_seal WHERE institution_id=$1) AS sealed_rows,"
        " (SELECT count(*) FROM kernel.audit WHERE institution_id=$1 AND seal IS NULL) AS open_rows"
        " FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT number, hash, sealed_at FROM kernel.audit_seal"
        "  WHERE institution_id=$1 ORDER BY number DESC LIMIT 1) s ON true",
        bank,
    )
