"""desk.numbers: how services do at a bank: straight through or why not, failures, time, satisfaction."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from fengshou.channels.console.desk_shapes import bi_of
from fengshou.channels.console.ops import op
from fengshou.channels.console.shapes import Bi, Limit
from fengshou.channels.edge import Ask, Call, Show

_DAYS_MOST = 400
_REASONS = {
    "by_hand": Bi(zh="人办", en="By hand"),
    "returned": Bi(zh="补正", en="Returned"),
    "refused": Bi(zh="未批", en="Refused"),
    "withdrawn": Bi(zh="撤回", en="Withdrawn"),
    "late": Bi(zh="超时", en="Late"),
}


class NumbersAsk(Ask):
    """Of the last days. A list asks with `limit`; there are never more services than a page holds."""

    limit: Limit | None = None
    days: Annotated[int, Field(ge=1, le=_DAYS_MOST)] | Literal["7", "30", "90", "365"] = 30


class Reason(Show):
    """Why runs were not straight through, and how many."""

    name: Bi
    runs: int


class ServiceNumbers(Show):
    """How a service did. What was not straight through counts under the first of its reasons.

    straight_bp  of those that ended, how many went through with no hand on them, in hundredths of a percent
    stars_tenths how satisfied customers were, out of 50
    """

    id: str
    name: Bi
    runs: int
    open: int
    straight: int
    straight_bp: int | None
    by_hand: int
    returned: int
    refused: int
    withdrawn: int
    late: int
    overdue: int
    failed: int
    in_time_bp: int | None
    stars_tenths: int | None
    judged: int
    reasons: tuple[Reason, ...]


class Numbers(Show):
    """Each service, the busiest first, and all together."""

    items: tuple[ServiceNumbers, ...]
    next: None = None
    runs: int
    straight_bp: int | None
    in_time_bp: int | None
    failed: int


@op("desk.numbers")
async def numbers(call: Call, ask: NumbersAsk) -> Numbers:
    """How services did at one's bank: straight through or why not, failures, time, satisfaction."""
    room = call.doors.services
    rows = await room.desk.numbers(call.who, call.who.bank, int(ask.days))
    known = set(call.doors.catalog.keys("service", bank=call.who.bank))
    shown = tuple(_numbers(call, row) for row in rows if row["service"] in known)
    ended, straight = (sum(row[name] for row in rows) for name in ("ended", "straight"))
    runs, overdue = (sum(row[name] for row in rows) for name in ("runs", "overdue"))
    return Numbers(
        items=shown, runs=runs, straight_bp=_bp(straight, ended), in_time_bp=_bp(runs - overdue, runs),
        failed=sum(row["failed"] for row in rows),
    )  # fmt: skip


def _numbers(call: Call, row: dict[str, Any]) -> ServiceNumbers:
    name = call.doors.services.definition(row["service"], call.who.bank).name
    counts = {one: row[one] for one in ("straight", "by_hand", "returned", "refused", "withdrawn", "late")}
    return ServiceNumbers(
        id=row["service"], name=bi_of(name), runs=row["runs"], open=row["runs"] - row["ended"], **counts,
        overdue=row["overdue"], failed=row["failed"], straight_bp=_bp(row["straight"], row["ended"]),
        in_time_bp=_bp(row["runs"] - row["overdue"], row["runs"]), judged=row["judged"],
        reasons=tuple(Reason(name=name, runs=row[one]) for one, name in _REASONS.items()),
        stars_tenths=round(row["stars"] * 10 / row["judged"]) if row["judged"] else None,
    )  # fmt: skip


def _bp(part: int, whole: int) -> int | None:
    return round(part * 10_000 / whole) if whole else None
