"""What there is to do today: at most two things, the nearest to money first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

from fengshou.channels.app import words
from fengshou.channels.app.shapes import Bi
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


async def tasks_of(call: Call, person: Customer, accounts: Sequence[CustomerAccount]) -> tuple[Task, ...]:
    """The first two that hold."""
    found = []
    async for task in _all(call, person, accounts):
        found.append(task)
        if len(found) == TASKS_MAX:
            break
    return tuple(found)


async def _all(call: Call, person: Customer, accounts: Sequence[CustomerAccount]) -> AsyncIterator[Task]:
    async for task in _about_orders(call, accounts):
        yield task
    if person.real_name != "verified":
        yield _task("real_name", "user", "brand", ("完成实名认证", "Verify your identity"),
                    ("认证后才能开户和转账", "Needed to open an account"), ("去认证", "Verify"), "onboarding/real-name")  # fmt: skip
    elif not accounts:
        yield _task("open_account", "card", "brand", ("开一个账户", "Open an account"),
                    ("2 分钟办好，免费", "Two minutes, free"), ("去开户", "Open"), "onboarding/open-account")  # fmt: skip
    access = call.doors.access
    if await access.passwords.changed_at(person.id) is None:
        yield _task("password", "lock", "grain", ("设置登录密码", "Set a password"),
                    ("换手机也能登录", "So you can sign in on another phone"), ("去设置", "Set"), "onboarding/password")  # fmt: skip
    if not await access.passkeys.all_of(call.who):
        yield _task("passkey", "finger", "info", ("用指纹确认转账", "Confirm with your finger"),
                    ("添加通行密钥，200 元以上也能转", "Add a passkey to send more than 200"), ("添加", "Add"), "security")  # fmt: skip


async def _about_orders(call: Call, accounts: Sequence[CustomerAccount]) -> AsyncIterator[Task]:
    """Payments that wait or came back lately."""
    recent = call.doors.clock.now() - timedelta(days=_NEWS_DAYS)
    for bank in dict.fromkeys(a.bank for a in accounts):
        for order in await call.doors.payments.orders(call.who, bank, limit=5):
            amount = Money(order.amount_fen).shown
            params = {"id": str(order.id)}
            if order.state in ("held", "unknown"):
                yield _task("waiting", "clock", "grain", (f"{amount} 元转账等待核实", f"Transfer of {amount} is being checked"),
                            ("钱还在您的账户里，没有付出", "The money is still in your account"), ("看进度", "See"), "receipt", params)  # fmt: skip
            elif order.state in ("returned", "rejected") and order.closed_at and order.closed_at > recent:
                yield _task("came_back", "undo", "info", (f"{amount} 元被退回", f"{amount} came back"),
                            ("钱已回到您的账户", "The money is in your account again"), ("查看", "See"), "receipt", params)  # fmt: skip


def _task(
    kind: str, icon: str, tone: str, title: tuple[str, str], note: tuple[str, str], button: tuple[str, str],
    page: str, params: dict[str, Any] | None = None,
) -> Task:  # fmt: skip
    return Task(
        kind=kind, icon=icon, tone=tone, title=words.bi(*title), note=words.bi(*note), button=words.bi(*button),
        style="soft", page=page, params=params or {},
    )  # fmt: skip
