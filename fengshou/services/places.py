"""Places: taking, keeping and freeing one of what can be booked, for many at once, never one too many.

Decided here without the database: `decide` goes through claims in their order, over what is locked. The database
holds the same lines by its own checks (`taken <= capacity`, one place of a slot for a person).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from fengshou.services.calendars import BookingCalendar, SlotTime

Why: TypeAlias = Literal["full", "closed", "early", "late", "twice", "quota", "blocked"]
Key: TypeAlias = tuple[str, str]
"""Resource and slot."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody wants a place.

    holder   the run it is for
    person   blind index of whom it is for: the person who comes, not the one who books
    """

    resource: str
    calendar: BookingCalendar
    slot: SlotTime
    holder: UUID
    person: bytes = field(repr=False)

    @property
    def key(self) -> Key:
        """Which pool it is taken from."""
        return self.resource, self.slot.id


@dataclass(slots=True)
class Pool:
    """A slot of a resource as it is locked."""

    capacity: int
    taken: int
    waiting: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    """A live place of a person."""

    calendar: str
    resource: str
    slot: str
    starts_at: datetime


@dataclass(slots=True)
class Booker:
    """A person as one who books: live places, and until when they may take none."""

    has: list[Has]
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A place until `until`, a place in the line, or why not."""

    until: datetime | None = None
    waits: bool = False
    why: Why | None = None


def decide(
    claims: Sequence[Claim], pools: Mapping[Key, Pool], bookers: Mapping[bytes, Booker], now: datetime
) -> list[Verdict]:
    """What becomes of each claim, in their order; `pools` and `bookers` are brought up to date as it goes."""
    verdicts: list[Verdict] = []
    for claim in claims:
        pool, booker = pools[claim.key], bookers[claim.person]
        verdict = _one(claim, pool, booker, now)
        verdicts.append(verdict)
        if verdict.why is None:
            booker.has.append(Has(claim.calendar.key, claim.resource, claim.slot.id, claim.slot.starts_at))
            if verdict.waits:
                pool.waiting += 1
            else:
                pool.taken += 1
    return verdicts


def _one(claim: Claim, pool: Pool, booker: Booker, now: datetime) -> Verdict:
    slot, calendar = claim.slot, claim.calendar
    if now >= slot.starts_at:
        return Verdict(why="late")
    if now < slot.opens_at:
        return Verdict(why="early")
    if pool.closed:
        return Verdict(why="closed")
    if booker.blocked_until is not None and now < booker.blocked_until:
        return Verdict(why="blocked")
    if any((has.resource, has.slot) == claim.key for has in booker.has):
        return Verdict(why="twice")
    if _over_quota(claim, booker):
        return Verdict(why="quota")
    if pool.taken >= pool.capacity:
        waits = pool.waiting < calendar.waiting_max
        return Verdict(waits=True) if waits else Verdict(why="full")
    return Verdict(until=min(now + timedelta(seconds=calendar.hold_s), slot.starts_at))


def _over_quota(claim: Claim, booker: Booker) -> bool:
    """Whether some stretch of `days` around the slot would hold more than `bookings`."""
    quota = claim.calendar.quota
    length = timedelta(days=quota.days)
    starts = sorted(
        [claim.slot.starts_at, *(has.starts_at for has in booker.has if has.calendar == claim.calendar.key)]
    )
    return any(
        sum(first <= other < first + length for other in starts) > quota.bookings
        for first in starts
        if first <= claim.slot.starts_at < first + length
    )
