"""Journey 10: a payee's code is read from a picture and checked before it is paid; a search finds what is meant."""

from __future__ import annotations

import io

import pytest
import segno

from tests.journeys.bank import Bank
from tests.journeys.conftest import NewPhone
from tests.journeys.people import log_in_as

pytestmark = [pytest.mark.journey, pytest.mark.browser]


def picture_of(data: str) -> bytes:
    """A code as a photograph of it would be."""
    held = io.BytesIO()
    segno.make(data, error="m").save(held, kind="png", scale=6, border=4)
    return held.getvalue()


async def test_a_code_in_a_picture_leads_to_its_payee(unpack: NewPhone, bank: Bank) -> None:
    async with bank.logged_in("lin_xiaohe") as lin:
        code = await lin.ask("accounts.qr", memo="菜钱")
    phone = await unpack()
    await log_in_as(phone, "周明")
    await phone.press("扫一扫")
    sheet = phone.page.get_by_role("dialog", name="扫一扫")
    await sheet.get_by_text("可以从相册选一张").wait_for()  # this phone has no camera
    await phone.judge("scan")
    await phone.picture("scan")
    chooser = sheet.locator("input[type=file]")
    await chooser.set_input_files({"name": "tea.png", "mimeType": "image/png", "buffer": b"no picture"})
    await sheet.get_by_text("没有找到码").wait_for()
    await chooser.set_input_files(
        {"name": "code.png", "mimeType": "image/png", "buffer": picture_of(code["data"])}
    )
    await phone.arrive("transfer")
    assert await phone.page.get_by_label("收款人姓名").input_value() == "林小禾"


async def test_a_search_by_initials_opens_the_page(unpack: NewPhone) -> None:
    phone = await unpack()
    await log_in_as(phone, "周明")
    await phone.press("搜索")
    await phone.arrive("search")
    await phone.page.get_by_role("search").get_by_role("textbox").fill("skm")
    await phone.row("收款码")
    await phone.arrive("my-qr")
