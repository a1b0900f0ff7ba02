"""A door controller: the company's public key, a clock, a memory of its own. It asks nobody before it opens.

While its line is down it goes on for three days with the last list of revoked passes; after that it opens for no pass.
What happened meanwhile it tells when the line is up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fengshou.adapters.property import tokens
from fengshou.adapters.property.tokens import BadToken, Shown
from fengshou.services import DoorEvent

LIST_GOOD_FOR = timedelta(hours=72)
GRACE_STEPS = 1  # a code of the step before still opens: clocks differ, people walk
EVENTS_MAX = 5_000


@dataclass(slots=True)
class Door:
    """One door. `id` is its name in tokens."""

    provider: str
    id: str
    key: Ed25519PublicKey
    online: bool = True
    list_at: datetime | None = None
    closed_to: Mapping[str, str] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    last_step: dict[str, int] = field(default_factory=dict)
    kept: list[DoorEvent] = field(default_factory=list)
    count: int = 0

    def scan(self, shown: str, at: datetime) -> DoorEvent:
        """Somebody shows something: open or not, and keep what happened."""
        number = ""
        try:
            read = tokens.read(shown, self.key)
            number = read.claims.number
            reason = self._why_not(read, at)
        except BadToken as bad:
            reason = str(bad)
        self.count += 1
        event = DoorEvent(
            id=f"{self.provider}-{self.id}-{self.count}", door=self.id, at=at, passed=not reason, number=number,
            reason=reason,
        )  # fmt: skip
        self.kept.append(event)
        del self.kept[:-EVENTS_MAX]
        return event

    def sync(self, closed_to: Mapping[str, str], at: datetime) -> list[DoorEvent]:
        """The line is up: take the list of passes that open no more, and why; give what happened."""
        self.closed_to, self.list_at = closed_to, at
        told, self.kept = self.kept, []
        return told

    def _why_not(self, shown: Shown, at: datetime) -> str:
        claims, step = shown.claims, shown.claims.step_at(at)
        if claims.provider != self.provider or self.id not in claims.doors:
            return "wrong_door"
        if at < tokens.instant(claims.from_s):
            return "not_yet"
        if at >= tokens.instant(claims.until_s):
            return "expired"
        if self.list_at is None or at - self.list_at > LIST_GOOD_FOR:
            return "list_too_old"
        if claims.number in self.closed_to:
            return self.closed_to[claims.number]
        fits = next((s for s in range(step, step - 1 - GRACE_STEPS, -1) if s >= 0 and shown.fits(s)), None)
        if fits is None:
            return "old_code"
        if fits <= self.last_step.get(claims.number, -1):
            return "replayed"
        if self.used.get(claims.number, 0) >= claims.uses:
            return "used_up"
        self.used[claims.number] = self.used.get(claims.number, 0) + 1
        self.last_step[claims.number] = fits
        return ""
