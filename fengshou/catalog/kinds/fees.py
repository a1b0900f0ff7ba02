"""Fees of transfers, in tiers, and who need not pay them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from fengshou.catalog.kinds.base import Content, Fen, Kind, Source, Words

Reach: TypeAlias = Literal["own", "federation", "outside"]


def _no_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('a rate is an exact number: write it in quotes, "0.0002"')
    return value


Rate: TypeAlias = Annotated[Decimal, BeforeValidator(_no_float), Field(ge=0, le=Decimal("0.01"))]


class Tier(Content):
    """The fee of amounts up to and with `upto_fen` (None: any amount): `fixed_fen` plus `rate` of the amount.

    The sum is rounded half up, once, and kept at or below `fee_fen_max`.
    """

    upto_fen: Fen | None
    fixed_fen: Fen = 0
    rate: Rate = Decimal(0)
    fee_fen_max: Fen | None = None

    def fee(self, fen: int) -> int:
        """Whole fen for an amount of this tier."""
        part = int((fen * self.rate).quantize(Decimal(1), ROUND_HALF_UP))
        fee = self.fixed_fen + part
        return fee if self.fee_fen_max is None else min(fee, self.fee_fen_max)


class Waiver(Content):
    """Who does not pay: customers of an age, or everybody's first transfers of a month."""

    name: Words
    reach: Reach
    age_from: int | None = Field(default=None, ge=0, le=120)
    first_each_month: int | None = Field(default=None, ge=1, le=1000)

    @model_validator(mode="after")
    def _one_ground(self) -> Waiver:
        if (self.age_from is None) == (self.first_each_month is None):
            raise ValueError("a waiver has one ground: age_from or first_each_month")
        return self

    def holds(self, age: int | None, used_this_month: int) -> bool:
        """Whether it applies; an unknown age is not old enough."""
        if self.age_from is not None:
            return age is not None and age >= self.age_from
        return self.first_each_month is not None and used_this_month < self.first_each_month


@dataclass(frozen=True, slots=True)
class FeeQuote:
    """What a transfer costs: `fee_fen` is to be paid, `waived_fen` was let off and `why` says by which waiver.

    first_each_month  how many transfers of a month that waiver is for, when it is one that is used up
    """

    fee_fen: int
    waived_fen: int = 0
    why: Words | None = None
    first_each_month: int | None = None


class Fees(Content):
    """The schedule of one kind of act."""

    key: Literal["transfer"]
    name: Words
    own: tuple[Tier, ...] = Field(min_length=1)
    federation: tuple[Tier, ...] = Field(min_length=1)
    outside: tuple[Tier, ...] = Field(min_length=1)
    waivers: tuple[Waiver, ...] = ()
    source: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Fees:
        for reach in ("own", "federation", "outside"):
            ends = [tier.upto_fen for tier in getattr(self, reach)]
            bounded = [end for end in ends[:-1] if end is not None]
            if ends[-1] is not None or len(bounded) != len(ends) - 1 or bounded != sorted(set(bounded)):
                raise ValueError(
                    f"{reach}: tiers rise by upto_fen; the last one, and it alone, has `upto_fen: null`"
                )
        return self

    def quote(self, reach: Reach, fen: int, *, age: int | None = None, used_this_month: int = 0) -> FeeQuote:
        """The fee of a transfer of `fen` > 0.

        age              of the payer in years, if known
        used_this_month  transfers of the same reach the payer already made this Shanghai month
        """
        tiers: tuple[Tier, ...] = getattr(self, reach)
        tier = next(tier for tier in tiers if tier.upto_fen is None or fen <= tier.upto_fen)
        fee = tier.fee(fen)
        waiver = next((w for w in self.waivers if w.reach == reach and w.holds(age, used_this_month)), None)
        if not fee or waiver is None:
            return FeeQuote(fee)
        return FeeQuote(0, fee, waiver.name, waiver.first_each_month)


FEES = Kind("fees", ("bank/fees.yaml",), Fees)
