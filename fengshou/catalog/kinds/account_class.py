"""Account classes I, II and III with the caps the law sets on money from and to strangers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from fengshou.catalog.kinds.base import Content, Fen, Kind, See, Source, Words


class Flow(Content):
    """What may flow in one direction with accounts that are not bound; None is uncapped by class."""

    day_fen: Fen | None
    year_fen: Fen | None


class AccountClass(Content):
    """A class of account and what its holder may do with it.

    out_unbound, in_unbound  caps on money to and from accounts that are not bound to it
    balance_fen_max          the most it may hold; None is uncapped
    per_customer_max         how many a person may have at one bank
    needs_bound_account      whether it is opened against an account of class I
    """

    key: Literal["I", "II", "III"]
    number: Literal[1, 2, 3]
    name: Words
    about: Words
    out_unbound: Flow
    in_unbound: Flow
    balance_fen_max: Fen | None
    per_customer_max: int = Field(ge=1, le=20)
    needs_bound_account: bool
    remote_opening: bool
    source: tuple[Source, ...] = Field(min_length=1)


# What the law caps: class -> (out day, out year, in day, in year, balance), fen; None is uncapped.
# 银发〔2016〕302号 for class II, 银发〔2018〕16号 for class III.
_LAW: dict[str, tuple[int | None, ...]] = {
    "I": (None, None, None, None, None),
    "II": (1_000_000, 20_000_000, 1_000_000, 20_000_000, None),
    "III": (200_000, 5_000_000, 200_000, 5_000_000, 200_000),
}
_NAMES = (
    "out_unbound.day_fen",
    "out_unbound.year_fen",
    "in_unbound.day_fen",
    "in_unbound.year_fen",
    "balance_fen_max",
)


def figures(item: AccountClass) -> tuple[int | None, ...]:
    """The five caps in the order of the law's table."""
    out, in_ = item.out_unbound, item.in_unbound
    return out.day_fen, out.year_fen, in_.day_fen, in_.year_fen, item.balance_fen_max


def _within(item: AccountClass, caps: tuple[int | None, ...], whose: str) -> Iterator[str]:
    for name, mine, cap in zip(_NAMES, figures(item), caps, strict=True):
        if cap is not None and (mine is None or mine > cap):
            yield f"{name} is {mine}, above {whose} {cap}; lower it to {cap} or less"


def _lawful(items: dict[str, AccountClass], _: See) -> Iterator[tuple[str, str]]:
    for key, item in items.items():
        for what in _within(item, _LAW[item.key], "the legal cap of"):
            yield key, what
        if item.number != ("I", "II", "III").index(item.key) + 1:
            yield key, f"number is {item.number}; class {item.key} has another"
    for missing in sorted({"I", "II", "III"} - set(items)):
        yield missing, "the class is missing; content/bank/accounts.yaml has all three"


def _only_tighter(bank: AccountClass, province: AccountClass) -> Iterator[str]:
    yield from _within(bank, figures(province), "the province's")


ACCOUNT_CLASS = Kind(
    "account_class",
    ("bank/accounts.yaml",),
    AccountClass,
    checks=(_lawful,),
    against=(_only_tighter,),
)
