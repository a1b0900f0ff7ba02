"""From the rooms' values to the app's shapes. Pure but for asking balances and content from memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from fengshou.channels.app import outside, words
from fengshou.channels.app.shapes import (
    AccountShow,
    BankShow,
    Bi,
    Moment,
    OrderFrom,
    OrderShow,
    PayeeShow,
    ResultShow,
)
from fengshou.channels.edge import Call, Doors
from fengshou.kernel import Missing, Money, Principal, account_number, bank_of, parse_account_number
from fengshou.ledger import AccountFlag, AccountRef, Balance
from fengshou.party import AccountKey, Bank, CustomerAccount
from fengshou.payments import Order

_BANK_MAX = 9_999  # as in an account number
_SAVINGS = words.bi("储蓄账户", "Savings account")
_EMPTY = Balance(0, 0, 0, AccountFlag.NONE, "", "CNY")
_SHORT = {
    1: words.bi("Ⅰ类户", "Class I"),
    2: words.bi("Ⅱ类户", "Class II"),
    3: words.bi("Ⅲ类户", "Class III"),
}


def bank_show(bank: Bank) -> BankShow:
    """A member bank."""
    return BankShow(
        bank=bank.institution_id, id=bank.institution_id, slug=bank.slug, name=words.of(bank.name),
        brand=Bi(zh=bank.brand_zh, en=bank.brand_en), county=Bi(zh=bank.county_zh, en=bank.county_en),
        city=Bi(zh=bank.city_zh, en=bank.city_en), theme=bank.theme,
    )  # fmt: skip


def bank_name(doors: Doors, bank: int | None, code: str | None = None) -> Bi:
    """The name of a member bank, or of an outside one by its code."""
    if bank is not None:
        return words.of(doors.party.bank(bank).name)
    found = outside.name_of(doors.catalog, code) if code else None
    return found or words.bi("其他银行", "Another bank")


def masked(number: str) -> str:
    """`**** 3107`."""
    return f"**** {number[-4:]}"


def class_name(class_: int) -> Bi:
    """`Ⅱ类户`."""
    return _SHORT[class_]


async def open_accounts(doors: Doors, who: Principal) -> list[CustomerAccount]:
    """The caller's accounts, closed and half-opened ones left out; the current bank's first."""
    found = [a for a in await doors.party.accounts_of(who.id) if a.status in ("active", "frozen_by_customer")]
    return sorted(
        found, key=lambda a: (a.bank != who.bank, a.status != "active", a.class_, a.opened_on, a.account_id)
    )


async def show_accounts(doors: Doors, accounts: Sequence[CustomerAccount]) -> list[AccountShow]:
    """Accounts with what they hold."""
    balances = await doors.ledger.balances([AccountRef(*a.ref) for a in accounts])
    return [account_show(doors, a, balances.get(AccountRef(*a.ref), _EMPTY)) for a in accounts]


def account_show(doors: Doors, account: CustomerAccount, balance: Balance) -> AccountShow:
    """One account."""
    bank = doors.party.bank(account.bank)
    rule = doors.catalog.account_class(account.bank, account.class_)
    top = doors.catalog.limits(account.bank).cap(doors.access.policy.level_max, "transfer")
    return AccountShow(
        id=f"{account.bank}-{account.account_id}", number=account.number, number_masked=account.number_masked,
        tail=account.number[-4:], bank=account.bank, bank_name=words.of(bank.name), theme=bank.theme,
        class_=account.class_, class_name=class_name(account.class_), alias=account.alias, status=account.status,
        can_pay=account.status == "active" and not balance.flags & AccountFlag.FROZEN_OUT,
        opened_on=account.opened_on, available_fen=max(0, balance.available_fen), posted_fen=balance.posted_fen,
        balance_fen=balance.posted_fen, held_fen=balance.held_fen,
        day_max_fen=rule.out_unbound.day_fen, year_max_fen=rule.out_unbound.year_fen,
        single_max_fen=min(top.single_fen, rule.out_unbound.day_fen or top.single_fen),
        balance_max_fen=rule.balance_fen_max,
    )  # fmt: skip


def account_key(text: str) -> AccountKey:
    """The account meant by 19 digits or `<bank>-<account>`, whosever it is. Raises `BadAccountNumber`, `Missing`."""
    bank, dash, id_ = text.strip().partition("-")
    if not dash:
        return AccountKey(*parse_account_number(text))
    if not (bank.isdigit() and id_.isdigit() and 0 < int(bank) <= _BANK_MAX and 0 < int(id_) < 10**11):
        raise Missing()
    return AccountKey(int(bank), int(id_))


async def own_account(call: Call, text: str) -> CustomerAccount:
    """The caller's account. A stranger's is `Missing`."""
    return await call.doors.party.account_of(call.who, account_key(text))


async def main_account(doors: Doors, who: Principal) -> CustomerAccount | None:
    """The account one pays from when none is said."""
    accounts = await open_accounts(doors, who)
    return next((a for a in accounts if a.status == "active"), None)


def ours(id_: UUID) -> UUID:
    """An id some bank of ours may have made. Raises `Missing` for what cannot be one."""
    if not 0 < bank_of(id_) <= _BANK_MAX:
        raise Missing()
    return id_


def reference(id_: UUID) -> str:
    """The number on receipts: twenty digits of the order's id."""
    return f"{id_.int % 10**20:020d}"


