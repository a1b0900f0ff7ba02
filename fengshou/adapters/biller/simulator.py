"""Billers as a pure thing: name and account choose what is owed and what becomes of a payment; instants come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fengshou.adapters import wire
from fengshou.adapters.wire import invented
from fengshou.services import Arrear

PERIODS = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What a biller bills for."""

    zh: str
    en: str
    least_fen: int
    most_fen: int
    months: int
    part: bool


@dataclass(slots=True)
class Book(wire.Cashbook):
    """One biller: what it bills for, what it was paid."""

    kind: Kind = Kind("费用", "Fee", 1_000, 50_000, 1, False)


class Billers(wire.CashCore[Book]):
    """All billers there are: a name is enough to be one."""

    def __init__(
        self, kinds: Mapping[str, Kind], outcomes: Mapping[str, wire.Outcome], *, epoch: str = "0"
    ) -> None:
        super().__init__(outcomes, epoch=epoch)
        self._kinds = kinds

    def open_book(self, provider: str) -> Book:
        words = provider.replace(".", "-").replace("_", "-").split("-")
        kind = next((word for word in words if word in self._kinds), "other")
        return Book(provider, kind=self._kinds[kind])

    def bills(
        self, book: Book, topic: str, account: str, outcome: wire.Outcome, today: date
    ) -> Iterator[Arrear]:
        """A bill each period, of the last three; which of them are still open is drawn."""
        kind = book.kind
        for back, period, due in wire.months_back(today, kind.months, PERIODS):
            if not _owes(outcome, back, invented.draw(10, book.provider, account, period)):
                continue
            span = kind.most_fen - kind.least_fen + 1
            fen = kind.least_fen + invented.draw(span, book.provider, account, period, "fen")
            yield Arrear(
                bill=f"{account}-{period}",
                period=period,
                fen=fen,
                late_fen=wire.late_fee(fen, due, today),
                due_on=due,
                part_allowed=kind.part,
                label_zh=f"{period} {kind.zh}",
                label_en=f"{kind.en} {period}",
            )


def read_kinds(said: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
    """Build them from the parsed file."""
    return {word: Kind(**kind) for word, kind in said.items()}


def _owes(outcome: wire.Outcome, back: int, drawn: int) -> bool:
    """Whether the bill of so many periods back is open."""
    by_chance = drawn < (8 if back == 1 else 3)
    return {"drawn": by_chance, "nothing": False, "one": back == 1, "three": True}[outcome.owes]
