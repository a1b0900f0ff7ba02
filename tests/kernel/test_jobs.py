"""Jobs come back: after a failure, after a worker's death, after a stop and after the database went away."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from fengshou.kernel import Clock, Database, Jobs, Patience
from fengshou.kernel import jobs as jobs_room

QUICK = Patience(dead_after_s=1.0, attempts_max=2, pause_max_s=0.0, grace_s=0.2)
_WAIT_S = 40
# Another process takes the job and never ends it.
_WORKER = """
import asyncio, sys
from fengshou.kernel import Clock, Database, Jobs, Patience

async def main():
    db = Database(sys.argv[1], Clock(), web_max=1)
    await db.open()
    jobs = Jobs(db, Clock(), Patience(dead_after_s=1.0))
    async def hang(payload):
        print("took", payload["what"], flush=True)
        await asyncio.Event().wait()
    jobs.on("probe", hang)
    jobs.start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Hands:
    """A handler that notes what it was given, and fails or hangs as it is told."""

    def __init__(self, *, fails: int = 0, hangs: bool = False) -> None:
        self.seen: list[Any] = []
        self._fails, self._hangs, self._changed = fails, hangs, asyncio.Condition()

    async def __call__(self, payload: dict[str, Any]) -> None:
        async with self._changed:
            self.seen.append(payload["what"])
            self._changed.notify_all()
        if self._hangs:
            await asyncio.Event().wait()
        if len(self.seen) <= self._fails:
            raise ConnectionError("the partner hung up")

    async def until(self, count: int) -> None:
        """Wait until it was called so many times."""
        async with asyncio.timeout(_WAIT_S), self._changed:
            await self._changed.wait_for(lambda: len(self.seen) >= count)


@asynccontextmanager
async def working(
    db: Database, clock: Clock, hands: Hands, patience: Patience = QUICK
) -> AsyncIterator[Jobs]:
    jobs = Jobs(db, clock, patience)
    jobs.on("probe", hands)
    jobs.start()
    try:
        yield jobs
    finally:
        await jobs.stop()


async def left(db: Database) -> list[str]:
    """The states of what is in the queue."""
    async with db.relay() as work:
        return [r["status"] for r in await work.fetch("SELECT status::text FROM jobs.pgqueuer ORDER BY id")]


async def eventually(db: Database, true: Callable[[list[str]], bool]) -> list[str]:
    async with asyncio.timeout(_WAIT_S):
        while not true(states := await left(db)):  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.02)
    return states


async def test_a_job_of_a_killed_worker_is_done_by_another(db: Database, dsn: str, clock: Clock) -> None:
    await Jobs(db, clock).enqueue("probe", {"what": "tea"})
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WORKER, dsn, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    async with asyncio.timeout(_WAIT_S):
        assert await worker.stdout.readline() == b"took tea\n"
    assert await left(db) == ["picked"]
    worker.kill()
    await worker.wait()

    hands = Hands()
    async with working(db, clock, hands):
        await hands.until(1)
        await eventually(db, lambda states: not states)

    assert hands.seen == ["tea"]


async def test_a_failing_job_is_tried_again_after_growing_pauses(db: Database, clock: Clock) -> None:
    hands = Hands(fails=2)
    async with working(db, clock, hands, Patience(pause_max_s=0.1)) as jobs:
        await jobs.enqueue("probe", {"what": "tea"})
        await hands.until(3)
        await eventually(db, lambda states: not states)
        assert await jobs.parked() == []

    async with working(db, clock, Hands(fails=9), Patience(pause_max_s=3_600)) as jobs:
        await jobs.enqueue("probe", {"what": "rice"})
        async with db.relay() as work:
            async with asyncio.timeout(_WAIT_S):
                while not (row := await work.fetchrow(PAUSE)):  # noqa: ASYNC110 - what is waited for is in the database
                    await asyncio.sleep(0.02)
        assert (row["attempts"], row["pause_s"]) == (1, 1)
        async with db.relay() as work:
            await work.execute("UPDATE jobs.pgqueuer SET attempts = 6, execute_after = now()")
        await eventually_pause(db, 64)


PAUSE = (
    "SELECT attempts, extract(epoch FROM execute_after - updated)::int AS pause_s FROM jobs.pgqueuer"
    " WHERE attempts > 0 AND status = 'queued' AND execute_after > updated"
)


async def eventually_pause(db: Database, seconds: int) -> None:
    async with asyncio.timeout(_WAIT_S):
        while True:
            async with db.relay() as work:
                row = await work.fetchrow(PAUSE)
            if row and row["attempts"] == 7:
                assert row["pause_s"] == seconds
                return
            await asyncio.sleep(0.02)


async def test_a_job_that_never_works_is_parked_where_people_see_it(db: Database, clock: Clock) -> None:
    hands = Hands(fails=3)
    async with working(db, clock, hands) as jobs:
        await jobs.enqueue("probe", {"what": "tea"}, dedupe="k")
        await eventually(db, lambda states: states == ["failed"])
        (parked,) = await jobs.parked()
        assert hands.seen == ["tea"] * 3  # once, and as often again as patience says
        assert (parked.name, parked.attempts) == ("probe", 2)
        assert parked.why == "ConnectionError: the partner hung up"

        # It does not stand in the way of the next of its kind, and comes back when somebody says so.
        await jobs.enqueue("probe", {"what": "rice"}, dedupe="k")
        await hands.until(4)
        await eventually(db, lambda states: states == ["failed"])
        assert await jobs.again([parked.id, 12_345]) == [parked.id]
        await hands.until(5)
        await eventually(db, lambda states: not states)
        assert await jobs.parked() == []
    assert hands.seen[3:] == ["rice", "tea"]


