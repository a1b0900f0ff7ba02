"""The SQL of chores: when each was done last, and who is at them now."""

from __future__ import annotations

from datetime import datetime

from fengshou.kernel import Connection, Record

_LOCK = 0x6E696768


async def put(db: Connection, name: str, at: datetime, result: str) -> None:
    """Write down when a chore was done, and what came of it."""
    await db.execute(
        "INSERT INTO ledger.chore VALUES ($1, $2, $3) ON CONFLICT (name)"
        " DO UPDATE SET ran_at = excluded.ran_at, result = excluded.result",
        name, at, result,
    )  # fmt: skip


async def every(db: Connection) -> list[Record]:
    """Each chore as it was done last."""
    return await db.fetch("SELECT name, ran_at, result FROM ledger.chore ORDER BY name")


async def last_anchor(db: Connection) -> datetime | None:
    """When the newest anchor was set."""
    found: datetime | None = await db.fetchval("SELECT max(made_at) FROM ledger.anchor")
    return found


async def lock(db: Connection) -> bool:
    """Take the chores, for as long as this session lives or until `unlock`; False when another has them."""
    return bool(await db.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK))


async def unlock(db: Connection) -> None:
    """Let go of the chores."""
    await db.execute("SELECT pg_advisory_unlock($1)", _LOCK)
