"""The functions a page expression may call. Each is total: wrong input gives null or an empty text, never an
exception.

`web/src/core/functions.ts` has the same list; `vectors.json` is run by both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from fengshou.kernel import Money

SHANGHAI = timezone(timedelta(hours=8))
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,20})?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Setting:
    """What the words of an answer depend on: the reader's language and the business date."""

    locale: str = "zh-CN"
    today: str = ""

    @property
    def zh(self) -> bool:
        """Whether the reader reads Chinese."""
        return self.locale.startswith("zh")


Function = Callable[[Setting, list[object]], object]


def number(value: object) -> Decimal | None:
    """The decimal in `value`, or None. A text is read strictly: digits, one point, a leading minus."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    return None


def text(value: object) -> str:
    """How a value is written inside a sentence."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    found = number(value)
    return "" if found is None else plain(found)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: 12.50 is 12.5, 3.0 is 3."""
    shown = format(value, "f")
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


def fen_text(value: object) -> str:
    """Whole fen as yuan with commas and two decimals; a true minus sign; '--' when unknown."""
    fen = number(value)
    if fen is None or fen != fen.to_integral_value():
        return "--"
    sign = MINUS if fen < 0 else ""
    whole, rest = divmod(abs(int(fen)), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def capitals(value: object) -> str:
    """Whole fen in capital Chinese numerals; empty when unknown, negative or from a trillion yuan."""
    fen = number(value)
    if fen is None or fen != fen.to_integral_value() or fen < 0 or fen >= Decimal(10) ** 14:
        return ""
    return Money(int(fen)).capitals


def instant(value: object) -> datetime | None:
    """An ISO date or instant as local time of the bank; None when it is neither."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), datetime.min.time(), SHANGHAI)
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(SHANGHAI)


def _moment(zh: Callable[[datetime], str], en: Callable[[datetime], str]) -> Function:
    def say(setting: Setting, args: list[object]) -> object:
        at = instant(args[0]) if args else None
        return "" if at is None else (zh(at) if setting.zh else en(at))

    return say


def _day_zh(at: datetime) -> str:
    return f"{at.month}月{at.day}日"


def _day_en(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]}"


def _day_word(setting: Setting, args: list[object]) -> object:
    """今天, 昨天, 10月23日, or with the year when it is another one."""
    at = instant(args[0]) if args else None
    if at is None:
        return ""
    today = instant(setting.today)
    if today is not None:
        days = (today.date() - at.date()).days
        if days in (0, 1):
            return (("今天", "昨天") if setting.zh else ("Today", "Yesterday"))[days]
        if today.year == at.year:
            return _day_zh(at) if setting.zh else _day_en(at)
    return f"{at.year}年{_day_zh(at)}" if setting.zh else f"{_day_en(at)} {at.year}"


def mask(value: object) -> str:
    """An account as its last four digits behind four stars."""
    shown = text(value)
    return f"**** {shown[-4:]}" if len(shown) > 4 else shown


def _mask_phone(value: object) -> str:
    shown = text(value)
    return f"{shown[:3]} **** {shown[-4:]}" if len(shown) == 11 else shown


def _group4(value: object) -> str:
    shown = text(value).replace(" ", "")
    return " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))


def _pct(value: object) -> str:
    found = number(value)
    return "" if found is None else f"{format((found * 100).quantize(Decimal('0.01')), 'f')}%"


def _to_fen(value: object) -> Decimal | None:
    found = number(value)
    if found is None or found * 100 != (found * 100).to_integral_value():
        return None
    return (found * 100).to_integral_value()


def _signed(value: object) -> str:
    shown = fen_text(value)
    fen = number(value)
    return f"+{shown}" if fen is not None and fen > 0 and shown != "--" else shown


def _length(value: object) -> Decimal:
    return Decimal(len(value)) if isinstance(value, (str, list)) else Decimal(0)


def _contains(box: object, what: object) -> bool:
    if isinstance(box, str):
        return text(what) in box
    return isinstance(box, list) and any(same(item, what) for item in box)


