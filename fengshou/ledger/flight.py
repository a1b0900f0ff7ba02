"""Batches on their way to disk: one that the database writes, and at most one behind it, ready to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from time import perf_counter
from typing import NamedTuple, TypeAlias

from fengshou.kernel import OutcomeUnknown, get_logger, histogram
from fengshou.ledger.packs import Pack
from fengshou.ledger.plan import Plan, Request
from fengshou.ledger.store_batch import Pages
from fengshou.ledger.tell import answer, give_back

_log = get_logger("ledger")
batch_seconds = histogram("ledger_batch_seconds", "Time from decision to durable, by batch")


class Staged(NamedTuple):
    """A batch that is decided and encoded, and whose it is."""

    plan: Plan
    pages: Pages
    whose: Sequence[Request | Pack]


_Flight: TypeAlias = tuple[asyncio.Task[None], Sequence[Request | Pack]]


class Flights:
    """`commit` puts a batch on disk, `settle` tells those whose it is; both in the order of the batches."""

    def __init__(
        self, commit: Callable[[Plan, Pages], Coroutine[None, None, None]], settle: Callable[[Plan], None]
    ) -> None:
        self._commit, self._settle = commit, settle
        self._flight: _Flight | None = None
        self._staged: Staged | None = None

    @property
    def under_way(self) -> bool:
        """Whether there is any."""
        return self._flight is not None

    async def send(self, batch: Staged) -> bool:
        """Launch a batch, now or as soon as the one on its way is durable; False when that one failed."""
        if self._flight is None:
            self._launch(batch)
            return True
        self._staged = batch
        return await self._land_first()

    async def land(self) -> bool:
        """Wait for all of them; False when one failed: then nothing is under way, and memory is to be read again."""
        while self._flight:
            if not await self._land_first():
                return False
        return True

    def _launch(self, batch: Staged) -> None:
        self._flight = asyncio.create_task(self._fly(batch), name="ledger-batch"), batch.whose

    async def _fly(self, batch: Staged) -> None:
        began = perf_counter()
        await self._commit(batch.plan, batch.pages)
        if self._staged:
            # The database goes on with the next before a thousand callers are told of this one.
            staged, self._staged = self._staged, None
            self._launch(staged)
            await asyncio.sleep(0)
        self._settle(batch.plan)
        batch_seconds.observe(perf_counter() - began)

    async def _land_first(self) -> bool:
        assert self._flight
        task, whose = flight = self._flight
        try:
            await task
        except Exception as problem:  # noqa: BLE001 - whatever it was, nobody knows if the batch is on disk
            _log.error("batch failed", error=repr(problem), entries=len(whose))
            _unknown(whose)
            await self._abandon(flight)
            return False
        if self._flight is flight:
            self._flight = None
            if self._staged:
                # It had landed before anything stood behind it, so it launched nothing.
                staged, self._staged = self._staged, None
                self._launch(staged)
        return True

    async def _abandon(self, failed: _Flight) -> None:
        """What was behind it stood on sand: it was never sent, or nobody knows its outcome either."""
        if self._staged:
            give_back(self._staged.whose)
        if self._flight and self._flight is not failed:
            task, whose = self._flight
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            _unknown(whose)
        self._flight = self._staged = None


def _unknown(whose: Sequence[Request | Pack]) -> None:
    for request in whose:
        answer(request, OutcomeUnknown())
