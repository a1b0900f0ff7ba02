"""Journey 4: what the bank does not do, it says in clear words, in both languages; nothing moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from playwright.async_api import Route, expect

from tests.journeys.bank import Bank, Front, Refused
from tests.journeys.conftest import NewPhone
from tests.journeys.paying import Payee, enter, name_the_payee, press_keys
from tests.journeys.people import customer, log_in_as, prove_and, someone
from tests.journeys.phone import Phone

_ANJI = 523

pytestmark = [pytest.mark.journey, pytest.mark.browser]


@pytest.fixture
async def zhou(bank: Bank) -> AsyncIterator[Front]:
    """周明 without a screen. Whatever a test tries, his money must be the same afterwards."""
    async with bank.logged_in("zhou_ming") as front:
        before = await front.ask("accounts.list")
        yield front
        after = await front.ask("accounts.list")
        assert after["total_fen"] == before["total_fen"]
        assert after["available_fen"] == before["available_fen"]


@pytest.fixture
async def lin(bank: Bank) -> Payee:
    """Where 林小禾 is paid."""
    async with bank.logged_in("lin_xiaohe") as front:
        return await Payee.of(front, "林小禾")


@pytest.fixture
async def phone(unpack: NewPhone, zhou: Front) -> Phone:
    """His phone."""
    phone = await unpack()
    await log_in_as(phone, "周明")
    return phone


async def test_what_the_page_refuses_itself(phone: Phone, lin: Payee) -> None:
    amount, sheet = phone.page.get_by_placeholder("0.00"), phone.page.get_by_role("dialog")

    await name_the_payee(phone, Payee(lin.number, "林大禾"))
    await phone.reads("请向对方再核对一遍")
    await expect(amount).to_have_count(0)

    await name_the_payee(phone, Payee(mistyped(lin.number), lin.name))
    await phone.reads("账号不对")
    await expect(amount).to_have_count(0)

    await name_the_payee(phone, lin)
    await amount.press_sequentially("-1e2x.345")
    await expect(amount).to_have_value("12.34")

    await amount.fill("")
    await press_keys(phone, "25000.00")
    await phone.reads("手机上单笔最多转 20,000.00", "网点")
    await phone.judge("transfer-too-much")
    await expect(phone.button("下一步")).to_be_disabled()
    await expect(sheet).to_have_count(0)


async def test_more_than_there_is(phone: Phone, bank: Bank, lin: Payee) -> None:
    async with bank.logged_in("zhou_ming") as zhou:
        second = (await zhou.ask("accounts.list"))["items"][1]
    await phone.open("transfer", f"?from={second['number']}")
    await phone.arrive("transfer")
    await phone.fill("收款账号", lin.number)
    await phone.fill("收款人姓名", lin.name)
    await phone.press("下一步")
    await press_keys(phone, "9000.00")

    await phone.reads("6,315.20 元，不够")


def mistyped(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize(
    "amount", ["-5.00", "abc", "1e3", "0.00", "1.001", "99999999999999999999.00", "", "１２.00"]
)
async def test_amounts_that_are_none(zhou: Front, lin: Payee, amount: str) -> None:
    with pytest.raises(Refused) as refused:
        await submit(zhou, lin, amount)

    assert refused.value.status == 422
    assert_said_twice(refused.value)


async def test_more_than_there_is_without_a_screen(bank: Bank, lin: Payee) -> None:
    async with bank.logged_in("jin_acai") as acai:
        before = await acai.ask("accounts.list")
        with pytest.raises(Refused) as refused:
            await submit(acai, lin, "199999.00")
        assert_said_twice(refused.value)
        assert (await acai.ask("accounts.list"))["available_fen"] == before["available_fen"]


async def test_a_session_that_was_ended_elsewhere(phone: Phone, zhou: Front, lin: Payee) -> None:
    await name_the_payee(phone, lin)
    await enter(phone, "12.00")

    async def end_first(route: Route) -> None:
        await zhou.ask("security.log_out_others")
        await route.continue_()

    await phone.page.route("**/api/app/transfer.submit", end_first)
    await phone.page.get_by_role("dialog").get_by_role("button", name="转 ").click()

    await phone.arrive("welcome")
    await phone.reads("重新登录")


async def test_a_wrong_code_five_times(unpack: NewPhone, bank: Bank) -> None:
    phone, person = await unpack(), someone("江小满")
    await phone.open("register")
    await phone.arrive("register")
    await phone.fill("手机号", person.phone)
    await phone.press("获取验证码")
    right = await bank.code(person.phone)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    await phone.page.get_by_role("checkbox").check()
    notice = phone.page.locator(".notice", has_text="验证码").last
    for _ in range(5):
        await phone.fill("短信验证码", wrong)
        async with phone.page.expect_response("**/api/app/enter.register"):
            await phone.press("注册并登录")
    await expect(notice).to_be_visible()
    await phone.fill("短信验证码", right)
    async with phone.page.expect_response("**/api/app/enter.register") as sixth:
        await phone.press("注册并登录")

    assert (await sixth.value).status != 200
    assert phone.path == "register"


async def test_an_account_that_was_closed(phone: Phone, bank: Bank) -> None:
    person = someone("方晓苔")
    async with customer(bank, person, _ANJI) as fang:
        await prove_and(bank, fang, person, "me.close_account", account=person.account)

    await name_the_payee(phone, Payee(person.account, person.name))

    await phone.reads("没有找到这个账号")
    await expect(phone.page.get_by_placeholder("0.00")).to_have_count(0)


async def submit(front: Front, payee: Payee, amount: str) -> None:
    """A payment past all help of the page."""
    number = (await front.ask("accounts.list"))["main"]["number"]
    wish = {"key": str(uuid4()), "from": number, "payee": {"number": payee.number, "name": payee.name}}
    await front.ask("transfer.submit", **wish, amount=amount)


def assert_said_twice(refused: Refused) -> None:
    """A sentence in Chinese and one in English, without holes."""
    zh, en = refused.messages["zh"], refused.messages["en"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in zh)
    assert en.isascii()
    assert not {"{", "}"} & {*zh, *en}
