"""Token buckets in memory, one a key: the first brake before rooms are asked at all.

Each process counts alone; what must hold across processes (codes, log-ins, passwords) access counts
in the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from fengshou.access import RateLimited

_KEYS_MAX = 20_000


class Rates:
    """At most `most` at once, refilled evenly over `seconds`."""

    def __init__(self, most: int, seconds: float, watch: Callable[[], float]) -> None:
        self._most, self._per_s, self._watch = float(most), most / seconds, watch
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one. Raises `RateLimited`."""
        self.check(key)
        left, now = self._left(key)
        self._held[key] = (left - 1.0, now)
        self._held.move_to_end(key)
        while len(self._held) > _KEYS_MAX:
            self._held.popitem(last=False)

    def check(self, key: str) -> None:
        """Raise `RateLimited` when nothing is left, counting nothing."""
        left, _ = self._left(key)
        if left < 1.0:
            raise RateLimited(retry_after_s=max(1, int((1.0 - left) / self._per_s + 0.999)))

    def _left(self, key: str) -> tuple[float, float]:
        now = self._watch()
        left, seen = self._held.get(key, (self._most, now))
        return min(self._most, left + max(0.0, now - seen) * self._per_s), now
