"""A party room with the real ledger under it, a register that answers as told, and people to fill it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import yaml

from fengshou.kernel import CENTRE, Clock, Database, Principal, Vault, new_id
from fengshou.ledger import AccountRef, Entry, Ledger, Posting, open_banks, own_account
from fengshou.party import (
    Customer,
    CustomerAccount,
    Party,
    PartyContent,
    RealNameAnswer,
    RealNameResult,
    check_character,
)
from fengshou.runtime.party_book import PartyBook, register_rides

XIAOSHAN, ANJI = 109, 523
SUBJECTS = ("1001", "2011", "2111", "3001", "4001", "6021")
CONTENT = Path(__file__).parents[2] / "content" / "bank"


@cache
def content() -> PartyContent:
    """What stands in content/, as a release would give it."""
    read = {name: yaml.safe_load((CONTENT / f"{name}.yaml").read_text("utf-8")) for name in _FILES}
    return PartyContent.of(read["banks"]["items"], read["branches"]["items"], read["party"]["items"][0])


_FILES = ("banks", "branches", "party")


@dataclass
class Register:
    """An identity register that says `says` and remembers what it was asked."""

    says: RealNameResult = RealNameResult.MATCH
    asked: list[tuple[str, str, UUID]] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    async def verify(self, name: str, id_number: str, *, request_id: UUID) -> RealNameAnswer:
        self.asked.append((name, id_number, request_id))
        return RealNameAnswer(self.says, f"E{len(self.asked)}", self.clock.now())


@dataclass(frozen=True)
class Rule:
    """A class of account."""

    per_customer_max: int
    remote_opening: bool


def ceiling(bank: int, class_: int) -> int | None:
    """Class III holds at most 2,000.00."""
    return 200_000 if class_ == 3 else None


RULES = {1: Rule(1, False), 2: Rule(5, True), 3: Rule(5, True)}


@dataclass
class Hall:
    """Everything a test of the room needs."""

    party: Party
    register: Register
    ledger: Ledger
    db: Database
    vault: Vault

    async def person(self, number: int = 1, bank: int = XIAOSHAN) -> Customer:
        """A registered customer with a phone of their own."""
        async with self.db.work(bank) as work:
            return await self.party.register(work, f"139{number:08d}")

    async def verified(self, number: int = 1, bank: int = XIAOSHAN, name: str = "周明") -> Customer:
        """A customer whose identity the register confirmed."""
        person = await self.person(number, bank)
        return await self.party.verify_real_name(person.id, name, id_number(number))

    async def account(self, number: int = 1, bank: int = XIAOSHAN) -> tuple[Principal, CustomerAccount]:
        """A verified customer with a class II account."""
        person = await self.verified(number, bank)
        who = customer(person)
        return who, await self.party.open_account(who, bank, 2, new_id(bank))

    async def pay_in(self, account: CustomerAccount, fen: int) -> None:
        """Cash over the counter."""
        cash = own_account(account.bank, "1001")
        await self.ledger.post(Entry(new_id(account.bank), (Posting(cash, AccountRef(*account.ref), fen),)))


def customer(person: Customer) -> Principal:
    """The person asking."""
    return Principal("customer", person.id, person.bank)


def id_number(order: int, born: str = "19900307") -> str:
    """A valid identity number of 萧山; every thousand are born a day earlier."""
    day = date.fromisoformat(born) - timedelta(days=order // 1000)
    body = f"330109{day:%Y%m%d}{order % 1000:03d}"
    return body + check_character(body)


async def open_hall(db: Database, clock: Clock) -> Hall:
    """The room open for business at two banks."""
    vault, register = Vault(bytes(range(32))), Register()
    ledger = Ledger(db, clock)
    party = Party(
        db, vault, clock, PartyBook(ledger, ceiling), register, lambda bank, number: RULES[number], content()
    )
    register_rides(ledger, party.riders())
    await ledger.start()
    await open_banks(ledger, (CENTRE, XIAOSHAN, ANJI), SUBJECTS)
    return Hall(party, register, ledger, db, vault)
