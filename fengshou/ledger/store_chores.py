"""The SQL of chores: when each was done last."""

from __future__ import annotations

from datetime import datetime

from fengshou.kernel import Connection


async def put(db: Connection, name: str, at: datetime, result: str) -> None:
    """Write down when a chore was done, and what came of it."""
    await db.execute(
        "INSERT INTO ledger.chore VALUES ($1, $2, $3) ON CONFLICT (name)"
        " DO UPDATE SET ran_at = excluded.ran_at, result = excluded.result",
        name, at, result,
    )  # fmt: skip


async def ran_at(db: Connection, name: str) -> datetime | None:
    """When a chore was done last."""
    found: datetime | None = await db.fetchval("SELECT ran_at FROM ledger.chore WHERE name = $1", name)
    return found
