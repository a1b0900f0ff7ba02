"""Two thousand people who do not exist, the same ones every time.

Identity numbers are valid in form and belong to nobody: their area codes (338xxx) were never given out.
Phones are in ranges without subscribers (160, 161).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Literal, NamedTuple
from uuid import UUID

from fengshou.kernel import account_number, new_id
from fengshou.ledger import CUSTOMER_FIRST, AccountRef
from fengshou.party import check_character
from fengshou.runtime.demo.names import person_name

Life = Literal["worker", "elder", "trader", "student"]
PEOPLE = 2_000
_NOISE = (0xFFF << 64) | (((1 << 36) - 1) << 26)
_AGES = (18, 88)
_HOME_OF_MANY = {109: 5, 523: 3, 424: 3, 802: 3}  # the banks that appear in pictures have more customers


class Purse(NamedTuple):
    """An account of a person."""

    ref: AccountRef
    class_: int
    opened_on: date
    alias: str = ""


@dataclass
class Person:
    """Somebody of the demo. `purses[0]` is the main account."""

    id: UUID
    bank: int
    name: str
    born_on: date
    gender: str
    id_number: str
    phone: str
    life: Life
    joined_at: datetime
    elder: bool = False
    scripted: bool = False
    purses: list[Purse] = field(default_factory=list)

    @property
    def main(self) -> AccountRef:
        """Where salary and pension come in."""
        return self.purses[0].ref


def fixed_id(chance: Random, bank: int, at: datetime) -> UUID:
    """An id like `new_id` makes, its noise from `chance`: the same in every run."""
    noise = (chance.getrandbits(12) << 64) | (chance.getrandbits(36) << 26)
    return UUID(int=(new_id(bank, at).int & ~_NOISE) | noise)


class Registry:
    """Hands out what must be unique: phones, identity numbers, account numbers."""

    def __init__(self, chance: Random, today: date) -> None:
        self.chance, self.today = chance, today
        self._numbers: set[str] = set()
        self._phones: set[str] = set()
        self._accounts: dict[int, int] = {}
        self._taken: set[AccountRef] = set()

    def id_number(self, bank: int, born_on: date, gender: str) -> str:
        """A valid number of an area that was never given out."""
        while True:
            order = self.chance.randrange(1, 990)
            order += (order % 2) != (gender == "male")
            body = f"{338_000 + bank % 1_000}{born_on:%Y%m%d}{order:03d}"
            number = body + check_character(body)
            if number not in self._numbers:
                self._numbers.add(number)
                return number

    def phone(self) -> str:
        """Eleven digits nobody answers at."""
        while True:
            phone = f"16{self.chance.choice('01')}{self.chance.randrange(1000, 10**8):08d}"
            if phone not in self._phones:
                self._phones.add(phone)
                return phone

    def account(self, bank: int) -> AccountRef:
        """The next number at a bank, with gaps as in life."""
        number = self._accounts.get(bank, CUSTOMER_FIRST) + self.chance.randrange(1, 97)
        self._accounts[bank] = number
        ref = AccountRef(bank, number)
        return ref if ref not in self._taken else self.account(bank)

    def account_ending(self, bank: int, tail: str) -> AccountRef:
        """A number whose last four digits are `tail`, as the pictures show it."""
        base = CUSTOMER_FIRST + 900_000
        number = next(n for n in range(base, base + 20_000) if account_number(bank, n).endswith(tail))
        ref = AccountRef(bank, number)
        self._taken.add(ref)
        return ref

    def person(self, bank: int, name: str, born_on: date, gender: str, life: Life) -> Person:
        """Somebody with everything but accounts."""
        joined_at = datetime.combine(self.today, datetime.min.time(), UTC) - timedelta(
            days=self.chance.randrange(120, 2_500), seconds=self.chance.randrange(86_400)
        )
        return Person(
            fixed_id(self.chance, bank, joined_at), bank, name, born_on, gender,
            self.id_number(bank, born_on, gender), self.phone(), life, joined_at,
        )  # fmt: skip

    def open(
        self, person: Person, class_: int, *, bank: int | None = None, ref: AccountRef | None = None
    ) -> None:
        """Give a person an account."""
        ref = ref or self.account(bank or person.bank)
        opened_on = min(person.joined_at.date() + timedelta(days=len(person.purses) * 40), self.today)
        person.purses.append(Purse(ref, class_, opened_on))


def crowd(registry: Registry, banks: list[int], count: int, known: frozenset[str]) -> list[Person]:
    """`count` people spread over the banks, each with a class I account; a third have a class II one too.

    known  names of the cast, which nobody else has
    """
    chance = registry.chance
    homes = [bank for bank in banks for _ in range(_HOME_OF_MANY.get(bank, 1))]
    people = []
    for number in range(count):
        bank = homes[number % len(homes)]
        age = min(max(int(chance.triangular(*_AGES, 46)), _AGES[0]), _AGES[1])
        born_on = registry.today - timedelta(days=age * 365 + age // 4 + chance.randrange(365))
        gender = chance.choice(("male", "female"))
        while (name := person_name(chance, born_on.year, gender)) in known:
            pass
        person = registry.person(bank, name, born_on, gender, _life(chance, age))
        person.elder = age >= 65 and chance.random() < 0.6
        registry.open(person, 1)
        if chance.random() < 0.34:
            registry.open(person, 2, bank=bank if chance.random() < 0.5 else chance.choice(banks))
        people.append(person)
    return people


def _life(chance: Random, age: int) -> Life:
    if age >= 60:
        return "elder"
    if age <= 22:
        return "student"
    return "trader" if chance.random() < 0.16 else "worker"
