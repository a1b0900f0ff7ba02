"""What the suites of services' partners share: a clock set by hand, a connector without a socket, a short call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fengshou.adapters import wire
from fengshou.services import Connector, Operation, Post, Ring, Said, Subject, Talk
from tests.adapters.lines import outside

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday, noon in Beijing
NOBODY = "http://127.0.0.1:1"
SHEN = Subject("沈丰禾", "330109199003071235", "13900001234")
LAN = Subject("蓝畲英", "331127198511020484", "13900005678")


@dataclass
class Hand:
    """A clock that stands still until it is moved."""

    at: datetime = field(default=NOON)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


class Inside(wire.Speaker):
    """A connector over the pure core: the same checks as over a line, no line."""

    def __init__(self, client: wire.Speaker, core: wire.Core[Any], hand: Hand) -> None:
        super().__init__(client.lines, client.reasons)
        self.system, self.operations = client.system, client.operations
        self.core, self._hand = core, hand

    async def say(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        said = self.core.ring(ring, self._hand.at)
        if said.state in ("unknown", "unavailable"):
            raise wire.NoAnswer(self.system, "timed_out", sent=True)
        return said

    async def fetch(self, after: str) -> Post:
        return self.core.news(after, 100, self._hand.at)


@dataclass
class Partner:
    """One system as a suite sees it. `live` is the real one: only what holds of any partner is asked of it."""

    connector: Connector
    hand: Hand
    provider: str
    live: bool = False
    wish: Any = None

    async def __call__(
        self,
        operation: Operation,
        params: Mapping[str, Any] | None = None,
        *,
        key: UUID | None = None,
        topic: str = "",
        subject: Subject | None = None,
        provider: str | None = None,
    ) -> Said:
        ring = Ring(operation, provider or self.provider, key or uuid4(), topic, params or {}, subject)
        return await self.connector.ring(ring)


def nowhere() -> wire.Lines:
    """Lines to nobody."""
    return wire.Lines(outside(NOBODY))


def lines_to(base_url: str, **settings: Any) -> wire.Lines:
    """Lines to a simulator: answers must be signed, silence is short."""
    return wire.Lines(outside(base_url, **({"answers_signed": True, "failures_max": 1_000} | settings)))
