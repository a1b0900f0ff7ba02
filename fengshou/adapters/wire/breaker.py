"""A circuit breaker: stops calling a partner that does not answer, and tries again after a while."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed lets calls through, open refuses them, half-open lets one trial through."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Breaker:
    """Counts failures in a row; pure but for the clock it is given.

    failures_max  that many failures without a success between them open the breaker
    open_s        seconds it stays open before one trial call is let through
    now           seconds of a clock that never runs backwards
    """

    def __init__(self, *, failures_max: int, open_s: float, now: Callable[[], float]) -> None:
        self._failures_max = failures_max
        self._open_s = open_s
        self._now = now
        self._failures = 0
        self._opened_at: float | None = None
        self._on_trial = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        waited = self._now() - self._opened_at >= self._open_s
        return BreakerState.HALF_OPEN if waited or self._on_trial else BreakerState.OPEN

    def admit(self) -> bool:
        """Whether a call may go out now. While half open, only one call at a time may."""
        state = self.state
        if state is BreakerState.HALF_OPEN and not self._on_trial:
            self._on_trial = True
            return True
        return state is BreakerState.CLOSED

    def succeeded(self) -> None:
        """The partner answered: close."""
        self._failures = 0
        self._opened_at = None
        self._on_trial = False

    def failed(self) -> None:
        """The partner did not answer: count, and open when it is enough or when the trial failed."""
        self._failures += 1
        if self._on_trial or self._failures >= self._failures_max:
            self._opened_at = self._now()
        self._on_trial = False

    def dropped(self) -> None:
        """The caller gave up before an answer could come: says nothing about the partner."""
        self._on_trial = False
