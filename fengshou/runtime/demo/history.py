"""Three months of a province: wishes become movements as far as the money reaches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from math import log
from random import Random
from typing import TypeAlias

from fengshou.kernel import account_number
from fengshou.ledger import AccountRef, Posting, between_banks, own_account
from fengshou.runtime.demo import wishes
from fengshou.runtime.demo.cast import closing_balances
from fengshou.runtime.demo.errands import errands, spent
from fengshou.runtime.demo.movement import Kind, Line, Movement, from_outside, to_outside
from fengshou.runtime.demo.names import EMPLOYERS
from fengshou.runtime.demo.people import Person
from fengshou.runtime.demo.wishes import Wish, instant

DAYS = 92
_OPENING_YUAN = {"worker": 21_000, "elder": 38_000, "trader": 46_000, "student": 2_300}
_RATE_PER_YEAR_PPM = 500  # demand deposits, 0.05 %
# Code and first digits of banks outside, from content/partners/outside_banks.yaml.
_OUTSIDE = (
    ("899000000025", "6232"),
    ("899000000068", "6236"),
    ("899000000017", "6231"),
    ("899000000084", "6238"),
)
_MERCHANTS = "2241"

FeeOf: TypeAlias = Callable[[int, int, int], int]  # amount fen, age, transfers made this month -> fee fen
# Workers by bank and employer, elders by bank, accounts by bank.
_Groups: TypeAlias = tuple[
    dict[tuple[int, str], list[Person]], dict[int, list[Person]], dict[int, list[AccountRef]]
]


class History:
    """The past up to `now`. `openings` are the balances people began with; `movements` are in order of time."""

    def __init__(
        self, chance: Random, crowd: list[Person], cast: dict[str, Person], now: datetime, today: date,
        fee_of: FeeOf, codes: dict[Kind, int],
    ) -> None:  # fmt: skip
        self.chance, self.crowd, self.cast, self.now, self.today = chance, crowd, cast, now, today
        self.days = wishes.days_before(today, DAYS)
        self.movements: list[Movement] = []
        self.openings: dict[AccountRef, int] = {}
        self._balance: dict[AccountRef, int] = {}
        self._remits: Counter[tuple[AccountRef, int]] = Counter()
        self._fee_of, self._codes = fee_of, codes
        self._pay = {p.id: chance.randrange(4_200, 13_800) * 100 for p in crowd}
        self._names = {p.main: p.name for p in (*crowd, *cast.values())}
        self._contacts = {p.id: chance.choices(crowd, k=3) for p in crowd}
        self._by_name = {p.name: p for p in cast.values()}

    def tell(self) -> None:
        """Fill `openings` and `movements`."""
        self._begin()
        acts: list[tuple[datetime, int, Callable[[], None]]] = []
        told = [*wishes.habits(self.chance, self.crowd, self.days), *wishes.script(self.cast, self.days)]
        for number, wish in enumerate(told):
            acts.append((wish.at, number, partial(self._do, wish)))
        for number, (at, act) in enumerate(self._paydays()):
            acts.append((at, -number, act))
        for at, _, act in sorted(acts, key=lambda item: item[:2]):
            if at < self.now:
                act()
        self._close_the_cast()

    # -- beginnings and ends -----------------------------------------------------------------------

    def _begin(self) -> None:
        for person in self.crowd:
            for purse in person.purses:
                median = _OPENING_YUAN[person.life] if purse.class_ == 1 else 2_800
                fen = max(int(self.chance.lognormvariate(log(median), 0.9) * 100), 120_00)
                self.openings[purse.ref] = self._balance[purse.ref] = fen
        # The cast's beginnings follow from their ends, which the pictures show.
        self._balance.update(dict.fromkeys(closing_balances(self.cast), 0))

    def _close_the_cast(self) -> None:
        still_to_go = spent(errands(self.cast, []))
        for ref, fen in closing_balances(self.cast).items():
            closing = fen + still_to_go.get(ref, 0)
            self.openings[ref] = closing - self._balance[ref]
            self._balance[ref] = closing
        assert min(self.openings.values()) > 0

    # -- one wish ----------------------------------------------------------------------------------

    def _do(self, wish: Wish) -> None:
        payer = self._purse(wish)
        if wish.kind == "takings":
            self._move((Posting(own_account(payer.bank, _MERCHANTS), payer, wish.fen, code=self._codes["takings"]),),
                       wish, (Line(payer, "takings", "收单结算"),))  # fmt: skip
        elif not wish.who.scripted and self._balance[payer] < wish.fen + 50_00:
            return  # not enough: people look before they pay
        elif wish.kind == "transfer":
            self._transfer(wish, payer)
        elif wish.kind == "own":
            self._own(wish)
        elif wish.kind == "remit":
            self._remit(wish, payer)
        else:
            subject = "1001" if wish.kind == "cash" else _MERCHANTS
            leg = Posting(payer, own_account(payer.bank, subject), wish.fen, code=self._codes[wish.kind])
            self._move((leg,), wish, (Line(payer, wish.kind, wish.other),))

    def _purse(self, wish: Wish) -> AccountRef:
        """Small things are paid from the second account now and then."""
        purses = wish.who.purses
        small = wish.kind in ("shopping", "canteen", "top_up") and len(purses) > 1 and not wish.who.scripted
        second = small and self.chance.random() < 0.5 and self._balance[purses[1].ref] > wish.fen
        return purses[1].ref if second else purses[0].ref

    def _transfer(self, wish: Wish, payer: AccountRef) -> None:
        friend = self._by_name[wish.other] if wish.other else self.chance.choice(self._contacts[wish.who.id])
        if friend.main == payer:
            return
        legs = between_banks(payer, friend.main, wish.fen, self._codes["transfer"])
        self._move(legs, wish, self._both(payer, friend.main, "transfer", wish.memo))

    def _own(self, wish: Wish) -> None:
        if len(wish.who.purses) > 1:
            first, second = wish.who.purses[0].ref, wish.who.purses[1].ref
            legs = between_banks(first, second, wish.fen, self._codes["own"])
            self._move(legs, wish, self._both(first, second, "own", wish.memo))

    def _both(self, payer: AccountRef, payee: AccountRef, kind: Kind, memo: str) -> tuple[Line, ...]:
        owner = self._names.get(payee) or self._names[payer]
        return (
            Line(payer, kind, owner, account_number(*payee), memo),
            Line(payee, kind, self._names[payer], account_number(*payer), memo),
        )

    def _remit(self, wish: Wish, payer: AccountRef) -> None:
        month = (payer, wish.at.month)
        fee = self._fee_of(wish.fen, wish.at.year - wish.who.born_on.year, self._remits[month])
        self._remits[month] += 1
        code, prefix = (
            _OUTSIDE[len(wish.other) % len(_OUTSIDE)] if wish.other else self.chance.choice(_OUTSIDE)
        )
        name, number = wish.other or self.chance.choice(self.crowd).name, self._card(prefix, wish.other)
        legs = to_outside(payer, wish.fen, fee, self._codes)
        self._move(legs, wish, (Line(payer, "remit", name, number, wish.memo, code),), fee)

    def _card(self, prefix: str, owner: str) -> str:
        """A card number at an outside bank; one of the script's payees keeps theirs."""
        return prefix + (f"{len(owner) * 7919:012d}" if owner else f"{self.chance.randrange(10**12):012d}")

    def _move(self, legs: tuple[Posting, ...], wish: Wish, lines: tuple[Line, ...], fee_fen: int = 0) -> None:
        self._book(Movement(wish.at, legs, lines, fee_fen))

    def _book(self, movement: Movement) -> None:
        for leg in movement.legs:
            if leg.debit in self._balance:
                self._balance[leg.debit] -= leg.fen
            if leg.credit in self._balance:
                self._balance[leg.credit] += leg.fen
        self.movements.append(movement)

    # -- what comes to many at once ----------------------------------------------------------------

    def _paydays(self) -> Iterable[tuple[datetime, Callable[[], None]]]:
        """Salaries, pensions, allowances and interest: one entry for all who get it at a bank."""
        workers, elders, everyone = self._groups()
        for day in self.days:
            if day.day in (10, 15):
                for (bank, employer), people in workers.items():
                    if (EMPLOYERS.index(employer) % 2 == 0) == (day.day == 10):
                        yield instant(day, 9, 5), self._payer(day, bank, people, "salary", employer)
            if day.day == 12:
                for bank, people in elders.items():
                    yield (
                        instant(day, 8, 30),
                        self._payer(day, bank, people, "pension", "社会保险事业管理中心"),
                    )
            if day.month % 3 == 0 and day.day == 21:
                for bank, refs in everyone.items():
                    yield instant(day, 2, 0), self._interest(day, bank, refs)

    def _groups(
        self,
    ) -> tuple[dict[tuple[int, str], list[Person]], dict[int, list[Person]], dict[int, list[AccountRef]]]:
        workers: dict[tuple[int, str], list[Person]] = defaultdict(list)
        elders: dict[int, list[Person]] = defaultdict(list)
        accounts: dict[int, list[AccountRef]] = defaultdict(list)
        for number, person in enumerate((*self.cast.values(), *self.crowd)):
            if person.life == "worker":
                workers[person.main.bank, EMPLOYERS[number % len(EMPLOYERS)]].append(person)
            elif person.life == "elder":
                elders[person.main.bank].append(person)
            for purse in person.purses:
                accounts[purse.ref.bank].append(purse.ref)
        return workers, elders, accounts

    def _payer(
        self, day: date, bank: int, people: list[Person], kind: Kind, other: str
    ) -> Callable[[], None]:
        def pay() -> None:
            payees = [(p.main, self._pay_of(p)) for p in people]
            lines = tuple(Line(ref, kind, other, "", f"{day.month} 月") for ref, _ in payees)
            at = instant(day, 8, 30) if kind == "pension" else instant(day, 9, 5)
            self._book(Movement(at, from_outside(bank, payees, self._codes[kind]), lines))

        return pay

    def _pay_of(self, person: Person) -> int:
        if person.scripted:
            return {"周明": 12_860_00, "林小禾": 7_420_00, "金阿彩": 3_186_40}[person.name]
        return self._pay[person.id] if person.life == "worker" else 1_200_00 + self._pay[person.id] // 4

    def _interest(self, day: date, bank: int, refs: list[AccountRef]) -> Callable[[], None]:
        def settle() -> None:
            closings = closing_balances(self.cast)
            legs, lines = [], []
            for ref in refs:
                base = closings.get(ref) or self._balance[ref]
                fen = base * _RATE_PER_YEAR_PPM * DAYS // (365 * 1_000_000)
                if fen > 0:
                    legs.append(Posting(own_account(bank, "6411"), ref, fen, code=self._codes["interest"]))
                    lines.append(Line(ref, "interest", "活期结息"))
            if legs:
                self._book(Movement(instant(day, 2), tuple(legs), tuple(lines)))

        return settle
