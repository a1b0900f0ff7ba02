"""Reading runs as a desk does: what waits, for whom, until when; and how services do. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from fengshou.kernel import Work
from fengshou.services.store_runs import RunRow

Scope: TypeAlias = Literal["all", "mine", "free", "second", "returned", "approved", "late"]

_COLUMNS = "id, service, release, state, version, customer, form_sealed, facts, began_at"
# What has been decided is on no role's list any more, and still to be handed over.
_AT_DESK = (
    "institution_id = $1 AND closed_at IS NULL"
    " AND (facts ? 'desk' OR (state = 'approved' AND facts ? 'decided_by'))"
)
_WAITS = "state NOT IN ('returned', 'approved')"
_SCOPES: Mapping[str, str] = {
    "all": "true",
    "mine": f"facts->>'claimed_by' = $2 AND {_WAITS}",
    "free": f"facts->>'claimed_by' IS NULL AND facts->>'desk' = ANY($3::text[]) AND {_WAITS} AND state <> 'deciding'",
    "second": "state = 'deciding' AND facts->'proposed'->>'by' <> $2",
    "returned": "state = 'returned'",
    "approved": "state = 'approved'",
    "late": f"facts->>'overdue' = 'true' AND {_WAITS}",
}
_DUE = "coalesce(facts->>'stage_due_at', facts->>'due_at', '') COLLATE \"C\""
# Eight random signs of the id: what a case is called at a desk.
_NUMBER = "substr(replace(id::text, '-', ''), 18, 8)"
_LISTS: Mapping[str, str] = {
    scope: f"""
SELECT {_COLUMNS}, {_DUE} AS due FROM services.run WHERE {_AT_DESK} AND ({where})
  AND $2::text IS NOT NULL AND $3::text[] IS NOT NULL
  AND ($4::text IS NULL OR service = $4) AND ($5::text IS NULL OR facts->>'way' = $5)
  AND ($6::text IS NULL OR {_NUMBER} = $6) AND ($7::uuid[] IS NULL OR customer = ANY($7))
  AND ($8::text IS NULL OR ({_DUE}, id) > ($8, $9::uuid))
ORDER BY {_DUE}, id LIMIT $10
"""  # noqa: S608 - every part is a constant of this file
    for scope, where in _SCOPES.items()
}
_BOARD = f"""
SELECT {", ".join(f'count(*) FILTER (WHERE {where}) AS "{scope}"' for scope, where in _SCOPES.items())},
  count(*) FILTER (WHERE {_SCOPES["mine"]} AND {_DUE} < $4) AS mine_today,
  count(*) FILTER (WHERE {_SCOPES["free"]} AND {_DUE} < $4) AS free_today
FROM services.run WHERE {_AT_DESK} AND $2::text IS NOT NULL AND $3::text[] IS NOT NULL
"""  # noqa: S608 - every part is a constant of this file
_SERVICES_OF_DESK = (
    f"SELECT service, count(*) AS runs FROM services.run WHERE {_AT_DESK} GROUP BY service ORDER BY service"  # noqa: S608 - a constant of this file
)
_HELD = f"SELECT id FROM services.run WHERE {_AT_DESK} AND {_SCOPES['mine']} ORDER BY id LIMIT $3"  # noqa: S608 - constants of this file
_NUMBERS = """
SELECT r.service, count(*) AS runs, count(r.closed_at) AS ended,
  count(*) FILTER (WHERE e.refused) AS refused,
  count(*) FILTER (WHERE e.withdrawn AND NOT e.refused) AS withdrawn,
  count(*) FILTER (WHERE e.returned AND NOT (e.refused OR e.withdrawn)) AS returned,
  count(*) FILTER (WHERE r.facts ? 'overdue' AND NOT (e.refused OR e.withdrawn OR e.returned)) AS late,
  count(*) FILTER (WHERE e.clerk AND NOT (e.refused OR e.withdrawn OR e.returned OR r.facts ? 'overdue')) AS by_hand,
  count(*) FILTER (WHERE r.closed_at IS NOT NULL
    AND NOT (e.clerk OR e.refused OR e.withdrawn OR e.returned OR r.facts ? 'overdue')) AS straight,
  count(*) FILTER (WHERE r.facts ? 'overdue') AS overdue,
  count(*) FILTER (WHERE e.failed) AS failed,
  sum((r.facts->>'stars')::int) AS stars, count(r.facts->>'stars') AS judged
FROM services.run r CROSS JOIN LATERAL (
  SELECT bool_or(who = 'clerk') AS clerk, bool_or(to_state = 'refused') AS refused,
    bool_or(to_state IN ('withdrawn', 'cancelled')) AS withdrawn, bool_or(to_state = 'returned') AS returned,
    bool_or(to_state IN ('unavailable', 'failed')) AS failed
  FROM services.event WHERE institution_id = r.institution_id AND run = r.id
) e
WHERE r.institution_id = $1 AND r.began_at >= $2 AND r.state NOT IN ('draft', 'forgotten')
GROUP BY r.service ORDER BY count(*) DESC, r.service
"""


class Looked(NamedTuple):
    """Who looks: their own id and the roles whose lists are theirs."""

    me: UUID
    roles: Sequence[str]


class Narrow(NamedTuple):
    """What a list is narrowed to; None narrows nothing."""

    service: str | None = None
    way: str | None = None
    number: str | None = None
    customers: Sequence[UUID] | None = None


async def cases(
    work: Work, scope: Scope, who: Looked, narrow: Narrow, after: tuple[str, UUID] | None, limit: int
) -> list[tuple[RunRow, str]]:
    """A page of what is at the desk, what is due first on top, each with when it is due."""
    due, id_ = after or (None, None)
    rows = await work.fetch(
        _LISTS[scope], work.bank, str(who.me), list(who.roles), narrow.service, narrow.way, narrow.number,
        None if narrow.customers is None else list(narrow.customers), due, id_, limit,
    )  # fmt: skip
    return [(RunRow(*tuple(row)[:-1]), row["due"]) for row in rows]


async def board(work: Work, who: Looked, tomorrow: datetime) -> dict[str, int]:
    """How many there are of each scope, and how many are due before `tomorrow`."""
    row = await work.fetchrow(_BOARD, work.bank, str(who.me), list(who.roles), tomorrow.isoformat())
    assert row is not None, "an aggregate has one row whatever there is"
    return dict(row)


async def services(work: Work) -> dict[str, int]:
    """Which services have something at the desk, and how many."""
    return {row["service"]: row["runs"] for row in await work.fetch(_SERVICES_OF_DESK, work.bank)}


async def held(work: Work, me: UUID, limit: int) -> list[UUID]:
    """What somebody has claimed."""
    return [row["id"] for row in await work.fetch(_HELD, work.bank, str(me), limit)]


async def numbers(work: Work, since: datetime) -> list[dict[str, Any]]:
    """How each service did since then. A run counts under the first of its reasons only."""
    return [dict(row) for row in await work.fetch(_NUMBERS, work.bank, since)]
