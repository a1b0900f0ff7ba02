"""Finding people from a desk: by identity number, by name at one bank, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fengshou.kernel import CENTRE, Principal
from fengshou.party import store, store_lookup
from fengshou.party.identity import normal_name, parse_id_number
from fengshou.party.room import Room

SAME_NAME_MAX = 20


async def find_by_id_number(room: Room, text: str) -> UUID | None:
    """Whose identity number this is, in the whole federation. Raises `BadIdNumber`."""
    blind = room.vault.blind("id_number", parse_id_number(text, room.clock.today()).text)
    async with room.db.read(CENTRE) as work:
        return await store.holder(work, "id_number", blind)


async def find_by_name(room: Room, bank: int, name: str) -> list[UUID]:
    """Who of this very name has an account at `bank`, `SAME_NAME_MAX` at most. Raises `BadName`."""
    blind = room.vault.blind("name", normal_name(name))
    async with room.db.read(bank) as work:
        return await store_lookup.named(work, blind, SAME_NAME_MAX)


async def masked_names(room: Room, bank: int, accounts: Sequence[int]) -> dict[int, str]:
    """Whose the customers' accounts at `bank` are, with names masked, by account id."""
    async with room.db.read(bank) as work:
        return await store_lookup.masked_names(work, accounts)


async def count_customers(room: Room, who: Principal, bank: int | None) -> dict[int, int]:
    """How many people have an account, by bank; of all banks for staff of the centre, which is audited."""
    if bank is None:
        async with room.db.centre(who, "count customers") as work:
            return await store_lookup.counts(work, None)
    async with room.db.read(bank, who) as work:
        return await store_lookup.counts(work, bank)