def same(left: object, right: object) -> bool:
    """Equality of values: numbers by value, everything else by type and value."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float, Decimal)) and isinstance(right, (int, float, Decimal)):
        return number(left) == number(right)
    return type(left) is type(right) and left == right


def member(box: object, key: object) -> object:
    """An own member of an object or an item of a list; null when there is none."""
    if isinstance(box, dict) and isinstance(key, str):
        return box.get(key)
    index = number(key)
    if (
        isinstance(box, list)
        and index is not None
        and index == index.to_integral_value()
        and 0 <= index < len(box)
    ):
        return box[int(index)]
    return None


def _where(box: object, key: object, value: object) -> list[object]:
    return [item for item in box if same(member(item, key), value)] if isinstance(box, list) else []


def _sum(box: object, key: object) -> Decimal:
    found = (number(member(item, key)) for item in box) if isinstance(box, list) else iter(())
    return sum((n for n in found if n is not None), Decimal(0))


def _edge(args: list[object], pick: Callable[..., Decimal]) -> Decimal | None:
    found = [n for n in map(number, args) if n is not None]
    return pick(found) if found else None


def _slice(args: list[object]) -> object:
    box, start, end = (*args, None, None)[:3]
    first, last = number(start), number(end)
    if not isinstance(box, (str, list)):
        return ""
    return box[int(first or 0) : None if last is None else int(last)]


def _lang(setting: Setting, box: object) -> object:
    return member(box, "zh" if setting.zh else "en")


def _yuan(setting: Setting, value: object) -> str:
    shown = fen_text(value)
    if setting.zh:
        return f"{shown} 元"
    return f"{MINUS}¥{shown[1:]}" if shown.startswith(MINUS) else f"¥{shown}"


def _one(function: Callable[[object], object]) -> Function:
    return lambda _, args: function(args[0] if args else None)


def _two(function: Callable[[object, object], object]) -> Function:
    return lambda _, args: function(*(*args, None, None)[:2])


FUNCTIONS: dict[str, Function] = {
    "fen": _one(fen_text),
    "yuan": lambda setting, args: _yuan(setting, args[0] if args else None),
    "signed": _one(_signed),
    "capitals": _one(capitals),
    "dec": _one(number),
    "to_fen": _one(_to_fen),
    "pct": _one(_pct),
    "abs": _one(lambda value: None if (n := number(value)) is None else abs(n)),
    "min": lambda _, args: _edge(args, min),
    "max": lambda _, args: _edge(args, max),
    "mask": _one(mask),
    "mask_phone": _one(_mask_phone),
    "group4": _one(_group4),
    "date": _moment(lambda at: f"{at.year}年{_day_zh(at)}", lambda at: f"{_day_en(at)} {at.year}"),
    "day": _moment(_day_zh, _day_en),
    "weekday": _moment(lambda at: "周" + "一二三四五六日"[at.weekday()], lambda at: _DAYS_EN[at.weekday()]),
    "time": _moment(lambda at: f"{at:%H:%M}", lambda at: f"{at:%H:%M}"),
    "clock": _moment(lambda at: f"{at:%H:%M:%S}", lambda at: f"{at:%H:%M:%S}"),
    "datetime": _moment(lambda at: f"{_day_zh(at)} {at:%H:%M}", lambda at: f"{_day_en(at)} {at:%H:%M}"),
    "day_word": _day_word,
    "len": _one(_length),
    "trim": _one(lambda value: text(value).strip(" \t\r\n")),
    "digits": _one(lambda value: "".join(sign for sign in text(value) if sign in "0123456789")),
    "contains": _two(_contains),
    "starts": _two(lambda box, head: text(box).startswith(text(head))),
    "slice": lambda _, args: _slice(args),
    "join": _two(lambda box, glue: text(glue).join(map(text, box)) if isinstance(box, list) else ""),
    "first": _one(lambda box: member(box, 0)),
    "where": lambda _, args: _where(*(*args, None, None, None)[:3]),
    "find": lambda _, args: member(_where(*(*args, None, None, None)[:3]), 0),
    "sum": _two(_sum),
    "pick": lambda setting, args: (*args, None, None)[0 if setting.zh else 1],
    "lang": lambda setting, args: _lang(setting, args[0] if args else None),
}
