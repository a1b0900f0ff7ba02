"""From a wish to an order: who is paid, what it costs, and whether this was asked before."""

from __future__ import annotations

from datetime import date, datetime

from fengshou.catalog import FeeQuote
from fengshou.kernel import (
    ISSUER,
    BankError,
    Missing,
    Money,
    Principal,
    bank_of,
    day_of,
    new_id,
    parse_account_number,
)
from fengshou.ledger import AccountRef
from fengshou.party import AccountKey, CustomerAccount
from fengshou.payments import store
from fengshou.payments.errors import (
    AccountStopped,
    OrderConflict,
    PayeeBankMissing,
    PayeeMismatch,
    PayeeMissing,
    PayeeName,
    SameAccount,
)
from fengshou.payments.model import Order, OrderKind, Payee, Wish, mask_name
from fengshou.payments.room import Room

_NAME_MAX = 60
OUTSIDE_MONTH = "outside.month"  # how many transfers to outside banks this month; its first are free


async def draft(room: Room, who: Principal, wish: Wish, payer: CustomerAccount) -> tuple[Order, bool]:
    """The order of this wish, and whether it is new: the stored one when its key was used before.

    Raises what is wrong with payer or payee, or `OrderConflict` for a used key with other contents.
    """
    bank = payer.bank
    try:
        fresh = await _new_order(room, who, wish, payer)
    except BankError:
        # What was paid before stays paid, also when it could not be ordered any more.
        async with room.db.read(bank, who) as work:
            row = await store.order_by_key(work, who.id, wish.key)
        if row is None:
            raise
    else:
        async with room.db.work(bank, who) as work:
            if await store.insert_order(work, room.vault, fresh, wish.key, room.catalog.release_id):
                return fresh, True
            row = await store.order_by_key(work, who.id, wish.key)  # another tap was faster, or a retry
    assert row is not None
    if row["wish"] != wish.digest:
        raise OrderConflict()
    return store.order_of(room.vault, row), False


async def _new_order(room: Room, who: Principal, wish: Wish, payer: CustomerAccount) -> Order:
    if payer.status != "active":
        raise AccountStopped()
    kind, payee = await kind_of(room, who, wish.to)
    if payee == AccountRef(*payer.ref):
        raise SameAccount()
    name = wish.to.name.strip()
    if not 0 < len(name) <= _NAME_MAX:
        raise PayeeName()
    masked = await checked_name(room, who, wish.to) if kind != "outside" else mask_name(name)
    bank, now = payer.bank, room.clock.now()
    return Order(
        id=new_id(bank, now), customer=who.id, kind=kind, state="draft", payer=AccountRef(*payer.ref),
        to_bank=payee.bank if payee else None, to_account=payee.id if payee else None,
        to_code=wish.to.bank_code if kind == "outside" else None, to_number=_digits(wish.to.number), to_name=name,
        to_masked=masked, memo=wish.memo.strip(), amount_fen=wish.amount.fen,
        fee_fen=(await fee_of(room, who, kind, wish.amount, bank))[0], wish=wish.digest,
        let_go_id=new_id(bank, now), close_id=new_id(bank, now), return_id=new_id(bank, now),
        decision=None, reason=None, tries=0, counters=(), hold_until=None, created_at=now,
        posted_at=None, closed_at=None,
    )  # fmt: skip


async def kind_of(
    room: Room, who: Principal, to: Payee, *, forecast: bool = False
) -> tuple[OrderKind, AccountRef | None]:
    """Where a number lies: the caller's own accounts, the federation, or an outside bank.

    forecast  say nothing about whether the account exists: quotes are asked without being counted
    """
    try:
        bank, account = parse_account_number(_digits(to.number))
    except BankError:
        if _digits(to.number).startswith(ISSUER):
            raise  # one of ours, mistyped
        if to.bank_code is None:
            raise PayeeBankMissing() from None
        if room.outside_banks.name_of(to.bank_code) is None:
            raise PayeeMissing() from None
        return "outside", None
    try:
        there = await account_at(room, AccountKey(bank, account))
    except Missing:
        if forecast:
            return "federation", AccountRef(bank, account)
        raise PayeeMissing() from None
    kind: OrderKind = "own" if there.customer_id == who.id else "federation"
    return kind, AccountRef(bank, account)


async def account_at(room: Room, ref: AccountKey) -> CustomerAccount:
    """Whose an account is and of which class: neither ever changes."""
    return await room.memory.recall(("account", ref), lambda: room.party.account_at(ref))


async def own_account(room: Room, who: Principal, ref: AccountKey) -> CustomerAccount:
    """The caller's account. Raises `Missing`. One that is stopped is looked at anew each time."""
    return await room.memory.recall(
        ("own", who.id, ref),
        lambda: room.party.account_of(who, ref),
        keep=lambda found: found.status == "active",
    )


async def checked_name(room: Room, who: Principal, to: Payee) -> str:
    """The payee's masked name, when name and number belong together."""
    number = _digits(to.number)
    check = await room.memory.recall(
        ("name", number, to.name), lambda: room.party.name_check(number, to.name, who),
        keep=lambda found: found.result == "match",
    )  # fmt: skip
    if check.result == "missing":
        raise PayeeMissing()
    if check.result == "mismatch":
        raise PayeeMismatch()
    return check.masked_name or mask_name(to.name)


async def fee_of(room: Room, who: Principal, kind: OrderKind, amount: Money, bank: int) -> tuple[int, int]:
    """What the transfer costs, and what was let off, in fen."""
    quote = await quoted(room, who, kind, amount.fen, bank)
    return quote.fee_fen, quote.waived_fen


async def quoted(room: Room, who: Principal, kind: OrderKind, fen: int, bank: int) -> FeeQuote:
    """The tariff's answer as of now."""
    fees = room.catalog.fees(bank)
    if kind != "outside":
        return fees.quote(kind, fen)
    used = await room.access.day_used(bank, who.id, OUTSIDE_MONTH, first_of_month(room.clock.today()))
    return fees.quote(kind, fen, age=await age_of(room, who), used_this_month=used)


def first_of_month(day: date) -> date:
    """Under which day a month is counted."""
    return day.replace(day=1)


async def age_of(room: Room, who: Principal) -> int | None:
    """The customer's age in years, when known."""
    return (await _years_and_since(room, who))[0]


async def tenure_of(room: Room, who: Principal) -> int:
    """For how many days the caller has been a customer."""
    return (room.clock.today() - day_of((await _years_and_since(room, who))[1])).days


async def failed_log_ins(room: Room, who: Principal) -> int:
    """Wrong passwords of the caller within 24 hours, asked at most once a minute."""
    return await room.memory.recall(
        ("failed", who.id), lambda: room.access.failed_log_ins(who.id), keep=lambda _: True
    )


async def _years_and_since(room: Room, who: Principal) -> tuple[int | None, datetime]:
    async def ask() -> tuple[int | None, datetime]:
        async with room.db.read(bank_of(who.id), who) as work:
            person = await room.party.customer(work, who.id)
        return person.age(room.clock.today()), person.joined_at

    return await room.memory.recall(("person", who.id), ask)


def _digits(number: str) -> str:
    return number.replace(" ", "")
