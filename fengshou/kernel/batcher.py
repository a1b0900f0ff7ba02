"""Doing many things in one go: what waits is taken together, and everybody gets an answer of their own.

One commit costs the same for one act as for two hundred. While a batch is being done the next one gathers by itself,
so nobody waits for company and a busy hour costs less for each.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from fengshou.kernel.errors import Busy
from fengshou.kernel.metrics import histogram

T = TypeVar("T")
R = TypeVar("R")

_sizes = histogram("batch_size", "How many acts went together", ["name"])


class Batcher(Generic[T, R]):
    """Acts of one kind, done in the order they came.

    act    does a batch, all in one transaction, and says for each what came of it: a value, or the error to raise.
           When it raises itself nothing of the batch has happened, or nobody knows: each is then tried alone, so
           one that cannot be done does not take others with it. What is done by it must be safe to try again.
    most   so many go together at most
    queue_max   more than so many do not wait: `Busy`
    """

    def __init__(
        self,
        name: str,
        act: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        most: int = 256,
        queue_max: int = 10_000,
    ) -> None:
        self._name, self._act, self._most, self._queue_max = name, act, most, queue_max
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def do(self, item: T) -> R:
        """What came of `item`. Raises what its own act was refused with, or `Busy` when nothing was tried."""
        if self._stopped or len(self._waiting) >= self._queue_max:
            raise Busy(part=self._name)
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"batch {self._name}")
        return await future

    async def stop(self) -> None:
        """Take nothing more, and finish what waits."""
        self._stopped = True
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waiting:
            # One turn of the loop: what comes in the same moment goes along.
            await asyncio.sleep(0)
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            await self._do(batch)

    async def _do(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        _sizes.labels(self._name).observe(len(batch))
        try:
            said = await self._act([item for item, _ in batch])
            assert len(said) == len(batch), "an act answers each of its batch"
        except Exception as problem:  # noqa: BLE001 - it goes to whom it concerns
            if len(batch) == 1:
                _answer(batch[0][1], problem)
                return
            for one in batch:
                await self._do([one])
            return
        for (_, future), answer in zip(batch, said, strict=True):
            _answer(future, answer)


def _answer(future: asyncio.Future[R], answer: R | Exception) -> None:
    if future.done():
        return  # who asked has gone
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
