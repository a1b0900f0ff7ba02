"""The rows of places: pools, who has a place of one, who may take none. Set-wise, each statement names the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from fengshou.kernel import Work
from fengshou.services.calendars import SlotTime
from fengshou.services.places import Booker, Claim, Has, Key, Pool, Verdict

_MAKE_BOOKERS = """
INSERT INTO services.booker (institution_id, person)
SELECT $1, p FROM unnest($2::bytea[]) p ORDER BY p
ON CONFLICT DO NOTHING
"""
_LOCK_BOOKERS = """
SELECT person, blocked_until FROM services.booker
WHERE institution_id = $1 AND person = ANY($2::bytea[]) ORDER BY person FOR UPDATE
"""
_HAS = """
SELECT person, calendar, resource, slot, starts_at FROM services.place
WHERE institution_id = $1 AND person = ANY($2::bytea[])
"""
_MAKE_POOLS = """
INSERT INTO services.pool (institution_id, resource, slot, starts_at, ends_at, capacity)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::int[])
ORDER BY 2, 3
ON CONFLICT DO NOTHING
"""
_LOCK_POOLS = """
SELECT p.resource, p.slot, p.capacity, p.taken, p.waiting, p.closed
FROM services.pool p JOIN unnest($2::text[], $3::text[]) k (resource, slot) USING (resource, slot)
WHERE p.institution_id = $1 ORDER BY p.resource, p.slot FOR UPDATE OF p
"""
_COUNT = """
UPDATE services.pool p SET taken = p.taken + k.taken, waiting = p.waiting + k.waiting
FROM unnest($2::text[], $3::text[], $4::int[], $5::int[]) k (resource, slot, taken, waiting)
WHERE p.institution_id = $1 AND p.resource = k.resource AND p.slot = k.slot
"""
_PUT = """
INSERT INTO services.place
  (institution_id, holder, person, calendar, resource, slot, starts_at, state, since, until)
SELECT $1, holder, person, calendar, resource, slot, starts_at, state, $2, until
FROM unnest($3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
            $10::timestamptz[]) k (holder, person, calendar, resource, slot, starts_at, state, until)
"""
_OF_HOLDERS = """
SELECT holder, person, calendar, resource, slot, starts_at, state, until FROM services.place
WHERE institution_id = $1 AND holder = ANY($2::uuid[])
"""
_KEEP = """
UPDATE services.place SET state = 'booked', until = NULL
WHERE institution_id = $1 AND holder = ANY($2::uuid[]) AND state = 'held' AND until > $3
RETURNING holder
"""
_DROP = """
DELETE FROM services.place WHERE institution_id = $1 AND holder = ANY($2::uuid[])
RETURNING holder, person, calendar, resource, slot, starts_at, state, until
"""
_NEXT = """
UPDATE services.place SET state = 'held', until = least(starts_at, $4 + make_interval(secs => $5)), since = $4
WHERE institution_id = $1 AND holder IN (
  SELECT holder FROM services.place
  WHERE institution_id = $1 AND resource = $2 AND slot = $3 AND state = 'waiting' AND starts_at > $4
  ORDER BY since, holder LIMIT $6 FOR UPDATE)
RETURNING holder, until
"""
_MISSED = """
INSERT INTO services.absence (institution_id, holder, person, calendar, at)
SELECT $1, * FROM unnest($2::uuid[], $3::bytea[], $4::text[], $5::timestamptz[])
ON CONFLICT DO NOTHING
"""
_BLOCK = """
UPDATE services.booker b SET blocked_until = greatest(b.blocked_until, $5)
WHERE institution_id = $1 AND person = $2 AND (
  SELECT count(*) FROM services.absence a
  WHERE a.institution_id = $1 AND a.person = $2 AND a.calendar = $3 AND a.at > $4) >= $6
