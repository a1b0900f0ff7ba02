"""payees.*: whom I pay."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.channels.app import views
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import BankCode, NameText, Nothing, NumberText, PayeeShow, QueryText, Reach
from fengshou.channels.edge import Ask, Call, Doors, Show
from fengshou.payments import Payee, SavedPayee

RECENT = 5


class QueryAsk(Ask):
    """Words of a name, or digits of a number."""

    query: QueryText = ""


class SavedShow(PayeeShow):
    """A payee of mine."""

    id: UUID
    used_at: datetime | None
    initial: str


class Payees(Show):
    """All, and those I paid last."""

    items: tuple[SavedShow, ...]
    recent: tuple[SavedShow, ...]


class SaveAsk(Ask):
    """Whom to keep."""

    number: NumberText
    name: NameText
    bank_code: BankCode | None = None


class Saved(Show):
    """The payee's id."""

    id: UUID | None


class IdAsk(Ask):
    """Which payee."""

    id: UUID


def saved_show(doors: Doors, payee: SavedPayee) -> SavedShow:
    """One payee."""
    reach: Reach = "outside" if payee.bank_code else "federation"
    bank = payee.bank if payee.bank is not None else doors.payments.bank_of_number(payee.number)
    return SavedShow(
        number=payee.number, number_masked=views.masked(payee.number), name=payee.name,
        bank_name=views.bank_name(doors, None if payee.bank_code else bank, payee.bank_code),
        bank_code=payee.bank_code, reach=reach, id=payee.id, used_at=payee.paid_at,
        initial=payee.name[:1],
    )  # fmt: skip


@op("payees.list")
async def list_(call: Call, ask: QueryAsk) -> Payees:
    """My payees, the ones I paid last first."""
    every = [saved_show(call.doors, p) for p in await call.doors.payments.payees(call.who, limit=100)]
    sought = ask.query.strip().lower()
    hits = [p for p in every if sought in p.name.lower() or sought.replace(" ", "") in p.number]
    return Payees(items=tuple(hits), recent=tuple(p for p in every if p.used_at)[:RECENT])


@op("payees.save", changes=True)
async def save(call: Call, ask: SaveAsk) -> Saved:
    """Keep a payee whose name fits the account."""
    call.rates.take(f"{call.who.id}")
    await call.doors.payments.save_payee(call.who, Payee(ask.number, ask.name, ask.bank_code))
    number = ask.number.replace(" ", "")
    mine = await call.doors.payments.payees(call.who, limit=100)
    return Saved(id=next((p.id for p in mine if p.number == number), None))


@op("payees.remove", changes=True)
async def remove(call: Call, ask: IdAsk) -> Nothing:
    """Forget a payee."""
    await call.doors.payments.remove_payee(call.who, ask.id)
    return Nothing()
