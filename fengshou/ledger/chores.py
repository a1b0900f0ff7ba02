"""What is done every night, and when it was last: a row that whoever looks next finds.

Anchors are set and old months are sealed between two in the morning and the next two, by whoever looks first: a process
that was down at two does it when it is up again, and of several processes one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from fengshou.kernel import CENTRE, SHANGHAI, Connection
from fengshou.ledger import store_chores, store_office

_NIGHT = time(2)


@dataclass(frozen=True, slots=True)
class Chore:
    """When a chore was done last, and what came of it."""

    name: str
    ran_at: datetime
    result: str

    def due(self, now: datetime) -> bool:
        """Whether it was not done since two this morning (since two yesterday, before two)."""
        local = now.astimezone(SHANGHAI)
        night = datetime.combine(local.date(), _NIGHT, SHANGHAI)
        return self.ran_at < (night if local >= night else night - timedelta(days=1))


class Chores:
    """The chores of a book, over a connection of the writer's role."""

    ANCHORS, SEALING = "ledger.anchors", "ledger.sealing"

    def __init__(self, db: Connection) -> None:
        self._db = db

    async def last(self) -> dict[str, Chore]:
        """Each chore as it was done last."""
        return {
            r["name"]: Chore(r["name"], r["ran_at"], r["result"]) for r in await store_chores.every(self._db)
        }

    async def last_anchor(self) -> datetime | None:
        """When the newest anchor was set."""
        return await store_chores.last_anchor(self._db)

    async def told(self, name: str, at: datetime, result: str) -> None:
        """Write down that a chore was done, and what came of it."""
        async with self._db.transaction():
            await store_chores.put(self._db, name, at, result)
            await store_office.put(self._db, CENTRE, at, "chore", (name,))

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[bool]:
        """Whether nobody else is at the chores; nobody else is until the block ends, or this connection."""
        mine = await store_chores.lock(self._db)
        try:
            yield mine
        finally:
            if mine and not self._db.is_closed():
                await store_chores.unlock(self._db)
