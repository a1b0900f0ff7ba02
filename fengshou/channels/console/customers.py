"""customers.*: found by what they bring to the counter. There is no list to browse, and each look is noted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.console.ops import DESK, op, staff
from fengshou.channels.console.shapes import Bi, bank_name
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import CENTRE, BankError, Invalid, Missing, Principal, bank_of, parse_account_number
from fengshou.ledger import AccountRef
from fengshou.party import AccountKey, CustomerAccount


class FindAsk(Ask):
    """A mobile number, or an account number of 19 digits."""

    query: Annotated[str, StringConstraints(min_length=4, max_length=32, pattern=r"^[0-9 ]+$")]


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
    status: str
    joined_at: datetime
    accounts: tuple[AccountRow, ...]


class Found(Show):
    """Who it is, or nobody."""

    customer: CustomerShow | None


@op("customers.find", changes=True)
async def find(call: Call, ask: FindAsk) -> Found:
    """A customer of the bank by phone or account number; strangers of other banks look like nobody."""
    who = staff(call, DESK)
    call.rates.take(f"console.find.{who.id}")
    customer = await _identify(call, ask.query.replace(" ", ""))
    if customer is None:
        return Found(customer=None)
    accounts = await call.doors.party.accounts_of(customer)
    seen = [a for a in accounts if who.bank in (CENTRE, a.bank)]
    if not seen and who.bank not in (CENTRE, bank_of(customer)):
        return Found(customer=None)
    return Found(customer=await _show(call, who, customer, seen))


async def _identify(call: Call, digits: str) -> UUID | None:
    party = call.doors.party
    try:
        if len(digits) == 11:
            return await party.find_by_phone(digits)
        return (await party.account_at(AccountKey(*parse_account_number(digits)))).customer_id
    except Missing:
        return None
    except BankError:
        raise Invalid(field="query", fields=["query"]) from None


async def _show(call: Call, who: Principal, customer: UUID, accounts: list[CustomerAccount]) -> CustomerShow:
    doors = call.doors
    async with doors.db.work(bank_of(customer), who) as work:
        person = await doors.party.customer(work, customer)
        await work.audit("console.customer_seen", str(customer), desk=who.bank)
    return CustomerShow(
        id=person.id,
        home_bank=person.bank,
        home_bank_name=bank_name(doors, person.bank),
        name=person.name or "",
        real_name=person.real_name,
        phone_masked=person.phone_masked,
        id_number_masked=person.id_number_masked or "",
        birth_year=person.birth_year,
        status=person.status,
        joined_at=person.joined_at,
        accounts=tuple([await _account(call, account) for account in accounts]),
    )


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
