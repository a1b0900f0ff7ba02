"""A phone in somebody's hand: what they touch, what they read, and what a screen reader would complain about."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Locator, Page, expect

from tests.journeys.bank import Bank

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
PICTURES = Path(__file__).parent / "pictures"
SIZE: Any = {"width": 390, "height": 844}
_GRAVE = ("serious", "critical")
# Endless movement (a spinner) never ends; what comes and goes must be over before colours are judged.
_STILL = """() => Promise.all(document.getAnimations()
    .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
    .map((one) => one.finished.catch(() => 0)))"""
# In the system's own colours axe reads what the page asked for, not what is drawn: contrast is the system's business.
_AXE = """async (forced) => (await axe.run(document, {
    resultTypes: ['violations'], rules: {'color-contrast': {enabled: !forced}}})).violations
    .map((one) => [one.impact, one.id, one.nodes.map(
        (node) => [node.html.slice(0, 160), node.any[0]?.message?.slice(0, 160)]).slice(0, 3)])"""


@dataclass
class Phone:
    """One browser context with a passkey provider, at one open page."""

    bank: Bank
    page: Page
    wire: CDPSession
    mode: str
    said: list[str] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """The page that is open, by its id."""
        return self.page.url.split("/app/", 1)[-1].split("?")[0]

    async def open(self, page: str = "", query: str = "") -> None:
        """Type an address."""
        await self.page.goto(f"{self.bank.url}/app/{page}{query}")

    async def turn_to(self, page: str, query: str = "") -> None:
        """Come to a page as one does by the browser's own buttons, without loading the app anew."""
        await self.page.evaluate(
            """(address) => {
                history.pushState({id: (history.state?.id ?? 0) + 1}, '', address)
                dispatchEvent(new PopStateEvent('popstate', {state: history.state}))
            }""",
            f"/app/{page}{query}",
        )

    async def arrive(self, page: str) -> None:
        """Wait until a page stands complete, and judge it."""
        await self.page.wait_for_url(re.compile(rf"/app/{page}(\\?|$)"))
        # The address is there before the page is: what is judged must not be the page before it, or the change.
        await expect(self.page.locator(f'[data-page="{page}"]')).to_have_count(1)
        await self.judge(page)

    async def judge(self, name: str) -> None:
        """No serious or critical finding of axe on what is shown; once for each name."""
        await expect(self.page.locator("[aria-busy=true], .skel")).to_have_count(0)
        await self.page.evaluate(_STILL)
        if name in self.judged:
            return
        self.judged.add(name)
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.evaluate(AXE.read_text("utf-8"))
        found = [one for one in await self.page.evaluate(_AXE, self.mode == "forced") if one[0] in _GRAVE]
        assert not found, f"{name} ({self.mode}): {found}"

    async def picture(self, name: str) -> None:
        """Keep what is seen for people to look at, if they asked for it with FENGSHOU_PICTURES=1."""
        if os.environ.get("FENGSHOU_PICTURES"):
            await self.keep(name)

    async def keep(self, name: str) -> None:
        """A picture, and the same as a screen reader has it."""
        await self.page.screenshot(path=PICTURES / f"{self.mode}-{name}.png")
        heard = await self.page.locator("body").aria_snapshot()
        (PICTURES / f"{self.mode}-{name}.txt").write_text(f"{self.page.url}\n{heard}\n", "utf-8")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def press(self, name: str) -> None:
        await self.button(name).click()

    async def row(self, *words: str) -> None:
        """Touch the row in which all words stand."""
        rows = self.page.get_by_role("button")
        for word in words:
            rows = rows.filter(has_text=word)
        await rows.first.click()

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(text)

    async def type(self, label: str, keys: str) -> None:
        """Key after key, as fingers do."""
        await self.page.get_by_label(label, exact=True).press_sequentially(keys)

    async def reads(self, *words: str) -> None:
        """All of it is in sight."""
        for word in words:
            await expect(self.page.get_by_text(word).locator("visible=true").first).to_be_visible()

    async def asked(self, text: str, act: str) -> None:
        """A dialog says `text`; answer it with the button `act`."""
        dialog = self.page.get_by_role("alertdialog")
        await expect(dialog).to_contain_text(text)
        await self.judge("dialog")
        await dialog.get_by_role("button", name=act, exact=True).click()
        await expect(dialog).to_have_count(0)

    async def prove(self) -> None:
        """The bank asks whether it is its customer; a finger says so."""
        proof = self.page.get_by_role("dialog", name="请确认是您本人")
        await proof.wait_for()
        await self.judge("step-up")
        await proof.get_by_role("button", name="用通行密钥确认").click()


async def new_phone(browser: Browser, bank: Bank, *, locale: str = "zh-CN", mode: str = "light") -> Phone:
    """Unpack a phone: nobody signed in, a fingerprint reader that always recognises its owner."""
    context = await _context(browser, locale, mode)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    wire = await context.new_cdp_session(page)
    await wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    phone = Phone(bank, page, wire, mode)
    page.on("pageerror", lambda error: phone.said.append(str(error)))
    return phone


async def _context(browser: Browser, locale: str, mode: str) -> BrowserContext:
    return await browser.new_context(
        viewport=SIZE, device_scale_factor=2, is_mobile=True, has_touch=True, locale=locale,
        timezone_id="Asia/Shanghai", color_scheme="dark" if mode == "dark" else "light", reduced_motion="reduce",
        contrast="more" if mode == "contrast" else None, forced_colors="active" if mode == "forced" else None,
    )  # fmt: skip
