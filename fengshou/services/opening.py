"""Opening hours as OpenStreetMap writes them (`Mo-Fr 08:30-17:00; Sa 09:00-12:00`), the part of it that is used.

Days and times, `off`, `24/7`, several times a day, times past midnight. What is not understood is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from fengshou.kernel import SHANGHAI

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_RULE = re.compile(rf"(?:({_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*) )?(off|closed|24/7|[\d:,-]+)")
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_LONG = 24 * 60
_LONGEST = 200


def open_at(hours: str, at: datetime) -> bool | None:
    """Whether it is open at an instant, by Beijing's clock; None where the hours cannot be read."""
    week = _week(hours)
    if week is None:
        return None
    here = at.astimezone(SHANGHAI)
    day, minute = here.weekday(), here.hour * 60 + here.minute
    today = any(begin <= minute < end for begin, end in week[day])
    return today or any(begin <= minute + _DAY_LONG < end for begin, end in week[day - 1])


def in_words(hours: str) -> tuple[str, str]:
    """Hours as people read them, in Chinese and English; as they are written where they cannot be read."""
    if _week(hours) is None:
        return hours, hours
    zh = re.sub(rf"({_DAY})-({_DAY})", r"\1至\2", hours)
    zh = re.sub(_DAY, lambda day: _ZH[_DAYS.index(day[0])], zh).replace(";", "；")
    return zh.replace("off", "休息").replace("closed", "休息").replace("24/7", "全天"), hours.replace(
        "24/7", "all day"
    )


def _week(hours: str) -> Sequence[Sequence[tuple[int, int]]] | None:
    """The spans of each day in minutes; one past midnight ends beyond the day. Later rules win for their days."""
    if not hours.strip() or len(hours) > _LONGEST:
        return None
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for rule in hours.split(";"):
        found = _RULE.fullmatch(rule.strip())
        spans = _spans(found[2]) if found else None
        if found is None or spans is None:
            return None
        for day in _days(found[1]):
            week[day] = spans
    return week


def _days(said: str | None) -> set[int]:
    if said is None:
        return set(range(7))
    found: set[int] = set()
    for part in said.split(","):
        first, _, last = part.partition("-")
        begin = _DAYS.index(first)
        count = (_DAYS.index(last) - begin) % 7 if last else 0
        found |= {(begin + n) % 7 for n in range(count + 1)}
    return found


def _spans(said: str) -> list[tuple[int, int]] | None:
    if said in ("off", "closed"):
        return []
    if said == "24/7":
        return [(0, _DAY_LONG)]
    spans: list[tuple[int, int]] = []
    for part in said.split(","):
        found = _SPAN.fullmatch(part)
        if found is None:
            return None
        begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if max(begin, end) > _DAY_LONG:
            return None
        spans.append((begin, end if end > begin else end + _DAY_LONG))
    return spans
