"""Deciding a stored event again from what was stored: the answer must come out the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fengshou.catalog import RiskPolicy
from fengshou.kernel import bank_of, day_of
from fengshou.risk import store
from fengshou.risk.decision import Action, Decision, Verdict, fail_safe, judge
from fengshou.risk.rules import make_pack

if TYPE_CHECKING:
    from fengshou.risk.room import Room


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored decision, what its release makes of its features now, and the features."""

    decision: Decision
    again: Verdict
    features: dict[str, Any]

    @property
    def same(self) -> bool:
        """Whether both agree in action, score, level, time, desk and reasons."""
        one, two = self.decision, self.again
        return (one.action, one.score, one.level_needed, one.hold_minutes, one.desk, one.reasons) == (
            two.action, two.score, two.level_needed, two.hold_minutes, two.desk, two.reasons,
        )  # fmt: skip


async def replay(room: Room, decision: UUID) -> Replay | None:
    """Judge a stored decision again with the rules of its own release; None when there is none by that id."""
    bank = bank_of(decision)
    async with room.db.read(bank) as work:
        row = await store.decision(work, bank, decision)
    if row is None:
        return None
    stored, on = store.decision_of(row, 0), day_of(row["decided_at"])
    edition = await room.catalog.edition(row["ruleset"])
    policy = edition.typed(RiskPolicy, "risk_policy", "policy", on=on, bank=bank)
    if row["degraded"] is None:
        again = judge(make_pack(edition, bank, row["type"], on).rules, row["features"], policy)
    else:
        again = fail_safe(row["type"], row["fen"], policy, denied=stored.action is Action.DENY)
    return Replay(stored, again, row["features"])
