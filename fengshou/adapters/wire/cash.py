"""What simulated providers that are paid have in common: what is owed, payments under keys, the file of a day.

An account's last digits choose what becomes of a payment (`Outcome`); whatever is not listed is an ordinary account.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal, TypeVar
from uuid import UUID

from fengshou.adapters.wire import invented
from fengshou.adapters.wire.hall import Answerer, Core, done, pending, refused
from fengshou.services import (
    Account,
    Arrear,
    Arrears,
    Day,
    DayFile,
    DayLine,
    News,
    Nothing,
    Operation,
    Pay,
    Ring,
    Said,
    Taken,
    Target,
)

KEPT_MAX, PACE_S = 20_000, 10
TOPUP_FEN_MAX = 1_000_000
_BEIJING = timezone(timedelta(hours=8))
What = Literal["bill.status", "topup.status"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an account's last digits lead to (see samples/outcomes.yaml)."""

    refused: str | None = None
    owes: Literal["drawn", "nothing", "one", "three"] = "drawn"
    pay: Literal["done", "taken", "refused", "silent", "lost"] = "done"
    then: Literal["done", "refused"] = "done"
    asks: int = 0
    reason: str = "not_booked"
    away: bool = False
    day_file: Literal["right", "missing", "wrong"] = "right"

    @property
    def ends_refused(self) -> bool:
        return "refused" in (self.pay, self.then)


@dataclass(slots=True)
class Order:
    """A payment or a delivery under its key."""

    key: UUID
    what: What
    account: str
    content: tuple[tuple[str, int], ...]
    at: datetime
    outcome: Outcome
    asked: int = 0
    told: bool = False

    def ended(self, at: datetime) -> bool:
        """Whether its end is known: after enough questions, or enough time."""
        steps = self.asked + int((at - self.at).total_seconds()) // PACE_S
        return steps >= self.outcome.asks

    @property
    def fen(self) -> int:
        return sum(fen for _, fen in self.content)

    @property
    def number(self) -> str:
        return ("B" if self.what == "bill.status" else "T") + invented.code(15, self.key)


@dataclass(slots=True)
class Cashbook:
    """What one provider was paid."""

    provider: str
    orders: OrderedDict[UUID, Order] = field(default_factory=OrderedDict)
    lost: dict[UUID, bool] = field(default_factory=dict)
    paid: dict[tuple[str, str], int] = field(default_factory=dict)
    settled: set[tuple[str, str]] = field(default_factory=set)


C = TypeVar("C", bound=Cashbook)


