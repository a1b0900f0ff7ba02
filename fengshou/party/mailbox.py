"""Word of new letters for apps that are open at this process.

It travels in memory: nothing is stored, and what was missed is on the next page of letters anyway. An app
that is open at another process learns of its letter when it next asks.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID


class Mailbox:
    """Who waits for letters, and how many came since they last looked."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._count: Counter[UUID] = Counter()  # letters since somebody began to wait

    def tell(self, customer: UUID) -> None:
        """A letter was written, and is committed."""
        if customer in self._waiting:
            self._count[customer] += 1
            for bell in self._waiting[customer]:
                bell.set()

    async def arrivals(self, customer: UUID) -> AsyncIterator[int]:
        """How many letters came since the last answer, each time some did. Close it when nobody looks any more."""
        bell = asyncio.Event()
        self._waiting.setdefault(customer, set()).add(bell)
        seen = self._count[customer]
        try:
            while True:
                await bell.wait()
                bell.clear()
                came, seen = self._count[customer] - seen, self._count[customer]
                yield came
        finally:
            self._waiting[customer].discard(bell)
            if not self._waiting[customer]:
                del self._waiting[customer], self._count[customer]
