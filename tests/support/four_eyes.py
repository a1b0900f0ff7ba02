"""One colleague proposes, another approves: for tests of what needs both."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import Database, Principal, bank_of, new_id
from fengshou.party import Party
from fengshou.payments import RELEASE


async def agreed(db: Database, party: Party, order: UUID, act: str = RELEASE) -> UUID:
    """An approved proposal of `act` for an order, by two people of its bank."""
    bank = bank_of(order)
    maker, checker = (
        Principal("staff", new_id(bank), bank, roles=frozenset({"risk_officer", "supervisor"}))
        for _ in range(2)
    )
    async with db.work(bank, maker) as work:
        proposal = await party.propose(work, maker, act, str(order), {"reason": "test"})
    async with db.work(bank, checker) as work:
        return (await party.approve(work, checker, proposal.id)).id
