"""Trying all services of a standing bank with a customer who lives for it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx

from fengshou.access import DeviceHint
from fengshou.kernel import Principal, bank_of, new_id
from fengshou.ledger import AccountRef, Entry, Posting, own_account
from fengshou.party import check_character
from fengshou.runtime.house import House
from fengshou.runtime.standing import move_clock
from fengshou.services import Around, Tried, try_service

BANK = 109
_BETWEEN_CODES = timedelta(seconds=61)  # a phone gets one code a minute
_PURSE_FEN = 5_000_000
_PASSWORD = "tea-House-58"  # noqa: S105 - of a person who lives as long as the sweep


async def sweep(
    house: House, draw: Callable[[list[str]], list[str]], say: Callable[[str], None]
) -> tuple[int, list[Tried]]:
    """How many there are, and what came of those drawn."""
    who = await somebody(house)
    around = Around(lambda by: _pass(house, by), lambda order: _prove(house, who, order))
    keys = [definition.key for definition in house.services.definitions(BANK)]
    tried: list[Tried] = []
    for key in draw(keys):
        definition = house.services.definition(key, BANK)
        tried.append(await try_service(house.services, who, definition, around))
        say(f"{len(tried)}: {key}")
    return len(keys), tried


async def somebody(house: House) -> Principal:
    """A customer of thirty, known to the register."""
    phone = f"139{secrets.randbelow(10**8):08d}"
    async with house.db.work(BANK) as work:
        customer = await house.party.register(work, phone)
    number = f"330109198601{secrets.randbelow(28) + 1:02d}{secrets.randbelow(900):03d}"
    await house.party.verify_real_name(customer.id, "周禾", number + check_character(number))
    account = await house.party.open_for(customer.id, BANK, 1, new_id(BANK))
    cash = Posting(own_account(BANK, "1001"), AccountRef(*account.ref), _PURSE_FEN)
    await house.ledger.post(Entry(id=new_id(BANK), postings=(cash,), mandate="sweep.cash"))
    await house.access.passwords.issue(customer.id, _PASSWORD)
    entered = await house.access.log_in.demo("customer", customer.id, DeviceHint(None, "sweep", "127.0.0.1"))
    return await house.access.resolve(entered.token)


async def _pass(house: House, by: timedelta) -> None:
    """Move the bank's clock, also for who looks it up."""
    house.clock.shift(by)
    await move_clock(house.db, house.clock.offset.total_seconds())


async def _prove(house: House, who: Principal, order: UUID) -> None:
    """Prove password and phone for an order: level 2."""
    await _pass(house, _BETWEEN_CODES)
    await house.access.prove_password(who, order, _PASSWORD)
    await house.access.send_step_up_code(who, order, address="127.0.0.1")
    async with house.db.read(bank_of(who.id)) as work:
        phone = (await house.party.customer(work, who.id)).phone
    async with httpx.AsyncClient(base_url=house.outside.simulators_url or "") as http:
        inbox = (await http.get("/simulators/sms/inbox", params={"phone": phone})).json()
    found = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", inbox["messages"][0]["text"])
    assert found is not None, "the simulator got no code"
    await house.access.prove_code(who, order, found[0])
