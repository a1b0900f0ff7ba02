"""Durable work after the answer: pgqueuer's queue under names of our own.

A handler must be idempotent: a job whose worker died runs again once its heartbeat has been missing
for a while. A handler that raises is tried again after growing pauses; after `attempts_max` of them the
job is parked for people to look at (`parked`, `again`; `./bank jobs`), never dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

import asyncpg
import orjson
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import JobId
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from fengshou.kernel.clock import Clock
from fengshou.kernel.database import Database
from fengshou.kernel.logs import get_logger
from fengshou.kernel.metrics import counter

Handler: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

_BREATH_S = 1.0
_PARKED_MAX = 1_000
# The log's JSON is stored as a JSON text by the pool's codec: `#>> '{}'` reads either.
_PARKED = (
    "SELECT j.id, j.entrypoint, j.attempts, j.updated, coalesce((SELECT concat_ws(': ',"
    " (l.traceback #>> '{}')::jsonb->>'exception_type', (l.traceback #>> '{}')::jsonb->>'exception_message')"
    " FROM jobs.pgqueuer_log l WHERE l.job_id = j.id AND l.status = 'failed' ORDER BY l.id DESC LIMIT 1), '') AS why"
    " FROM jobs.pgqueuer j WHERE j.status = 'failed' ORDER BY j.updated DESC, j.id LIMIT $1"
)
# pgqueuer writes down each step of each job and never forgets one; of jobs that are done nobody asks.
_PRUNED_AT_ONCE = 10_000
_PRUNE = (
    "DELETE FROM jobs.pgqueuer_log WHERE id IN (SELECT l.id FROM jobs.pgqueuer_log l WHERE NOT EXISTS"
    " (SELECT FROM jobs.pgqueuer j WHERE j.id = l.job_id) ORDER BY l.id LIMIT $1)"
)
_log = get_logger("jobs")
_done = counter("jobs_total", "Jobs by name and outcome", ["name", "outcome"])


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what.

    dead_after_s   without a heartbeat for so long a worker is dead, and another takes its job
    attempts_max   so many times a failing job is tried again before it is parked
    pause_max_s    between two attempts; the first pause is a second, each next one twice as long
    grace_s        jobs that still run so long after `stop` are broken off, and come back
    """

    dead_after_s: float = 10.0
    attempts_max: int = 12
    pause_max_s: float = 300.0
    grace_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Parked:
    """A job nothing is tried about any more. `why` names the last failure."""

    id: int
    name: str
    attempts: int
    at: datetime
    why: str


class Jobs:
    """The queue and its worker of one process; `db`'s relay role must be open."""

    def __init__(self, db: Database, clock: Clock, patience: Patience | None = None) -> None:
        self._db, self._clock, self._patience = db, clock, patience or Patience()
        self._handlers: dict[str, Handler] = {}
        self._ticks: list[tuple[str, float, Callable[[], Awaitable[object]]]] = []
        self._runner: PgQueuer | None = None
        self._halt = asyncio.Event()
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

    async def parked(self, limit: int = _PARKED_MAX) -> list[Parked]:
        """What waits for people, newest first."""
        async with self._db.relay() as work:
            rows = await work.fetch(_PARKED, limit)
        return [Parked(r["id"], r["entrypoint"], r["attempts"], r["updated"], r["why"]) for r in rows]

    async def again(self, ids: Sequence[int]) -> list[int]:
        """Put parked jobs back into the queue as if they were new; which ones went.

        One that is not parked, or whose key a newer job holds, is left as it is.
        """
        queries, went = _queries(AsyncpgPoolDriver(self._db.pool("relay"))), []
        waiting = {job.id for job in await self.parked()}
        for number in waiting.intersection(ids):
            with contextlib.suppress(asyncpg.UniqueViolationError):
                await queries.requeue_jobs([JobId(number)])
                went.append(number)
        return sorted(went)

    async def prune_log(self) -> int:
        """Forget the steps of jobs that are done, in short transactions; returns how many. Run by a tick.

        A job that waits, runs or is parked keeps all of its steps: they say why it failed.
        """
        gone = 0
        while True:
            async with self._db.relay() as work:
                done = int((await work.execute(_PRUNE, _PRUNED_AT_ONCE)).split()[-1])
            gone += done
            if done < _PRUNED_AT_ONCE:
                return gone

    def start(self, *, queue: bool = True) -> None:
        """Begin working; without `queue` only what is done every so often, the queue is another process's work."""
        self._halt.clear()
        self._tasks = []
        if queue:
            self._runner = self._fresh_runner()
            self._tasks = [asyncio.create_task(self._run(self._runner), name="jobs")]
        self._tasks += [asyncio.create_task(_tick(*tick), name=f"tick-{tick[0]}") for tick in self._ticks]

    async def stop(self) -> None:
        """Take nothing new, finish what runs; what does not end in time is broken off and comes back."""
        self._halt.set()
        if self._runner:
            self._runner.shutdown.set()
        for task in self._tasks:
            if task.get_name() != "jobs":
                task.cancel()
        done = asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done, timeout=self._patience.grace_s)
        self._tasks, self._runner = [], None

    def _fresh_runner(self) -> PgQueuer:
        driver = AsyncpgPoolDriver(self._db.pool("relay"))
        runner = PgQueuer(driver, queries=_queries(driver))
        for name, handler in self._handlers.items():
            runner.entrypoint(name, on_failure="hold")(_guarded(name, handler, self._patience))
        return runner

    async def _run(self, runner: PgQueuer) -> None:
        """Work until told to stop. A runner ends for good when the database goes away: another follows it."""
        while True:
            try:
                await runner.run(
                    dequeue_timeout=timedelta(seconds=1),
                    batch_size=20,
                    heartbeat_timeout=timedelta(seconds=self._patience.dead_after_s),
                )
            except Exception as problem:  # noqa: BLE001 - whatever it was, the queue must go on
                _log.warning("job runner ended", error=repr(problem))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BREATH_S):
                    await self._halt.wait()
                    return
            self._runner = runner = self._fresh_runner()


def _guarded(name: str, handler: Handler, patience: Patience) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        try:
            await handler(orjson.loads(job.payload or b"{}"))
        except asyncio.CancelledError:
            # pgqueuer takes a cancelled job for done with and deletes it: this one is to come back.
            _done.labels(name, "broken_off").inc()
            raise RetryRequested(delay=timedelta(0), reason="stopped") from None
        except Exception as problem:
            final = job.attempts >= patience.attempts_max
            _done.labels(name, "parked" if final else "retried").inc()
            _log.log(
                logging.ERROR if final else logging.WARNING,
                "job parked" if final else "job failed",
                job=name, id=job.id, attempts=job.attempts, error=repr(problem),
            )  # fmt: skip
            if final:
                raise
            pause = timedelta(seconds=min(2**job.attempts, patience.pause_max_s))
            raise RetryRequested(delay=pause, reason=type(problem).__name__) from problem
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
