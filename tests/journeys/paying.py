"""A transfer as a customer makes it: who, how much, look again, prove, see what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.journeys.bank import Front
from tests.journeys.phone import Phone


@dataclass(frozen=True)
class Payee:
    """Whom the money is for."""

    number: str
    name: str

    @classmethod
    async def of(cls, front: Front, name: str) -> Payee:
        """The main account of somebody who is logged in."""
        return cls((await front.ask("accounts.list"))["main"]["number"], name)


async def pay(
    phone: Phone,
    payee: Payee,
    amount: str,
    *,
    memo: str = "",
    step_up: bool = False,
    arrive: bool = True,
) -> None:
    """From wherever one is to the page that says what became of it; without `arrive` up to the last touch."""
    await name_the_payee(phone, payee)
    await enter(phone, amount, memo)
    await confirm(phone, step_up=step_up)
    if arrive:
        await phone.arrive("order")


async def name_the_payee(phone: Phone, payee: Payee) -> None:
    """The first step: account and name, which the bank compares."""
    await phone.open("transfer")
    await phone.arrive("transfer")
    await phone.type("收款账号", payee.number)
    await phone.fill("收款人姓名", payee.name)
    await phone.press("下一步")


async def enter(phone: Phone, amount: str, memo: str = "") -> None:
    """The second step: how much, from where, and what for."""
    await press_keys(phone, amount)
    if memo in ("家用", "房租"):
        await phone.page.get_by_role("radio", name=memo, exact=True).click()
    elif memo:
        await phone.page.get_by_role("radio", name="其他", exact=True).click()
        await phone.fill("写几个字", memo)
    await phone.judge("transfer-amount")
    await phone.press("下一步")


async def press_keys(phone: Phone, amount: str) -> None:
    """An amount on the keypad."""
    await phone.page.get_by_placeholder("0.00").click()
    pad = phone.page.get_by_role("group", name="金额键盘")
    for key in amount:
        await pad.get_by_role("button", name=key, exact=True).click()
    await pad.get_by_role("button", name="完成").click()


async def confirm(phone: Phone, *, step_up: bool) -> None:
    """Look at it once more and send it; with a finger where the bank asks for more."""
    sheet = phone.page.get_by_role("dialog", name="确认转账")
    await sheet.wait_for()
    await phone.judge("transfer-confirm")
    await sheet.get_by_role("button", name="转 ").click()
    if step_up:
        await phone.prove()


async def order_of(phone: Phone) -> dict[str, Any]:
    """The payment on the screen, as the bank tells it to the phone that shows it."""
    answer: dict[str, Any] = await phone.page.evaluate(
        """async () => (await fetch('/api/app/transfer.order', {method: 'POST',
            headers: {'content-type': 'application/json', 'x-fs-client': 'journey/1'},
            body: JSON.stringify({id: new URLSearchParams(location.search).get('id')})})).json()"""
    )
    return answer


async def state_of(phone: Phone) -> str:
    """done, held, sent, unknown, …"""
    return str((await order_of(phone))["state"])
