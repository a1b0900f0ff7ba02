"""The rows of runs and their events. Set-wise: a batch is a handful of statements however many runs are in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from fengshou.kernel import Work

_DONE = """
SELECT e.run, e.key, e.version, e.to_state FROM services.event e
JOIN unnest($2::uuid[], $3::uuid[]) k (run, key) ON e.run = k.run AND e.key = k.key
WHERE e.institution_id = $1
"""
_BEGUN = """
SELECT r.customer, r.begin_key, r.id, e.version, e.to_state FROM services.run r
JOIN unnest($2::uuid[], $3::uuid[]) k (customer, begin_key)
  ON r.customer = k.customer AND r.begin_key = k.begin_key
JOIN services.event e ON e.institution_id = r.institution_id AND e.run = r.id AND e.version = 1
WHERE r.institution_id = $1
"""
_READ = """
SELECT begin_key, state FROM services.run
WHERE institution_id = $1 AND customer = $2 AND begin_key = ANY($3::uuid[])
"""
_COLUMNS = "id, service, release, state, version, customer, form_sealed, facts, began_at"
_LOCK = f"""
SELECT {_COLUMNS} FROM services.run WHERE institution_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE
"""  # noqa: S608 - the columns are a constant of this file
_ONE = f"SELECT {_COLUMNS} FROM services.run WHERE institution_id = $1 AND id = $2"  # noqa: S608 - the columns are a constant of this file
_INSERT = """
INSERT INTO services.run
  (institution_id, id, service, release, customer, began_at, state, version, form_sealed, facts, moved_at, closed_at,
   begin_key)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[], $7::text[], $8::int[],
                         $9::bytea[], $10::jsonb[], $11::timestamptz[], $12::timestamptz[], $13::uuid[])
ON CONFLICT DO NOTHING RETURNING id
"""
_UPDATE = """
UPDATE services.run r SET state = k.state, version = k.version, form_sealed = k.form_sealed, facts = k.facts,
  moved_at = k.moved_at, closed_at = k.closed_at
FROM unnest($2::uuid[], $3::text[], $4::int[], $5::bytea[], $6::jsonb[], $7::timestamptz[], $8::timestamptz[])
  k (id, state, version, form_sealed, facts, moved_at, closed_at)
WHERE r.institution_id = $1 AND r.id = k.id
"""
_EVENTS = """
INSERT INTO services.event
  (institution_id, run, version, at, act, from_state, to_state, who, who_id, way, place, key, facts)
SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::uuid[], $10::text[], $11::text[], $12::uuid[], $13::jsonb[])
"""
_TIMERS = """
INSERT INTO services.timer (institution_id, run, act, at)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[])
ON CONFLICT (institution_id, run, act) DO UPDATE SET at = excluded.at
"""
_DUE = (
    "SELECT run, act, at FROM services.timer WHERE institution_id = $1 AND at <= $2 ORDER BY at, run LIMIT $3"
)
_RUNG = "DELETE FROM services.timer WHERE institution_id = $1 AND run = $2 AND act = $3 AND at = $4"
_OVER = "DELETE FROM services.timer WHERE institution_id = $1 AND run = ANY($2::uuid[])"
_OF_RUN = """
SELECT version, at, act, from_state, to_state, who, who_id, way, place, facts FROM services.event
WHERE institution_id = $1 AND run = $2 ORDER BY version
"""
_MINE = f"""
SELECT {_COLUMNS} FROM services.run
WHERE institution_id = $1 AND customer = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
"""  # noqa: S608 - the columns are a constant of this file


class RunRow(NamedTuple):
    """A run; `form_sealed` is opened by the room."""

    id: UUID
    service: str
    release: str
    state: str
    version: int
    customer: UUID
    form_sealed: bytes
    facts: dict[str, Any]
    began_at: datetime


class EventRow(NamedTuple):
    """One change of a run: who, where, when, by which way."""

    run: UUID
    version: int
    at: datetime
    act: str
    from_state: str
    to_state: str
    who: str
    who_id: UUID
    way: str
    place: str
    key: UUID
    facts: dict[str, Any]


class Done(NamedTuple):
    """An act that was done before."""

    run: UUID
    key: UUID
    version: int
    state: str


class Due(NamedTuple):
    """A timer that rings."""

    run: UUID
    act: str
    at: datetime


async def done_before(work: Work, keys: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Done]:
    """Which of these acts, by run and key, were done already."""
    rows = await work.fetch(_DONE, work.bank, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["run"], row["key"]): Done(*row) for row in rows}


async def lock(work: Work, ids: Sequence[UUID]) -> dict[UUID, RunRow]:
    """Runs to be changed, locked in one order by everybody."""
    return {row["id"]: RunRow(*row) for row in await work.fetch(_LOCK, work.bank, sorted(ids))}


async def one(work: Work, id_: UUID) -> RunRow | None:
    """A run."""
    row = await work.fetchrow(_ONE, work.bank, id_)
    return RunRow(*row) if row else None


async def mine(work: Work, customer: UUID, before: UUID | None, limit: int) -> list[RunRow]:
    """A customer's runs at this bank, the newest first."""
    return [RunRow(*row) for row in await work.fetch(_MINE, work.bank, customer, before, limit)]


