"""What the simulated authorities know of a person: data sets for forms, and the rows of each month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone

from fengshou.adapters.wire import invented
from fengshou.services import Fact, Subject

BEIJING = timezone(timedelta(hours=8))
_UNITS = ("禾香食品有限公司", "东湖纺织有限公司", "青石机械有限公司", "稻香供销合作社", "丰穗幼儿园")
_MONTHLY = frozenset({"social", "medical", "fund", "tax", "pension"})
_BY_ITEM: Mapping[str, str] = {
    "shebao": "social",
    "gjj": "fund",
    "huji": "household",
    "crj": "person",
    "che": "vehicle",
    "bdc": "estate",
    "tax": "tax",
    "sczt": "licence",
    "hunyu": "marriage",
    "jy": "education",
    "yb": "medical",
    "mz": "household",
    "sf": "person",
}
DATA_SETS: tuple[str, ...] = (
    "person", "social", "pension", "medical", "fund", "household", "marriage", "vehicle", "estate", "tax",
    "education", "licence",
)  # fmt: skip


def facts(data_set: str, provider: str, subject: Subject, at: datetime) -> dict[str, Fact]:
    """The known facts of somebody in one data set."""
    number = subject.id_number or ""
    who = (data_set, number)
    today = at.astimezone(BEIJING).date()
    base = 400_000 + invented.draw(1_600_000, number, "base")
    said: dict[str, dict[str, Fact]] = {
        "person": _person(provider, subject),
        "social": {
            "insured_since": _day(today, 4_000, *who), "months": 12 + invented.draw(240, *who),
            "unit": invented.one_of(_UNITS, number, "unit"), "base_fen": base, "state": "normal",
        },
        "pension": {"account": invented.code(12, *who), "balance_fen": base * 6, "monthly_fen": base // 3},
        "medical": {
            "kind": invented.one_of(("职工医保", "城乡居民医保"), *who), "balance_fen": invented.draw(900_000, *who),
            "place": provider,
        },
        "fund": {
            "account": invented.code(12, *who), "balance_fen": invented.draw(20_000_000, *who),
            "monthly_fen": base // 10, "unit": invented.one_of(_UNITS, number, "unit"),
        },
        "household": {
            "number": invented.code(9, *who), "head": subject.name, "members": 1 + invented.draw(5, *who),
            "address": invented.home(provider, number), "kind": invented.one_of(("家庭户", "集体户"), *who),
        },
        "marriage": {"state": invented.one_of(("未婚", "已婚"), *who), "registered_on": _day(today, 6_000, *who)},
        "vehicle": {
            "plate": "浙" + invented.one_of("ABCDEFGHJKL", *who) + "D" + invented.code(5, *who),
            "model": invented.one_of(("小型轿车", "小型普通客车", "轻型货车"), *who),
            "inspected_until": _day(today, -400, *who), "points": invented.draw(7, *who),
        },
        "estate": {
            "certificate": f"浙({2010 + invented.draw(15, *who)})不动产权第{invented.code(7, *who)}号",
            "address": invented.home(provider, number), "area": f"{60 + invented.draw(90, *who)}.5",
        },
        "tax": {"year": today.year - 1, "income_fen": base * 12, "paid_fen": base // 2},
        "education": {
            "school": invented.one_of(("第一中学", "职业技术学院", "师范学院", "理工大学"), *who),
            "graduated_on": _day(today, 5_000, *who), "certificate": invented.code(14, *who),
        },
        "licence": {
            "name": invented.one_of(_UNITS, *who), "credit_code": "91330" + invented.code(13, *who),
            "opened_on": _day(today, 3_000, *who), "state": "存续",
        },
    }  # fmt: skip
    return said[data_set]


def of_item(item: str, provider: str, subject: Subject, at: datetime) -> dict[str, Fact]:
    """What the register of an item's category says of somebody: what its certificates are about."""
    parts = item.split(".")
    data_set = _BY_ITEM.get(parts[1], "") if parts[0] == "gov" and len(parts) == 3 else ""
    return facts(data_set, provider, subject, at) if data_set else {}


def rows(topic: str, provider: str, subject: Subject, at: datetime) -> list[dict[str, Fact]] | None:
    """The records of a topic: a data set, or an item's code; None when there is no such topic."""
    parts = topic.split(".")
    data_set = _BY_ITEM.get(parts[1], "") if parts[0] == "gov" and len(parts) == 3 else topic
    if data_set not in DATA_SETS:
        return None
    known = facts(data_set, provider, subject, at)
    if data_set not in _MONTHLY:
        return [known]
    month = at.astimezone(BEIJING).date().replace(day=1)
    said: list[dict[str, Fact]] = []
    for _ in range(12):
        month = (month - timedelta(days=1)).replace(day=1)
        fen = 20_000 + invented.draw(80_000, data_set, subject.id_number, "monthly")
        said.append({"month": f"{month:%Y-%m}", "amount_fen": fen, "state": "paid"})
    return [{**row, **{word: fact for word, fact in known.items() if word == "unit"}} for row in said]


def _person(provider: str, subject: Subject) -> dict[str, Fact]:
    number = subject.id_number or ""
    birth, sex = f"{number[6:10]}-{number[10:12]}-{number[12:14]}", number[16:17]
    return {
        "name": subject.name, "id_number": subject.id_number, "phone": subject.phone, "birth": birth,
        "sex": "男" if sex.isdigit() and int(sex) % 2 else "女", "address": invented.home(provider, number),
        "nation": invented.one_of(("汉族", "汉族", "汉族", "畲族"), number, "nation"),
    }  # fmt: skip


def _day(today: date, span: int, *of: object) -> str:
    """A day within so many before today; after it, when negative."""
    days = 1 + invented.draw(abs(span), *of, "day")
    return str(today - timedelta(days=days if span > 0 else -days))
