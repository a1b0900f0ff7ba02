"""Taking places and giving them back, in the transaction of who moves the runs.

Locks are taken in one order by everybody: people, then pools, then the rows of places; so nobody waits in a circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from fengshou.kernel import Work
from fengshou.services import store_places as store
from fengshou.services.calendars import BookingCalendar, SlotTime
from fengshou.services.places import Claim, Key, Verdict, decide


class Offered(NamedTuple):
    """Somebody who waited is kept a place until then."""

    holder: UUID
    until: datetime


async def take(work: Work, claims: Sequence[Claim]) -> list[Verdict]:
    """What becomes of each claim. A place is taken when, and only when, the caller's transaction commits."""
    if not claims:
        return []
    bookers = await store.lock_bookers(work, [claim.person for claim in claims])
    pools = await store.lock_pools(work, claims)
    verdicts = decide(claims, pools, bookers, work.now)
    given = [(claim, verdict) for claim, verdict in zip(claims, verdicts, strict=True) if verdict.why is None]
    if given:
        await store.put(work, given)
    return verdicts


async def keep(work: Work, holders: Sequence[UUID]) -> set[UUID]:
    """Confirm held places; who is not among the answer came too late, or holds none."""
    return await store.keep(work, holders)


async def free(
    work: Work, holders: Sequence[UUID], calendars: Mapping[str, BookingCalendar], *, missed: bool = False
) -> list[Offered]:
    """Give places back and offer them to who waits. `missed`: they were booked, and nobody came."""
    keys = sorted({place.key for place in await store.of_holders(work, holders)})
    if not keys:
        return []
    pools = await store.lock_known_pools(work, keys)
    gone = await store.drop(work, holders)
    if missed and gone:
        await _write_down(work, gone, calendars)
    back: Counter[Key] = Counter(place.key for place in gone if place.state != "waiting")
    left: Counter[Key] = Counter(place.key for place in gone if place.state == "waiting")
    offered: list[Offered] = []
    changes: dict[Key, tuple[int, int]] = {}
    hold_of = {place.key: calendars[place.calendar].hold_s for place in gone}
    for key in back.keys() | left.keys():
        free_now = pools[key].capacity - pools[key].taken + back[key]
        rows = []
        if back[key] and not pools[key].closed and pools[key].waiting > left[key]:
            rows = await store.next_waiting(work, key, hold_of[key], free_now)
        offered += [Offered(*row) for row in rows]
        changes[key] = (len(rows) - back[key], -left[key] - len(rows))
    if changes:
        await store.count(work, changes)
    return sorted(offered)


async def close(work: Work, resource: str, slots: Sequence[SlotTime]) -> list[UUID]:
    """Sell no more of these; whose places must now be cancelled, with word to them."""
    return await store.close(work, resource, slots)


async def _write_down(
    work: Work, gone: Sequence[store.Taken], calendars: Mapping[str, BookingCalendar]
) -> None:
    booked = [place for place in gone if place.state == "booked"]
    if not booked:
        return
    await store.missed(work, booked)
    for place in booked:
        rule = calendars[place.calendar].no_show
        if rule:
            since = work.now - timedelta(days=rule.within_days)
            until = work.now + timedelta(days=rule.blocked_days)
            await store.block(work, place, since, until, rule.times)
