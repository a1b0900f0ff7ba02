"""The book at colleagues' desks in Chromium: its currencies, closing it, and opening a day again by two people."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.journeys.bank import Bank
from tests.journeys.people import DEMO_PASSWORD
from tests.journeys.phone import AXE, PICTURES

pytestmark = [pytest.mark.journey, pytest.mark.browser]

Sit = Callable[..., Awaitable[Page]]
_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map((one) => [one.impact, one.id, one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3)])"""


@pytest.fixture
async def sit(browser: Browser, bank: Bank) -> AsyncIterator[Sit]:
    """`await sit("王芳")` opens the page of closing, or another, at a colleague's desk; nothing may be thrown there."""
    pages: list[Page] = []
    thrown: list[str] = []

    async def sit_down(
        colleague: str, theme: str = "light", locale: str = "zh-CN", place: str = "closing"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale=locale, timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )  # fmt: skip
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        prefs = json.dumps(json.dumps({"locale": locale, "theme": theme}))
        await page.add_init_script(f"localStorage.setItem('fs.console', {prefs})")
        await page.goto(f"{bank.url}/console/{place}")
        await page.get_by_role("button", name=colleague).click()
        await expect(page.locator("main .skel")).to_have_count(0)
        await expect(page.locator("main h2").first).to_be_visible()
        pages.append(page)
        return page

    yield sit_down
    for page in pages:
        await page.context.close()
    assert thrown == []


