"""Recovery: orders a killed process left between two steps.

An order moves in the very commit of its entry, so only three kinds can be left behind: a draft whose entry the book
refused before the row could say so; a draft nobody came back to; and an order on its way to the rail whose job was
lost, which is asked about again here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

from fengshou.kernel import BankError, Record
from fengshou.payments import store
from fengshou.payments.errors import Abandoned
from fengshou.payments.outside import ASK, load
from fengshou.payments.room import Room
from fengshou.payments.transfer import refuse

_QUIET = timedelta(minutes=2)
_GIVEN_UP = timedelta(hours=24)
_PAGE = 500


class Sweep:
    """What is left behind, looked for at each tick; the first tick of a process looks at everything."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._looked: UUID | None = None  # every draft up to here was looked at by this process

    async def __call__(self) -> int:
        """Finish what was left; returns how many orders were looked at."""
        return await self._ask_the_rail() + await self._ask_the_book()

    async def _ask_the_rail(self) -> int:
        """Queue a question for every order on its way for longer than two minutes."""
        room, count = self._room, 0
        async for row in self._orders(("sent", "unknown"), room.clock.now() - _QUIET, None):
            # One waiting question per order is enough: the key stays taken while it is queued.
            await room.jobs.enqueue(ASK, {"order": str(row["id"])}, dedupe=f"sweep:{row['id']}")
            count += 1
        return count

    async def _ask_the_book(self) -> int:
        """End drafts the book refused, and after a day those nobody came back to."""
        now, count = self._room.clock.now(), 0
        async for row in self._orders(("draft",), now - _GIVEN_UP, None):
            await self._end(row, abandoned=True)
            count += 1
        async for row in self._orders(("draft",), now - _QUIET, self._looked):
            await self._end(row, abandoned=False)
            self._looked = row["id"]
            count += 1
        return count

    async def _end(self, row: Record, *, abandoned: bool) -> None:
        room = self._room
        answer = await room.ledger.answer(row["id"])
        if isinstance(answer, BankError):
            await refuse(room, await load(room, row["id"]), answer)
        elif answer is None and abandoned:
            await refuse(room, await load(room, row["id"]), Abandoned())

    async def _orders(
        self, states: tuple[str, ...], older_than: datetime, after: UUID | None
    ) -> AsyncIterator[Record]:
        """All of them, a page at a time, so that those that stay do not hide the others."""
        while True:
            async with self._room.db.relay() as work:
                rows = await store.open_orders(work, states, older_than, after, _PAGE)
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            after = rows[-1]["id"]
