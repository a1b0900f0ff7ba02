"""Services on the phone: a repair from the life section, a case sent back and mended, a look-up."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import NewPhone
from tests.journeys.people import become_customer, someone

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
