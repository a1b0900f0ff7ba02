"""transfer.* and orders.*: pay somebody, and see what became of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.app import outside, quoting, views
from fengshou.channels.app.ops import op
from fengshou.channels.app.payees import RECENT, SavedShow, saved_show
from fengshou.channels.app.quoting import Quoted, ToAsk
from fengshou.channels.app.shapes import (
    AccountShow,
    AccountText,
    AmountText,
    BankCode,
    Bi,
    Limit,
    LimitsShow,
    MemoText,
    NameText,
    NumberText,
    OrderShow,
    PayeeAsk,
    Reach,
    ResultShow,
)
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import BankError, Invalid, Money
from fengshou.ledger import AccountRef
from fengshou.payments import OrderMissing, Payee, PayeeMismatch, PayeeMissing, Wish


class ContextAsk(Ask):
    """What the form begins with."""

    payee_id: UUID | None = None
    number: NumberText | None = None
    from_: AccountText | None = Field(default=None, alias="from")


class Context(Show):
    """Everything the form needs."""

    accounts: tuple[AccountShow, ...]
    main: AccountShow | None
    limits: LimitsShow | None
    payees: tuple[SavedShow, ...]
    payee: SavedShow | None


class CheckAsk(Ask):
    """A name and a number."""

    number: NumberText
    name: NameText
    bank_code: BankCode | None = None


class Checked(Show):
    """Whether they belong together; `outside` when only the other bank knows."""

    result: str
    masked_name: str | None
    bank_name: Bi | None
    bank_code: str | None
    reach: Reach


class QuoteAsk(Ask):
    """From which account; to whom and how much as far as known."""

    from_: AccountText = Field(alias="from")
    payee: ToAsk | None = None
    amount: AmountText | None = None


class SubmitAsk(Ask):
    """The payment. The same key again is the same payment."""

    key: UUID
    from_: AccountText = Field(alias="from")
    payee: PayeeAsk
    amount: AmountText
    memo: MemoText = ""
    save_payee: bool = False


class OrderAsk(Ask):
    """One of my orders."""

    id: UUID | None = None
    key: UUID | None = None


class OrdersAsk(Ask):
    """A page of my orders."""

    before: UUID | None = None
    limit: Limit = 20
    state: Annotated[str, StringConstraints(max_length=20)] | None = None
    reach: Reach | None = None


class Orders(Show):
    """Newest first."""

    items: tuple[OrderShow, ...]
    next: UUID | None


@op("transfer.context")
async def context(call: Call, ask: ContextAsk) -> Context:
    """What I can pay from, how much, and whom I pay."""
    doors, who = call.doors, call.who
    owned = [a for a in await views.open_accounts(doors, who) if a.status == "active"]
    shown = await views.show_accounts(doors, owned)
    main = await views.own_account(call, ask.from_) if ask.from_ else owned[0] if owned else None
    saved = [saved_show(doors, p) for p in await doors.payments.payees(who, limit=100)]
    sought = (ask.number or "").replace(" ", "")
    return Context(
        accounts=tuple(a for a in shown if a.can_pay),
        main=next((a for a in shown if main and a.number == main.number), None),
        limits=await quoting.limits_show(call, main) if main else None,
        payees=tuple(p for p in saved if p.used_at)[:RECENT],
        payee=next((p for p in saved if p.id == ask.payee_id or (sought and p.number == sought)), None),
    )


@op("transfer.name_check", changes=True)
async def name_check(call: Call, ask: CheckAsk) -> Checked:
    """Does the name belong to the account? Counted, or the answers would tell who banks here."""
    doors = call.doors
    inside = doors.payments.bank_of_number(ask.number)
    if inside is None:
        guessed = outside.guess(doors.catalog, ask.number)
        code = ask.bank_code or (guessed[0] if guessed else None)
        name = outside.name_of(doors.catalog, code) if code else None
        return Checked(result="outside", masked_name=None, bank_name=name, bank_code=code, reach="outside")
    call.rates.take(f"{call.who.id}")
    found = await doors.party.name_check(ask.number.replace(" ", ""), ask.name, call.who)
    mine = {a.number for a in await views.open_accounts(doors, call.who)}
    return Checked(
        result=found.result, masked_name=found.masked_name,
        bank_name=views.bank_name(doors, found.bank) if found.bank else None, bank_code=None,
        reach="own" if ask.number.replace(" ", "") in mine else "federation",
    )  # fmt: skip


@op("transfer.quote")
async def quote(call: Call, ask: QuoteAsk) -> Quoted:
    """What it would cost, ask for, and what stands in its way; nothing is promised."""
    account = await views.own_account(call, ask.from_)
    return await quoting.quoted(call, account, ask.payee, ask.amount)


@op("transfer.submit", changes=True)
async def submit(call: Call, ask: SubmitAsk) -> ResultShow:
    """Pay."""
    amount = _amount(ask.amount)
    to = Payee(ask.payee.number.replace(" ", ""), ask.payee.name.strip(), ask.payee.bank_code)
    # Wrong names and numbers count like name checks: a payment of one fen must not tell who banks here.
    call.rates.check(f"{call.who.id}")
    # Whether the account is the caller's is payments' first question; it is not asked twice.
    wish = Wish(ask.key, AccountRef(*views.account_key(ask.from_)), to, amount, ask.memo.strip())
    try:
        order = await call.doors.payments.transfer(call.who, wish)
    except (PayeeMismatch, PayeeMissing):
        call.rates.take(f"{call.who.id}")
        raise
    if order.state == "refused" and order.posted_at is None:
        # A key that was refused is refused again, in the same words.
        said = await call.doors.ledger.answer(order.id)
        if isinstance(said, BankError):
            raise said
    if ask.save_payee and order.kind != "own":
        await call.doors.payments.save_payee(call.who, to)
    return views.result_show(call.doors, order)


@op("transfer.order")
async def order_(call: Call, ask: OrderAsk) -> ResultShow:
    """What became of one of my payments."""
    if (ask.id is None) == (ask.key is None):
        raise Invalid(field="id", fields=["id", "key"])
    payments = call.doors.payments
    if ask.id is not None:
        return views.result_show(call.doors, await payments.order(call.who, views.ours(ask.id)))
    assert ask.key is not None
    found = await payments.order_by_key(call.who, ask.key)
    if found is None:
        raise OrderMissing()
    return views.result_show(call.doors, found)


@op("orders.list")
async def orders(call: Call, ask: OrdersAsk) -> Orders:
    """My payments at every bank, newest first."""
    doors, who = call.doors, call.who
    banks = dict.fromkeys(a.bank for a in await doors.party.accounts_of(who.id))
    found = [
        o
        for bank in banks
        for o in await doors.payments.orders(
            who, bank, ask.before, ask.limit, state=ask.state or None, kind=ask.reach
        )
    ]
    # Ids begin with their time, so this is newest first over all banks.
    page = sorted(found, key=lambda o: o.id, reverse=True)[: ask.limit]
    return Orders(
        items=tuple(views.order_show(doors, o, moments=False) for o in page),
        next=page[-1].id if len(page) == ask.limit else None,
    )


def _amount(text: str) -> Money:
    return Money.parse(text.strip())
