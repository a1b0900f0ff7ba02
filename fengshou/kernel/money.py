"""Money: whole fen of one currency. A float never touches it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fengshou.kernel.errors import BankError, Kind

# 10^15 fen is ten trillion yuan: above every balance a county bank can hold, far below int64.
FEN_MAX = 10**15

_SHAPE = re.compile(r"(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,2})?", re.ASCII)
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


class BadAmount(BankError):
    """An amount that is not a positive number of yuan with at most two decimals."""

    code = "MONEY.BAD_AMOUNT"
    kind = Kind.INVALID
    zh = "金额要大于零，整数最多 13 位，小数最多两位，只填数字"
    en = "The amount must be more than zero: digits only, at most 13 before the point and two after it."


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`fen` whole fen (may be negative inside the bank) of `currency` (ISO 4217)."""

    fen: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        assert type(self.fen) is int and abs(self.fen) <= FEN_MAX, "money is whole fen within bounds"

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read a customer's amount: `"1200"`, `"1200.5"`, `"0.01"`; more than zero. Raises `BadAmount`."""
        if not isinstance(text, str) or not _SHAPE.fullmatch(text):
            raise BadAmount()
        yuan, _, cents = text.partition(".")
        fen = int(yuan) * 100 + int(cents.ljust(2, "0") or "0")
        if not 0 < fen <= FEN_MAX:
            raise BadAmount()
        return cls(fen)

    @property
    def text(self) -> str:
        """`1200.00`, with no thousands sign: for machines and files."""
        sign = "-" if self.fen < 0 else ""
        return f"{sign}{abs(self.fen) // 100}.{abs(self.fen) % 100:02d}"

    @property
    def shown(self) -> str:
        """`1,200.00`: for people."""
        sign = "−" if self.fen < 0 else ""
        return f"{sign}{abs(self.fen) // 100:,}.{abs(self.fen) % 100:02d}"

    @property
    def capitals(self) -> str:
        """Capital Chinese numerals as written on bank forms: 壹仟贰佰元整."""
        return ("负" if self.fen < 0 else "") + _capitals(abs(self.fen))

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.fen + other.fen, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.fen - other.fen, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.fen, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def _capitals(fen: int) -> str:
    """Rules of the payment and settlement forms: 整 when no fen follow, 零 for skipped places."""
    yuan, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    head = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not cent:
        return f"{head or '零元'}整"
    # A zero stands where the jiao are skipped, or where whole yuan end in an empty place.
    gap = "零" if yuan and (not jiao or yuan % 10 == 0) else ""
    tail = f"{_DIGITS[jiao]}角" if jiao else ""
    return f"{head}{gap}{tail}" + (f"{_DIGITS[cent]}分" if cent else "整")


def _whole(number: int) -> str:
    words, zero = "", False
    for group in range(3, -1, -1):
        part = number // 10 ** (4 * group) % 10_000
        if not part:
            zero = zero or bool(words)
            continue
        if words and (zero or part < 1_000):
            words += "零"
        words += _thousand(part) + _GROUPS[group]
        zero = False
    return words


def _thousand(part: int) -> str:
    words, zero = "", False
    for place in range(3, -1, -1):
        digit = part // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return words
