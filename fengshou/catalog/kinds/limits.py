"""The factor -> limit matrix: how surely a person must be known for how much money."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from pydantic import Field, model_validator

from fengshou.catalog.kinds.base import Content, Fen, Kind, See, Source, Words

MoneyKind: TypeAlias = Literal["transfer", "code", "own"]
LEVELS = 6


class Cap(Content):
    """The most for one payment, and for one Shanghai day."""

    single_fen: Fen
    day_fen: Fen

    @model_validator(mode="after")
    def _ordered(self) -> Cap:
        if self.single_fen > self.day_fen:
            raise ValueError("single_fen is above day_fen; one payment cannot be more than a day's")
        return self


class LevelCap(NamedTuple):
    """What one level allows, fen."""

    level: int
    single_fen: int
    day_fen: int


class Level(Content):
    """One level of assurance: what proves it, and what it allows."""

    level: int = Field(ge=0, lt=LEVELS)
    name: Words
    evidence: Words
    transfer: Cap
    code: Cap
    own: Cap
    source: tuple[Source, ...] = ()

    def cap(self, kind: MoneyKind) -> Cap:
        """The cap for transfers to others, for pay codes, or between a person's own accounts at one bank."""
        cap: Cap = getattr(self, kind)
        return cap


class Cooling(Content):
    """A device bound less than `hours` ago pays within the day limit of `level`."""

    hours: int = Field(ge=0, le=24 * 30)
    level: int = Field(ge=0, lt=LEVELS)


class Limits(Content):
    """The matrix. Level numbers are its row numbers; caps never fall from one row to the next."""

    key: Literal["limits"] = "limits"
    levels: tuple[Level, ...] = Field(min_length=LEVELS, max_length=LEVELS)
    cooling: Cooling
    static_code_day_fen: Fen

    @model_validator(mode="after")
    def _rising(self) -> Limits:
        for place, row in enumerate(self.levels):
            if row.level != place:
                raise ValueError(f"levels.{place} says level {row.level}; rows go from 0 to {LEVELS - 1}")
        for kind in KINDS:
            caps = [row.cap(kind) for row in self.levels]
            for low, high in pairwise(caps):
                if low.single_fen > high.single_fen or low.day_fen > high.day_fen:
                    raise ValueError(
                        f"the caps of `{kind}` fall from a level to the next; a higher one allows more"
                    )
        return self

    def cap(self, level: int, kind: MoneyKind) -> Cap:
        """What `level` allows for `kind`."""
        return self.levels[min(level, LEVELS - 1)].cap(kind)

    def rows(self, kind: MoneyKind) -> tuple[LevelCap, ...]:
        """One row a level for `kind`, lowest first."""
        return tuple(
            LevelCap(row.level, row.cap(kind).single_fen, row.cap(kind).day_fen) for row in self.levels
        )

    def level_for(self, kind: MoneyKind, fen: int, day_used_fen: int = 0) -> int | None:
        """The lowest level that allows `fen` on top of the day's `day_used_fen`; None when none does."""
        for row in self.levels:
            cap = row.cap(kind)
            if fen <= cap.single_fen and day_used_fen + fen <= cap.day_fen:
                return row.level
        return None


KINDS: tuple[MoneyKind, ...] = ("transfer", "code", "own")

# The law's day caps: (kind, highest level they bind, fen, document).
_LAW: tuple[tuple[MoneyKind, int, int, str], ...] = (
    ("transfer", 2, 5_000_000, "银发〔2016〕261号：非柜面转账日累计 5 万元以上须数字证书或电子签名"),
    ("code", 1, 100_000, "条码支付业务规范 C 级"),
    ("code", 2, 500_000, "条码支付业务规范 B 级"),
)
_STATIC_CODE_DAY_FEN = 50_000  # 条码支付业务规范 D 级：静态码每日 500 元


def _lawful(items: dict[str, Limits], _: See) -> Iterator[tuple[str, str]]:
    for key, item in items.items():
        for kind, highest, cap_fen, document in _LAW:
            for row in item.levels[: highest + 1]:
                if row.cap(kind).day_fen > cap_fen:
                    yield key, f"levels.{row.level}.{kind}.day_fen is above {cap_fen} ({document}); lower it"
        if item.static_code_day_fen > _STATIC_CODE_DAY_FEN:
            yield (
                key,
                f"static_code_day_fen is above {_STATIC_CODE_DAY_FEN} (条码支付业务规范 D 级); lower it",
            )


def _only_tighter(bank: Limits, province: Limits) -> Iterator[str]:
    for mine, theirs in zip(bank.levels, province.levels, strict=True):
        for kind in KINDS:
            for name in ("single_fen", "day_fen"):
                value, cap = getattr(mine.cap(kind), name), getattr(theirs.cap(kind), name)
                if value > cap:
                    yield (
                        f"levels.{mine.level}.{kind}.{name} is {value}, above the province's {cap}; "
                        "a bank may only tighten"
                    )
    if bank.cooling.hours < province.cooling.hours or bank.cooling.level > province.cooling.level:
        yield "cooling is looser than the province's; a bank may only tighten"
    if bank.static_code_day_fen > province.static_code_day_fen:
        yield f"static_code_day_fen is above the province's {province.static_code_day_fen}; a bank may only tighten"


LIMITS = Kind(
    "limits",
    ("bank/limits.yaml",),
    Limits,
    checks=(_lawful,),
    against=(_only_tighter,),
)
