"""closing.*: the closed periods of a bank's book, closing them, and opening the last one again by two people.

Each bank closes its own book; the centre looks at the others'. Who asks to open a day again may take that
back and never agree to it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from fengshou.channels.console.ops import bank_for, must_hold, op
from fengshou.channels.console.shapes import Bi, ByBank, ById, Done, Note, Reason, bank_name, staff_name
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import Missing, bank_of
from fengshou.ledger import NeedsAnother, Period, Reopening, quarter_day

_PAGE, _ASKED_SEEN = 31, 20
_CHECKED = timedelta(days=400)  # each period is a sum over the general ledger: longer is for `ledger close`
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)
_DECIDE = ("supervisor", "centre_ops")


class PeriodShow(Show):
    """A day or month that was ever closed. Who, and when: of its last change."""

    kind: str
    first_on: date
    last_on: date
    status: str
    position: int | None
    debit_fen: int | None
    credit_fen: int | None
    changed_at: datetime
    changed_by: str


class ReopeningShow(Show):
    """A wish to open a day again. `mine`: of who looks; `lapsed`: another day was closed since, or this one opened."""

    id: UUID
    day: date
    reason: str
    asked_by: str
    asked_at: datetime
    mine: bool
    state: Literal["asked", "agreed", "refused", "withdrawn"]
    lapsed: bool
    decided_by: str
    decided_at: datetime | None
    answer: str


class Closings(Show):
    """A page of periods, newest first; `next` is `before` of the next page.

    closed_to   nothing is booked any more up to and with this day; the only one that can be opened again
    quarter_on  the interest quarter closed last; `quarter_due` is the one that comes next
    own         whether it is one's own bank: others are only looked at
    """

    bank: int
    bank_name: Bi
    today: date
    closed_to: date | None
    quarter_on: date | None
    quarter_due: date
    own: bool
    items: tuple[PeriodShow, ...]
    next: date | None
    asked: tuple[ReopeningShow, ...]


class Changed(Show):
    """Closed periods, as `kind first_on`, whose ledger is no longer what it was when they were closed.

    since  from which on they were looked at
    """

    bank: int
    since: date
    items: tuple[str, ...]


class ViewAsk(ByBank):
    """Periods that begin before a day."""

    before: Annotated[date, Field(ge=_FIRST, le=_LAST)] | None = None


class CheckAsk(ByBank):
    """Periods that end on this day or later."""

    since: Annotated[date, Field(ge=_FIRST, le=_LAST)]


class CloseAsk(Ask):
    """A day (and all before it), the month of a day, or the interest quarter that ends on it."""

    kind: Literal["day", "month", "quarter"]
    day: Annotated[date, Field(ge=_FIRST, le=_LAST)]


class AskAsk(Ask):
    """The day to open again, and why."""

    day: Annotated[date, Field(ge=_FIRST, le=_LAST)]
    reason: Reason


class RefuseAsk(ById):
    """Which wish, and why not."""

    answer: Note = ""


@op("closing.view")
async def view(call: Call, ask: ViewAsk) -> Closings:
    """The periods of a bank, and who wishes to open one again."""
    bank, doors = bank_for(call.who, ask.bank), call.doors
    name, reports = bank_name(doors, bank), doors.ledger.reports
    page = await reports.closing.periods(bank, date.min, before=ask.before, limit=_PAGE)
    closed_to = await reports.closing.closed_to(bank)
    quarter = await reports.interest.closed_to(bank)
    names: dict[UUID, str] = {}
    return Closings(
        bank=bank,
        bank_name=name,
        today=doors.clock.today(),
        closed_to=closed_to,
        quarter_on=quarter,
        quarter_due=quarter_day((quarter or _last_quarter(doors.clock.today())) + timedelta(days=1)),
        own=bank == call.who.bank,
        items=tuple([await _period(call, p, names) for p in reversed(page)]),
        next=page[0].first_on if len(page) == _PAGE else None,
        asked=tuple(
            [
                await _reopening(call, r, closed_to, names)
                for r in await reports.closing.reopenings(bank, _ASKED_SEEN)
            ]
        ),
    )


@op("closing.check")
async def check(call: Call, ask: CheckAsk) -> Changed:
    """Hold closed periods against what their ledger is now, of the last 400 days at most."""
    bank = bank_for(call.who, ask.bank)
    call.doors.party.bank(bank)
    since = max(ask.since, call.doors.clock.today() - _CHECKED)
    found = await call.doors.ledger.reports.closing.changed(bank, since)
    return Changed(bank=bank, since=since, items=tuple(f"{p.kind} {p.first_on}" for p in found))


@op("closing.close", changes=True)
async def close(call: Call, ask: CloseAsk) -> Done:
    """Close a period of one's own bank."""
    who, reports = call.who, call.doors.ledger.reports
    if ask.kind == "day":
        await reports.closing.close_day(who, who.bank, ask.day)
    elif ask.kind == "month":
        await reports.closing.close_month(who, who.bank, ask.day)
    else:
        await reports.interest.close_quarter(who, who.bank, ask.day)
    return Done()


