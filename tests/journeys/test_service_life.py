"""Services on the phone: a repair from the life section, a case sent back and mended, a look-up."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.bank import Bank, until
from tests.journeys.conftest import NewPhone
from tests.journeys.people import become_customer, someone
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]


@pytest.mark.parametrize("mode", ["light", "elder"])
async def test_a_repair_is_told_from_the_life_section(unpack: NewPhone, mode: str) -> None:
    phone = await unpack(mode=mode)
    await become_customer(phone, someone("沈云禾"), "临安")

    await phone.open("life")
    await phone.arrive("life")
    await phone.picture("service-life")
    await phone.row("社区云")
    await phone.arrive("cloud")
    await phone.picture("service-cloud")
    await phone.row("报事报修")
    await phone.arrive("s-prop-repair-repair")
    await phone.press("下一步")
    await phone.picture("service-form-wrong")
    await phone.page.get_by_text("水管漏水").first.click()
    await phone.fill("地点", "3 幢 502 厨房")
    await phone.fill("说说情况", "水槽下面一直滴水")
    await phone.judge("repair filled in")
    await phone.picture("service-form")
    await phone.press("下一步")
    await phone.judge("repair confirm")
    await phone.picture("service-confirm")
    await phone.press("确认提交")
    await phone.arrive("service-run")
    await phone.reads("办理进度", "水槽下面一直滴水")
    await phone.picture("service-run")

    await phone.open("my-services")
    await phone.arrive("my-services")
    await expect(phone.page.get_by_text("报事报修")).to_be_visible()
    await phone.picture("my-services")


async def test_a_case_is_sent_back_mended_and_keeps_what_was_written(unpack: NewPhone, bank: Bank) -> None:
    phone = await unpack(mode="dark")
    await become_customer(phone, someone("周小满"), "临安")
    await phone.open("s-gov-gjj-rent--draw")
    await phone.arrive("s-gov-gjj-rent--draw")
    await phone.page.get_by_text("未婚", exact=True).click()
    await phone.fill("租住地址", "文晖路 12 号 3 幢 502")
    await phone.type("每月租金（元）", "2600")
    await phone.page.get_by_role("group", name="金额键盘").get_by_role("button", name="完成").click()
    await phone.page.get_by_text("一季一次").click()
    await phone.page.get_by_label("起租日期").click()
    await phone.picture("service-day")
    await phone.page.get_by_role("dialog", name="起租日期").get_by_role("button", name="完成").click()
    await phone.page.get_by_role("checkbox", name="我承诺在本市没有自有住房").check()
    await phone.judge("case filled in")
    await phone.picture("service-case-form")
    await phone.press("下一步")
    await phone.picture("service-case-confirm")
    await phone.page.get_by_role("checkbox", name="同意把我的姓名").check()
    await phone.press("确认提交")
    await phone.prove()
    await phone.arrive("service-run")
    number = (await _shown(phone, "编号")).split()[0].strip(",")
    await phone.picture("service-case-run")

    desk = f"{bank.simulators}/simulators/government/desk"
    wish = {
        "act": "return",
        "provider": "gov-330102",
        "number": number,
        "field": "address",
        "note": "写到门牌号",
    }
    answer = await bank.http.post(desk, json=wish)
    assert answer.status_code == 200, answer.text
    await _shown(phone, "需要补正")
    await phone.picture("service-case-returned")
    await phone.press("去补正")
    await phone.arrive("s-gov-gjj-rent--draw")
    await expect(phone.page.get_by_label("租住地址")).to_have_value("文晖路 12 号 3 幢 502")
    await phone.fill("租住地址", "文晖路 12 号 3 幢 502 室")
    await phone.press("下一步")
    await phone.press("确认提交")
    await phone.prove()
    await phone.arrive("service-run")
    await phone.reads("文晖路 12 号 3 幢 502 室")
    await phone.picture("service-case-mended")


async def _shown(phone: Phone, text: str) -> str:
    """Look again until the page says it; the value beside it, if it is a row's name."""

    async def look() -> str | None:
        await phone.page.reload()
        await phone.arrive("service-run")
        if not await phone.page.get_by_text(text, exact=True).count():
            return None
        row = phone.page.locator("dt", has_text=text).locator("xpath=following-sibling::dd[1]")
        return (await row.inner_text()).strip() if await row.count() else text

    return await until(look, text)


async def test_a_visitor_is_let_in_by_a_code_of_the_moment(unpack: NewPhone) -> None:
    phone = await unpack(mode="light")
    await become_customer(phone, someone("陈谷雨"), "临安")
    await phone.open("s-prop-visit-pass")
    await phone.arrive("s-prop-visit-pass")
    await phone.fill("访客姓名", "李禾")
    await phone.page.get_by_text("北门", exact=True).click()
    await phone.fill("有效几小时", "4")
    await phone.judge("visitor filled in")
    await phone.picture("service-visit-form")
    await phone.press("下一步")
    await phone.page.get_by_role("checkbox", name="同意把我的姓名").check()
    await phone.press("确认提交")
    await phone.arrive("service-run")
    await _shown(phone, "可以通行")
    await phone.row("出示通行码")
    await _shown(phone, "请对准读码器；截图转发的码很快会失效")
    await phone.judge("visitor code")
    await phone.picture("service-visit-code")
    await phone.row("收回")
    await _shown(phone, "已收回")
    await phone.picture("service-visit-revoked")
