"""Pictures of the app's main pages as four people see them, from a demo bank of its own: `docs/look/pictures/`.

Standard, elder, dark, and a wide screen stand side by side in one picture of each page.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Page as Tab

from fengshou.runtime import standing
from fengshou.runtime.crawl.browser import chromium
from fengshou.runtime.crawl.portraits import webp
from fengshou.runtime.output import CommandError

Say = Callable[[str], None]
_HIGH, _GAP, _QUALITY = 640, 16, 68
_PEOPLE = 40
_AGENT = (
    "Mozilla/5.0 (Linux; Android 15; HarvestPhone) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
_PHONE, _SCREEN = {"width": 390, "height": 844}, {"width": 820, "height": 844}
MODES: dict[str, tuple[dict[str, int], dict[str, object]]] = {
    "standard": (_PHONE, {"theme": "light", "elder": False}),
    "elder": (_PHONE, {"theme": "light", "elder": True}),
    "dark": (_PHONE, {"theme": "dark", "elder": False}),
    "wide": (_SCREEN, {"theme": "light", "elder": False}),
}
PAGES = (
    "home", "wealth", "life", "credit", "mine", "transfer", "order", "receipt", "accounts", "account", "statement",
    "orders", "payees", "my-qr", "messages", "security", "settings", "search", "help",
)  # fmt: skip
DOORS = ("welcome", "login")


@dataclass(frozen=True)
class Sample:
    """How a sample page of the look is reached in the product: the page, who holds which phone, what is pressed."""

    page: str
    mode: str = "standard"
    locale: str = "zh-CN"
    who: str = "zhou_ming"
    press: tuple[str, ...] = ()


SAMPLES = {
    "home": Sample("home"), "home-en": Sample("home", locale="en"), "home-dark": Sample("home", "dark"),
    "home-elder": Sample("home", "elder", who="jin_acai"), "life": Sample("life"), "messages": Sample("messages"),
    "security": Sample("security"), "transfer": Sample("transfer"),
    "transfer-elder": Sample("transfer", "elder", who="jin_acai"),
    "confirm": Sample("transfer", press=("下一步",)), "receipt": Sample("order"),
}  # fmt: skip
_STANDS = """() => {
    if (document.querySelector('#app [aria-busy=true], #app .sk')) return false
    if (!document.querySelector('[data-page]')) return false
    const now = document.getElementById('app').innerHTML.length + ' ' + document.documentElement.scrollHeight
    const was = window.lookSeen
    window.lookSeen = now
    return was === now
}"""


async def beside(folder: Path, look: Path, wanted: set[str], say: Say) -> dict[str, int]:
    """Each sample page of the look, left, and what the product has in its place, right."""
    made: dict[str, int] = {}
    async with _bank(_open_folder()) as address, chromium() as browser:
        shown = await _something_to_see(address)
        for name, sample in SAMPLES.items():
            if wanted and name not in wanted:
                continue
            context = await _phone(browser, address, sample.mode, sample.locale)
            await _log_in([context], sample.who)
            query = shown["pay"] if sample.page == "transfer" else shown.get(sample.page, "")
            shot = await _shot(context, address, sample.page, query, sample.press)
            await context.close()
            drawn = (look / f"{name}.png").read_bytes()
            made[name] = (folder / f"beside-{name}.webp").write_bytes(
                await _side_by_side(browser, [drawn, shot], pair=True)
            )
            say(f"{name} {made[name] / 1024:.0f} KB")
    return made


async def looks(folder: Path, wanted: set[str], say: Say) -> dict[str, int]:
    """Draw each page in the four modes into `folder`, which is there; gives the bytes of each picture."""
    made: dict[str, int] = {}
    async with _bank(_open_folder()) as address, chromium() as browser:
        shown = await _something_to_see(address)
        contexts = {mode: await _phone(browser, address, mode) for mode in MODES}
        for page in (*DOORS, *PAGES):
            if wanted and page not in wanted:
                continue
            if page == PAGES[0] or (wanted and page not in DOORS):
                await _log_in(list(contexts.values()))
            shots = [
                await _shot(context, address, page, shown.get(page, "")) for context in contexts.values()
            ]
            made[page] = (folder / f"{page}.webp").write_bytes(await _side_by_side(browser, shots))
            say(f"{page} {made[page] / 1024:.0f} KB")
    return made


def _open_folder() -> Path:
    """A folder which the database's own user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="fengshou-looks-"))
    folder.chmod(0o755)
    return folder