@op("closing.ask", changes=True)
async def ask_(call: Call, ask: AskAsk) -> Done:
    """Ask to open the day closed last again."""
    await call.doors.ledger.reports.closing.ask_reopening(call.who, call.who.bank, ask.day, ask.reason)
    return Done()


@op("closing.agree", changes=True)
async def agree(call: Call, ask: ById) -> Done:
    """Agree to a colleague's wish: the day is open again."""
    who, doors = call.who, call.doors
    wish = await _wish(call, ask.id)
    if wish.asked_by == who.id:
        raise NeedsAnother()
    digest = sha256(f"closing.agree|{wish.id}".encode()).digest()
    evidence = await doors.access.require(who, 1, bound_to=digest, order_id=wish.id)
    async with doors.db.work(who.bank, who) as work:
        await doors.access.spend(work, evidence)
    await doors.ledger.reports.closing.agree_reopening(who, who.bank, wish.id)
    return Done()


@op("closing.refuse", changes=True)
async def refuse(call: Call, ask: RefuseAsk) -> Done:
    """Say no to a colleague's wish, or take one's own back."""
    who = call.who
    wish = await _wish(call, ask.id)
    if wish.asked_by != who.id:
        must_hold(who, _DECIDE)
    await call.doors.ledger.reports.closing.refuse_reopening(who, who.bank, wish.id, ask.answer)
    return Done()


async def _wish(call: Call, id_: UUID) -> Reopening:
    """A wish of one's own bank; another bank's is nobody's."""
    if bank_of(id_) != call.who.bank:
        raise Missing(what="reopening")
    found = await call.doors.ledger.reports.closing.wish(call.who.bank, id_)
    if found is None:
        raise Missing(what="reopening")
    return found


async def _period(call: Call, p: Period, names: dict[UUID, str]) -> PeriodShow:
    return PeriodShow(
        kind=p.kind, first_on=p.first_on, last_on=p.last_on, status=p.status, position=p.position,
        debit_fen=p.debit_fen, credit_fen=p.credit_fen, changed_at=p.changed_at,
        changed_by=await _name(call, p.changed_by, names),
    )  # fmt: skip


async def _reopening(
    call: Call, r: Reopening, closed_to: date | None, names: dict[UUID, str]
) -> ReopeningShow:
    return ReopeningShow(
        id=r.id, day=r.on_day, reason=r.reason, asked_by=await _name(call, r.asked_by, names), asked_at=r.asked_at,
        mine=r.asked_by == call.who.id, state=r.state, lapsed=r.state == "asked" and r.on_day != closed_to,
        decided_by=await _name(call, r.decided_by, names), decided_at=r.decided_at, answer=r.answer,
    )  # fmt: skip


async def _name(call: Call, id_: UUID | None, names: dict[UUID, str]) -> str:
    """A colleague's name, asked for once a page; empty for nobody and for the bank itself."""
    if id_ is None:
        return ""
    if id_ not in names:
        names[id_] = await staff_name(call.doors, id_)
    return names[id_]


def _last_quarter(today: date) -> date:
    """Where nothing was closed yet: the quarter that ended last is the next to close, if one likes."""
    due = quarter_day(today)
    month = due.month - 6 if due.month > 6 else due.month + 6
    return due.replace(year=due.year - (due.month <= 6), month=month)
