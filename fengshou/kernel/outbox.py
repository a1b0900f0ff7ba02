"""From the outbox to whoever listens: at least once, in no promised order.

The relay takes a bank's rows, puts one job per listener into the job tables and deletes the rows,
all in one transaction. It is woken by commits of this process and sweeps for those of others. Woken,
it waits a moment longer: what the next commits bring goes along in the same move.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from fengshou.kernel.database import Database, Record
from fengshou.kernel.jobs import Jobs, enqueue_rows
from fengshou.kernel.logs import get_logger
from fengshou.kernel.metrics import counter

_BATCH = 500
_SWEEP_S = 1.0
_LINGER_S = 0.015
_log = get_logger("outbox")
_moved = counter("outbox_events_total", "Events handed on", ["topic"])


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `bank`; `id` is the same on every delivery."""

    id: UUID
    bank: int
    topic: str
    key: str
    body: dict[str, Any]
    at: datetime


class Relay:
    """Moves events on. Listeners are registered before `start`."""

    def __init__(self, db: Database, jobs: Jobs) -> None:
        self._db, self._jobs = db, jobs
        self._listeners: dict[str, list[str]] = {}
        self._wake = asyncio.Event()
        self._banks: set[int] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        db.on_events.append(self.nudge)

    def on(self, topic: str, name: str, handler: Callable[[Event], Awaitable[None]]) -> None:
        """Call `handler` for each event of `topic`; it is idempotent by `Event.id`."""
        job = f"{topic}>{name}"

        async def run(payload: dict[str, Any]) -> None:
            await handler(_event(payload))

        self._jobs.on(job, run)
        self._listeners.setdefault(topic, []).append(job)

    def nudge(self, banks: set[int]) -> None:
        """Rows were committed for these banks."""
        self._banks |= banks
        self._wake.set()

    def start(self) -> None:
        """Begin moving."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        """Finish the batch at hand and stop; rows left stay for the next start."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        # Ended by a flag, not by cancelling: a cancellation that meets the end of a wait can be lost.
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP_S):
                    await self._wake.wait()
            if self._wake.is_set():
                await self._linger()
            self._wake.clear()
            try:
                banks, self._banks = self._banks or await self._banks_with_rows(), set()
                for bank in banks:
                    while await self.move(bank) == _BATCH:
                        pass
            except Exception as problem:  # noqa: BLE001 - the rows are still there; try again after a breath
                _log.warning("relay failed", error=repr(problem))
                await asyncio.sleep(_SWEEP_S)

    async def _linger(self) -> None:
        """Nobody waits for an event to the millisecond, and one move costs as much as many events."""
        if not self._stopping:
            await asyncio.sleep(_LINGER_S)

    async def _banks_with_rows(self) -> set[int]:
        async with self._db.relay() as work:
            rows = await work.fetch("SELECT DISTINCT institution_id FROM kernel.outbox")
        return {row["institution_id"] for row in rows}

    async def move(self, bank: int) -> int:
        """Hand on up to one batch of `bank`'s events; returns how many."""
        async with self._db.relay(bank) as work:
            rows = await work.fetch(
                "DELETE FROM kernel.outbox WHERE institution_id=$1 AND id IN"
                " (SELECT id FROM kernel.outbox WHERE institution_id=$1 ORDER BY id LIMIT $2) RETURNING *",
                bank, _BATCH,
            )  # fmt: skip
            jobs = [(job, _payload(row), f"{job}:{row['id']}") for row in rows for job in self._wanted(row)]
            if jobs:
                await enqueue_rows(work.db, jobs)
        for row in rows:
            _moved.labels(row["topic"]).inc()
        return len(rows)

    def _wanted(self, row: Record) -> list[str]:
        return self._listeners.get(row["topic"], [])


def _payload(row: Record) -> bytes:
    # The driver's UUID is its own class, which only `default` turns into text.
    return orjson.dumps(
        {
            "id": row["id"],
            "bank": row["institution_id"],
            "topic": row["topic"],
            "key": row["key"],
            "body": row["body"],
            "at": row["at"],
        },
        default=str,
    )


def _event(payload: dict[str, Any]) -> Event:
    return Event(
        UUID(payload["id"]), payload["bank"], payload["topic"], payload["key"], payload["body"],
        datetime.fromisoformat(payload["at"]),
    )  # fmt: skip