"""
_DUE = """
SELECT holder FROM services.place WHERE institution_id = $1 AND state = 'held' AND until <= $2
ORDER BY until, holder LIMIT $3
"""
_CLOSE = """
INSERT INTO services.pool (institution_id, resource, slot, starts_at, ends_at, capacity, closed)
SELECT $1, $2, slot, starts_at, ends_at, capacity, true
FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[], $6::int[]) k (slot, starts_at, ends_at, capacity)
ORDER BY slot
ON CONFLICT (institution_id, resource, slot) DO UPDATE SET closed = true
"""
_WITHIN = """
SELECT holder FROM services.place
WHERE institution_id = $1 AND resource = $2 AND slot = ANY($3::text[]) ORDER BY starts_at, holder
"""
_FREE_OF = """
SELECT slot, capacity, taken, waiting, closed FROM services.pool
WHERE institution_id = $1 AND resource = $2 AND slot = ANY($3::text[])
"""


class Taken(NamedTuple):
    """A place as it stands."""

    holder: UUID
    person: bytes
    calendar: str
    resource: str
    slot: str
    starts_at: datetime
    state: str
    until: datetime | None

    @property
    def key(self) -> Key:
        """Its pool."""
        return self.resource, self.slot


async def lock_bookers(work: Work, people: Sequence[bytes]) -> dict[bytes, Booker]:
    """Before pools, always: one order of locks for everybody."""
    people = sorted(set(people))
    await work.execute(_MAKE_BOOKERS, work.bank, people)
    bookers = {
        row["person"]: Booker([], row["blocked_until"])
        for row in await work.fetch(_LOCK_BOOKERS, work.bank, people)
    }
    for row in await work.fetch(_HAS, work.bank, people):
        bookers[row["person"]].has.append(
            Has(row["calendar"], row["resource"], row["slot"], row["starts_at"])
        )
    return bookers


async def lock_pools(work: Work, claims: Sequence[Claim]) -> dict[Key, Pool]:
    """Make the pools that nobody has touched yet, and lock all."""
    slots = {claim.key: claim.slot for claim in claims}
    resources, ids = [key[0] for key in slots], [key[1] for key in slots]
    times = [(slot.starts_at, slot.ends_at, slot.capacity) for slot in slots.values()]
    await work.execute(
        _MAKE_POOLS, work.bank, resources, ids, [t[0] for t in times], [t[1] for t in times],
        [t[2] for t in times],
    )  # fmt: skip
    return await lock_known_pools(work, list(slots))


async def lock_known_pools(work: Work, keys: Sequence[Key]) -> dict[Key, Pool]:
    """Lock pools that exist."""
    rows = await work.fetch(_LOCK_POOLS, work.bank, [key[0] for key in keys], [key[1] for key in keys])
    return {
        (row["resource"], row["slot"]): Pool(row["capacity"], row["taken"], row["waiting"], row["closed"])
        for row in rows
    }


async def put(work: Work, claims: Sequence[tuple[Claim, Verdict]]) -> None:
    """Write what was given."""
    await work.execute(
        _PUT, work.bank, work.now,
        [claim.holder for claim, _ in claims], [claim.person for claim, _ in claims],
        [claim.calendar.key for claim, _ in claims], [claim.resource for claim, _ in claims],
        [claim.slot.id for claim, _ in claims], [claim.slot.starts_at for claim, _ in claims],
        ["waiting" if verdict.waits else "held" for _, verdict in claims],
        [verdict.until for _, verdict in claims],
    )  # fmt: skip
    changes: dict[Key, tuple[int, int]] = {}
    for claim, verdict in claims:
        taken, waiting = changes.get(claim.key, (0, 0))
        changes[claim.key] = (taken + (not verdict.waits), waiting + verdict.waits)
    await count(work, changes)


async def count(work: Work, changes: dict[Key, tuple[int, int]]) -> None:
    """Add to `taken` and `waiting` of pools that are locked."""
    await work.execute(
        _COUNT, work.bank, [key[0] for key in changes], [key[1] for key in changes],
        [change[0] for change in changes.values()], [change[1] for change in changes.values()],
    )  # fmt: skip


async def of_holders(work: Work, holders: Sequence[UUID]) -> list[Taken]:
    """Their places, where they have one."""
    return [Taken(*row) for row in await work.fetch(_OF_HOLDERS, work.bank, list(holders))]


async def keep(work: Work, holders: Sequence[UUID]) -> set[UUID]:
    """Held places become booked; whose time is over stays out."""
    return {row["holder"] for row in await work.fetch(_KEEP, work.bank, list(holders), work.now)}


async def drop(work: Work, holders: Sequence[UUID]) -> list[Taken]:
    """The rows go, their pools being locked; the run's events say what was."""
    return [Taken(*row) for row in await work.fetch(_DROP, work.bank, list(holders))]


async def next_waiting(work: Work, key: Key, hold_s: int, places: int) -> list[tuple[UUID, datetime]]:
    """Who waits longest is held a place: holder, until when."""
    rows = await work.fetch(_NEXT, work.bank, key[0], key[1], work.now, float(hold_s), places)
    return [(row["holder"], row["until"]) for row in rows]


async def missed(work: Work, gone: Sequence[Taken]) -> None:
    """Write down who did not come."""
    await work.execute(
        _MISSED, work.bank, [one.holder for one in gone], [one.person for one in gone],
        [one.calendar for one in gone], [one.starts_at for one in gone],
    )  # fmt: skip


async def block(work: Work, one: Taken, since: datetime, until: datetime, times: int) -> None:
    """No more places until then, for who missed so many since."""
    await work.execute(_BLOCK, work.bank, one.person, one.calendar, since, until, times)


async def due(work: Work, limit: int) -> list[UUID]:
    """Who kept a place too long without confirming it."""
    return [row["holder"] for row in await work.fetch(_DUE, work.bank, work.now, limit)]


async def close(work: Work, resource: str, slots: Sequence[SlotTime]) -> list[UUID]:
    """Take slots out of sale; whose places these were."""
    await work.execute(
        _CLOSE, work.bank, resource, [slot.id for slot in slots], [slot.starts_at for slot in slots],
        [slot.ends_at for slot in slots], [slot.capacity for slot in slots],
    )  # fmt: skip
    rows = await work.fetch(_WITHIN, work.bank, resource, [slot.id for slot in slots])
    return [row["holder"] for row in rows]


async def pools_of(work: Work, resource: str, slots: Sequence[str]) -> dict[str, Pool]:
    """Slots that somebody has touched; the others are as their calendar says."""
    rows = await work.fetch(_FREE_OF, work.bank, resource, list(slots))
    return {row["slot"]: Pool(row["capacity"], row["taken"], row["waiting"], row["closed"]) for row in rows}
