"""Opens made pages in Chromium, each in both languages, one in four modes, and gathers what is wrong with them."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Page as Tab

from fengshou import pages as room
from fengshou.pages import Bilingual, Page, Problem, Shell, members
from fengshou.runtime.crawl.made import answers, made_pages, name_of, shell
from fengshou.runtime.crawl.stand import Stand, standing
from fengshou.runtime.output import CommandError
from fengshou.runtime.places import checkout, web_folder

BATCH = 250
_STOPS = 25
_PATIENCE_MS = 3_000
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
_MODES: tuple[dict[str, object], ...] = (
    {"theme": "light"}, {"theme": "dark"}, {"theme": "light", "elder": True}, {"theme": "hc"}
)  # fmt: skip
Say = Callable[[str], None]


@dataclass
class Findings:
    """What a crawl found; `pages` are those opened in both languages."""

    pages: int = 0
    lint_s: float = 0.0
    draw_s: float = 0.0
    items: list[dict[str, str]] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """In figures, for printing."""
        return {
            "pages": self.pages,
            "lint_s": round(self.lint_s, 1),
            "draw_s": round(self.draw_s, 1),
            "pages_per_s": round(self.pages / self.draw_s, 1) if self.draw_s else 0.0,
            "findings": dict(Counter(one["what"] for one in self.items).most_common()),
            "first": self.items[:20],
        }


async def crawl(first: int, many: int, say: Say, *, axe: bool = True) -> Findings:
    """Make pages `first` and on, lint all of them, then open each."""
    found = Findings()
    stand = Stand(web_folder())
    async with standing(stand) as address, chromium() as browser:
        for start in range(first, first + many, BATCH):
            size = min(BATCH, first + many - start)
            began = time.perf_counter()
            batch = list(made_pages(start, size, first + many))
            ids = {name_of(number) for number in range(first + many)}
            found.items += [
                _linted(one) for page in batch for one in room.lint(page, pages=ids, ops=set(answers()))
            ]
            found.lint_s += time.perf_counter() - began
            front = _front(start)
            await stand.show({page.id: page for page in (*front[0], *batch)}.values(), front[1])
            began = time.perf_counter()
            mode = _MODES[start // BATCH % len(_MODES)]
            found.items += await _open(browser, address, batch, mode, axe=axe)
            found.draw_s += time.perf_counter() - began
            found.pages += size
            rate = found.pages / found.draw_s
            say(f"{found.pages} of {many} pages, {rate:.1f}/s, {len(found.items)} findings")
    return found


async def look_at(pages: list[Page], given: Mapping[str, object] | None = None) -> list[dict[str, str]]:
    """What is wrong with these pages once they are drawn with the answers `given`; nothing is linted."""
    stand = Stand(web_folder(), answers=given)
    async with standing(stand) as address, chromium() as browser:
        shown = {page.id: page for page in (*made_pages(0, 2, 2), *pages)}
        await stand.show(shown.values(), shell())
        return await _open(browser, address, pages, _MODES[0], axe=True)


def _front(start: int) -> tuple[list[Page], Shell]:
    """What the tab bar leads to stands in each batch."""
    return ([] if start == 0 else list(made_pages(0, 2, 2))), shell()


def _linted(one: Problem) -> dict[str, str]:
    return {"page": one.page, "what": f"lint {one.code}", "detail": f"{one.at}: {one.text}"}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One headless browser."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise CommandError("needs Chromium: install it, e.g. `apt install chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def look_at_shipped(
    pages: list[Page],
    tabs: Shell,
    given: Mapping[str, object],
    *,
    skip: Set[str] = frozenset(),
    modes: int = len(_MODES),
) -> list[dict[str, str]]:
    """What is wrong with the app's own pages, in both languages and four modes, drawn with the answers `given`.

    Those to `skip` are published with the others but not opened.
    Which of their words are seen depends on the answers, and these hold Chinese names: words are not looked for.
    """
    stand = Stand(web_folder(), answers=given)
    async with standing(stand) as address, chromium() as browser:
        await stand.show(pages, tabs)
        opened = [page for page in pages if page.id not in skip]
        return [
            {**one, "what": f"{one['what']} {mode}"}
            for mode in _MODES[:modes]
            for one in await _open(browser, address, opened, mode, axe=True, words=False)
        ]


async def _open(
    browser: Browser,
    address: str,
    batch: list[Page],
    mode: dict[str, object],
    *,
    axe: bool,
    words: bool = True,
) -> list[dict[str, str]]:
    """Every page of a batch in both languages, each in a window of its own."""
    seen = await asyncio.gather(
        *(
            _read(browser, address, batch, {**mode, "locale": locale}, axe=axe, words=words)
            for locale in ("zh-CN", "en")
        )
    )
    return [one for found in seen for one in found]


async def _read(
    browser: Browser, address: str, batch: list[Page], env: dict[str, object], *, axe: bool, words: bool
) -> list[dict[str, str]]:
    locale, found = str(env["locale"]), []
    # The app's worker would answer from its cache of the batch before.
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale=locale,
        reduced_motion="reduce", service_workers="block",
    )  # fmt: skip
    try:
        await context.add_init_script(f"localStorage.setItem('fs.env', JSON.stringify({json.dumps(env)}))")
        tab = await context.new_page()
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await tab.goto(f"{address}/app/{batch[0].id}")
        await tab.locator("#app h1").first.wait_for(state="attached")
        await _teach(tab)
        wishes = {"english": words and locale == "en", "patience": _PATIENCE_MS}
        for at in range(0, len(batch), _STOPS):
            part = batch[at : at + _STOPS]
            # axe is most of the time and languages differ by words alone: every page, in turns of language.
            stops = [
                _stop(page, locale, axe=axe and number % 2 == (locale == "en"))
                for number, page in enumerate(part, at)
            ]
            if not words:
                stops = [{**stop, "title": "", "texts": []} for stop in stops]
            told = await tab.evaluate("([stops, wishes]) => crawlVisit(stops, wishes)", [stops, wishes])
            found += [{**one, "what": f"{one['what']} ({locale})"} for one in told]
            span = f"{part[0].id}…{part[-1].id}"
            found += [{"page": span, "what": f"error ({locale})", "detail": error[:300]} for error in errors]
            errors.clear()
    finally:
        await context.close()
    return found


async def _teach(tab: Tab) -> None:
    root = checkout()
    script = root / "web" / "node_modules" / "axe-core" / "axe.min.js" if root else None
    if script is None or not script.is_file():
        raise CommandError("needs a checkout with its web packages: `./bank prepare`")
    for path in (script, Path(__file__).with_name("visit.js")):
        await tab.evaluate(path.read_text("utf-8"))


def _stop(page: Page, locale: str, *, axe: bool) -> dict[str, object]:
    """Where to go and which words must stand there: every text of its own that is drawn without a touch."""
    title = page.title
    assert isinstance(title, Bilingual)
    texts = {_said(text, locale) for text in _texts(page)}
    return {"page": page.id, "title": _said(title, locale), "texts": sorted(texts), "axe": axe}


def _texts(page: Page) -> Iterable[Bilingual]:
    for at, _, _, kind, value in members(page):
        if kind != "text" or not isinstance(value, Bilingual) or not at.startswith("blocks"):
            continue
        # What a rule or an action says is said later; marked-up text is drawn without its marks.
        if ".rules" in at or ".tap" in at or "#" in value.zh or "{{" in value.zh:
            continue
        yield value


def _said(text: Bilingual, locale: str) -> str:
    return text.en if locale == "en" else text.zh
