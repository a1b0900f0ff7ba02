"""customers.*: found by what they bring to the counter. There is no list to browse, and each look is noted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.console.ops import op
from fengshou.channels.console.shapes import Bi, ById, Limit, bank_name
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import CENTRE, BankError, Invalid, Missing, Principal, bank_of, parse_account_number
from fengshou.ledger import AccountRef
from fengshou.party import AccountKey, Customer, CustomerAccount
from fengshou.payments import Order

_RECENT = 8


class FindAsk(Ask):
    """A mobile number, an identity number, an account number of 19 digits, or a whole name."""

    query: Annotated[str, StringConstraints(min_length=2, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Hit(Show):
    """Somebody it may be, masked until the record is opened."""

    id: UUID
    name_masked: str
    phone_masked: str
    birth_year: int | None
    home_bank_name: Bi
    accounts: int


class Found(Show):
    """Who it may be; nobody, when it is nobody of this bank."""

    items: tuple[Hit, ...]


class AccountRow(Show):
    """An account at the looking bank; the centre sees those of all banks."""

    number: str
    bank: int
    bank_name: Bi
    class_: int = Field(alias="class")
    status: str
    opened_on: date
    posted_fen: int
    available_fen: int
    held_fen: int


class OrderRow(Show):
    """A payment the customer ordered from an account here."""

    id: UUID
    state: str
    reach: str
    payee_masked: str
    payee_tail: str
    amount_fen: int
    fee_fen: int
    at: datetime


class CustomerShow(Show):
    """A customer's record."""

    id: UUID
    home_bank: int
    home_bank_name: Bi
    name: str
    real_name: str
    phone_masked: str
    id_number_masked: str
    birth_year: int | None
    age: int | None
    elder: bool
    status: str
    joined_at: datetime
    accounts: tuple[AccountRow, ...]
    orders: tuple[OrderRow, ...]


class StatementAsk(Ask):
    """Movements of an account, older than `before`."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{19}$")]
    before: Annotated[int, Field(ge=1, le=2**62)] | None = None
    limit: Limit = 30


class LineShow(Show):
    """A movement. `kind` and `code` name it; money in is positive."""

    position: int
    at: datetime
    kind: str
    code: int
    other_masked: str
    other_tail: str
    delta_fen: int
    balance_fen: int


class Statement(Show):
    """Newest first; `next` is `before` of the next page."""

    number: str
    items: tuple[LineShow, ...]
    next: int | None


@op("customers.find", changes=True)
async def find(call: Call, ask: FindAsk) -> Found:
    """Customers of the bank by phone, identity number, account number or name; others look like nobody."""
    who = call.who
    call.rates.take(f"console.find.{who.id}")
    hits = []
    for customer in await _identify(call, who, ask.query.strip()):
        accounts = await _seen(call, who, customer)
        if accounts is not None:
            hits.append(_hit(call, await _look(call, who, customer, "console.customer_found"), accounts))
    return Found(items=tuple(hits))


@op("customers.view", changes=True)
async def view(call: Call, ask: ById) -> CustomerShow:
    """A customer's record with accounts, balances and the last payments; the look is noted."""
    who, doors = call.who, call.doors
    accounts = await _seen(call, who, ask.id) if 0 < bank_of(ask.id) < 10_000 else None
    if accounts is None:
        raise Missing(what="customer")
    person = await _look(call, who, ask.id, "console.customer_seen")
    orders: list[Order] = []
    for bank in {account.bank for account in accounts}:
        # Read as the customer's own at that bank; who looked stands in the audit log.
        orders += await doors.payments.orders(
            Principal("customer", person.id, person.bank), bank, None, _RECENT
        )
    orders.sort(key=lambda order: order.created_at, reverse=True)
    return CustomerShow(
        id=person.id,
        home_bank=person.bank,
        home_bank_name=bank_name(doors, person.bank),
        name=person.name or "",
        real_name=person.real_name,
        phone_masked=person.phone_masked,
        id_number_masked=person.id_number_masked or "",
        birth_year=person.birth_year,
        age=person.age(doors.clock.today()),
        elder=person.preferences.elder,
        status=person.status,
        joined_at=person.joined_at,
        accounts=tuple([await _account(call, account) for account in accounts]),
        orders=tuple(_order(order) for order in orders[:_RECENT]),
    )


