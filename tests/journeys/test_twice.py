"""Journey 3: the same payment sent again, by fingers, by a lost answer, by two devices. It moves once."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import pytest
from playwright.async_api import Route, expect

from tests.journeys.bank import Bank, Front
from tests.journeys.conftest import NewPhone
from tests.journeys.paying import Payee, enter, name_the_payee, state_of
from tests.journeys.people import log_in_as
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]


async def movements(front: Front, fen: int) -> int:
    """How many lines of today's statement move just this much; the demo's past may hold anything."""
    today = (await front.ask("session.me"))["today"]
    lines = (await front.ask("statement.page", limit=100, since=today))["items"]
    return sum(line["delta_fen"] == fen for line in lines)


async def up_to_the_sheet(phone: Phone, bank: Bank, amount: str) -> None:
    """Everything but the last touch."""
    await log_in_as(phone, "周明")
    async with bank.logged_in("lin_xiaohe") as lin:
        await name_the_payee(phone, await Payee.of(lin, "林小禾"))
    await enter(phone, amount)
    await phone.page.get_by_role("dialog", name="确认转账").wait_for()


async def test_a_double_tap_pays_once(unpack: NewPhone, bank: Bank) -> None:
    phone = await unpack()
    await up_to_the_sheet(phone, bank, "31.07")

    await phone.page.get_by_role("dialog").get_by_role("button", name="转 ").dblclick()
    await phone.arrive("order")

    assert await state_of(phone) == "done"
    async with bank.logged_in("zhou_ming") as zhou, bank.logged_in("lin_xiaohe") as lin:
        assert await movements(zhou, -31_07) == 1
        assert await movements(lin, 31_07) == 1


async def test_a_lost_answer_is_asked_for_and_not_paid_again(unpack: NewPhone, bank: Bank) -> None:
    phone = await unpack()
    await up_to_the_sheet(phone, bank, "31.08")
    sent: list[str] = []

    async def lose(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}")["key"])
        if len(sent) == 1:
            await route.fetch()  # the bank has done it; the phone never hears so
            await route.abort()
        else:
            await route.continue_()

    await phone.page.route("**/api/app/transfer.submit", lose)
    sheet = phone.page.get_by_role("dialog")
    await sheet.get_by_role("button", name="转 ").click()
    await expect(sheet).to_contain_text("还不知道结果")
    await sheet.get_by_role("button", name="问这笔的结果").click()
    await phone.arrive("order")

    assert await state_of(phone) == "done"
    assert len(sent) == 2
    assert sent[0] == sent[1]
    async with bank.logged_in("zhou_ming") as zhou:
        assert await movements(zhou, -31_08) == 1


async def test_two_devices_with_one_key_pay_once(bank: Bank) -> None:
    async with bank.logged_in("zhou_ming") as one, bank.logged_in("zhou_ming") as other:
        async with bank.logged_in("lin_xiaohe") as lin:
            payee = await Payee.of(lin, "林小禾")
        wish = {
            "key": str(uuid4()), "from": (await one.ask("accounts.list"))["main"]["number"],
            "payee": {"number": payee.number, "name": payee.name}, "amount": "31.09",
        }  # fmt: skip

        answers = await asyncio.gather(*(front.ask("transfer.submit", **wish) for front in (one, other) * 4))

        assert {answer["order"]["id"] for answer in answers} == {answers[0]["order"]["id"]}
        assert await movements(one, -31_09) == 1
