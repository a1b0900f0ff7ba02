"""Pages made up from the examples of the block registry: other texts, icons, tones and neighbours on each.

The same number gives the same page, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from random import Random
from typing import Any

from fengshou.pages import Page, Shell, block_registry

Json = dict[str, Any]
# What is told twice on a page would be two of one name, and the last two end a page.
_BLOCKS = (3, 9)
_LAST = ("statement",)
_ZH = (
    "丰收", "账户", "明细", "存款", "缴费", "农机补贴", "春茶贷款", "社保卡", "医院挂号", "老人代办", "小区物业",
    "柑橘收购", "今年的收成", "跨行转账到账时间", "村里的公告", "青禾农商银行营业部", "三个月整存整取定期储蓄存款",
)  # fmt: skip
_EN = (
    "Harvest", "Account", "Lines", "Deposit", "Bills", "Machine grants", "Spring tea loan", "Social card", "Clinic",
    "Help for elders", "Estate fees", "Citrus sale", "This year's crop", "When a transfer arrives", "Village notices",
    "Qinghe Rural Bank main office", "Three-month fixed-term savings deposit",
)  # fmt: skip


def answers() -> dict[str, Json]:
    """What the bank answers to the operations these pages name."""
    days = [{"day": f"2026-11-{day:02}", "fen": 120_00 * day} for day in range(10, 17)]
    account = {"bank_name": {"zh": "青禾农商银行", "en": "Qinghe Rural Bank"}, "number": "6290109000000045678",
               "available_fen": 1_288_050}  # fmt: skip
    home = {
        "total_fen": 123_456_789_012, "in_fen": 880_000, "out_fen": 312_345, "name": "Zhou Ming",
        "number": account["number"], "accounts": [account, {**account, "available_fen": 0}],
        "days": days, "tasks": [{"title": {"zh": "确认一笔付款", "en": "Confirm a payment"}}],
    }  # fmt: skip
    line = {"at": "2026-11-23T01:30:00Z", "title": "ATM 330109", "delta_fen": -20_000}
    return {"crawl.home": home, "crawl.lines": {"items": [line, line], "next": None}, "crawl.done": {}}


def shell() -> Shell:
    """A tab bar that leads to the first pages."""
    tabs = [
        {"key": key, "page": name_of(number), "icon": icon, "text": {"zh": zh, "en": en}}
        for number, (key, icon, zh, en) in enumerate(
            (("home", "home", "首页", "Home"), ("me", "me", "我的", "Me"))
        )
    ]
    return Shell.model_validate({"tabs": tabs, "elder_tabs": tabs, "home": name_of(0), "sign_in": name_of(1)})


def name_of(number: int) -> str:
    """The id of a made page."""
    return f"made-{number}"


def made_pages(first: int, many: int, of: int) -> Iterator[Page]:
    """Pages `first` and on, `many` of them; they link to any of the first `of`."""
    for number in range(first, first + many):
        yield Page.model_validate(made_source(number, of))


def made_source(number: int, of: int) -> Json:
    """The source of one page."""
    dice = Random(number)  # noqa: S311 - the same page each time, no secret
    kinds = dice.sample(_kinds(), dice.randint(*_BLOCKS))
    kinds.sort(key=lambda kind: kind in _LAST)
    blocks = [_varied(deepcopy(_examples()[kind]), dice, of) for kind in kinds]
    title = {"zh": f"第 {number} 页", "en": f"Page {number}"}
    return {
        "id": name_of(number), "title": title, "auth": "none", "nav": {"tab": "home"} if number < 2 else {},
        "data": {"home": {"op": "crawl.home", "ttl": 3600}},
        "state": {"form": dict.fromkeys(_bound(), ""), "view": {"tab": "in"}},
        "blocks": blocks,
        "sheets": {"confirm": {"title": title, "blocks": [{"t": "text", "text": title}]}},
    }  # fmt: skip


@lru_cache(maxsize=1)
def _examples() -> dict[str, Json]:
    found = block_registry()["blocks"]
    return {one["name"]: one["example"] for one in found if one["surface"] in ("mobile", "both")}


@lru_cache(maxsize=1)
def _icons() -> tuple[str, ...]:
    return tuple(block_registry()["icons"])


@lru_cache(maxsize=1)
def _kinds() -> tuple[str, ...]:
    return tuple(sorted(_examples()))


@lru_cache(maxsize=1)
def _bound() -> tuple[str, ...]:
    """The names under `form` that the examples write to."""
    return tuple(form_of(repr(_examples())))


def form_of(text: str) -> dict[str, str]:
    """An empty form with every name that is bound in this written example."""
    names = {one.split("'")[0].split(".")[0] for one in text.split("'form.")[1:]}
    return dict.fromkeys(sorted(names), "")


def _varied(value: Any, dice: Random, of: int, name: str = "") -> Any:
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        return _text(value, dice)
    if isinstance(value, dict):
        return {key: _varied(item, dice, of, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_varied(item, dice, of, name) for item in value]
    if name == "icon":
        return dice.choice(_icons())
    if name == "page":
        return name_of(dice.randrange(of))
    if name == "op":
        return "crawl.lines" if value.endswith("statement") else "crawl.done"
    return value


def _text(text: Json, dice: Random) -> Json:
    """Other words of another length, as many as one place may hold; marked-up texts keep their marks."""
    if any(mark in text["zh"] for mark in ("\n", "\\n", "{{")):
        return text
    word = dice.randrange(len(_ZH))
    number = dice.randrange(100)
    return {"zh": f"{_ZH[word]} {number}", "en": f"{_EN[word]} {number}"}
