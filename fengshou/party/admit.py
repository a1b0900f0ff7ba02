"""Taking over people and accounts in bulk: from an older system, or for a demo.

Their identity was verified elsewhere; `evidence_no` names that check. Everything here may be run again:
who is there already stays as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from fengshou.kernel import bank_of
from fengshou.party import store_accounts, store_admit
from fengshou.party.identity import mask_name, normal_name, parse_id_number, parse_phone
from fengshou.party.ports import Ride
from fengshou.party.room import Room
from fengshou.party.sealing import seal


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to take over; `id` carries the home bank."""

    id: UUID
    phone: str = field(repr=False)
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    joined_at: datetime
    evidence_no: str
    elder: bool = False


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """An account to take over: reserved here, opened by the entry that carries its rides."""

    bank: int
    account_id: int
    customer: UUID
    owner_name: str = field(repr=False)
    class_: int
    slot: int
    request: UUID
    entry: UUID
    opened_on: date
    alias: str = ""

    @property
    def rides(self) -> tuple[Ride, ...]:
        """The riders that make it active in the commit that opens it in the book."""
        return store_accounts.opened(self.bank, self.account_id, self.customer, self.opened_on)


async def admit_people(room: Room, bank: int, people: Sequence[Newcomer]) -> None:
    """Enter people whose home bank is `bank`."""
    assert all(bank_of(person.id) == bank for person in people)
    rows = [_row(room, bank, person) for person in people]
    async with room.db.work(bank) as work:
        await store_admit.insert_people(work, rows)
        await work.audit("party.admit", str(bank), people=len(rows))


async def admit_accounts(room: Room, bank: int, accounts: Sequence[PlannedAccount]) -> None:
    """Reserve accounts at `bank`; they become active by the entry that opens them in the book."""
    rows = []
    for plan in accounts:
        name = normal_name(plan.owner_name)
        rows.append(
            (bank, plan.account_id, plan.customer, plan.class_, plan.slot, plan.alias, plan.opened_on,
             room.vault.blind("name", name), mask_name(name), plan.request, plan.entry)
        )  # fmt: skip
    async with room.db.work(bank) as work:
        await store_admit.insert_accounts(work, rows)


def _row(room: Room, bank: int, person: Newcomer) -> store_admit.PersonRow:
    number = parse_id_number(person.id_number, room.clock.today())
    name, phone, blind = normal_name(person.name), parse_phone(person.phone), room.vault.blind
    return (
        bank, person.id,
        seal(room.vault, bank, "phone", person.id, phone), blind("phone", phone),
        seal(room.vault, bank, "name", person.id, name), blind("name", name), mask_name(name),
        seal(room.vault, bank, "id_number", person.id, number.text), blind("id_number", number.text),
        person.joined_at, person.evidence_no, number.born_on.year, number.gender, person.elder,
    )  # fmt: skip
