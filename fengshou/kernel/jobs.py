"""Durable work after the answer: pgqueuer's queue under names of our own.

A handler must be idempotent: a job whose worker died runs again after the heartbeat time-out. A
handler that raises is tried again with growing delays; after `ATTEMPTS_MAX` the job is held for
people to look at, never dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

import asyncpg
import orjson
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.domain.settings import DBSettings
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from fengshou.kernel.clock import Clock
from fengshou.kernel.database import Database
from fengshou.kernel.logs import get_logger
from fengshou.kernel.metrics import counter

Handler: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

ATTEMPTS_MAX = 12
_DELAY_MAX_S = 300
_log = get_logger("jobs")
_done = counter("jobs_total", "Jobs by name and outcome", ["name", "outcome"])


class Jobs:
    """The queue and its worker of one process; `db`'s relay role must be open."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._handlers: dict[str, Handler] = {}
        self._ticks: list[tuple[str, float, Callable[[], Awaitable[object]]]] = []
        self._runner: PgQueuer | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def on(self, name: str, handler: Handler) -> None:
        """Register what does the jobs called `name`; before `start`."""
        assert name not in self._handlers, f"two handlers for {name}"
        self._handlers[name] = handler

    def every(self, name: str, seconds: float, act: Callable[[], Awaitable[object]]) -> None:
        """Run `act` about every `seconds` in this process: sweeps that find their own work."""
        self._ticks.append((name, seconds, act))

    async def enqueue(
        self, name: str, payload: dict[str, Any], *, run_at: datetime | None = None, dedupe: str | None = None
    ) -> None:
        """Queue one job, not before `run_at`; a waiting job of the same `dedupe` key wins."""
        delay = max(run_at - self._clock.now(), timedelta(0)) if run_at else None
        queries = _queries(AsyncpgPoolDriver(self._db.pool("relay")))
        await queries.enqueue(
            name,
            orjson.dumps(payload, default=str),
            execute_after=delay,
            dedupe_key=dedupe,
            on_conflict="skip",
        )

    def start(self) -> None:
        """Begin working."""
        driver = AsyncpgPoolDriver(self._db.pool("relay"))
        self._runner = PgQueuer(driver, queries=_queries(driver))
        for name, handler in self._handlers.items():
            self._runner.entrypoint(name, on_failure="hold")(_guarded(name, handler))
        self._tasks = [asyncio.create_task(self._run(self._runner), name="jobs")]
        self._tasks += [asyncio.create_task(_tick(*tick), name=f"tick-{tick[0]}") for tick in self._ticks]

    async def stop(self) -> None:
        """Finish what runs, take nothing new."""
        if self._runner:
            self._runner.shutdown.set()
        for task in self._tasks[1:]:
            task.cancel()
        done = asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done, timeout=10)
        self._tasks, self._runner = [], None

    async def _run(self, runner: PgQueuer) -> None:
        await runner.run(
            dequeue_timeout=timedelta(seconds=1), batch_size=20, heartbeat_timeout=timedelta(seconds=10)
        )


def _guarded(name: str, handler: Handler) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        try:
            await handler(orjson.loads(job.payload or b"{}"))
        except Exception as problem:
            final = job.attempts >= ATTEMPTS_MAX
            _done.labels(name, "held" if final else "retried").inc()
            _log.warning("job failed", job=name, attempts=job.attempts, error=repr(problem))
            if final:
                raise
            delay = timedelta(seconds=min(2**job.attempts, _DELAY_MAX_S))
            raise RetryRequested(delay=delay, reason=type(problem).__name__) from problem
        _done.labels(name, "done").inc()

    return run


async def _tick(name: str, seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Exception as problem:  # noqa: BLE001 - the next tick tries again; log and metric say so
            _done.labels(name, "tick_failed").inc()
            _log.warning("tick failed", tick=name, error=repr(problem))


def _queries(driver: AsyncpgDriver | AsyncpgPoolDriver) -> Queries:
    return Queries(driver, *_builders())


@lru_cache(maxsize=1)
def _builders() -> tuple[QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder]:
    """The builders of pgqueuer's SQL, made once: reading its settings costs more than a small query."""
    names = DBSettings(db_schema="jobs")
    return QueryBuilderEnvironment(names), QueryQueueBuilder(names), QuerySchedulerBuilder(names)


async def install(dsn: str) -> None:
    """Create the job tables if they are not there (as the owner of the database)."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=2)
    try:
        queries = _queries(AsyncpgPoolDriver(pool))
        if not await queries.schema_is_installed():
            await queries.install()
        await pool.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO fs_relay;"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO fs_relay"
        )
    finally:
        await pool.close()


async def enqueue_rows(db: Any, jobs: list[tuple[str, bytes, str]]) -> None:
    """Queue (name, payload, dedupe key) rows inside the caller's transaction on `db`."""
    names, payloads, keys = zip(*jobs, strict=True)
    await _queries(AsyncpgDriver(db)).enqueue(
        list(names), list(payloads), [0] * len(jobs), dedupe_key=list(keys), on_conflict="skip"
    )
