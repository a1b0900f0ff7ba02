"""Journey 9: an operator, no programmer, makes a page and changes the five sections; a colleague sends them live."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.journeys.bank import Bank
from tests.journeys.conftest import NewPhone
from tests.journeys.people import log_in_as

pytestmark = [pytest.mark.journey, pytest.mark.browser]

Desk = Callable[[str], Awaitable[Page]]
AUTHOR, CHECKER = "shen_lan", "qian_wei"
PICTURES = Path(__file__).parent / "pictures"


@pytest.fixture
async def sit(browser: Browser, bank: Bank) -> AsyncIterator[Desk]:
    """`await sit(person)` gives a desk of the console with that person at it; no page of it may have thrown."""
    thrown: list[str] = []
    pages: list[Page] = []

    async def at(person: str) -> Page:
        async with bank.front("console") as door:
            token = (await door.ask("session.demo", id=person))["token"]
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="zh-CN", reduced_motion="reduce"
        )
        await context.add_cookies([{"name": "fs_staff", "value": token, "url": bank.url + "/api/console"}])
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        pages.append(page)
        return page

    yield at
    for page in pages:
        await page.context.close()
    assert thrown == []


@asynccontextmanager
async def kept(page: Page, name: str) -> AsyncIterator[None]:
    """A picture when it goes wrong."""
    try:
        yield
    except BaseException:
        await page.screenshot(path=PICTURES / f"failed-{name}.png")
        raise


async def saved(page: Page) -> None:
    """What is on the bench is with the bank."""
    await expect(page.get_by_role("status").filter(has_text="已记下")).to_be_visible()


async def approve_and_go_live(desk: Page, bank: Bank, address: str) -> None:
    """A colleague compares, approves, and lets everybody see it."""
    await desk.goto(address)
    await expect(desk.get_by_role("heading", name="改了什么")).to_be_visible()
    await desk.get_by_role("button", name="通过", exact=True).click()
    await desk.get_by_role("button", name="全部上线").click()
    await expect(desk.get_by_text("所有人都看到")).to_be_visible()


def phone_of(page: Page) -> FrameLocator:
    """The phone in the designer."""
    return page.frame_locator("iframe").first


async def test_an_operator_makes_a_page(unpack: NewPhone, bank: Bank, sit: Desk) -> None:
    desk = await sit(AUTHOR)
    async with kept(desk, "designer-page"):
        await desk.goto(f"{bank.url}/console/pages")
        await desk.get_by_role("button", name="新页面").click()
        await desk.get_by_label("中文标题").fill("春茶贷款说明")
        await desk.get_by_label("英文标题").fill("Spring tea loans")
        await desk.get_by_label(re.compile("编号")).fill("spring-tea")
        await desk.get_by_role("button", name="开始设计").click()
        phone = phone_of(desk)
        await expect(phone.get_by_text("在这里写第一句话")).to_be_visible()

        await phone.get_by_text("在这里写第一句话").click()  # choosing a block by touching it on the phone
        await (
            desk.get_by_label("text 中文")
            .or_(desk.get_by_label(re.compile("^.*中文$")))
            .first.fill("采茶前十天就能申请")
        )
        await expect(phone.get_by_text("采茶前十天就能申请")).to_be_visible()

        await desk.locator(".palb[data-kind=notice]").click()
        await expect(phone.locator(".notice")).to_be_visible()
        await desk.get_by_role("tab", name="大纲").click()
        tree = desk.get_by_role("tree", name="大纲")
        kinds = tree.get_by_role("treeitem")
        await expect(kinds).to_have_count(2)
        await desk.locator(".olb.on").press("Alt+ArrowUp")
        await expect(desk.locator(".olb").first).to_have_class(re.compile(r"\bon\b"))
        await desk.get_by_role("button", name="撤销").click()
        await desk.get_by_role("button", name="重做").click()
        await desk.get_by_role("radio", name="长辈").click()
        await expect(phone.locator("html[data-elder]")).to_have_count(1)
        await desk.get_by_role("radio", name="标准").click()
        await saved(desk)
        await desk.get_by_role("button", name="提交复核").click()
        await desk.wait_for_url(re.compile(r"/console/pages/v:"))
        await expect(desk.get_by_text("要由另一位同事复核")).to_be_visible()

    other = await sit(CHECKER)
    async with kept(other, "designer-review"):
        await approve_and_go_live(other, bank, desk.url)

    seen = await unpack()
    await log_in_as(seen, "周明")
    await seen.turn_to("spring-tea")
    await seen.reads("采茶前十天就能申请")
    await seen.judge("spring-tea")


async def test_an_operator_changes_the_five_sections(unpack: NewPhone, bank: Bank, sit: Desk) -> None:
    seen = await unpack()
    await log_in_as(seen, "周明")
    desk = await sit(AUTHOR)
    async with kept(desk, "designer-sections"):
        await desk.goto(f"{bank.url}/console/pages/shell")
        await expect(phone_of(desk).get_by_role("navigation", name="主导航")).to_be_visible()
        await desk.get_by_label("名字 2 中文").fill("存钱")
        await desk.get_by_label("名字 2 英文").fill("Save")
        await desk.get_by_role("button", name="存钱 后移").click()
        await expect(
            phone_of(desk).get_by_role("navigation", name="主导航").get_by_role("link").nth(2)
        ).to_have_text("存钱")
        await saved(desk)
        await desk.get_by_role("button", name="提交复核").click()
        await desk.wait_for_url(re.compile(r"/console/pages/v:"))

    other = await sit(CHECKER)
    async with kept(other, "designer-sections-review"):
        await approve_and_go_live(other, bank, desk.url)
        await expect(
            seen.page.get_by_role("navigation", name="主导航").get_by_role("link").nth(2)
        ).to_have_text("存钱")
        await other.get_by_role("button", name="一键退回上一版").click()
        await expect(
            seen.page.get_by_role("navigation", name="主导航").get_by_role("link").nth(1)
        ).to_have_text("财富")
