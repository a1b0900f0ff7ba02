"""The SQL of owning a shard: a lock that ends with the session, a lease that ends with time, an epoch for ever."""

from __future__ import annotations

from typing import NamedTuple

from fengshou.kernel import Connection

_SHARD_LOCK = 0x6C656467


class Owner(NamedTuple):
    """Who writes. `late`: its lease has run out; `address`: where it takes what others forward, if anywhere."""

    epoch: int
    late: bool
    address: str


async def owner(db: Connection) -> Owner:
    """The writer as the database knows it, by the database's clock."""
    r = await db.fetchrow(
        "SELECT e.epoch, l.until <= clock_timestamp() AS late, l.address FROM ledger.epoch e"
        " JOIN ledger.lease l USING (shard) WHERE shard = 0"
    )
    assert r
    return Owner(*r)


async def take_over(db: Connection, lease_s: float, address: str) -> int | None:
    """Become the writer; the new epoch, or None when another is and is well.

    One whose session ended can be followed at once: its lock is free. One that is stuck, when its lease is over.
    Whoever wrote before is fenced from now on.
    """
    found = await owner(db)
    if not found.late and not await _lock(db, found.epoch):
        return None
    # The new epoch's lock is held before anybody can see that epoch.
    if not await _lock(db, found.epoch + 1):
        return None
    if found.late:
        # Asleep within a transaction it keeps the rows below locked for as long as it sleeps.
        await db.fetchval("SELECT ledger.end_late_writer()")
    async with db.transaction():
        mine = await db.fetchval(
            "UPDATE ledger.epoch SET epoch = epoch + 1 WHERE shard = 0 AND epoch = $1 RETURNING epoch",
            found.epoch,
        )
        if mine is None:
            return None  # somebody else was quicker
        await db.execute(
            "UPDATE ledger.lease SET epoch = $1, until = clock_timestamp() + make_interval(secs => $2), address = $3"
            " WHERE shard = 0",
            mine, lease_s, address,
        )  # fmt: skip
    assert isinstance(mine, int)
    return mine


async def _lock(db: Connection, epoch: int) -> bool:
    """Whether this session holds the lock of that epoch's writer now; it lasts as long as the session."""
    return bool(await db.fetchval("SELECT pg_try_advisory_lock($1, $2)", _SHARD_LOCK, epoch & 0x7FFFFFFF))


async def renew(db: Connection, epoch: int, lease_s: float) -> bool:
    """Stay the writer for `lease_s` from now; False when another is. Needs no sync: a lost renewal ends earlier."""
    done = await db.execute(
        "WITH lazy AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
        " UPDATE ledger.lease SET until = clock_timestamp() + make_interval(secs => $2) FROM lazy"
        " WHERE shard = 0 AND epoch = $1",
        epoch, lease_s,
    )  # fmt: skip
    return done == "UPDATE 1"


async def let_go(db: Connection, epoch: int) -> None:
    """End the lease now, so that the next writer need not wait."""
    await db.execute("UPDATE ledger.lease SET until = '-infinity' WHERE shard = 0 AND epoch = $1", epoch)
