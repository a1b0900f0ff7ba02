"""home.view and accounts.*: what I have, and what there is to do today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fengshou.channels.app import lines, views, words
from fengshou.channels.app.greeting import greeting, solar_term
from fengshou.channels.app.me_view import person_of
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import AccountShow, AccountText, Bi, LineShow
from fengshou.channels.app.statement import moved
from fengshou.channels.app.tasks import Task, tasks_of
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.ledger import AccountRef, Hold


class Sums(Show):
    """A month's ins and outs."""

    in_fen: int
    out_fen: int


class Pension(Show):
    """The last pension that came in."""

    fen: int
    at: datetime


class Home(Show):
    """The first page."""

    greeting: Bi
    day: date
    term: Bi
    total_fen: int
    available_fen: int
    held_fen: int
    deposit_fen: int
    month: Sums
    accounts: tuple[AccountShow, ...]
    main: AccountShow | None
    unread: int
    tasks: tuple[Task, ...]
    recent: tuple[LineShow, ...]
    pension: Pension | None


class Accounts(Show):
    """My accounts; the current bank's first."""

    items: tuple[AccountShow, ...]
    main: AccountShow | None
    total_fen: int
    available_fen: int
    held_fen: int


class AccountAsk(Ask):
    """One of my accounts."""

    account: AccountText


class HoldShow(Show):
    """Money kept for something."""

    order_id: UUID | None
    fen: int
    at: datetime | None
    expires_at: datetime | None
    payee: str
    reason: Bi


class Detail(Show):
    """One account."""

    account: AccountShow
    holds: tuple[HoldShow, ...]
    month: Sums
    recent: tuple[LineShow, ...]


@op("home.view")
async def view(call: Call, ask: Empty) -> Home:
    """Everything the first page shows, in one answer."""
    doors, who = call.doors, call.who
    owned = await views.open_accounts(doors, who)
    shown = await views.show_accounts(doors, owned)
    person = await person_of(call, who)
    latest, _ = await lines.page(doors, who, owned, lines.Filter(), None, 30) if owned else ([], None)
    came, went = await moved(doors, who, owned)
    pension = next((x for x in latest if x.kind == "pension" and x.delta_fen > 0), None)
    total = sum(a.posted_fen for a in shown)
    return Home(
        greeting=words.of(greeting(person.name or "", doors.clock.now())), day=doors.clock.today(),
        term=words.of(solar_term(doors.clock.today())), total_fen=total,
        available_fen=sum(a.available_fen for a in shown), held_fen=sum(a.held_fen for a in shown),
        deposit_fen=total, month=Sums(in_fen=came, out_fen=went), accounts=tuple(shown), main=_main(shown),
        unread=await doors.party.unread(who), tasks=await tasks_of(call, person, owned),
        recent=tuple(latest[:3]), pension=Pension(fen=pension.delta_fen, at=pension.at) if pension else None,
    )  # fmt: skip


@op("accounts.list")
async def list_(call: Call, ask: Empty) -> Accounts:
    """My accounts with what they hold."""
    shown = await views.show_accounts(call.doors, await views.open_accounts(call.doors, call.who))
    return Accounts(
        items=tuple(shown), main=_main(shown), total_fen=sum(a.posted_fen for a in shown),
        available_fen=sum(a.available_fen for a in shown), held_fen=sum(a.held_fen for a in shown),
    )  # fmt: skip


@op("accounts.detail")
async def detail(call: Call, ask: AccountAsk) -> Detail:
    """One account: its holds, its month, its latest movements."""
    doors, who = call.doors, call.who
    account = await views.own_account(call, ask.account)
    shown = (await views.show_accounts(doors, [account]))[0]
    latest, _ = await lines.page(doors, who, [account], lines.Filter(), None, 5)
    came, went = await moved(doors, who, [account])
    held = await doors.ledger.holds(AccountRef(*account.ref))
    return Detail(
        account=shown, holds=tuple([await _hold(call, hold) for hold in held]),
        month=Sums(in_fen=came, out_fen=went), recent=tuple(latest),
    )  # fmt: skip


async def _hold(call: Call, hold: Hold) -> HoldShow:
    """A hold's id is the id of the order it was made for."""
    facts: dict[str, Any] = {
        "order_id": None,
        "at": None,
        "payee": "",
        "reason": words.bi("资金保留", "Funds kept"),
    }
    mine = {o.id: o for o in await call.doors.payments.orders(call.who, hold.debit.bank, limit=100)}
    if (order := mine.get(hold.id)) is not None:
        title, _ = words.STATES[order.state]
        facts = {"order_id": order.id, "at": order.posted_at, "payee": order.to_name, "reason": title}
    return HoldShow(fen=hold.fen, expires_at=hold.expires_at, **facts)


def _main(shown: list[AccountShow]) -> AccountShow | None:
    return next((a for a in shown if a.can_pay), shown[0] if shown else None)
