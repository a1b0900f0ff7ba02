"""Recovery: orders a killed process left between two steps.

A draft whose entry the book has moved with it, in one commit, so only two kinds can be left behind: a
draft nobody came back to, which stays until its customer does and then asks the book first; and an
order on its way to the rail whose job was lost, which is asked about again here.
"""

from __future__ import annotations

from datetime import timedelta

from fengshou.payments import store
from fengshou.payments.outside import ASK
from fengshou.payments.room import Room

_QUIET = timedelta(minutes=2)
_LIMIT = 500


async def sweep(room: Room) -> int:
    """Queue a question for every order on its way for longer than two minutes; returns how many."""
    now = room.clock.now()
    async with room.db.relay() as work:
        rows = await store.open_orders(work, ("sent", "unknown"), now - _QUIET, _LIMIT)
    for row in rows:
        # One waiting question per order is enough: the key stays taken while it is queued.
        await room.jobs.enqueue(ASK, {"order": str(row["id"])}, dedupe=f"sweep:{row['id']}")
    return len(rows)
