"""Forward-only migrations: each room's `migrations/NNNN_words.sql`, applied once, in floor order.

A file already applied must not change; that is checked by its hash. Each file runs in one
transaction with a lock timeout, so a migration that would queue behind a long query gives up
instead of stopping the bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.resources import files

import asyncpg

# Rooms that own tables, lowest floor first: a room's SQL may name roles and types of those before it.
ROOMS = (
    "kernel",
    "party",
    "ledger",
    "catalog",
    "risk",
    "access",
    "pages",
    "products",
    "payments",
    "services",
)
_LOCK = 0x66_65_6E_67  # one migrator at a time


class MigrationChanged(Exception):
    """An applied file differs from the one on disk: somebody edited history."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `name` is `room/NNNN_words`."""

    room: str
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, hexadecimal."""
        return sha256(self.sql.encode()).hexdigest()


def found() -> list[Migration]:
    """All migrations in the order they apply."""
    steps = []
    for room in ROOMS:
        try:
            folder = files(import_module(f"fengshou.{room}")).joinpath("migrations")
        except ModuleNotFoundError:
            continue
        if not folder.is_dir():
            continue
        pages = sorted((p for p in folder.iterdir() if p.name.endswith(".sql")), key=lambda p: p.name)
        steps += [Migration(room, f"{room}/{p.name[:-4]}", p.read_text("utf-8")) for p in pages]
    return steps


async def migrate(dsn: str) -> list[str]:
    """Bring the database to this version; returns the names applied now."""
    db = await asyncpg.connect(dsn)
    try:
        await db.execute("SELECT pg_advisory_lock($1::bigint)", _LOCK)
        await db.execute(
            "CREATE SCHEMA IF NOT EXISTS kernel;"
            "CREATE TABLE IF NOT EXISTS kernel.migration ("
            " name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {
            r["name"]: r["digest"] for r in await db.fetch("SELECT name, digest FROM kernel.migration")
        }
        fresh = []
        for step in found():
            if step.name not in applied:
                await _apply(db, step)
                fresh.append(step.name)
            elif applied[step.name] != step.digest:
                raise MigrationChanged(
                    f"{step.name} was changed after it was applied; write a new file instead"
                )
        return fresh
    finally:
        await db.close()


async def _apply(db: asyncpg.Connection, step: Migration) -> None:
    async with db.transaction():
        await db.execute("SET LOCAL lock_timeout = '5s'")
        await db.execute(f"CREATE SCHEMA IF NOT EXISTS {step.room}")
        await db.execute(step.sql)
        await db.execute("INSERT INTO kernel.migration (name, digest) VALUES ($1,$2)", step.name, step.digest)
