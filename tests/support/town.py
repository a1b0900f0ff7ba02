"""A whole bank for tests: every room real, every outside system a simulator on a real socket, and people in it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import httpx

from fengshou.access import DeviceHint
from fengshou.kernel import Clock, Money, Principal, Settings, new_id
from fengshou.ledger import AccountRef, Entry, Posting, own_account
from fengshou.party import CustomerAccount, check_character
from fengshou.payments import Payee, Wish
from fengshou.runtime.house import House, open_house

XIAOSHAN, JINGNING, ANJI = 109, 1127, 523
CONTENT = Path(__file__).parents[2] / "content"
PASSWORD = "tea-House-58"
_phones = count(13_900_000_001)
_serials = count(1)


@dataclass(slots=True)
class Person:
    """Somebody of the town, logged in on a device that is trusted."""

    who: Principal
    name: str
    phone: str
    account: CustomerAccount

    @property
    def ref(self) -> AccountRef:
        """Where the money is."""
        return AccountRef(*self.account.ref)

    def payee(self) -> Payee:
        """How others pay this person."""
        return Payee(self.account.number, self.name)


class Town:
    """The house and ways to make things happen in it."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def person(self, name: str, bank: int, fen: int = 0, class_: int = 1) -> Person:
        """Register, verify, open an account, pay in cash, log in."""
        house, phone = self.house, str(next(_phones))
        async with house.db.work(bank) as work:
            customer = await house.party.register(work, phone)
        await house.party.verify_real_name(customer.id, name, id_number())
        account = await house.party.open_for(customer.id, bank, class_, new_id(bank))
        person = Person(await self._log_in(customer.id), name, phone, account)
        if fen:
            await self.cash(person.ref, fen)
        return person

    async def cash(self, ref: AccountRef, fen: int) -> None:
        """Cash is paid in at the counter."""
        till = own_account(ref.bank, "1001")
        await self.house.ledger.post(
            Entry(id=new_id(ref.bank), postings=(Posting(till, ref, fen),), mandate="test.cash")
        )

    async def _log_in(self, customer: UUID) -> Principal:
        access = self.house.access
        await access.passwords.issue(customer, PASSWORD)
        entered = await access.log_in.demo("customer", customer, DeviceHint(None, "test", "127.0.0.1"))
        return await access.resolve(entered.token)

    async def prove(self, person: Person, order_id: UUID) -> None:
        """Prove password and phone for an order: level 2."""
        access, who = self.house.access, person.who
        await access.prove_password(who, order_id, PASSWORD)
        await access.send_step_up_code(who, order_id, address="127.0.0.1")
        await access.prove_code(who, order_id, await self.code(person.phone))

    async def code(self, phone: str) -> str:
        """The last code in the SMS simulator's inbox."""
        async with httpx.AsyncClient(base_url=self.house.outside.simulators_url or "") as http:
            inbox = (await http.get("/simulators/sms/inbox", params={"phone": phone})).json()
        text = inbox["messages"][0]["text"]
        found = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", text)
        assert found, inbox
        return found[0]

    async def balance(self, ref: AccountRef) -> int:
        """What is posted on an account."""
        return (await self.house.ledger.balance(ref)).posted_fen

    async def available(self, ref: AccountRef) -> int:
        """What may be spent."""
        return (await self.house.ledger.balance(ref)).available_fen


def wish(payer: Person, to: Payee, yuan: str, memo: str = "") -> Wish:
    """A transfer of `yuan`."""
    return Wish(new_id(1), payer.ref, to, Money.parse(yuan), memo)


def id_number() -> str:
    """A valid identity number of a forty-year-old whom the register matches."""
    body = f"330109198601{next(_serials) % 28 + 1:02d}{next(_serials) % 900:03d}"
    return body + check_character(body)


async def open_town(dsn: str, folder: Path, clock: Clock) -> Town:
    """Open a bank on an empty or migrated database."""
    settings = Settings(dsn=dsn, data_dir=folder, master_key=secrets.token_bytes(32))
    house = await open_house(settings, clock, CONTENT, with_pages=False)
    house.start_background()
    return Town(house)


__all__ = [
    "ANJI",
    "JINGNING",
    "PASSWORD",
    "XIAOSHAN",
    "Person",
    "Town",
    "open_town",
    "replace",
    "timedelta",
    "wish",
]
