"""What is done every night, and when it was last: a row that whoever looks next finds."""

from __future__ import annotations

from datetime import datetime

from fengshou.kernel import CENTRE, Connection
from fengshou.ledger import store_chores, store_office


async def told(db: Connection, name: str, at: datetime, result: str) -> None:
    """Write down that a chore was done, and what came of it."""
    async with db.transaction():
        await store_chores.put(db, name, at, result)
        await store_office.put(db, CENTRE, at, "chore", (name,))