@asynccontextmanager
async def _bank(folder: Path) -> AsyncIterator[str]:
    standing.quiet_logs(folder)
    listener = standing.bind(0)
    plan = standing.Plan(folder, listener.getsockname()[1], people=_PEOPLE, temporary=True)
    async with standing.standing_house(plan) as house, standing.serving(house, listener):
        yield f"http://localhost:{plan.port}"


async def _something_to_see(address: str) -> dict[str, str]:
    """What pages that show one thing are opened with; a payment is made so that there is one."""
    async with httpx.AsyncClient(
        base_url=address, headers={"x-fs-client": "looks/1", "user-agent": _AGENT}
    ) as http:

        async def ask(op: str, **body: Any) -> Any:
            answer = await http.post(f"/api/app/{op}", json=body)
            answer.raise_for_status()
            return answer.json()

        await ask("session.demo", id="lin_xiaohe")
        payee = (await ask("accounts.list"))["main"]["number"]
        await ask("session.demo", id="zhou_ming")
        number = (await ask("accounts.list"))["main"]["number"]
        wish = {"key": str(uuid4()), "from": number, "payee": {"number": payee, "name": "林小禾"}}
        order = (await ask("transfer.submit", **wish, amount="126.60", memo="买菜钱"))["order"]["id"]
    known = {"name": "林小禾", "known": "federation", "bank": "茶乡农商银行", "amount": "1200.00"}
    return {
        "account": f"?number={number}",
        "order": f"?id={order}",
        "receipt": f"?id={order}",
        "my-qr": f"?account={number}",
        "pay": "?" + urlencode({**known, "number": payee}),
    }


async def _phone(browser: Browser, address: str, mode: str, locale: str = "zh-CN") -> BrowserContext:
    size, env = MODES[mode]
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, device_scale_factor=1.5, locale=locale,
        timezone_id="Asia/Shanghai", reduced_motion="reduce", service_workers="block", base_url=address,
        user_agent=_AGENT,
    )  # fmt: skip
    kept = json.dumps({"locale": locale, "moneyHidden": False, **env})
    await context.add_init_script(f"localStorage.setItem('fs.env', {json.dumps(kept)})")
    return context


async def _log_in(contexts: list[BrowserContext], who: str = "zhou_ming") -> None:
    """Once, on one phone: the other three are the same one held differently."""
    first, *others = contexts
    answer = await first.request.post(
        "/api/app/session.demo", data={"id": who}, headers={"x-fs-client": "looks/1"}
    )
    if not answer.ok:
        raise CommandError(f"the demo does not let {who} in: {await answer.text()}")
    kept = await first.cookies()
    for other in others:
        await other.add_cookies(kept)  # type: ignore[arg-type]  # what a context gives it also takes


async def _shot(
    context: BrowserContext, address: str, page: str, query: str, press: tuple[str, ...] = ()
) -> bytes:
    tab = await context.new_page()
    try:
        await tab.goto(f"{address}/app/{page}{query}")
        await _stands(tab, page)
        if page == "search":
            await tab.get_by_role("textbox").first.fill("zhuanz")
            await tab.wait_for_timeout(
                700
            )  # the page asks after a pause; a picture too early is only an empty one
            await _stands(tab, page)
        for words in press:
            await tab.get_by_role("button", name=words, exact=True).click()
            await tab.locator("dialog[open]").wait_for()
            await _stands(tab, page)
        return await tab.screenshot()
    finally:
        await tab.close()


async def _stands(tab: Tab, page: str) -> None:
    await tab.locator(f'[data-page="{page}"]').wait_for()
    await tab.wait_for_function(_STANDS, polling=250)


async def _side_by_side(browser: Browser, shots: list[bytes], pair: bool = False) -> bytes:
    pictures = "".join(
        f'<img src="data:image/png;base64,{base64.b64encode(shot).decode()}">' for shot in shots
    )
    alone = 2 * (390 * _HIGH // 844) + 3 * _GAP
    width = (
        alone
        if pair
        else sum(size["width"] for size, _ in MODES.values()) * _HIGH // 844 + _GAP * (len(shots) + 1)
    )
    tab = await browser.new_page(viewport={"width": width, "height": _HIGH + 2 * _GAP})
    try:
        await tab.set_content(
            f"<style>body{{margin:{_GAP}px;display:flex;gap:{_GAP}px;background:#d8d6cf}}"
            f"img{{height:{_HIGH}px;border-radius:18px}}</style>{pictures}"
        )
        await tab.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
        return await webp(tab, 0, 0, width, _HIGH + 2 * _GAP, _QUALITY)
    finally:
        await tab.close()