def order_show(doors: Doors, order: Order, *, moments: bool = True) -> OrderShow:
    """An order as its payer sees it."""
    number = account_number(*order.payer)
    title, _ = words.STATES[order.state]
    return OrderShow(
        id=order.id, state=order.state, state_text=title, reach=order.kind, kind=order.kind,
        amount_fen=order.amount_fen, fee_fen=order.fee_fen, total_fen=order.total_fen,
        capitals=Money(order.amount_fen).capitals, memo=order.memo,
        from_=OrderFrom(
            number=number, number_masked=masked(number), tail=number[-4:],
            bank_name=bank_name(doors, order.bank), class_name=_SAVINGS,
        ),
        payee=PayeeShow(
            number=order.to_number, number_masked=masked(order.to_number), name=order.to_name,
            bank_name=bank_name(doors, order.to_bank, order.to_code), bank_code=order.to_code, reach=order.kind,
        ),
        reference=reference(order.id), at=order.created_at, done_at=order.closed_at,
        expires_at=order.hold_until if order.state == "held" else None, reason=words.reason(order.reason),
        moments=tuple(timeline(order)) if moments else (),
        receipt=order.state in ("done", "returned"),
    )  # fmt: skip


def result_show(doors: Doors, order: Order) -> ResultShow:
    """An order with the title and note of its result page."""
    title, note = words.STATES[order.state]
    return ResultShow(state=order.state, title=title, note=note, order=order_show(doors, order))


# What the last step of the way is, by state: its look, and whether it carries the instant the order ended.
_LAST: dict[str, tuple[Literal["on", "wait", "bad", "next"], Bi]] = {
    "draft": ("next", words.bi("待确认", "To be confirmed")),
    "held": ("wait", words.bi("工作人员正在核实", "Our staff are checking")),
    "sent": (
        "wait",
        words.bi("等对方银行入账，一般 2 分钟内", "Waiting for the other bank, usually 2 minutes"),
    ),
    "unknown": ("wait", words.bi("正在向对方银行核实结果", "Asking the other bank what became of it")),
    "done": ("on", words.bi("对方账户已入账", "In the payee's account")),
    "returned": ("bad", words.bi("对方银行退回，钱已入您的账户", "Returned; the money is in your account")),
    "rejected": ("bad", words.bi("对方银行没有收，钱已回来", "Not accepted; the money is back")),
    "refused": ("bad", words.bi("核实没有通过，钱已回来", "Refused; the money is back")),
    "expired": ("bad", words.bi("核实超时，钱已回来", "The check ran out of time; the money is back")),
}
_CONFIRMED = words.bi("您已确认", "You confirmed")
_KEPT = words.bi("资金已保留，等待核实", "Funds kept, being checked")
_BOOKED = words.bi("本行已受理并记账", "Accepted and booked by your bank")
_NOT_SENT = words.bi("没有转出，钱没有动", "Not sent; nothing has moved")
_ARRIVES = words.bi("对方账户入账", "In the payee's account")


def timeline(order: Order) -> Iterable[Moment]:
    """The way of an order so far, and what is to come."""
    yield Moment(text=_CONFIRMED, at=order.created_at, state="on")
    if order.state == "refused" and order.posted_at is None:
        yield Moment(text=_NOT_SENT, at=order.closed_at, state="bad")
        return
    if order.posted_at is not None:
        yield Moment(text=_KEPT if order.hold_until else _BOOKED, at=order.posted_at, state="on")
    state, text = _LAST[order.state]
    yield Moment(text=text, at=order.closed_at, state=state)
    if order.state in ("held", "sent", "unknown"):
        yield Moment(text=_ARRIVES, at=None, state="next")


__all__ = [
    "account_key",
    "account_show",
    "bank_name",
    "bank_show",
    "main_account",
    "masked",
    "open_accounts",
    "order_show",
    "ours",
    "own_account",
    "reference",
    "result_show",
    "show_accounts",
    "timeline",
]
