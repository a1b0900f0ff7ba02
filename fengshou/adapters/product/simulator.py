"""Issuers of products as a pure thing: an amount chooses what becomes of an order; instants are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.wire import done, invented, refused
from fengshou.services import (
    News,
    Query,
    Quote,
    Quoted,
    Records,
    Ring,
    Said,
    TradeNumber,
    TradeOrder,
    TradePaid,
    TradePlace,
)

PACE_S, SLOW_TIMES, KEPT_MAX = 5, 100, 20_000
QUOTE_FOR, PAY_WITHIN = timedelta(minutes=30), timedelta(minutes=30)
_E4, _UNITS = 10_000, 100
_LAST = frozenset({"settled", "cancelled"})
_NOTES = {
    "accepted": ("已受理", "Taken"),
    "paid": ("已收到款，等待确认", "Paid, waits to be confirmed"),
    "confirmed": ("份额已确认", "Confirmed"),
    "settled": ("已交收", "Settled"),
    "cancelled": ("已撤销", "Cancelled"),
}


@dataclass(frozen=True, slots=True)
class Product:
    """What can be bought. Prices and fees in ten-thousandths."""

    zh: str
    en: str
    risk: int
    price_e4: int
    fee_e4: int
    least_fen: int
    step_fen: int
    most_fen: int


@dataclass(slots=True)
class Order:
    """One order. `since` is from when it goes its way by itself."""

    key: UUID
    number: str
    place: TradePlace
    owner: str
    fate: str
    price_e4: int
    fee_fen: int
    at: datetime
    since: datetime
    state: str = "accepted"
    hushed: bool = False
    reported: bool = False

    @property
    def units_e2(self) -> int:
        """Units for what is left after the fee, rounded down."""
        return (
            (self.place.fen - self.fee_fen) * _E4 // self.price_e4
            if self.place.side == "buy"
            else self.place.fen
        )

    def due(self, at: datetime) -> list[str]:
        """The states it has come to by now, one after the other."""
        if self.state in _LAST:
            return []
        if self.state == "accepted" and self.place.side == "buy":
            return ["cancelled"] if at >= self.since + PAY_WITHIN else []
        pace = PACE_S * (SLOW_TIMES if self.fate == "slow" else 1)
        passed = int((at - self.since).total_seconds()) // pace
        ways = ["cancelled"] if self.fate == "dropped" else ["confirmed", "settled"]
        at_now = ways.index(self.state) + 1 if self.state in ways else 0
        return ways[at_now:passed]

    def told(self) -> TradeOrder:
        """As the issuer tells it."""
        zh, en = _NOTES[self.state]
        known = self.state in ("confirmed", "settled")
        pay_until = self.since + PAY_WITHIN if self.state == "accepted" and self.place.side == "buy" else None
        return TradeOrder.model_validate(
            {
                "number": self.number, "state": self.state, "at": self.at, "price_e4": self.price_e4 if known else 0,
                "units_e2": self.units_e2 if known else 0, "fee_fen": self.fee_fen, "pay_until": pay_until,
                "note_zh": zh, "note_en": en,
            }
        )  # fmt: skip


@dataclass(slots=True)
class Book:
    """One issuer."""

    provider: str
    orders: dict[str, Order] = field(default_factory=dict)
    by_key: dict[UUID, Order] = field(default_factory=dict)
    lost: set[UUID] = field(default_factory=set)
    found_out: set[UUID] = field(default_factory=set)


class Issuers(wire.Core[Book]):
    """All issuers there are: a name is enough to be one."""

    def __init__(
        self, products: Mapping[str, Product], outcomes: Mapping[str, str], *, epoch: str = "0"
    ) -> None:
        super().__init__(epoch=epoch)
        self.products, self._outcomes = products, outcomes
        self._open: dict[tuple[str, str], Order] = {}
        self.answers = {
            "query.fetch": self._query, "trade.quote": self._quote, "trade.place": self._place,
            "trade.paid": self._paid, "trade.cancel": self._cancel, "trade.status": self._status,
        }  # fmt: skip

    def open_book(self, provider: str) -> Book:
        return Book(provider)

    def pass_time(self, at: datetime) -> None:
        for (provider, _), order in list(self._open.items()):
            self._move(provider, order, at)

    def _query(self, book: Book, ring: Ring, params: Query, at: datetime) -> Said:
        if ring.topic == "products":
            rows: list[dict[str, Any]] = [_offered(id_, one) for id_, one in self.products.items()]
            return done(Records(as_of=at, records=tuple(rows)))
        if ring.topic != "positions":
            return refused("no_such_topic")
        if ring.subject is None or not ring.subject.id_number:
            return refused("subject_needed")
        rows = []
        for id_, one in self.products.items():
            units = self._held(book, ring.subject.id_number, id_)
            if units:
                value = units * one.price_e4 // _E4
                rows.append({"product": id_, "name_zh": one.zh, "name_en": one.en, "units": f"{units / _UNITS:.2f}",
                             "value_fen": value})  # fmt: skip
        return done(Records(as_of=at, records=tuple(rows)))

    def _held(self, book: Book, owner: str, product: str) -> int:
        """Units somebody has: bought and confirmed, less what is sold."""
        total = 0
        for order in book.orders.values():
            if order.owner != owner or order.place.product != product:
                continue
            if order.place.side == "buy" and order.state in ("confirmed", "settled"):
                total += order.units_e2
            elif order.place.side == "sell" and order.state != "cancelled":
                total -= order.units_e2
        return total

    def _priced(self, said: Quote | TradePlace) -> Product | Said:
        product = self.products.get(said.product)
        if product is None:
            return refused("no_such_product")
        fits = (
            product.least_fen <= said.fen <= product.most_fen
            and not (said.fen - product.least_fen) % product.step_fen
        )
        return product if fits or said.side == "sell" else refused("bad_amount")

    def _quote(self, book: Book, ring: Ring, params: Quote, at: datetime) -> Said:
        product = self._priced(params)
        if isinstance(product, Said):
            return product
        until = at + QUOTE_FOR
        number = f"Q{int(until.timestamp())}-{invented.code(6, book.provider, ring.key)}"
        fee = params.fen * product.fee_e4 // _E4 if params.side == "buy" else 0
        return done(
            Quoted(quote=number, price_e4=product.price_e4, fee_fen=fee, risk=product.risk, valid_until=until)
        )

    def _place(self, book: Book, ring: Ring, params: TradePlace, at: datetime) -> Said:
        known = book.by_key.get(ring.key)
        if known is not None:
            if known.place != params:
                return refused("key_conflict")
            return Said("unknown") if known.hushed else done(known.told())
        product = self._priced(params)
        if isinstance(product, Said):
            return product
        owner = ring.subject.id_number if ring.subject else None
        if not owner:
            return refused("subject_needed")
        until = params.quote.removeprefix("Q").partition("-")[0]
        if not until.isdecimal() or int(until) < at.timestamp():
            return refused("quote_over")
        if params.side == "sell" and self._held(book, owner, params.product) < params.fen:
            return refused("not_enough")
        fate = self._outcomes.get(f"{params.fen % 100:02d}", "")
        if fate == "no_quota":
            return refused("no_quota")
        if fate == "lost" and ring.key not in book.found_out:
            book.lost.add(ring.key)
            return Said("unknown")
        fee = params.fen * product.fee_e4 // _E4 if params.side == "buy" else 0
        number = "TA" + invented.code(14, book.provider, ring.key)
        order = Order(
            ring.key, number, params, owner, fate, product.price_e4, fee, at, at, hushed=fate == "silent"
        )
        book.orders[number] = book.by_key[ring.key] = self._open[book.provider, number] = order
        if len(book.orders) > KEPT_MAX:
            oldest = book.orders.pop(next(iter(book.orders)))
            del book.by_key[oldest.key]
            self._open.pop((book.provider, oldest.number), None)
        return Said("unknown") if order.hushed else done(order.told())

    def _paid(self, book: Book, ring: Ring, params: TradePaid, at: datetime) -> Said:
        order = book.orders.get(params.number)
        if order is None:
            return refused("no_such_order")
        self._move(book.provider, order, at)
        if order.state == "cancelled":
            return refused("cancelled")
        if order.state == "accepted":
            order.state, order.at, order.since = "paid", at, at
        return done(order.told())

    def _cancel(self, book: Book, ring: Ring, params: TradeNumber, at: datetime) -> Said:
        order = book.orders.get(params.number)
        if order is None:
            return refused("no_such_order")
        self._move(book.provider, order, at)
        if order.state in ("paid", "confirmed", "settled"):
            return refused("too_late")
        order.state, order.at = "cancelled", at
        self._open.pop((book.provider, order.number), None)
        return done(order.told())

    def _status(self, book: Book, ring: Ring, params: TradeNumber, at: datetime) -> Said:
        key = _uuid(params.number)
        order = book.orders.get(params.number) or (book.by_key.get(key) if key else None)
        if order is None:
            if key in book.lost:
                book.found_out.add(key)  # found out: from now on it gets through
            return refused("not_seen" if key else "no_such_order")
        order.hushed = False
        self._move(book.provider, order, at)
        return done(order.told())

    def _move(self, provider: str, order: Order, at: datetime) -> None:
        if not order.reported and at >= order.since + timedelta(seconds=PACE_S):
            order.reported = True
            self._report(provider, order)
        for state in order.due(at):
            order.state, order.at = state, at
            self._report(provider, order)
        if order.state in _LAST:
            self._open.pop((provider, order.number), None)

    def _report(self, provider: str, order: Order) -> None:
        said = done(order.told())
        self.post(News(f"{order.number}-{order.state}", provider, "trade.status", order.key, said))


def read_products(said: Mapping[str, Mapping[str, Any]]) -> dict[str, Product]:
    """Build them from the parsed file."""
    return {id_: Product(**one) for id_, one in said.items()}


def _offered(id_: str, one: Product) -> dict[str, Any]:
    names = {"product": id_, "name_zh": one.zh, "name_en": one.en, "risk": one.risk}
    return names | {"price": _decimal(one.price_e4), "fee": _decimal(one.fee_e4)}


def _decimal(e4: int) -> str:
    return f"{e4 // _E4}.{e4 % _E4:04d}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
