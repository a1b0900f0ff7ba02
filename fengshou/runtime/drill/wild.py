"""Wild requests: everything an entry can ask for, by chance, about a few accounts that it all happens to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from fengshou.kernel import FEN_MAX, new_id, time_of
from fengshou.ledger import (
    PART,
    PEND,
    SETTLE,
    VOID,
    AccountFlag,
    AccountRef,
    BoundsChange,
    Condition,
    Entry,
    FlagChange,
    Freeze,
    Lift,
    Measure,
    NewAccount,
    Posting,
    Rider,
    Side,
    Terms,
    between_banks,
    centre_account,
    own_account,
)
from fengshou.runtime.drill.plain_book import PlainBook

BANKS = (109, 1127)
RIDE = "drill.sim_ride"
HOLD_LASTS = timedelta(minutes=10)
_FIRST, _NEW_FIRST = 20_000_000, 30_000_000
_NOISE = (((1 << 12) - 1) << 64) | (((1 << 36) - 1) << 26)
_FLAGS = (AccountFlag.FROZEN_OUT, AccountFlag.FROZEN_IN, AccountFlag.CLOSED)
_FROZEN = (AccountFlag.FROZEN_OUT, AccountFlag.FROZEN_IN, AccountFlag.FROZEN_OUT | AccountFlag.FROZEN_IN)
_OWNERS = ("court", "police")


class Wild:
    """Draws requests that make sense, and many that do not, from what `book` knows."""

    def __init__(
        self, chance: Random, book: PlainBook, now: Callable[[], datetime], accounts: int = 6
    ) -> None:
        self.chance, self.book, self._now = chance, book, now
        self.refs = {bank: [AccountRef(bank, _FIRST + i) for i in range(accounts)] for bank in BANKS}
        self.sent: list[Entry] = []
        self._opened = self._ids = 0

    def opening(self) -> list[Entry]:
        """What opens the accounts: some with a ceiling, one a credit line, one in dollars, money in some."""
        entries = []
        for bank, refs in self.refs.items():
            opens = [NewAccount(ref, "2111") for ref in refs]
            opens[1] = opens[1]._replace(ceiling_fen=300)
            opens[2] = opens[2]._replace(floor_fen=-200)
            opens[3] = opens[3]._replace(currency="USD")
            cash = own_account(bank, "1001")
            rich = tuple(Posting(cash, ref, 250) for ref in (refs[0], refs[1], refs[4]))
            entries.append(Entry(self.id(bank), rich, opens=tuple(opens), mandate="drill"))
        return entries

    def id(self, bank: int, like: UUID | None = None) -> UUID:
        """An id whose noise is drawn: the same in every run but for its time, which is now or that of `like`."""
        self._ids += (
            1  # in the low bits of the noise, or a chance that is not quite random would repeat itself
        )
        low = (self.chance.getrandbits(16) << 20) | self._ids
        noise = (self.chance.getrandbits(12) << 64) | (low << 26)
        return UUID(int=(new_id(bank, time_of(like) if like else self._now()).int & ~_NOISE) | noise)

    def entry(self, *, again: bool = True) -> Entry:
        """One request; with `again`, now and then one whose key was used before."""
        if again and self.sent and self.chance.random() < 0.12:
            return self._again(self.chance.choice(self.sent[-200:]))
        bank = self.chance.choice(BANKS)
        make = self.chance.choices(
            (
                self._pay,
                self._chain,
                self._across,
                self._pend,
                self._use,
                self._terms,
                self._change,
                self._ride,
            ),
            (30, 8, 10, 10, 16, 12, 12, 6),
        )[0]
        entry = make(bank)
        self.sent.append(entry)
        return entry

    def plain(self) -> Entry:
        """One payment and nothing else."""
        entry = self._pay(self.chance.choice(BANKS))
        self.sent.append(entry)
        return entry

    def _again(self, before: Entry) -> Entry:
        """The same again; or the same key with something else in it."""
        if self.chance.random() < 0.7 or not before.postings:
            return before
        fen = before.postings[0].fen % 50 + 1  # the same for all legs: the centre's side must fit a bank's
        return _with(before, tuple(leg._replace(fen=fen, code=leg.code + 1) for leg in before.postings))

    def _fen(self) -> int:
        return self.chance.choice((1, 5, 20, 60, 150, FEN_MAX - 100)) + self.chance.randrange(10)

    def _pair(self, bank: int) -> tuple[AccountRef, AccountRef]:
        those = [*self.refs[bank], own_account(bank, "1001"), own_account(bank, "2111")]
        debit, credit = self.chance.sample(those, 2)
        if self.chance.random() < 0.02:
            credit = AccountRef(bank, 99_999_999)
        return debit, credit

    def _leg(self, bank: int) -> Posting:
        debit, credit = self._pair(bank)
        return Posting(debit, credit, self._fen(), code=self.chance.randrange(4))

    def _pay(self, bank: int) -> Entry:
        if self.chance.random() < 0.3:  # somebody pays money in, or all would soon be poor
            fund = Posting(own_account(bank, "1001"), self.chance.choice(self.refs[bank]), self._fen())
            return Entry(self.id(bank), (fund,))
        return Entry(self.id(bank), (self._leg(bank),))

    def _chain(self, bank: int) -> Entry:
        legs = tuple(self._leg(bank) for _ in range(self.chance.randint(2, 5)))
        note = {"why": self.chance.choice(("工资", "rent"))} if self.chance.random() < 0.3 else None
        return Entry(self.id(bank), legs, note=note)

    def _across(self, bank: int) -> Entry:
        there = next(other for other in BANKS if other != bank)
        payer, payee = self.chance.choice(self.refs[bank]), self.chance.choice(self.refs[there])
        return Entry(self.id(bank), between_banks(payer, payee, self._fen(), 7))

    def _pend(self, bank: int) -> Entry:
        leg = self._leg(bank)._replace(kind=PEND)
        if self.chance.random() < 0.2:
            leg = leg._replace(terms=Terms(up_to=Side.DEBIT))
        until = self._now() + HOLD_LASTS if self.chance.random() < 0.5 else None
        return Entry(self.id(bank), (leg,), expires_at=until)

    def _use(self, bank: int) -> Entry:
        known = [(e.id, e.postings[0]) for e in self.sent[-80:] if e.postings and e.postings[0].kind is PEND]
        open_ = [(id_, Posting(h.debit, h.credit, h.left)) for id_, h in self.book.books.holds.items()]
        if not known and not open_:
            return self._pay(bank)
        hold, pended = self.chance.choice(open_ * 3 + known[-5:])
        kind = self.chance.choice((SETTLE, PART, PART, VOID))
        fen = self.chance.choice((pended.fen, pended.fen, max(1, pended.fen // 3), pended.fen + 1))
        leg = Posting(pended.debit, pended.credit, min(fen, FEN_MAX), kind, hold)
        bank = leg.debit.bank
        more = (self._leg(bank),) if self.chance.random() < 0.2 else ()
        return Entry(self.id(bank), (leg, *more))

    def _terms(self, bank: int) -> Entry:
        leg = self._leg(bank)
        side, closes, only_if = Side.NONE, Side.NONE, list[Condition]()
        if self.chance.random() < 0.6:
            side = self.chance.choice((Side.DEBIT, Side.CREDIT, Side.BOTH))
        if self.chance.random() < 0.08:
            closes = self.chance.choice((Side.DEBIT, Side.CREDIT))
        while self.chance.random() < 0.4:
            ref, measure = self.chance.choice(self.refs[bank]), self.chance.choice(list(Measure))
            relation = self.chance.choice(("at_least", "at_most", "is"))
            purse = self.book.books.purses.get(ref)
            value = self.chance.choice((0, 5, 100, purse.moves if purse else 0))
            only_if.append(Condition(ref, measure, relation, value))  # type: ignore[arg-type]  # one of the three
        return Entry(self.id(bank), (leg._replace(terms=Terms(side, closes, tuple(only_if))),))

    def _change(self, bank: int) -> Entry:
        ref = self.chance.choice(self.refs[bank])
        what = self.chance.randrange(5)
        if what == 0:
            return self._reopen(bank, ref)
        if what == 1:
            set_, clear = self.chance.choice(_FLAGS), self.chance.choice(_FLAGS[:2])
            return Entry(self.id(bank), flags=(FlagChange(ref, set_, clear, "drill"),))
        legs = (self._leg(bank),) if self.chance.random() < 0.3 else ()
        if what == 2:
            floor, ceiling = self.chance.choice(((0, None), (-200, None), (0, 300), (50, 400), (None, None)))
            return Entry(self.id(bank), legs, changes=(BoundsChange(ref, floor, ceiling, "drill"),))
        stops = [(id_, stop) for id_, stop in self.book.books.stops.items() if stop.ref.bank == bank]
        if stops and (what == 3 or len(stops) > 3):
            id_, stop = self.chance.choice(stops)
            return Entry(
                self.id(bank), legs, changes=(Lift(stop.ref, id_, self.chance.choice(_OWNERS), "drill"),)
            )
        until = self._now() + HOLD_LASTS if self.chance.random() < 0.5 else None
        order = Freeze(ref, self.chance.choice(_OWNERS), "drill", until=until)
        if self.chance.random() < 0.5:
            order = order._replace(fen=self.chance.randint(1, 120))
        else:
            order = order._replace(stops=self.chance.choice(_FROZEN))
        return Entry(self.id(bank), legs, changes=(order,))

    def _reopen(self, bank: int, ref: AccountRef) -> Entry:
        """A new account; it takes the place of one that was closed."""
        new, self._opened = AccountRef(bank, _NEW_FIRST + self._opened), self._opened + 1
        purse = self.book.books.purses.get(ref)
        if purse and purse.flags & AccountFlag.CLOSED:
            self.refs[bank][self.refs[bank].index(ref)] = new
            return Entry(
                self.id(bank),
                (Posting(own_account(bank, "1001"), new, 90),),
                opens=(NewAccount(new, "2111"),),
            )
        return Entry(self.id(bank), opens=(NewAccount(ref, "2111"),))

    def _ride(self, bank: int) -> Entry:
        """With a rider that is taken sometimes."""
        target = (bank, self.chance.randrange(1 + len(self.sent) // 3))
        return Entry(self.id(bank), (self._leg(bank),), riders=(Rider(RIDE, target, target),))


def _with(entry: Entry, postings: tuple[Posting, ...]) -> Entry:
    return Entry(
        entry.id, postings, opens=entry.opens, flags=entry.flags, changes=entry.changes, riders=entry.riders,
        expires_at=entry.expires_at, note=entry.note,
    )  # fmt: skip


def own_accounts() -> list[NewAccount]:
    """The accounts of the banks themselves that wild requests touch, as `open_banks` opens them."""
    found = []
    for bank in BANKS:
        found += [NewAccount(own_account(bank, "1001"), "1001", floor_fen=None)]
        found += [
            NewAccount(own_account(bank, subject), subject, floor_fen=None) for subject in ("2111", "3001")
        ]
        found += [NewAccount(centre_account(bank), "2011", floor_fen=None)]
    return found
