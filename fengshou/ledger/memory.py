"""What was answered to which key, for keys young enough to be in memory.

A key's age is in the key: ids made before `horizon` may have been answered by a process that is
gone, or been dropped from here, so the writer looks those up in the database. Younger ones are all
here, and cost one dictionary look-up.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from fengshou.kernel import BankError, time_of
from fengshou.ledger.model import Receipt

Answer: TypeAlias = tuple[int, Receipt | BankError]

# Clocks of two processes of one bank differ by less than this.
SKEW = timedelta(seconds=5)


class Memory:
    """Answers by key; `size` bounds it, the oldest leave first and raise the horizon."""

    def __init__(self, horizon: datetime, size: int = 200_000) -> None:
        self.horizon = horizon + SKEW
        self._size = size
        self._answers: OrderedDict[UUID, Answer] = OrderedDict()

    def get(self, id_: UUID) -> Answer | None:
        """Digest and answer, or None when not known here."""
        return self._answers.get(id_)

    def is_old(self, id_: UUID) -> bool:
        """Whether a key unknown here may still have been answered."""
        return time_of(id_) < self.horizon

    def put(self, id_: UUID, digest: int, answer: Receipt | BankError) -> None:
        """Remember an answer that is on disk."""
        self._answers[id_] = (digest, answer)
        if len(self._answers) > self._size:
            gone, _ = self._answers.popitem(last=False)
            self.horizon = max(self.horizon, time_of(gone) + timedelta(milliseconds=1))
