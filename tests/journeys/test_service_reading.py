"""Kinds of services on the phone: a notice acknowledged, what is near, a certificate shown, a number looked up."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.bank import until
from tests.journeys.conftest import NewPhone
from tests.journeys.people import become_customer, someone
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]


async def _shown(phone: Phone, text: str) -> None:
    """Look again until the run's page says it: a partner answers in its own time."""

    async def look() -> bool:
        await phone.page.reload()
        await phone.arrive("service-run")
        return bool(await phone.page.get_by_text(text).count())

    await until(look, text)


async def _offered(phone: Phone, act: str) -> None:
    """Look again until the run's page has a row for an act: what is to come is named before it is there."""

    async def look() -> bool:
        await phone.page.reload()
        await phone.arrive("service-run")
        return bool(await phone.page.get_by_role("button").filter(has_text=act).count())

    await until(look, act)


@pytest.mark.parametrize("mode", ["light", "elder"])
async def test_a_notice_is_read_and_what_is_near_is_found(unpack: NewPhone, mode: str) -> None:
    phone = await unpack(mode=mode)
    await become_customer(phone, someone("沈云禾"), "临安")

    await phone.open("s-community-notice")
    await phone.arrive("s-community-notice")
    await phone.reads("警惕冒充物业收费的诈骗电话", "未读，需要确认")
    await phone.judge("notices")
    await phone.picture("service-feed")
    await phone.row("警惕冒充物业收费的诈骗电话")
    await phone.arrive("service-run")
    await phone.reads("不会让您转到个人账户")
    await phone.picture("service-article")
    await phone.row("我已阅读并知晓")
    await expect(phone.page.get_by_text("已确认知晓").first).to_be_visible()
    await phone.open("s-community-notice")
    await phone.reads("已确认")

    await phone.open("s-community-map-hall")
    await phone.arrive("s-community-map-hall")
    await phone.page.get_by_text("杭州武林广场").first.click()
    await phone.press("下一步")
    await phone.press("确认提交")
    await phone.arrive("service-run")
    await _shown(phone, "公里")
    await phone.judge("places near")
    await phone.picture("service-map")


async def test_a_certificate_is_shown_and_a_number_is_looked_up(unpack: NewPhone) -> None:
    phone = await unpack()
    await become_customer(phone, someone("周小满"), "临安")

    await phone.open("s-gov-shebao-proof")
    await phone.arrive("s-gov-shebao-proof")
    await phone.page.get_by_text("购房落户").first.click()
    await phone.press("下一步")
    await phone.page.get_by_role("checkbox", name="同意把我的姓名").check()
    await phone.press("确认提交")
    await phone.prove()
    await phone.arrive("service-run")
    await _offered(phone, "出示")
    await _shown(phone, "缴费基数")
    await phone.row("出示")
    await _shown(phone, "出示中")
    await phone.judge("certificate")
    await phone.picture("service-cert")

    await phone.open("s-community-topup-phone")
    await phone.arrive("s-community-topup-phone")
    await phone.fill("手机号", "13800001111")
    await phone.page.get_by_text("30 元", exact=True).first.click()
    await phone.press("下一步")
    await phone.picture("service-topup-confirm")
    await phone.press("确认提交")
    await phone.arrive("service-run")
    await _shown(phone, "充 30.00 元，付 30.00 元")
    await phone.reads("确认付 30.00 元吗")
    await phone.judge("top-up")
    await phone.picture("service-topup")
