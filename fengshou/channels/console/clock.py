"""clock.*: the business clock. Only a demo lets it be moved, and only forward of the real time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Protocol, runtime_checkable

from pydantic import Field

from fengshou.channels.console.ops import op
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import CENTRE, Missing

_MOST_S = 400 * 24 * 3_600


@runtime_checkable
class MovableClock(Protocol):
    """What a demo offers whose clock can be moved."""

    async def move_clock(self, ahead_s: float) -> None:
        """Put the business clock ahead of the real time by so many seconds."""
        ...


class ClockShow(Show):
    """The business time; `movable` when this bank is a demo that lets one move it."""

    now: datetime
    business_date: date
    ahead_s: int
    movable: bool


class MoveAsk(Ask):
    """How far ahead of the real time the clock shall be."""

    ahead_s: Annotated[int, Field(ge=0, le=_MOST_S)]


@op("clock.view")
async def view(call: Call, ask: Empty) -> ClockShow:
    """The business clock."""
    return _show(call)


@op("clock.move", changes=True)
async def move(call: Call, ask: MoveAsk) -> ClockShow:
    """Move a demo's clock; everybody's day changes with it."""
    demo = _movable(call)
    if demo is None:
        raise Missing(what="clock")
    async with call.doors.db.work(CENTRE, call.who) as work:
        await work.audit("console.clock_moved", "clock", ahead_s=ask.ahead_s)
    await demo.move_clock(ask.ahead_s)
    return _show(call)


def _show(call: Call) -> ClockShow:
    clock = call.doors.clock
    return ClockShow(
        now=clock.now(), business_date=clock.today(), ahead_s=round(clock.offset.total_seconds()),
        movable=_movable(call) is not None,
    )  # fmt: skip


def _movable(call: Call) -> MovableClock | None:
    demo: object = call.doors.demo
    return demo if isinstance(demo, MovableClock) else None
