"""What people want to do with their money, day by day: the habits of four ways of life. No balances here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import log
from random import Random

from fengshou.kernel import SHANGHAI
from fengshou.runtime.demo.movement import Kind
from fengshou.runtime.demo.names import SHOPS, UTILITIES
from fengshou.runtime.demo.people import Life, Person

# kind -> (chance a day, median yuan)
_HABITS: dict[Life, dict[Kind, tuple[float, int]]] = {
    "worker": {"shopping": (0.1, 46), "utility": (0.025, 128), "top_up": (0.012, 50), "transfer": (0.028, 300),
               "remit": (0.008, 900), "cash": (0.008, 500), "own": (0.008, 600)},
    "elder": {"shopping": (0.07, 32), "medicine": (0.018, 68), "transfer": (0.006, 500), "cash": (0.012, 400),
              "utility": (0.02, 92)},
    "trader": {"takings": (0.14, 620), "remit": (0.04, 1_500), "shopping": (0.07, 52), "transfer": (0.03, 800)},
    "student": {"canteen": (0.17, 17), "top_up": (0.02, 30), "shopping": (0.06, 38), "transfer": (0.015, 60)},
}  # fmt: skip
_HOURS: dict[Kind, tuple[int, int]] = {"takings": (19, 22), "canteen": (11, 13), "cash": (9, 17)}
_PRICES = (0, 0, 50, 80, 90, 20)
_ROUND: frozenset[Kind] = frozenset({"transfer", "remit", "cash", "top_up", "own"})
_MEMOS = ("", "", "", "房租", "饭钱", "生日快乐", "货款", "学费", "AA", "谢谢", "车票", "茶叶款")


@dataclass(frozen=True, slots=True)
class Wish:
    """One person, one act. `other` names a shop or a payee; transfers to people find theirs when done."""

    at: datetime
    who: Person
    kind: Kind
    fen: int
    other: str = ""
    memo: str = ""


def instant(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant of a Shanghai day."""
    return datetime.combine(day, time(hour, minute, second), SHANGHAI)


def days_before(today: date, count: int) -> list[date]:
    """The `count` days up to and with today, oldest first."""
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]


def habits(chance: Random, people: list[Person], days: list[date]) -> Iterator[Wish]:
    """Everything the crowd wishes, in no order."""
    for day in days:
        for person in people:
            for kind, (odds, median) in _HABITS[person.life].items():
                if chance.random() < odds:
                    yield _wish(chance, day, person, kind, median)


def _wish(chance: Random, day: date, person: Person, kind: Kind, median: int) -> Wish:
    first, last = _HOURS.get(kind, (7, 22))
    at = instant(day, chance.randrange(first, last), chance.randrange(60), chance.randrange(60))
    yuan = max(int(chance.lognormvariate(log(median), 0.6)), 2)
    if kind in _ROUND:
        fen = max(round(yuan, -2 if yuan > 400 else -1), 10) * 100
    else:
        fen = yuan * 100 + chance.choice(_PRICES)
    return Wish(
        at, person, kind, fen, _other(chance, kind), chance.choice(_MEMOS) if kind == "transfer" else ""
    )


def _other(chance: Random, kind: Kind) -> str:
    if kind in ("shopping", "takings"):
        return chance.choice(SHOPS)
    if kind == "utility":
        return chance.choice(UTILITIES)
    return {"medicine": "暖心药房", "canteen": "校园食堂", "top_up": "移动通信", "cash": "自助取款机"}.get(
        kind, ""
    )


def script(cast: dict[str, Person], days: list[date]) -> Iterator[Wish]:
    """What the cast does: told once, the same in every demo, so that pictures and tests may rely on it."""
    ming, he, acai = cast["zhou_ming"], cast["lin_xiaohe"], cast["jin_acai"]
    for number, day in enumerate(days):
        yield from _dailies(number, day, ming, he, acai)
        if day.day == 3:
            yield Wish(instant(day, 9, 41, 25), ming, "transfer", 1_200_00, "林小禾", "房租")
        if day.day == 16:
            yield Wish(instant(day, 20, 5, 9), he, "transfer", 800_00, "金阿彩", "给妈妈的生活费")
        if day.day == 18:
            yield Wish(instant(day, 12, 30, 44), ming, "own", 1_000_00, "", "攒起来")
        if day.day == 20:
            yield Wish(instant(day, 18, 12, 3), ming, "utility", 186_40, "供电公司")
            yield Wish(instant(day, 18, 20, 31), he, "utility", 74_20, "自来水公司")
        if day.day == 21:
            yield Wish(instant(day, 9, 0, 36), he, "remit", 5_860_00, "江海银行还款户", "房贷")
        if day.day == 22:
            yield Wish(instant(day, 8, 50, 12), ming, "remit", 2_600_00, "吴建芳", "车位租金")
        if day.day == 25:
            yield Wish(instant(day, 9, 2, 50), acai, "cash", 500_00, "自助取款机")
    yield Wish(instant(days[-2], 9, 41, 25), he, "transfer", 260_00, "周明", "茶叶款")


def _dailies(number: int, day: date, ming: Person, he: Person, acai: Person) -> Iterator[Wish]:
    shop = SHOPS[number % len(SHOPS)]
    if number % 3 == 1:
        yield Wish(instant(day, 18, 36, 20), ming, "shopping", 28_50 + number * 37 % 90_00, shop)
    if number % 4 == 2:
        yield Wish(instant(day, 12, 11, 8), he, "shopping", 16_80 + number * 53 % 70_00, shop)
    if number % 6 == 3:
        yield Wish(instant(day, 7, 15, 40), acai, "shopping", 12_00 + number * 29 % 40_00, "阿福菜场")
    if number % 21 == 9:
        yield Wish(instant(day, 9, 30, 0), acai, "medicine", 68_00, "暖心药房")
    if number % 30 == 12:
        yield Wish(instant(day, 10, 0, 0), ming, "top_up", 50_00, "移动通信")
