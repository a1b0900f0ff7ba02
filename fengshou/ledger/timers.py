"""What ends by the clock: holds and freezes, the next to end first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple
from uuid import UUID

from fengshou.ledger.model import AccountRef


class Timer(NamedTuple):
    """Something of `account` (a hold when None) ends at `at`."""

    at: datetime
    id: UUID
    account: AccountRef | None = None


class Timers:
    """A heap; what ended otherwise stays in it until its time, when nobody finds it any more."""

    def __init__(self, timers: Iterable[Timer]) -> None:
        self._heap = [(timer.at, timer.id.int, timer) for timer in timers]
        heapify(self._heap)

    def add(self, timer: Timer) -> None:
        """Ring at its time; or again, when it could not be dealt with."""
        heappush(self._heap, (timer.at, timer.id.int, timer))

    def due(self, now: datetime) -> list[Timer]:
        """Take out everything whose time has come."""
        rung = []
        while self._heap and self._heap[0][0] <= now:
            rung.append(heappop(self._heap)[2])
        return rung
