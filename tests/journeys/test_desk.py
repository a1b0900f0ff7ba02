"""The console on the smallest screen it is made for: every page of every desk is whole, in both languages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.bank import Bank

pytestmark = [pytest.mark.journey, pytest.mark.browser]

# Words that are cut off without a sign of it, and things of the top bar that lie over each other.
_CUT = """() => {
    const cut = [...document.querySelectorAll('.topb, .topb *, main *')].filter((one) => {
        const style = getComputedStyle(one)
        return one.checkVisibility() && !one.closest('.sr') && one.scrollWidth > one.clientWidth + 1
            && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && one.clientWidth > 0
    })
    const bar = [...document.querySelectorAll('.topb > :not(.tm), .tm > *')].filter((one) => one.checkVisibility())
    const over = bar.filter((one) => bar.some((other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()]
        return one !== other && a.left < b.left && a.right > b.left + 1
    }))
    return [...cut, ...over].map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 60)}`)
}"""


@pytest.fixture
async def screen(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """1,280 by 720, in the language of the test."""
    locale = request.getfixturevalue("locale")
    context = await browser.new_context(
        viewport={"width": 1280, "height": 720},
        locale=locale,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    prefs = json.dumps(json.dumps({"locale": locale, "theme": "light"}))
    await page.add_init_script(f"localStorage.setItem('fs.console', {prefs})")
    yield page
    await context.close()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("colleague", ["沈岚", "陈玉"])
async def test_every_page_of_a_desk_is_whole(screen: Page, bank: Bank, colleague: str, locale: str) -> None:
    await screen.goto(f"{bank.url}/console/")
    await screen.get_by_role("button", name=colleague).click()
    rail = screen.locator("nav.rail a")
    await expect(rail.first).to_be_visible()
    cut: dict[str, list[str]] = {}
    for place in [await link.get_attribute("href") for link in await rail.all()]:
        await screen.locator(f'nav.rail a[href="{place}"]').click()
        await expect(screen.locator("main .skel")).to_have_count(0)
        found = await screen.evaluate(_CUT)
        if found:
            cut[str(place)] = found
    assert cut == {}