async def begun_before(work: Work, keys: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Done]:
    """Which runs, by customer and key, were begun already."""
    rows = await work.fetch(_BEGUN, work.bank, [key[0] for key in keys], [key[1] for key in keys])
    return {
        (row["customer"], row["begin_key"]): Done(
            row["id"], row["begin_key"], row["version"], row["to_state"]
        )
        for row in rows
    }


async def read_states(work: Work, customer: UUID, keys: Sequence[UUID]) -> dict[UUID, str]:
    """How far a customer's runs that were begun under these keys are."""
    rows = await work.fetch(_READ, work.bank, customer, list(keys))
    return {row["begin_key"]: row["state"] for row in rows}


async def insert(
    work: Work, rows: Sequence[RunRow], keys: Sequence[UUID], closed: Sequence[datetime | None]
) -> set[UUID]:
    """New runs with the keys they were begun by; one that another process began meanwhile is not in the answer."""
    told = await work.fetch(
        _INSERT, work.bank, [r.id for r in rows], [r.service for r in rows], [r.release for r in rows],
        [r.customer for r in rows], [r.began_at for r in rows], [r.state for r in rows],
        [r.version for r in rows], [r.form_sealed for r in rows], [r.facts for r in rows],
        [work.now] * len(rows), list(closed), list(keys),
    )  # fmt: skip
    return {row["id"] for row in told}


async def update(work: Work, rows: Sequence[RunRow], closed: Sequence[datetime | None]) -> None:
    """Runs that are locked."""
    await work.execute(
        _UPDATE, work.bank, [r.id for r in rows], [r.state for r in rows], [r.version for r in rows],
        [r.form_sealed for r in rows], [r.facts for r in rows], [work.now] * len(rows), list(closed),
    )  # fmt: skip


async def add_events(work: Work, rows: Sequence[EventRow]) -> None:
    """What was done. A key stands once for a run: the database refuses it twice."""
    columns = list(zip(*rows, strict=True))
    await work.execute(_EVENTS, work.bank, *(list(column) for column in columns))


async def set_timers(work: Work, timers: Sequence[Due]) -> None:
    """One timer for each act of a run: a later one takes the place of the earlier."""
    latest = {(timer.run, timer.act): timer for timer in timers}
    await work.execute(
        _TIMERS, work.bank, [t.run for t in latest.values()], [t.act for t in latest.values()],
        [t.at for t in latest.values()],
    )  # fmt: skip


async def due(work: Work, limit: int) -> list[Due]:
    """Timers that ring now."""
    return [Due(*row) for row in await work.fetch(_DUE, work.bank, work.now, limit)]


async def banks_due(work: Work) -> list[int]:
    """Banks with timers that ring now, by who sees all banks."""
    rows = await work.fetch(
        "SELECT DISTINCT institution_id AS bank FROM services.timer WHERE at <= $1", work.now
    )
    return [row["bank"] for row in rows]


async def rung(work: Work, timer: Due) -> None:
    """It has been heard; one that was set anew meanwhile stays."""
    await work.execute(_RUNG, work.bank, timer.run, timer.act, timer.at)


async def over(work: Work, runs: Sequence[UUID]) -> None:
    """Runs at their end need no timer."""
    await work.execute(_OVER, work.bank, list(runs))


async def events_of(work: Work, run: UUID) -> list[dict[str, Any]]:
    """A run's whole story."""
    return [dict(row) for row in await work.fetch(_OF_RUN, work.bank, run)]


def as_json(value: Any) -> str:
    """Text that is sealed."""
    return orjson.dumps(value).decode()


def from_json(text: str) -> dict[str, Any]:
    """What was sealed."""
    found: dict[str, Any] = orjson.loads(text)
    return found


async def cursor(work: Work, system: str) -> str:
    """Up to where a partner's news were taken."""
    found: str | None = await work.fetchval(
        "SELECT cursor FROM services.news WHERE institution_id = $1 AND system = $2", work.bank, system
    )
    return found or ""


async def set_cursor(work: Work, system: str, cursor: str) -> None:
    """All before it is taken."""
    await work.execute(
        "INSERT INTO services.news (institution_id, system, cursor) VALUES ($1, $2, $3)"
        " ON CONFLICT (institution_id, system) DO UPDATE SET cursor = excluded.cursor",
        work.bank, system, cursor,
    )  # fmt: skip
