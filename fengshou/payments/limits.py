"""Which limits a payment counts against, and what is left of them.

Two kinds: the matrix of how surely the payer is known (per customer and day at the paying bank), and
the caps of the account classes (per account, day and year; the payee's too). All are counted by
riders in the payment's own commit; what is read here beforehand only makes the sentence a customer
hears a precise one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from fengshou.access import Cooling, DayLimit, LevelUnavailable, day_limit_rider, day_release_rider
from fengshou.catalog import AccountClass
from fengshou.kernel import BankError, Principal
from fengshou.ledger import AccountRef, Rider
from fengshou.party import AccountKey, CustomerAccount
from fengshou.payments.draft import OUTSIDE_MONTH, account_at, first_of_month, quoted
from fengshou.payments.errors import (
    DayClassLimit,
    DayTotal,
    FeeChanged,
    NewDeviceLimit,
    PayeeLimit,
    SingleLimit,
    YearLimit,
)
from fengshou.payments.model import Counter, Order, OrderKind
from fengshou.payments.room import Room


@dataclass(frozen=True, slots=True)
class LimitsLeft:
    """What an account may still send to others today and this year."""

    day_left_fen: int
    day_cap_fen: int
    single_cap_fen: int
    year_left_fen: int | None


_UNCAPPED = 10**12
_SAID: dict[type[BankError], type[BankError]] = {
    LevelUnavailable: SingleLimit,
    DayLimit: DayTotal,
    Cooling: NewDeviceLimit,
}


def money_kind(kind: OrderKind) -> Literal["own", "transfer"]:
    """The column of the matrix."""
    return "own" if kind == "own" else "transfer"


async def matrix_used(room: Room, who: Principal, account: AccountRef, kind: OrderKind) -> int:
    """What went out today by this column of the matrix."""
    return await room.access.day_used(account.bank, who.id, money_kind(kind), room.clock.today())


async def allowed(
    room: Room, who: Principal, order: Order, payer: CustomerAccount
) -> tuple[int, tuple[Counter, ...]]:
    """The level to prove, and the counters to take. Raises the limit that is in the way."""
    today = room.clock.today()
    kind = money_kind(order.kind)
    used = await matrix_used(room, who, order.payer, order.kind)
    matrix = room.catalog.limits(order.bank)
    try:
        allowance = await room.access.allowance(who, matrix, kind, order.amount_fen, used)
    except BankError as limit:
        # The same refusals, said with what is still possible.
        said = _SAID.get(type(limit))
        if said is None:
            raise
        raise said(**limit.facts) from None
    counters = [Counter(order.bank, who.id, kind, today.isoformat(), allowance.day_cap_fen)]
    if order.kind != "own":
        counters += await _class_counters(room, payer, "out", order.amount_fen, today)
        if order.payee is not None:
            there = await account_at(room, AccountKey(*order.payee))
            counters += await _class_counters(room, there, "in", order.amount_fen, today)
    if order.kind == "outside":
        counters.append(await _fee_counter(room, who, order))
    return allowance.level, tuple(counters)


async def _fee_counter(room: Room, who: Principal, order: Order) -> Counter:
    """One more of the month's transfers: a free one only while there are free ones left. Raises `FeeChanged`."""
    quote = await quoted(room, who, order.kind, order.amount_fen, order.bank)
    if quote.fee_fen > order.fee_fen:
        raise FeeChanged(fee_fen=quote.fee_fen)
    free = quote.first_each_month if order.fee_fen < quote.fee_fen + quote.waived_fen else None
    month = first_of_month(room.clock.today()).isoformat()
    return Counter(order.bank, order.customer, OUTSIDE_MONTH, month, free or _UNCAPPED, units=1)


async def came_in(room: Room, account: CustomerAccount, fen: int) -> tuple[Rider, ...]:
    """The riders that count money from outside against the payee's class. Raises `PayeeLimit`."""
    counters = await _class_counters(room, account, "in", fen, room.clock.today())
    return tuple(_take(counter, fen) for counter in counters)


async def precisely(room: Room, who: Principal, order: Order, payer: CustomerAccount) -> BankError | None:
    """Which limit was in the way of an entry the book refused by a counter: others were faster."""
    try:
        await allowed(room, who, order, payer)
    except BankError as limit:
        return limit
    return None


async def _class_counters(
    room: Room, account: CustomerAccount, way: Literal["out", "in"], fen: int, today: date
) -> list[Counter]:
    """The counters of an account's class, checked against what is used so far."""
    rule = room.catalog.account_class(account.bank, account.class_)
    flow = rule.out_unbound if way == "out" else rule.in_unbound
    caps = {"day": flow.day_fen, "year": flow.year_fen}
    counters = []
    for span, cap in caps.items():
        if cap is None:
            continue
        day = today if span == "day" else date(today.year, 1, 1)
        name = f"account.{account.account_id}.{way}.{span}"
        used = await room.access.day_used(account.bank, account.customer_id, name, day)
        if used + fen > cap:
            raise _refusal(way, span, max(0, cap - used))
        counters.append(Counter(account.bank, account.customer_id, name, day.isoformat(), cap))
    if way == "in":
        await _check_ceiling(room, account, rule, fen)
    return counters


def _refusal(way: str, span: str, left_fen: int) -> BankError:
    if way == "in":
        return PayeeLimit()
    return (DayClassLimit if span == "day" else YearLimit)(left_fen=left_fen)


async def _check_ceiling(room: Room, account: CustomerAccount, rule: AccountClass, fen: int) -> None:
    """Class III holds at most so much."""
    if rule.balance_fen_max is None:
        return
    held = (await room.ledger.balance(AccountRef(*account.ref))).posted_fen
    if held + fen > rule.balance_fen_max:
        raise PayeeLimit()


def take(order: Order, counters: tuple[Counter, ...]) -> tuple[Rider, ...]:
    """The riders that count a payment."""
    return tuple(_take(counter, order.amount_fen) for counter in counters)


def _take(counter: Counter, fen: int) -> Rider:
    units = fen if counter.units is None else counter.units
    day = date.fromisoformat(counter.day)
    return day_limit_rider(counter.bank, counter.customer, counter.kind, day, units, counter.cap_fen)


def give_back(order: Order) -> tuple[Rider, ...]:
    """The riders that take a payment off its counters again: it did not happen."""
    return tuple(
        day_release_rider(
            c.bank,
            c.customer,
            c.kind,
            date.fromisoformat(c.day),
            order.amount_fen if c.units is None else c.units,
        )
        for c in order.counters
    )


async def limits_left(room: Room, who: Principal, account: CustomerAccount) -> LimitsLeft:
    """What the account may still send to others, by matrix and class together."""
    today = room.clock.today()
    matrix = room.catalog.limits(account.bank)
    top = matrix.cap(room.access.policy.level_max, "transfer")
    flow = room.catalog.account_class(account.bank, account.class_).out_unbound
    prefix = f"account.{account.account_id}.out"
    used = await room.access.days_used(account.bank, who.id, ["transfer", f"{prefix}.day"], today)
    left, cap = top.day_fen - used["transfer"], top.day_fen
    if flow.day_fen is not None:
        left, cap = min(left, flow.day_fen - used[f"{prefix}.day"]), min(cap, flow.day_fen)
    year_left = None
    if flow.year_fen is not None:
        year = date(today.year, 1, 1)
        year_left = max(
            0, flow.year_fen - await room.access.day_used(account.bank, who.id, f"{prefix}.year", year)
        )
        left = min(left, year_left)
    return LimitsLeft(max(0, left), cap, min(top.single_fen, cap), year_left)
