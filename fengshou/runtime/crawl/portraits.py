"""A picture of every kind of block, drawn by the real client from the block's own example: `docs/reference/blocks/`."""

from __future__ import annotations

import base64
from copy import deepcopy
from pathlib import Path
from typing import Any

from playwright.async_api import Page as Tab

from fengshou.pages import Page, block_registry
from fengshou.runtime.crawl.browser import chromium
from fengshou.runtime.crawl.made import answers, form_of, made_pages, shell
from fengshou.runtime.crawl.stand import Stand, standing
from fengshou.runtime.places import checkout, web_folder

Json = dict[str, Any]
_STANDS = """() => {
    const box = document.querySelector('.blocks')
    if (!box || document.querySelector('#app [aria-busy=true], #app .sk')) return null
    const own = box.getBoundingClientRect()
    const all = [...box.children].map((one) => one.getBoundingClientRect()).filter((one) => one.height)
    if (!all.length) return null
    const top = Math.min(...all.map((one) => one.top)), bottom = Math.max(...all.map((one) => one.bottom))
    const found = {x: own.x, width: own.width, top, bottom}
    const was = window.crawlSeen
    window.crawlSeen = JSON.stringify(found)
    return was === window.crawlSeen ? found : null
}"""
_QUALITY = 72
_AIR = 12
_DESK = ".con{display:block;width:auto;height:auto;overflow:visible}#app{max-width:none}"
_TALLEST = 560
_NOW = "2026-11-23T01:41:24Z"
_WIDE = {"table", "queue", "filter", "detail", "board", "acts"}
_FILLED: dict[str, Json] = {
    "form": {"amount": "1200.00", "word": "", "phone": "13800000000", "people": 2},
    "view": {"tab": "in"},
}
_STILL = """() => Promise.all(document.getAnimations()
    .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
    .map((one) => one.finished.catch(() => 0)))"""


def example_pages() -> list[Page]:
    """One page for each kind of block, with its example and nothing else on it."""
    return [Page.model_validate(_source(one)) for one in block_registry()["blocks"]]


def page_of(kind: str) -> str:
    """The id of the page a kind's example stands on."""
    return f"block-{kind}"


def _source(entry: Json) -> Json:
    home = page_of(entry["name"])
    return {
        "id": home, "title": entry["title"], "auth": "none", "refresh": False,
        "data": {"home": {"op": "crawl.home", "ttl": 3600}},
        "state": {"form": {**form_of(repr(entry["example"])), **_FILLED["form"]}, "view": _FILLED["view"],
                  "state": {}, **_places(entry["example"])},
        "blocks": [_here(deepcopy(entry["example"]), home)],
        "sheets": {"confirm": {"title": entry["title"], "blocks": [{"t": "text", "text": entry["title"]}]}},
    }  # fmt: skip


def _here(value: Any, home: str, name: str = "") -> Any:
    """An example whose links lead back to its own page, and whose questions the stand can answer."""
    if isinstance(value, dict):
        return {key: _here(item, home, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_here(item, home, name) for item in value]
    if name == "page":
        return home
    if name == "op":
        return _OPS.get(value, "crawl.done")
    return value


_OPS = {"accounts.statement": "crawl.lines", "book.journal": "crawl.journal", "held.list": "crawl.held"}


def _places(example: Json) -> Json:
    """The state that `into` and `bind` of an example write to."""
    text = repr(example)
    return {"case": None} if "state.case" in text else {}


def desk_answers() -> dict[str, Json]:
    """What desks ask: a journal and payments that wait."""
    lines = [
        {"at": f"2026-11-23T0{hour}:1{hour}:00Z", "fen": fen, "debit": {"subject": "2011"}}
        for hour, fen in ((1, 1_860_00), (2, 326_00), (3, 5_200_00))
    ]
    held = [
        {"id": f"c{at}", "payer_masked": name, "payee_masked": "*小禾", "fen": fen,
         "due_at": f"2026-11-23T0{2 + at}:30:00Z",
         "mine": at == 0}
        for at, (name, fen) in enumerate((("*明", 48_800_00), ("*秀兰", 9_900_00)))
    ]  # fmt: skip
    home = {**answers()["crawl.home"], "total_fen": 128_680_05, "name": "周明"}
    paid = [{"at": f"2026-11-2{day}T01:30:00Z", "title": title, "delta_fen": fen}
            for day, title, fen in ((3, "菜场", -42_50), (3, "工资", 8_600_00), (2, "电费", -86_40))]  # fmt: skip
    return {
        "crawl.home": home,
        "crawl.lines": {"items": paid, "next": None},
        "crawl.journal": {"items": lines, "next": None},
        "crawl.held": {"items": held, "next": None},
    }


async def portraits(folder: Path, kinds: set[str] | None = None) -> dict[str, int]:
    """Draw each kind into `folder`, which is there, as WebP; gives the bytes of each."""
    pages = [page for page in example_pages() if kinds is None or page.id.removeprefix("block-") in kinds]
    stand = Stand(web_folder(), answers={**answers(), **desk_answers()})
    made: dict[str, int] = {}
    console = (checkout() or Path()) / "web" / "src" / "theme" / "console.css"
    async with standing(stand) as address, chromium() as browser:
        await stand.show({page.id: page for page in (*made_pages(0, 2, 2), *pages)}.values(), shell())
        context = await browser.new_context(
            viewport={"width": 390, "height": 900}, device_scale_factor=1.5, locale="zh-CN",
            timezone_id="Asia/Shanghai", color_scheme="light", reduced_motion="reduce", service_workers="block",
        )  # fmt: skip
        await context.clock.set_fixed_time(_NOW)
        tab = await context.new_page()
        for page in pages:
            kind = page.id.removeprefix("block-")
            await tab.set_viewport_size({"width": 720 if kind in _WIDE else 390, "height": 900})
            await tab.goto(f"{address}/app/{page.id}")
            if kind in _WIDE and console.is_file():
                await tab.add_style_tag(content=console.read_text("utf-8") + _DESK)
                await tab.evaluate("document.body.classList.add('con')")
            made[kind] = (folder / f"{kind}.webp").write_bytes(await _portrait(tab))
        await context.close()
    return made


async def _portrait(tab: Tab) -> bytes:
    await tab.evaluate("document.fonts.ready.then(() => undefined)")
    # Answers come, and code that is loaded when first needed: what is drawn stands when it is twice the same.
    found: Json = await (await tab.wait_for_function(_STANDS, polling=100)).json_value()
    await tab.evaluate(_STILL)
    height = min(_TALLEST, found["bottom"] - found["top"] + 2 * _AIR)
    return await webp(tab, found["x"], found["top"] - _AIR, found["width"], height)


async def webp(tab: Tab, x: float, y: float, width: float, height: float, quality: int = _QUALITY) -> bytes:
    """A part of what is seen."""
    wire = await tab.context.new_cdp_session(tab)
    clip = {"x": x, "y": max(0, y), "width": width, "height": height, "scale": 1}
    shot = await wire.send("Page.captureScreenshot", {"format": "webp", "quality": quality, "clip": clip})
    await wire.detach()
    return base64.b64decode(shot["data"])
