"""Journey 6: joining and paying in large type; and paying without a passkey."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.bank import Bank
from tests.journeys.conftest import NewPhone
from tests.journeys.paying import Payee, pay, state_of
from tests.journeys.people import DEMO_PASSWORD, become_customer, log_in_as, someone

pytestmark = [pytest.mark.journey, pytest.mark.browser]


async def test_joining_and_paying_in_large_type(unpack: NewPhone, bank: Bank) -> None:
    phone, person = await unpack(mode="elder"), someone("沈阿香")
    await become_customer(phone, person, "海盐")
    await bank.receive(person.account, person.name, "900.00")

    await phone.open("home")
    await phone.arrive("home")
    await phone.reads("900.00", "我的钱")
    async with bank.logged_in("lin_xiaohe") as lin:
        await pay(phone, await Payee.of(lin, "林小禾"), "300.00", step_up=True)

    assert await state_of(phone) == "done"
    await phone.reads("林小禾", "叁佰元整")
    await phone.picture("order-done")
    await phone.press("完成")
    await phone.arrive("home")
    await phone.reads("600.00")


async def test_password_and_code_where_there_is_no_passkey(unpack: NewPhone, bank: Bank) -> None:
    phone = await unpack(mode="elder")
    await log_in_as(phone, "金阿彩")
    async with bank.logged_in("lin_xiaohe") as lin:
        payee = await Payee.of(lin, "林小禾")
    sent = len(await bank.letters("16000000003"))

    await pay(phone, payee, "260.00", arrive=False)
    proof = phone.page.get_by_role("dialog", name="请确认是您本人")
    await proof.get_by_label("登录密码").fill(DEMO_PASSWORD)
    await proof.get_by_role("button", name="确认", exact=True).click()
    await expect(proof).to_contain_text("秒后重发")
    await proof.get_by_label("短信验证码").fill(await bank.code("16000000003", after=sent))
    await phone.judge("step-up")
    await proof.get_by_role("button", name="确认", exact=True).click()
    await phone.arrive("order")

    assert await state_of(phone) == "done"
