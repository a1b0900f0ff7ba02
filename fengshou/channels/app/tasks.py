"""What there is to do today: at most two things, the nearest to money first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from fengshou.channels.app.shapes import Bi
from fengshou.channels.app.words import bi
from fengshou.channels.edge import Call, Show
from fengshou.kernel import Money
from fengshou.party import Customer, CustomerAccount

TASKS_MAX = 2
_NEWS_DAYS = 3


class Task(Show):
    """A card of the first page."""

    kind: str
    icon: str
    tone: str
    title: Bi
    note: Bi
    button: Bi
    style: str
    page: str
    params: dict[str, Any]


class _Card(NamedTuple):
    """A kind of task. `{amount}` is filled in."""

    icon: str
    tone: str
    title: Bi
    note: Bi
    button: Bi
    page: str


_CARDS = {
    "real_name": _Card(
        "user", "brand", bi("完成实名认证", "Verify your identity"),
        bi("认证后才能开户和转账", "Needed to open an account"), bi("去认证", "Verify"), "real-name",
    ),
    "open_account": _Card(
        "card", "brand", bi("开一个账户", "Open an account"), bi("2 分钟办好，免费", "Two minutes, free"),
        bi("去开户", "Open"), "choose-bank",
    ),
    "password": _Card(
        "lock", "grain", bi("设置登录密码", "Set a password"),
        bi("换手机也能登录", "So that you can sign in on another phone"), bi("去设置", "Set"), "set-password",
    ),
    "passkey": _Card(
        "finger", "info", bi("用指纹确认转账", "Confirm with your finger"),
        bi("添加通行密钥，大一点的金额也能转", "Add a passkey to send larger amounts"),
        bi("添加", "Add"), "add-passkey",
    ),
    "waiting": _Card(
        "clock", "grain", bi("{amount} 元转账等待核实", "Transfer of {amount} is being checked"),
        bi("钱还在您的账户里，没有付出", "The money is still in your account"), bi("看进度", "See"), "order",
    ),
    "came_back": _Card(
        "undo", "info", bi("{amount} 元没有转成", "{amount} came back"),
        bi("钱已回到您的账户", "The money is in your account again"), bi("查看", "See"), "order",
    ),
}  # fmt: skip


async def tasks_of(call: Call, person: Customer, accounts: Sequence[CustomerAccount]) -> tuple[Task, ...]:
    """The first two that hold."""
    found: list[Task] = []
    async for task in _all(call, person, accounts):
        found.append(task)
        if len(found) == TASKS_MAX:
            break
    return tuple(found)


async def _all(call: Call, person: Customer, accounts: Sequence[CustomerAccount]) -> AsyncIterator[Task]:
    async for task in _about_orders(call, accounts):
        yield task
    if person.real_name != "verified":
        yield _task("real_name")
    elif not accounts:
        yield _task("open_account")
    access = call.doors.access
    if await access.passwords.changed_at(person.id) is None:
        yield _task("password")
    if not await access.passkeys.all_of(call.who):
        yield _task("passkey")


async def _about_orders(call: Call, accounts: Sequence[CustomerAccount]) -> AsyncIterator[Task]:
    """Payments that wait or came back lately."""
    recent = call.doors.clock.now() - timedelta(days=_NEWS_DAYS)
    for bank in dict.fromkeys(a.bank for a in accounts):
        for order in await call.doors.payments.orders(call.who, bank, limit=5):
            back = order.state in ("returned", "rejected", "expired") and order.closed_at is not None
            if order.state in ("held", "unknown") or (back and order.closed_at and order.closed_at > recent):
                kind = "came_back" if back else "waiting"
                yield _task(kind, Money(order.amount_fen).shown, {"id": str(order.id)})


def _task(kind: str, amount: str = "", params: dict[str, Any] | None = None) -> Task:
    card = _CARDS[kind]
    title = bi(card.title.zh.replace("{amount}", amount), card.title.en.replace("{amount}", amount))
    return Task(
        kind=kind, icon=card.icon, tone=card.tone, title=title, note=card.note, button=card.button, style="soft",
        page=card.page, params=params or {},
    )  # fmt: skip