@op("customers.statement", changes=True)
async def statement(call: Call, ask: StatementAsk) -> Statement:
    """The movements of an account at one's bank; the look is noted."""
    who, doors = call.who, call.doors
    try:
        key = AccountKey(*parse_account_number(ask.number))
    except BankError:
        raise Missing(what="account") from None
    if who.bank not in (CENTRE, key.bank):
        raise Missing(what="account")
    account = await doors.party.account_at(key)
    async with doors.db.work(key.bank, who) as work:
        lines = await doors.ledger.statement(work, AccountRef(*key), before=ask.before, limit=ask.limit)
        await work.audit("console.statement_seen", str(account.customer_id), tail=ask.number[-4:])
    customer = Principal("customer", account.customer_id, bank_of(account.customer_id))
    told = await doors.payments.line_texts(customer, AccountRef(*key), [line.entry for line in lines])
    items = []
    for line in lines:
        text = told.get(line.entry)
        items.append(
            LineShow(
                position=line.position, at=line.event_at, kind=text.kind if text else "", code=line.code,
                other_masked=text.other_name if text else "",
                other_tail=text.other_tail if text else "", delta_fen=line.delta_fen, balance_fen=line.balance_fen,
            )
        )  # fmt: skip
    more = len(lines) == ask.limit and lines[-1].cursor > 0
    return Statement(number=ask.number, items=tuple(items), next=lines[-1].cursor if more else None)


async def _identify(call: Call, who: Principal, query: str) -> list[UUID]:
    """Who answers to what was typed. Raises `Invalid` for what is none of the four."""
    party, plain = call.doors.party, query.replace(" ", "")
    try:
        if len(plain) == 11 and plain.isdecimal():
            found = await party.find_by_phone(plain)
        elif len(plain) == 18:
            found = await party.find_by_id_number(plain)
        elif len(plain) == 19:
            found = (await party.account_at(AccountKey(*parse_account_number(plain)))).customer_id
        else:
            return await party.find_by_name(who.bank, query)
    except Missing:
        return []
    except BankError:
        raise Invalid(field="query", fields=["query"]) from None
    return [found] if found else []


async def _seen(call: Call, who: Principal, customer: UUID) -> list[CustomerAccount] | None:
    """The customer's accounts as far as one may see them; None when it is not one's bank's customer."""
    accounts = await call.doors.party.accounts_of(customer)
    seen = [a for a in accounts if who.bank in (CENTRE, a.bank)]
    return seen if seen or who.bank in (CENTRE, bank_of(customer)) else None


async def _look(call: Call, who: Principal, customer: UUID, act: str) -> Customer:
    """The person's row, and the mark in the home bank's log that it was looked at."""
    async with call.doors.db.work(bank_of(customer), who) as work:
        person = await call.doors.party.customer(work, customer)
        await work.audit(act, str(customer), desk=who.bank)
    return person


def _hit(call: Call, person: Customer, accounts: list[CustomerAccount]) -> Hit:
    return Hit(
        id=person.id, name_masked=person.name_masked or "", phone_masked=person.phone_masked,
        birth_year=person.birth_year, home_bank_name=bank_name(call.doors, person.bank), accounts=len(accounts),
    )  # fmt: skip


def _order(order: Order) -> OrderRow:
    return OrderRow(
        id=order.id, state=order.state, reach=order.kind, payee_masked=order.to_masked,
        payee_tail=order.to_number[-4:], amount_fen=order.amount_fen, fee_fen=order.fee_fen, at=order.created_at,
    )  # fmt: skip


async def _account(call: Call, account: CustomerAccount) -> AccountRow:
    balance = await call.doors.ledger.balance(AccountRef(*account.ref))
    return AccountRow(
        number=account.number,
        bank=account.bank,
        bank_name=bank_name(call.doors, account.bank),
        class_=account.class_,
        status=account.status,
        opened_on=account.opened_on,
        posted_fen=balance.posted_fen,
        available_fen=balance.available_fen,
        held_fen=balance.held_fen,
    )
