"""What a payment asks again and again, remembered for a minute.

Only what cannot hurt when it is stale is kept here: whose an account is never changes, and whether it may pay is the
book's own decision in the posting itself. Refusals are never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fengshou.kernel import Clock

T = TypeVar("T")

KEPT_FOR = timedelta(seconds=60)
MOST = 50_000


class Memory:
    """Answers by question, the oldest forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[datetime, Any]] = OrderedDict()

    async def recall(
        self, question: Hashable, ask: Callable[[], Awaitable[T]], *, keep: Callable[[T], bool] = bool
    ) -> T:
        """The answer to `question`; asked anew when it is older than a minute, kept when `keep` says so."""
        now = self._clock.now()
        known = self._kept.get(question)
        if known is not None and now - known[0] < KEPT_FOR:
            answer: T = known[1]
            return answer
        answer = await ask()
        if keep(answer):
            self._kept[question] = (now, answer)
            self._kept.move_to_end(question)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return answer