async def test_a_parked_job_stays_where_it_is_while_another_holds_its_key(db: Database, clock: Clock) -> None:
    async with working(db, clock, Hands(fails=3)) as jobs:
        await jobs.enqueue("probe", {"what": "tea"}, dedupe="k")
        await eventually(db, lambda states: states == ["failed"])
    await jobs.enqueue("probe", {"what": "rice"}, dedupe="k")
    (parked,) = await jobs.parked()

    assert await jobs.again([parked.id]) == []
    assert sorted(await left(db)) == ["failed", "queued"]


async def test_a_waiting_job_of_the_same_key_wins(db: Database, clock: Clock) -> None:
    jobs = Jobs(db, clock)
    for what in ("first", "second"):
        await jobs.enqueue("probe", {"what": what}, dedupe="k")
    await jobs.enqueue("probe", {"what": "third"}, dedupe="another")
    hands = Hands()

    async with working(db, clock, hands):
        await hands.until(2)
        await eventually(db, lambda states: not states)

    assert sorted(hands.seen) == ["first", "third"]


async def test_a_job_waits_for_its_time(db: Database, clock: Clock) -> None:
    jobs = Jobs(db, clock)
    await jobs.enqueue("probe", {"what": "later"}, run_at=clock.now() + timedelta(hours=1))
    await jobs.enqueue("probe", {"what": "overdue"}, run_at=clock.now() - timedelta(hours=1))
    hands = Hands()

    async with working(db, clock, hands):
        await hands.until(1)
        await eventually(db, lambda states: len(states) == 1)
        assert hands.seen == ["overdue"]
        async with db.relay() as work:  # the hour passes
            await work.execute("UPDATE jobs.pgqueuer SET execute_after = now() - interval '1 second'")
        await hands.until(2)
    assert hands.seen == ["overdue", "later"]


async def test_stop_finishes_what_runs_and_takes_nothing_new(db: Database, clock: Clock) -> None:
    began, go = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def slow(payload: dict[str, Any]) -> None:
        began.set()
        await go.wait()
        ended.append(payload["what"])

    jobs = Jobs(db, clock)
    jobs.on("probe", slow)
    jobs.start()
    await jobs.enqueue("probe", {"what": "running"})
    await asyncio.wait_for(began.wait(), _WAIT_S)
    stopping = asyncio.create_task(jobs.stop())
    await asyncio.sleep(0)  # let it say so to the runner
    await jobs.enqueue("probe", {"what": "too late"})
    go.set()
    await asyncio.wait_for(stopping, _WAIT_S)

    assert ended == ["running"]
    assert await left(db) == ["queued"]


async def test_a_job_broken_off_by_a_stop_is_not_lost(db: Database, clock: Clock) -> None:
    stuck = Hands(hangs=True)
    async with working(db, clock, stuck) as jobs:
        await jobs.enqueue("probe", {"what": "tea"})
        await stuck.until(1)
    assert await left(db) == ["queued"]

    hands = Hands()
    async with working(db, clock, hands):
        await hands.until(1)
    assert hands.seen == ["tea"]


async def test_the_queue_goes_on_when_the_database_came_back(
    db: Database, dsn: str, clock: Clock, owner: Any
) -> None:
    hands = Hands()
    async with working(db, clock, hands) as jobs:
        await jobs.enqueue("probe", {"what": "before"})
        await hands.until(1)
        ended = await owner.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert ended > 0

        await enqueue_again(jobs)
        await hands.until(2)
    assert hands.seen[-1] == "after"


async def enqueue_again(jobs: Jobs) -> None:
    """As a request would: the pool hands out a dead connection at first."""
    async with asyncio.timeout(_WAIT_S):
        while True:
            try:
                return await jobs.enqueue("probe", {"what": "after"}, dedupe="after")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                await asyncio.sleep(0.02)


@pytest.fixture
async def owner(dsn: str) -> AsyncIterator[Any]:
    """A connection that may end others."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def test_the_log_forgets_jobs_that_are_done_and_keeps_what_others_did(
    db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_room, "_PRUNED_AT_ONCE", 3)  # more than one turn
    hands = Hands(fails=3)
    async with working(db, clock, hands) as jobs:
        await jobs.enqueue("probe", {"what": "parked"})
        await eventually(db, lambda states: states == ["failed"])
        for number in range(5):
            await jobs.enqueue("probe", {"what": number})
        await hands.until(8)
        await eventually(db, lambda states: states == ["failed"])
    later = clock.now() + timedelta(hours=1)
    await jobs.enqueue("probe", {"what": "waits"}, run_at=later)
    (parked,) = await jobs.parked()
    kept = "SELECT count(*) FROM jobs.pgqueuer_log WHERE job_id IN (SELECT id FROM jobs.pgqueuer)"
    async with db.relay() as work:
        steps, all_ = await work.fetchval(kept), await work.fetchval("SELECT count(*) FROM jobs.pgqueuer_log")

    assert await jobs.prune_log() == all_ - steps >= 10  # each was queued and done at least

    async with db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM jobs.pgqueuer_log") == steps > 0
    assert await jobs.parked() == [parked]
    assert parked.why == "ConnectionError: the partner hung up"
    assert await jobs.prune_log() == 0
