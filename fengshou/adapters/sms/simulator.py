"""The gateway and its phones as a pure thing: the number chooses the outcome, instants are handed in."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

INBOX_MAX = 500
RECEIPTS_MAX = 2_000
REMEMBERED_MAX = 20_000
TEXT_CHARS_MAX = 1_000

Outcome = Literal["delivered", "refused", "undeliverable", "silent"]
OUTCOMES: frozenset[str] = frozenset({"delivered", "refused", "undeliverable", "silent"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that lies in the inbox of a phone."""

    message_id: str
    phone: str
    text: str
    at: datetime


class Gateway:
    """Takes each message id once, keeps the newest letters and receipts, forgets the oldest."""

    def __init__(self, phones: Mapping[str, Outcome], *, epoch: str = "0") -> None:
        self._phones = phones
        self._epoch = epoch
        self._letters: deque[Letter] = deque(maxlen=INBOX_MAX)
        self._receipts: deque[tuple[int, str, str, datetime]] = deque(maxlen=RECEIPTS_MAX)
        self._taken: OrderedDict[str, Outcome] = OrderedDict()
        self._count = 0

    def take(self, message_id: str, phone: str, text: str, at: datetime) -> Outcome:
        """Take a message, once per id, and return what becomes of it."""
        if message_id in self._taken:
            return self._taken[message_id]
        outcome = self._outcome(phone, text)
        self._taken[message_id] = outcome
        while len(self._taken) > REMEMBERED_MAX:
            self._taken.popitem(last=False)
        if outcome in ("delivered", "silent"):
            self._letters.append(Letter(message_id, phone, text, at))
        if outcome != "refused":
            state = "UNDELIVERABLE" if outcome == "undeliverable" else "DELIVERED"
            self._count += 1
            self._receipts.append((self._count, message_id, state, at))
        return outcome

    def inbox(self, phone: str | None = None, limit: int = 50) -> list[Letter]:
        """The newest letters first, of one phone or of all."""
        wanted = [letter for letter in reversed(self._letters) if phone in (None, letter.phone)]
        return wanted[:limit]

    def receipts(self, after: str, limit: int) -> tuple[list[dict[str, str]], str]:
        """Receipts behind the cursor, oldest first, and the cursor behind them.

        A cursor of another start of the simulator begins from the first receipt.
        """
        epoch, _, seen = after.partition(".")
        last = int(seen) if epoch == self._epoch and seen.isdecimal() else 0
        page = [row for row in self._receipts if row[0] > last][:limit]
        rows = [{"message_id": id_, "state": state, "at": at.isoformat()} for _, id_, state, at in page]
        return rows, f"{self._epoch}.{page[-1][0] if page else last}"

    def _outcome(self, phone: str, text: str) -> Outcome:
        well_formed = len(phone) == 11 and phone.isascii() and phone.isdigit() and phone.startswith("1")
        if not well_formed or not 0 < len(text) <= TEXT_CHARS_MAX:
            return "refused"
        return self._phones.get(phone, "delivered")