async def judged(page: Page, name: str) -> None:
    """No grave finding of axe, and a picture for people who asked for one."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = [one for one in await page.evaluate(_AXE) if one[0] in ("serious", "critical")]
    assert found == [], name
    if os.environ.get("FENGSHOU_PICTURES"):
        await page.screenshot(path=PICTURES / f"{name}.png")


async def test_one_asks_and_another_opens_the_day_again(sit: Sit) -> None:
    teller, chief = await sit("陈玉"), await sit("王芳")
    await expect(teller.get_by_text("还没有结过账")).to_be_visible()
    await expect(teller.get_by_text("结账由主管办理")).to_be_visible()
    await judged(chief, "closing-empty")

    await chief.get_by_role("button", name="结账", exact=True).click()
    row = chief.locator("table.clt tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("王芳")
    day = await row.locator("b").inner_text()
    await chief.get_by_role("button", name="核对").click()
    await expect(chief.get_by_text("1 个已结期间都与结账时一致")).to_be_visible()

    await teller.reload()
    await teller.get_by_label("为什么要重开").fill("漏记一张凭证")
    await teller.keyboard.press("Tab")
    await teller.keyboard.press("Enter")
    await expect(teller.get_by_text("自己的申请要由同事同意")).to_be_visible()
    await judged(teller, "closing-asked")

    await chief.reload()
    await expect(chief.get_by_text(f"陈玉申请重开 {day}")).to_be_visible()
    await expect(chief.get_by_role("button", name="不同意")).to_be_disabled()
    await judged(chief, "closing-decide")
    dark = await sit("王芳", "dark", "en")
    await expect(dark.get_by_role("button", name="Agree, open it")).to_be_visible()
    await judged(dark, "closing-decide-dark")
    await chief.keyboard.press("j")
    await expect(row).to_have_attribute("aria-selected", "true")
    await chief.keyboard.press("Enter")
    await expect(chief.get_by_role("button", name="同意重开")).to_be_focused()
    await chief.keyboard.press("Enter")
    await expect(row).to_contain_text("已重开")
    await expect(chief.locator(".rop li").first).to_contain_text("陈玉 → 王芳")


async def test_a_wish_is_refused_with_its_reason_and_the_centre_only_looks(sit: Sit) -> None:
    chief, teller = await sit("应丽娜"), await sit("楼海平")
    await chief.get_by_role("button", name="结账", exact=True).click()
    await expect(chief.locator("table.clt tbody tr")).to_have_count(1)
    await teller.reload()
    await teller.get_by_label("为什么要重开").fill("想再看看")
    await teller.get_by_role("button", name="申请重开").click()
    await expect(teller.get_by_role("button", name="撤回申请")).to_be_visible()

    await chief.reload()
    await chief.get_by_label("意见").fill("看不需要重开")
    await chief.get_by_role("button", name="不同意").click()
    await expect(chief.locator(".rop li").first).to_contain_text("看不需要重开")
    await expect(chief.locator("table.clt tbody tr")).to_contain_text("已结")

    centre = await sit("沈岚")
    await centre.get_by_label("查看哪家行").select_option(label="茶乡农商银行 · 安吉县")
    await expect(centre.get_by_text("省中心只看")).to_be_visible()
    await expect(centre.locator("table.clt tbody tr")).to_contain_text("应丽娜")
    await expect(centre.get_by_label("为什么要重开")).to_have_count(0)
    await judged(centre, "closing-centre")


async def test_a_decision_asks_for_the_password_when_the_last_is_long_ago(sit: Sit) -> None:
    chief = await sit("王芳")
    wish = {
        "id": "0193f6f0-0000-7000-8000-000000000000", "day": "2026-03-31", "reason": "漏记", "asked_by": "陈玉",
        "asked_at": "2026-04-01T01:00:00Z", "mine": False, "state": "asked", "lapsed": False, "decided_by": "",
        "decided_at": None, "answer": "",
    }  # fmt: skip
    asked: list[str] = []

    async def view(route: Route) -> None:
        answer = await route.fetch()
        body = await answer.json() | {"asked": [wish], "closed_to": "2026-03-31"}
        await route.fulfill(response=answer, json=body)

    async def agree(route: Route) -> None:
        asked.append("agree")
        body = {"kind": "STEP_UP", "code": "ACCESS.STEP_UP", "facts": {"order_id": wish["id"]}}
        if len(asked) == 1:
            await route.fulfill(status=401, json=body)
        else:
            await route.fulfill(json={})

    async def prove(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "{}")["password"])
        await route.fulfill(json={"complete": True, "level": 1, "missing": []})

    await chief.route("**/closing.view", view)
    await chief.route("**/closing.agree", agree)
    await chief.route("**/stepup.password", prove)
    await chief.reload()
    await chief.get_by_role("button", name="同意重开").click()
    await chief.get_by_role("textbox", name="密码").fill(DEMO_PASSWORD)
    await chief.keyboard.press("Enter")
    await expect(chief.get_by_text("2026-03-31 已重开")).to_be_visible()
    await chief.unroute_all(behavior="ignoreErrors")
    assert asked == ["agree", DEMO_PASSWORD, "agree"]


@pytest.mark.parametrize(("theme", "locale"), [("light", "zh-CN"), ("dark", "en")])
async def test_each_currency_has_its_own_trial_balance(sit: Sit, theme: str, locale: str) -> None:
    auditor = await sit("徐静", theme, locale, "book")
    said = {
        "zh-CN": ("没有发生的币种：EUR、HKD", "USD 借方 = 贷方"),
        "en": ("EUR, HKD", "USD: debits = credits"),
    }
    idle, sound = said[locale]
    await expect(auditor.locator("table.trial")).to_have_count(1)  # nothing stands in the others
    broken = False

    async def with_dollars(route: Route) -> None:
        answer = await route.fetch()
        trial = await answer.json()
        (dollars,) = (one for one in trial["blocks"] if one["currency"] == "USD")
        for row in dollars["items"]:
            fen = {"1001": -200_00, "3002": 200_00}[row["subject"]]
            moved = {"debit_fen": 200_00} if fen < 0 else {"credit_fen": 200_00}
            row |= moved | {"closing_fen": fen}
        dollars |= {"debit_fen": 200_00, "credit_fen": 200_00, "sum_fen": 7 if broken else 0}
        trial["balanced"] = not broken
        await route.fulfill(response=answer, json=trial)

    await auditor.route("**/book.trial_balance", with_dollars)
    await auditor.reload()
    tables = auditor.locator("table.trial")
    await expect(tables).to_have_count(2)
    await expect(tables.nth(1).locator("caption")).to_contain_text("USD")
    await expect(tables.nth(1).locator("tfoot")).to_contain_text("200.00")
    await expect(auditor.get_by_text(sound)).to_be_visible()
    await judged(auditor, f"book-currencies-{theme}")
    await auditor.get_by_role("button", name=idle).click()
    await expect(tables).to_have_count(4)
    broken = True
    await auditor.reload()
    await expect(auditor.locator(".topb .cd")).to_contain_text("USD 0.07")
    await auditor.unroute_all(behavior="ignoreErrors")
