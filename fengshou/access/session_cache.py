"""Half a second's memory of sessions, so that a page of ten requests asks the database once.

Ending or changing a session in this process takes effect at once: its entries go, and an answer that
was read before the change is not put in after it. Other processes see it within `cache_seconds`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from uuid import UUID

from fengshou.access.model import Session

_MOST = 20_000


class SessionCache:
    """Sessions by the mark of their token. `watch` tells the seconds."""

    def __init__(self, seconds: float, watch: Callable[[], float]) -> None:
        self._seconds, self._watch = seconds, watch
        self._held: OrderedDict[bytes, tuple[float, Session]] = OrderedDict()
        self._marks: dict[UUID, set[bytes]] = {}
        self.epoch = 0  # grows whenever something is forgotten

    def get(self, mark: bytes) -> Session | None:
        """The session, if it was read within the last second."""
        held = self._held.get(mark)
        if held is None:
            return None
        read_at, session = held
        if not 0 <= self._watch() - read_at < self._seconds:  # the clock of a demo may be moved either way
            self._drop(mark)
            return None
        return session

    def of(self, session: UUID) -> Session | None:
        """A session by its id, if a token of it was resolved within the last second."""
        found = (self.get(mark) for mark in tuple(self._marks.get(session, ())))
        return next((held for held in found if held), None)

    def put(self, mark: bytes, session: Session, epoch: int) -> None:
        """Remember what was read when `epoch` was current; dropped if anything changed since."""
        if epoch != self.epoch:
            return
        self._held[mark] = (self._watch(), session)
        self._held.move_to_end(mark)
        self._marks.setdefault(session.id, set()).add(mark)
        while len(self._held) > _MOST:
            self._drop(next(iter(self._held)))

    def forget(self, sessions: Iterable[UUID]) -> None:
        """Something about these sessions changed."""
        self.epoch += 1
        for session in sessions:
            for mark in self._marks.pop(session, set()):
                self._held.pop(mark, None)

    def _drop(self, mark: bytes) -> None:
        _, session = self._held.pop(mark)
        marks = self._marks.get(session.id)
        if marks is not None:
            marks.discard(mark)
            if not marks:
                del self._marks[session.id]