class CashCore(Core[C]):
    """A simulated system whose providers are paid; it adds what they bill for."""

    def __init__(self, outcomes: Mapping[str, Outcome], *, epoch: str = "0") -> None:
        super().__init__(epoch=epoch)
        self._outcomes = outcomes
        self._open: OrderedDict[tuple[str, UUID], Order] = OrderedDict()
        self.answers: Mapping[Operation, Answerer[C]] = {
            "bill.arrears": self._arrears,
            "bill.pay": self._pay,
            "bill.status": self._status,
            "bill.day_file": self._day_file,
            "topup.validate": self._validate,
            "topup.deliver": self._deliver,
            "topup.status": self._status,
        }

    @abstractmethod
    def bills(self, book: C, topic: str, account: str, outcome: Outcome, today: date) -> Iterable[Arrear]:
        """What the account was ever billed for and may still owe, as if nothing had been paid."""

    def holder(self, book: C, account: str) -> tuple[str, str]:
        """Whose account it is and of which place."""
        return invented.person(book.provider, account), invented.home(book.provider, account)

    def pass_time(self, at: datetime) -> None:
        for (provider, key), order in list(self._open.items()):
            if order.ended(at):
                del self._open[provider, key]
                self._tell(provider, order)

    def _outcome(self, account: str) -> Outcome | Said:
        outcome = self._outcomes.get(account[-4:], Outcome())
        if not (account.isascii() and account.replace("-", "").isalnum() and 4 <= len(account) <= 24):
            return refused("no_such_account")
        if outcome.away:
            return Said("unavailable")
        return refused(outcome.refused) if outcome.refused else outcome

    def _arrears(self, book: C, ring: Ring, params: Account, at: datetime) -> Said:
        outcome = self._outcome(params.account)
        if isinstance(outcome, Said):
            return outcome
        today = at.astimezone(_BEIJING).date()
        owed = [bill for bill in self._left(book, ring.topic, params.account, outcome, today) if bill.fen]
        name, place = self.holder(book, params.account)
        holder = invented.masked(name)
        return done(Arrears(as_of=at, account=params.account, holder=holder, place=place, bills=tuple(owed)))

    def _left(self, book: C, topic: str, account: str, outcome: Outcome, today: date) -> Iterator[Arrear]:
        """The bills with what is paid of them taken off; one that is paid whole has 0 fen."""
        for bill in self.bills(book, topic, account, outcome, today):
            settled = (account, bill.bill) in book.settled
            left = bill.fen + bill.late_fen - book.paid.get((account, bill.bill), 0)
            late = 0 if settled else min(bill.late_fen, max(left, 0))
            fen = 0 if settled else max(left, 0) - late
            yield bill.model_copy(update={"fen": fen, "late_fen": late})

    def _pay(self, book: C, ring: Ring, params: Pay, at: datetime) -> Said:
        outcome = self._outcome(params.account)
        if isinstance(outcome, Said):
            return outcome
        content = tuple(sorted(params.fen.items()))
        if ring.key in book.orders:
            return self._take(book, ring, "bill.status", params.account, content, outcome, at)
        paid_on = params.paid_at.astimezone(_BEIJING).date()
        owed = {bill.bill: bill for bill in self._left(book, ring.topic, params.account, outcome, paid_on)}
        for bill, fen in content:
            if wrong := _wrong(owed.get(bill), fen):
                return refused(wrong)
        said = self._take(book, ring, "bill.status", params.account, content, outcome, at)
        if ring.key in book.orders and not outcome.ends_refused:
            whole = {bill for bill, fen in content if fen == owed[bill].fen + owed[bill].late_fen}
            book.settled.update((params.account, bill) for bill in whole)
        return said

    def _deliver(self, book: C, ring: Ring, params: Target, at: datetime) -> Said:
        outcome = self._outcome(params.account)
        if isinstance(outcome, Said):
            return outcome
        if not 0 < params.fen <= TOPUP_FEN_MAX:
            return refused("wrong_amount")
        content = (("", params.fen),)
        return self._take(book, ring, "topup.status", params.account, content, outcome, at)

    def _take(
        self,
        book: C,
        ring: Ring,
        what: What,
        account: str,
        content: tuple[tuple[str, int], ...],
        outcome: Outcome,
        at: datetime,
    ) -> Said:
        order = book.orders.get(ring.key)
        if order is None:
            if outcome.pay == "lost" and not book.lost.setdefault(ring.key, False):
                return Said("unknown")
            order = book.orders[ring.key] = Order(ring.key, what, account, content, at, outcome)
            self._note(book, order)
        elif (order.what, order.account, order.content) != (what, account, content):
            return refused("key_conflict")
        if outcome.pay == "silent" and not order.asked:
            return Said("unknown")
        return self._end(book.provider, order, at)

    def _note(self, book: C, order: Order) -> None:
        for bill, fen in order.content:
            if order.what == "bill.status" and not order.outcome.ends_refused:
                book.paid[order.account, bill] = book.paid.get((order.account, bill), 0) + fen
        if order.outcome.asks:
            self._open[book.provider, order.key] = order
        while len(book.orders) > KEPT_MAX:
            book.orders.popitem(last=False)

    def _status(self, book: C, ring: Ring, _params: Nothing, at: datetime) -> Said:
        order = book.orders.get(ring.key)
        if order is None or order.what != ring.operation:
            if ring.key in book.lost:
                book.lost[ring.key] = True  # found out: from now on it gets through
            return refused("not_seen")
        was = order.ended(at)
        order.asked += 1
        if order.ended(at) and not was:
            self._open.pop((book.provider, order.key), None)
            self._tell(book.provider, order)
        return self._end(book.provider, order, at)

    def _end(self, provider: str, order: Order, at: datetime) -> Said:
        if not order.ended(at):
            return pending()
        if order.outcome.ends_refused:
            return refused(order.outcome.reason)
        return done(Taken(number=order.number, note=provider))

    def _tell(self, provider: str, order: Order) -> None:
        if not order.told:
            order.told = True
            said = self._end(provider, order, datetime.max.replace(tzinfo=UTC))
            self.post(News(f"{order.number}-end", provider, order.what, order.key, said))

    def _validate(self, _book: C, _ring: Ring, params: Account, _at: datetime) -> Said:
        outcome = self._outcome(params.account)
        return outcome if isinstance(outcome, Said) else done(Nothing())

    def _day_file(self, book: C, _ring: Ring, params: Day, at: datetime) -> Said:
        lines = tuple(_lines(book, params.day, at))
        return done(DayFile(day=params.day, lines=lines))


def read_outcomes(said: Mapping[str, Mapping[str, Any]]) -> dict[str, Outcome]:
    """Build them from the parsed file."""
    return {ending: Outcome(**outcome) for ending, outcome in said.items()}


def months_back(today: date, step: int, count: int) -> Iterator[tuple[int, str, date]]:
    """The last periods of so many months, oldest first: how far back, `2026-10`, and when a bill of it is due."""
    for back in range(count, 0, -1):
        month = today.year * 12 + today.month - 1
        month -= month % step + (back - 1) * step + 1
        due = date((month + 1) // 12, (month + 1) % 12 + 1, 25)
        yield back, f"{month // 12}-{month % 12 + 1:02d}", due


def late_fee(fen: int, due: date, today: date) -> int:
    """Half a thousandth for each day."""
    return fen * 5 * max((today - due).days, 0) // 10_000


def _wrong(bill: Arrear | None, fen: int) -> str | None:
    if bill is None:
        return "no_such_bill"
    owed = bill.fen + bill.late_fen
    if not owed:
        return "already_paid"
    whole = fen == owed
    return None if whole or (bill.part_allowed and 0 < fen < owed) else "wrong_amount"


def _lines(book: Cashbook, day: date, at: datetime) -> Iterator[DayLine]:
    for order in book.orders.values():
        if order.at.astimezone(_BEIJING).date() != day or not order.ended(at) or order.outcome.ends_refused:
            continue
        if order.outcome.day_file == "missing":
            continue
        fen = order.fen - (10 if order.outcome.day_file == "wrong" else 0)
        yield DayLine(key=str(order.key), account=order.account, fen=fen, number=order.number)
