"""Stop all of a person's accounts at once."""

from __future__ import annotations

from uuid import UUID

from fengshou.channels.edge import Doors
from fengshou.kernel import Principal, bank_of


async def freeze_all(doors: Doors, customer: UUID) -> int:
    """Freeze every account that still pays; returns how many. Freezing twice is freezing once."""
    who = Principal("customer", customer, bank_of(customer))
    active = [a for a in await doors.party.accounts_of(customer) if a.status == "active"]
    for account in active:
        await doors.party.freeze(who, account.ref)
    return len(active)
