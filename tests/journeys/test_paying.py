"""Journey 2: money comes in, goes to another county bank, and goes to banks outside the federation."""

from __future__ import annotations

import pytest

from tests.journeys.bank import Bank, Front, until
from tests.journeys.conftest import NewPhone
from tests.journeys.paying import Payee, pay, state_of
from tests.journeys.people import become_customer, log_in_as, someone
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]

OUTSIDE = "6231000000001234"


async def test_money_goes_to_another_county_with_a_passkey(unpack: NewPhone, bank: Bank) -> None:
    phone, person = await unpack(), someone("沈青穗")
    await become_customer(phone, person, "临安")
    await bank.receive(person.account, person.name, "3000.00")
    async with bank.logged_in("lin_xiaohe") as lin:
        payee = await Payee.of(lin, "林小禾")
        before = await funds(lin)

        await phone.open("home")
        await phone.arrive("home")
        await phone.reads("3,000.00")
        await pay(phone, payee, "520.00", memo="房租", step_up=True)

        assert await state_of(phone) == "done"
        await phone.reads("林小禾", "520.00", "伍佰贰拾元整", "茶乡农商银行")
        await read_receipt(phone, person.name)
        await read_statement(phone, "520.00")
        assert await funds(lin) == before + 520_00
        line = (await lin.ask("statement.page", account=payee.number))["items"][0]
        assert (line["delta_fen"], line["memo"]) == (520_00, "房租")
    async with bank.logged_in("qian_wei", "console") as centre:
        assert (await centre.ask("banks.list"))["balanced"] is True


async def read_receipt(phone: Phone, payer: str) -> None:
    """Both banks' names, both people, and where it is booked."""
    await phone.press("电子回单")
    await phone.arrive("receipt")
    await phone.reads(payer, "林小禾", "茶乡农商银行", "竹径农商银行", "通行密钥")
    await phone.press("返回")
    await phone.arrive("order")
    await phone.press("完成")
    await phone.arrive("home")


async def read_statement(phone: Phone, amount: str) -> None:
    await phone.open("statement")
    await phone.arrive("statement")
    await phone.reads(f"−{amount}", "+3,000.00")


async def funds(front: Front) -> int:
    """What somebody has in all, in fen."""
    return int((await front.ask("accounts.list"))["total_fen"])


@pytest.fixture
async def payer(unpack: NewPhone) -> Phone:
    """周明, who has been a customer for long, with a phone the bank meets for the first time."""
    phone = await unpack()
    await log_in_as(phone, "周明")
    return phone


async def test_outside_banks_accept_reject_and_keep_silent(payer: Phone, bank: Bank) -> None:
    async with bank.logged_in("zhou_ming") as zhou:
        before = await funds(zhou)

        await pay(payer, Payee(OUTSIDE, "王小谷"), "101.00")
        assert await settled(payer) == "done"
        assert await funds(zhou) == before - 101_00

        await pay(payer, Payee("6231000000009001", "王小谷"), "102.00")
        assert await settled(payer) == "rejected"
        await payer.reads("对方银行没有收", "收款账号不存在", "钱已回到您的可用余额")
        assert await funds(zhou) == before - 101_00

        await pay(payer, Payee("6231000000009301", "王小谷"), "103.00")
        assert await settled(payer) == "done"
        assert await funds(zhou) == before - 204_00


async def settled(phone: Phone) -> str:
    """What became of the payment on the screen, once the outside bank has said it."""
    moving = {"sent", "unknown"}

    async def final() -> str | None:
        state = await state_of(phone)
        return None if state in moving else state

    found = await until(final, "the answer of the outside bank")
    await phone.page.reload()
    await phone.arrive("order")
    return found
