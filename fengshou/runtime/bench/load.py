"""A bounded load: so many callers, for so many seconds, each waiting for its answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import cycle
from time import perf_counter

import asyncpg

_DRAWN = 100_003


@dataclass(slots=True)
class Measured:
    """One cell of a table: a contender under one load."""

    contender: str
    mode: str
    callers: int
    tps: float
    p50_ms: float
    p99_ms: float
    wal_bytes: int
    disk_bytes: int


@dataclass(slots=True)
class Load:
    """What one round did: latencies in seconds, one for each call, which moved `each` transfers."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    each: int = 1

    @property
    def moved(self) -> int:
        """Transfers in all."""
        return len(self.latencies) * self.each

    @property
    def tps(self) -> float:
        """Transfers per second."""
        return self.moved / self.seconds

    def percentile_ms(self, share: float) -> float:
        """The latency that `share` of the transfers stayed within."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def drive_batches(
    hand_over: Callable[[], Awaitable[object]], callers: int, each: int, seconds: float
) -> Load:
    """Run `hand_over()`, a batch of `each` transfers, from `callers` tasks until `seconds` are over."""
    load, began = Load(seconds, each=each), perf_counter()
    end = began + seconds

    async def caller() -> None:
        while (at := perf_counter()) < end:
            await hand_over()
            load.latencies.append(perf_counter() - at)

    await asyncio.gather(*(caller() for _ in range(callers)))
    load.seconds = perf_counter() - began
    return load


async def drive(transfer: Callable[[int, int], Awaitable[object]], accounts: int, mode: str, callers: int,
                seconds: float) -> Load:  # fmt: skip
    """Run `transfer(debit index, credit index)` from `callers` tasks until `seconds` are over."""
    load, chance = Load(seconds), random.Random(7)
    drawn = [pick(chance, accounts, mode) for _ in range(_DRAWN)]  # chance is nobody's work
    pairs = cycle(drawn)
    began = perf_counter()
    end = began + seconds

    async def caller() -> None:
        while (at := perf_counter()) < end:
            debit, credit = next(pairs)
            await transfer(debit, credit)
            load.latencies.append(perf_counter() - at)

    await asyncio.gather(*(caller() for _ in range(callers)))
    load.seconds = perf_counter() - began
    return load


def pick(chance: random.Random, accounts: int, mode: str) -> tuple[int, int]:
    """Two different accounts; in mode hot50 every second transfer goes to account 0."""
    draw = chance.random  # not randrange: it would cost us more than our own decision does
    debit = 1 + int(draw() * (accounts - 1))
    credit = 0 if mode == "hot50" and draw() < 0.5 else int(draw() * accounts)
    return debit, credit if credit != debit else 0


async def wal_position(dsn: str) -> int:
    """Bytes of write-ahead log written since the cluster began."""
    db = await asyncpg.connect(dsn)
    try:
        return int(await db.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"))
    finally:
        await db.close()


async def disk_size(dsn: str) -> int:
    """Bytes of the database on disk."""
    db = await asyncpg.connect(dsn)
    try:
        return int(await db.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await db.close()
