"""Trying all services of a standing bank with a customer who lives for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from fengshou.access import DeviceHint
from fengshou.kernel import Principal
from fengshou.party import check_character
from fengshou.runtime.house import House
from fengshou.services import Tried, try_service

BANK = 109
_AT_ONCE = 8


async def sweep(
    house: House, draw: Callable[[list[str]], list[str]], say: Callable[[str], None]
) -> tuple[int, list[Tried]]:
    """How many there are, and what came of those drawn."""
    who = await somebody(house)
    keys = [definition.key for definition in house.services.definitions(BANK)]
    tried: list[Tried] = []
    for key in draw(keys):
        definition = house.services.definition(key, BANK)
        tried.append(await try_service(house.services, who, definition, house.clock.shift))
        say(f"{len(tried)}: {key}")
    return len(keys), tried


async def somebody(house: House) -> Principal:
    """A customer of thirty, known to the register."""
    phone = f"139{secrets.randbelow(10**8):08d}"
    async with house.db.work(BANK) as work:
        customer = await house.party.register(work, phone)
    number = f"330109198601{secrets.randbelow(28) + 1:02d}{secrets.randbelow(900):03d}"
    await house.party.verify_real_name(customer.id, "周禾", number + check_character(number))
    entered = await house.access.log_in.demo("customer", customer.id, DeviceHint(None, "sweep", "127.0.0.1"))
    return await house.access.resolve(entered.token)
