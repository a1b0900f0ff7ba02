"""The journal's partitions: one a month, by the time in the id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import asyncpg

_MONTHS_AHEAD = 3
_ONE_MAKER = 0x6D6F6E74
# A slice is 2^20 ms, about 17 minutes: the first 28 bits of an id. A month's partition begins with
# the first slice that begins in it, so that no slice lies in two partitions.
SLICE_SHIFT, _SLICE_MS_SHIFT = 100, 20


def partition_of(id_top: bytes) -> str:
    """The partition of an id, by its first four bytes."""
    return _month_of(int.from_bytes(id_top, "big") >> 4)


def slice_of(key: int) -> int:
    """The slice of an id, given as `UUID.int`."""
    return key >> SLICE_SHIFT


def slice_begins(slice_: int) -> datetime:
    """When the first id of a slice can have been made."""
    return datetime.fromtimestamp((slice_ << _SLICE_MS_SHIFT) / 1000, UTC)


@lru_cache(maxsize=4_096)
def _month_of(slice_: int) -> str:
    return _name(slice_begins(slice_))


def partition_at(at: datetime) -> str:
    """The partition of ids made at an instant, by its name; names sort as months do."""
    return _name(_first_of(at))


def _name(at: datetime) -> str:
    return f"journal_{at.year:04d}{at.month:02d}"


class MonthSealed(Exception):
    """The month takes no more ids."""


async def prepare_partitions(dsn: str, now: datetime) -> None:
    """Create the partitions of last month to three months ahead (as the owner of the database)."""
    month = _first_of(_first_of(now) - timedelta(days=1))
    for _ in range(_MONTHS_AHEAD + 2):
        await make_partition(dsn, month)
        month = _first_of(month + timedelta(days=32))


async def make_partition(dsn: str, at: datetime) -> None:
    """Create the partition of the month of `at`, if it is not there (as the owner of the database)."""
    month = _first_of(at)
    name, following = _name(month), _first_of(month + timedelta(days=32))
    db = await asyncpg.connect(dsn, server_settings={"lock_timeout": "5s"})
    try:
        # A month that is sealed, or on its way to be, has no room any more.
        if await db.fetchval("SELECT true FROM ledger.sealed_month WHERE name = $1", name):
            raise MonthSealed(name)
        if not await db.fetchval("SELECT to_regclass($1)", f"ledger.{name}"):
            # Made beside and attached: PARTITION OF would stop every reader behind the longest of them.
            async with db.transaction():
                await db.execute("SELECT pg_advisory_xact_lock($1::bigint)", _ONE_MAKER)
                await db.execute(
                    f"CREATE TABLE IF NOT EXISTS ledger.{name} (LIKE ledger.journal INCLUDING CONSTRAINTS)"
                )
                if not await db.fetchval(
                    "SELECT relispartition FROM pg_class WHERE oid = $1::regclass", f"ledger.{name}"
                ):
                    await db.execute(
                        f"ALTER TABLE ledger.journal ATTACH PARTITION ledger.{name}"
                        f" FOR VALUES FROM ('{first_id(month)}') TO ('{first_id(following)}');"
                        f"GRANT INSERT ON ledger.{name} TO fs_writer"
                    )
    finally:
        await db.close()


def _first_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def first_id(at: datetime) -> UUID:
    """The first id of the first slice that begins at `at` or after."""
    return UUID(int=-(-int(at.timestamp() * 1000) >> _SLICE_MS_SHIFT) << SLICE_SHIFT)
