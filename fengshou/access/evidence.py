"""Evidence: who proved what, for one act. Spent once, in the very commit of the entry it allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fengshou.access.errors import DayLimit, DayNotTaken, EvidenceSpent
from fengshou.access.store_evidence import DAY_RELEASE, DAY_TAKE, SPEND_FRESH, SPEND_STORED
from fengshou.ledger import Rider, RiderKind

RIDER_KINDS = (
    RiderKind("access.spend_stored", SPEND_STORED, 4, EvidenceSpent),
    RiderKind("access.spend_fresh", SPEND_FRESH, 12, EvidenceSpent),
    RiderKind("access.day_take", DAY_TAKE, 6, DayLimit),
    RiderKind("access.day_release", DAY_RELEASE, 5, DayNotTaken),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `require` found.

    bank    the member bank of the order, where the row lives
    stored  False when the session's own fresh factor was enough: the row is then first written when spent
    """

    id: UUID
    bank: int
    order: UUID
    principal: UUID
    session: UUID
    digest: bytes
    wanted: int
    level: int
    factors: frozenset[str]
    expires_at: datetime
    found_at: datetime
    stored: bool

    @property
    def statement(self) -> str:
        """The SQL of `spend`'s rider, for an act that posts no entry."""
        return SPEND_STORED if self.stored else SPEND_FRESH

    def spend(self, entry: UUID | None = None) -> Rider:
        """The rider that spends it once; `entry` is the ledger's entry, the order's own id if not said."""
        by = entry or self.order
        if self.stored:
            return Rider("access.spend_stored", (self.bank, self.id), (self.bank, self.id, by, self.found_at))
        return Rider(
            "access.spend_fresh", (self.bank, self.id),
            (self.bank, self.id, by, self.found_at, self.order, self.principal, self.session, self.digest,
             self.wanted, self.level, ",".join(sorted(self.factors)), self.expires_at),
        )  # fmt: skip


def day_limit_rider(bank: int, customer: UUID, kind: str, day: date, fen: int, cap_fen: int) -> Rider:
    """Count `fen` against a limit in the payment's own commit; refuses its entry with `DayLimit` above `cap_fen`.

    bank  the member bank of the paying account
    kind  names the limit (`transfer`, `code`, `account.<id>.day`, `account.<id>.year`)
    day   the Shanghai day, or 1 January for a yearly limit
    """
    assert fen >= 0 and 0 < bank < 32_768
    return Rider("access.day_take", (bank, customer, kind, day), (bank, customer, kind, day, fen, cap_fen))


def day_release_rider(bank: int, customer: UUID, kind: str, day: date, fen: int) -> Rider:
    """Give back what `day_limit_rider` counted, with the entry that voids or returns the payment."""
    assert fen >= 0 and 0 < bank < 32_768
    return Rider("access.day_release", (bank, customer, kind, day), (bank, customer, kind, day, fen))
