"""The desk of a bank's own staff: what waits there, and how services do. What is done with a run is `Services.act`.

Lists are read in the bank's own transaction, so its row level security decides what there is to see.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from fengshou.kernel import SHANGHAI, Clock, Database, Missing, Principal
from fengshou.services import store_desk as store
from fengshou.services.definition import Definition
from fengshou.services.machine import Run
from fengshou.services.store_desk import Narrow, Scope
from fengshou.services.store_runs import RunRow, one

Open = Callable[[int, RunRow], Run]
Find = Callable[[Run], Awaitable[Definition]]
_HELD_MOST = 500


@dataclass(frozen=True, slots=True)
class Case:
    """A run in a list of the desk. `due_at` is its stage's while it has one."""

    id: UUID
    number: str
    service: str
    state: str
    version: int
    customer: UUID
    facts: Mapping[str, Any] = field(repr=False)
    began_at: datetime
    due_at: datetime | None
    definition: Definition


@dataclass(frozen=True, slots=True)
class Cases:
    """A page of them; `next` is where the next page begins."""

    items: tuple[Case, ...]
    next: str | None


class CaseDesk:
    """Lists and figures for the staff of one bank at a time."""

    def __init__(self, db: Database, clock: Clock, open_: Open, find: Find) -> None:
        self._db, self._clock, self._open, self._find = db, clock, open_, find

    async def cases(
        self, who: Principal, scope: Scope, narrow: Narrow, *, after: str | None = None, limit: int = 50
    ) -> Cases:
        """What is at the desk of `who`'s bank, what is due first on top."""
        looked = store.Looked(who.id, sorted(who.roles))
        async with self._db.read(who.bank, who) as work:
            rows = await store.cases(work, scope, looked, narrow, _place(after), limit + 1)
        shown = [await self._case(who.bank, row, due) for row, due in rows[:limit]]
        more = len(rows) > limit
        return Cases(tuple(shown), f"{rows[limit - 1][1]}|{rows[limit - 1][0].id}" if more else None)

    async def board(self, who: Principal) -> dict[str, int]:
        """How much waits, by scope; `mine_today` and `free_today` are due before the day is over."""
        tomorrow = datetime.combine(self._clock.today() + timedelta(days=1), time(), SHANGHAI)
        async with self._db.read(who.bank, who) as work:
            return await store.board(work, store.Looked(who.id, sorted(who.roles)), tomorrow.astimezone(UTC))

    async def services(self, who: Principal) -> dict[str, int]:
        """Which services have something at the desk."""
        async with self._db.read(who.bank, who) as work:
            return await store.services(work)

    async def held(self, who: Principal) -> list[UUID]:
        """What `who` has claimed: what a shift hands over."""
        async with self._db.read(who.bank, who) as work:
            return await store.held(work, who.id, _HELD_MOST)

    async def owner(self, who: Principal, run: UUID) -> UUID:
        """Whose case it is. Raises `Missing` for one that is not of `who`'s bank."""
        async with self._db.read(who.bank, who) as work:
            row = await one(work, run)
        if row is None:
            raise Missing()
        return row.customer

    async def numbers(self, who: Principal, bank: int, days: int) -> list[dict[str, Any]]:
        """How each service of a bank did in the last days: who is of it asks, or the centre."""
        since = self._clock.now() - timedelta(days=days)
        async with self._db.read(bank, who) as work:
            return await store.numbers(work, since)

    async def _case(self, bank: int, row: RunRow, due: str) -> Case:
        run = self._open(bank, row)
        return Case(
            run.id, number_of(run.id), run.service, run.state, run.version, run.customer, run.facts, run.began_at,
            datetime.fromisoformat(due) if due else None, await self._find(run),
        )  # fmt: skip


def number_of(run: UUID) -> str:
    """What a case is called at a desk: eight signs, as many as are read out over a counter."""
    return run.hex[17:25].upper()


def _place(after: str | None) -> tuple[str, UUID] | None:
    """Where a page begins; what is no such place begins anew."""
    due, _, id_ = (after or "").rpartition("|")
    try:
        return (due, UUID(id_)) if after else None
    except ValueError:
        return None
