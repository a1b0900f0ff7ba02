"""Recovery: orders a killed process left between two steps.

An order moves in the very commit of its entry, so only three kinds can be left behind: a draft whose entry the book
refused before the row could say so; a draft nobody came back to; and an order on its way to the rail whose job was
lost, which is asked about again here.
"""

from __future__ import annotations

from datetime import timedelta

from fengshou.kernel import BankError
from fengshou.ledger import Receipt
from fengshou.payments import store
from fengshou.payments.errors import Abandoned
from fengshou.payments.outside import ASK, load
from fengshou.payments.room import Room
from fengshou.payments.transfer import refuse

_QUIET = timedelta(minutes=2)
_GIVEN_UP = timedelta(hours=24)
_LIMIT = 500


async def sweep(room: Room) -> int:
    """Finish what was left; returns how many orders were looked at."""
    return await _ask_the_rail(room) + await _ask_the_book(room)


async def _ask_the_rail(room: Room) -> int:
    """Queue a question for every order on its way for longer than two minutes."""
    now = room.clock.now()
    async with room.db.relay() as work:
        rows = await store.open_orders(work, ("sent", "unknown"), now - _QUIET, _LIMIT)
    for row in rows:
        # One waiting question per order is enough: the key stays taken while it is queued.
        await room.jobs.enqueue(ASK, {"order": str(row["id"])}, dedupe=f"sweep:{row['id']}")
    return len(rows)


async def _ask_the_book(room: Room) -> int:
    """End drafts the book refused, and after a day those nobody came back to."""
    now = room.clock.now()
    async with room.db.relay() as work:
        rows = await store.open_orders(work, ("draft",), now - _QUIET, _LIMIT)
    for row in rows:
        order = await load(room, row["id"])
        answer = await room.ledger.answer(order.id)
        assert not isinstance(answer, Receipt) or (await load(room, order.id)).state != "draft"
        if isinstance(answer, BankError):
            await refuse(room, order, answer)
        elif answer is None and order.created_at < now - _GIVEN_UP:
            await refuse(room, order, Abandoned())
    return len(rows)
