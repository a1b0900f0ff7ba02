"""Journey 11: a clerk works a case by keyboard alone: sends it back, passes it, says yes; a colleague agrees."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from fengshou.runtime.demo.cast import QINGHE
from tests.journeys.bank import Bank, Front
from tests.journeys.people import PASSWORD, Person, prove_and, someone
from tests.journeys.phone import AXE

pytestmark = [pytest.mark.journey, pytest.mark.browser]

CARD = "social.card.replace"
FORM = {"why": "lost", "take": "branch", "phone": "13800001111"}
PICTURES = Path(__file__).parent / "pictures"
_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map((one) => [one.impact, one.id, one.nodes.map((node) => node.html.slice(0, 160))])"""
_CODE_WAITS_S = 61
Sit = Callable[..., Awaitable[Page]]


@pytest.fixture
async def sit(browser: Browser, bank: Bank) -> AsyncIterator[Sit]:
    """`await sit("陈玉")` opens the desk of cases, or another; nothing may be thrown there."""
    pages: list[Page] = []
    thrown: list[str] = []

    async def sit_down(
        colleague: str, desk: str = "cases", theme: str = "light", locale: str = "zh-CN"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale=locale, timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )  # fmt: skip
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        prefs = json.dumps(json.dumps({"locale": locale, "theme": theme}))
        await page.add_init_script(f"localStorage.setItem('fs.console', {prefs})")
        await page.goto(f"{bank.url}/console/{desk}")
        await page.get_by_role("button", name=colleague).click()
        await expect(page.locator(f"[data-desk='desk/{desk}'] table[aria-busy=false]")).to_be_visible()
        pages.append(page)
        return page

    yield sit_down
    for page in pages:
        await page.context.close()
    assert thrown == []


async def judged(page: Page, name: str) -> None:
    """Nothing that axe finds, and a picture for people who asked for one."""
    await page.evaluate(AXE.read_text("utf-8"))
    assert await page.evaluate(_AXE) == [], name
    if os.environ.get("FENGSHOU_PICTURES"):
        await page.screenshot(path=PICTURES / f"{name}.png")


@asynccontextmanager
async def neighbour(bank: Bank, person: Person) -> AsyncIterator[Front]:
    """A customer whose own bank is the clerks'; by cookie, for each proof renews the session."""
    async with bank.front() as front:
        await front.ask("enter.sms", phone=person.phone, purpose="register")
        code = await bank.code(person.phone)
        await front.ask("enter.register", phone=person.phone, code=code, agree=True, bank=QINGHE)
        await front.ask("me.set_password", password=PASSWORD)
        await front.ask("me.real_name", name=person.name, id_number=person.id_number, agree=True)
        yield front


async def applied(bank: Bank, front: Front, person: Person) -> str:
    """A new card, applied for on the phone and proved."""
    await prove_and(
        bank, front, person, "service.begin", key=str(uuid4()), service=CARD, form=FORM, agree=True
    )
    runs: list[dict[str, Any]] = (await front.ask("service.runs"))["items"]
    return str(runs[0]["id"])


async def choose(page: Page, person: Person) -> Locator:
    """Find somebody's case by the mobile, go down to it, and see it in the pane."""
    await expect(page.locator("[data-desk] table[aria-busy=false]")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type(person.phone)
    rows = page.get_by_role("row").filter(has_text=person.name[0])
    await expect(rows).to_have_count(1)
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    pane = page.locator("aside")
    await expect(pane).to_contain_text(person.name)
    return pane


async def press(page: Page, key: str, act: str) -> None:
    """An act by its letter, once it is offered and nothing is at work any more."""
    await expect(
        page.locator("aside[aria-busy=false]").get_by_role("button", name=act, exact=True)
    ).to_be_visible()
    await page.keyboard.press(key)


async def done(page: Page, said: str) -> None:
    """What is said when it is done."""
    await expect(page.locator(".told")).to_contain_text(said)


async def test_a_clerk_sends_a_case_back_and_two_approve_it(bank: Bank, sit: Sit) -> None:
    person = someone("苏小满")
    async with neighbour(bank, person) as front:
        case = await applied(bank, front, person)
        clerk = await sit("陈玉")
        await judged(clerk, "cases")
        pane = await choose(clerk, person)
        await judged(clerk, "case-free")
        await press(clerk, "c", "领取")
        await done(clerk, "已领取")

        await press(clerk, "r", "退回补正")
        dialog = clerk.get_by_role("dialog")
        await expect(dialog).to_be_visible()
        await judged(clerk, "case-sending-back")
        await dialog.get_by_role("radio", name="怎么拿卡").press("Space")
        await dialog.get_by_label("怎么补").press_sequentially("请改成邮寄")
        await clerk.keyboard.press("Enter")
        await done(clerk, "已退回")
        await expect(pane.locator(".chip").first).to_have_text("待补正")
        await judged(clerk, "case-sent-back")

        mended = {"take": "post", "address": "文晖路 12 号 3 幢"}
        await prove_again(bank, front, person, case, mended)
        await clerk.reload()
        pane = await choose(clerk, person)
        await expect(pane).to_contain_text("文晖路 12 号 3 幢")
        await press(clerk, "p", "本步通过")
        await done(clerk, "已转下一环节")
        await press(clerk, "c", "领取")
        await done(clerk, "已领取")
        await press(clerk, "a", "批准")
        await expect(clerk.get_by_role("dialog")).to_contain_text("要由另一位同事复核后生效")
        await judged(clerk, "case-approving")
        await clerk.keyboard.press("Enter")
        await expect(pane).to_contain_text("要由另一位同事复核")

        chief = await sit("王芳")
        pane = await choose(chief, person)
        await expect(pane).to_contain_text("陈玉提出：批准")
        await judged(chief, "case-second-look")
        await press(chief, "y", "复核同意")
        await chief.get_by_role("dialog").get_by_role("button", name="复核同意").press("Enter")
        await expect(pane.locator(".chip").first).to_have_text("待发放")
        await press(chief, "v", "发给客户")
        await chief.get_by_role("dialog").get_by_role("button", name="发给客户").press("Enter")
        await done(chief, "已办结")

        told = await front.ask("service.run", id=case)
        assert (told["state"], told["can"]) == ("delivered", [])


async def prove_again(bank: Bank, front: Front, person: Person, case: str, form: dict[str, str]) -> None:
    """The customer mends what was asked for, once another code may be asked for."""
    async with bank.logged_in("shen_lan", "console") as centre:
        ahead = (await centre.ask("clock.view"))["ahead_s"]
        await centre.ask("clock.move", ahead_s=ahead + _CODE_WAITS_S)
    wish = {"key": str(uuid4()), "id": case, "act": "mend", "form": form, "agree": True}
    await prove_and(bank, front, person, "service.act", **wish)


@pytest.mark.parametrize(("theme", "locale"), [("dark", "en"), ("hc", "zh-CN")])
async def test_desks_of_content_read_well_in_every_light(sit: Sit, theme: str, locale: str) -> None:
    for colleague, desk in (("陈玉", "cases"), ("王芳", "numbers"), ("徐静", "audit")):
        page = await sit(colleague, desk, theme, locale)
        if desk == "audit":
            await expect(page.locator("tbody tr[aria-selected=true]")).to_have_count(1)
            await page.keyboard.press("j")
            await expect(page.locator("tbody tr").nth(1)).to_have_attribute("aria-selected", "true")
        await judged(page, f"desk-{desk}-{theme}")
