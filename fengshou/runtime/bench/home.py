"""`bench home`: the app's home page, drawn from blocks, beside the same page written by hand in Vue.

Both come from one server, ask the same questions and have one style sheet. Each opening is a browser profile of its own
with nothing cached, its processor slowed by the debugging protocol; the two take turns. Usable is a page when its last
sum stands there and no task has kept the browser busy since.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from fengshou.pages import Page
from fengshou.runtime.crawl import chromium, made_pages, shell
from fengshou.runtime.crawl.made import name_of
from fengshou.runtime.crawl.stand import Stand, standing
from fengshou.runtime.output import CommandError
from fengshou.runtime.places import checkout, web_folder

Json = dict[str, Any]
_LAST_SUM = "3,123.45"
_QUIET_MS = 400
_WATCH = """
globalThis.benchHome = { shown: 0, busy: 0 }
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) benchHome.busy = Math.max(benchHome.busy, one.startTime + one.duration)
}).observe({ type: 'longtask', buffered: true })
const look = () => {
  const words = document.getElementById('app')?.textContent ?? ''
  if (words.includes(LAST) && words.includes('孝心存')) benchHome.shown = performance.now()
  else requestAnimationFrame(look)
}
requestAnimationFrame(look)
""".replace("LAST", repr(_LAST_SUM))
_READY = f"benchHome.shown && performance.now() > Math.max(benchHome.shown, benchHome.busy) + {_QUIET_MS}"


async def bench(*, rounds: int, slower: float, say: Callable[[str], None]) -> Json:
    """Open both in turns; milliseconds until usable, medians, and their ratio."""
    stand = Stand(web_folder(), also=_hand_routes())
    found: dict[str, list[float]] = {"blocks": [], "hand": []}
    async with standing(stand) as address, chromium() as browser:
        home = Page.model_validate(_source())
        await stand.show([home, *list(made_pages(0, 2, 2))[1:]], shell())
        ways = {"blocks": f"{address}/app/{home.id}", "hand": f"{address}/hand/"}
        for number in range(rounds + 1):
            for name in sorted(ways, reverse=bool(number % 2)):
                took = await _open(browser, ways[name], slower)
                if number:  # the first round warms the browser
                    found[name].append(took)
            if number:
                say(
                    f"{number} of {rounds}: "
                    + ", ".join(f"{name} {times[-1]:.0f} ms" for name, times in found.items())
                )
    medians = {name: statistics.median(times) for name, times in found.items()}
    return {
        "rounds": rounds,
        "cpu_slower": slower,
        **{f"{name}_ms": round(took) for name, took in medians.items()},
        **{f"{name}_range_ms": f"{min(times):.0f}-{max(times):.0f}" for name, times in found.items()},
        "ratio": round(medians["blocks"] / medians["hand"], 2),
    }


async def _open(browser: Browser, url: str, slower: float) -> float:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="zh-CN",
        service_workers="block",
    )  # fmt: skip
    try:
        tab = await context.new_page()
        tools = await context.new_cdp_session(tab)
        await tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        await tab.add_init_script(_WATCH)
        await tab.goto(url, wait_until="commit")
        await tab.wait_for_function(_READY, timeout=60_000)
        return float(await tab.evaluate("Math.max(benchHome.shown, benchHome.busy)"))
    finally:
        await context.close()


def _hand_routes() -> list[Route]:
    root = checkout()
    if root is None:
        raise CommandError("needs a checkout with its web packages: `./bank prepare`")
    files = {
        "vue.js": root / "web" / "node_modules" / "vue" / "dist" / "vue.runtime.esm-browser.prod.js",
        "icons.svg": root / "web" / "src" / "theme" / "icons.svg",
        "home.js": Path(__file__).with_name("home_hand.js"),
    }
    index = (web_folder() / "index.html").read_text("utf-8")
    # Everything of the app's own first answer but its scripts.
    page = re.sub(r"<script[^>]*></script>|<link rel=\"modulepreload\"[^>]*>", "", index)
    page = page.replace("</head>", '<script type="module" src="/hand/home.js"></script></head>')

    async def file(request: Request) -> Response:
        return FileResponse(files[request.path_params["name"]])

    async def front(_request: Request) -> Response:
        return HTMLResponse(page)

    return [Route("/hand/", front), Route("/hand/{name}", file)]


def _two(zh: str, en: str) -> Json:
    return {"zh": zh, "en": en}


def _tile(icon: str, zh: str, tone: str = "brand") -> Json:
    return {
        "icon": icon,
        "tone": tone,
        "text": _two(zh, icon.capitalize()),
        "tap": [{"do": "go", "page": name_of(1)}],
    }


def _source() -> Json:
    """The page of blocks; what `home_hand.js` says as well."""
    go = [{"do": "go", "page": name_of(1)}]
    more = (
        ("sscard", "社保卡", "info"), ("medins", "医保码", "info"), ("hospital", "挂号", "gift"),
        ("etc", "高速", "grain"), ("bus", "公交", "grain"), ("school", "校园", "lotus"),
        ("gov", "政务", "soil"), ("more", "全部", "neutral"),
    )  # fmt: skip
    first = (("scan", "扫一扫"), ("paycode", "付款码"), ("transfer", "转账"), ("bills", "缴费"))
    return {
        "id": name_of(0), "title": _two("首页", "Home"), "auth": "none", "nav": {"bar": False, "tab": "home"},
        "data": {"home": {"op": "crawl.home", "ttl": 10}},
        "blocks": [
            {"t": "greeting", "title": _two("早上好", "Good morning"), "note": _two("今天霜降", "First frost today"),
             "icons": [{"icon": "bell", "label": _two("消息", "Messages"), "tap": go}]},
            {"t": "hero", "label": _two("总资产（元）", "Total (yuan)"), "fen": "{{home.total_fen}}", "eye": True,
             "link": {"text": _two("收支明细", "Activity"), "tap": go},
             "figures": [{"label": _two("本月收入", "In"), "fen": "{{home.in_fen}}"},
                         {"label": _two("本月支出", "Out"), "fen": "{{home.out_fen}}"}]},
            {"t": "grid", "style": "card", "label": _two("常用", "Often used"),
             "items": [_tile(*one) for one in first]},
            {"t": "list", "label": _two("账户", "Accounts"), "repeat": "home.accounts",
             "item": {"icon": "card", "title": "{{lang(item.bank_name)}}", "note": "{{mask(item.number)}}",
                      "fen": "{{item.available_fen}}", "tap": go}},
            {"t": "grid", "style": "plain", "label": _two("我的服务", "My services"),
             "items": [_tile(*one) for one in more]},
            {"t": "product", "rate": "1.75%", "basis": _two("年利率", "a year"),
             "title": _two("孝心存·两年", "Two years"),
             "note": _two("利息按月到账，急用可取", "Interest paid every month"), "tap": go},
        ],
    }  # fmt: skip
