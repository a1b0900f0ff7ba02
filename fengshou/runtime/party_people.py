"""Party as the access room sees it: who is behind a phone or a log-in name, and whose identity number it is."""

from __future__ import annotations

from uuid import UUID

from fengshou.access import IdentityAnswer
from fengshou.kernel import BankError
from fengshou.party import Party


class PartyPeople:
    """Implements `access.People` and `access.IdentityCheck`."""

    def __init__(self, party: Party) -> None:
        self._party = party

    async def customer_by_phone(self, phone: str) -> UUID | None:
        """Whose phone this is; nobody's when it cannot be a phone."""
        try:
            return await self._party.find_by_phone(phone)
        except BankError:
            return None

    async def phone_of(self, customer: UUID) -> str | None:
        """Where a code for this person goes."""
        return await self._party.phone_of(customer)

    async def staff_by_name(self, bank: int, name: str) -> UUID | None:
        """Who logs in by this name at this bank."""
        found = await self._party.staff_by_login(name)
        return found.id if found is not None and found.bank == bank else None

    async def staff_roles(self, staff: UUID) -> frozenset[str]:
        """The roles of somebody who works here; none of somebody who left."""
        found = await self._party.find_staff(staff)
        return found.roles if found is not None and found.status == "active" else frozenset()

    async def compare(self, customer: UUID, id_number: str) -> IdentityAnswer:
        """Whether this is the identity number on file."""
        return IdentityAnswer(await self._party.compare_id_number(customer, id_number))
