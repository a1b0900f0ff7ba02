"""A case at a simulated authority: where it stands follows from what is in it, from questions and from time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from fengshou.adapters.wire import invented
from fengshou.services import Progress

PACE_S = 5
Fate = Literal["plain", "returned", "refused", "slow", "differs"]
FATES: frozenset[str] = frozenset({"returned", "refused", "slow", "differs", "silent", "lost", "away"})
_START = ("submitted", "pre_checked", "accepted", "in_review")
_END = ("approved", "delivered")
_PATHS: Mapping[Fate, tuple[str, ...]] = {
    "plain": (*_START, *_END),
    "returned": ("submitted", "pre_checked", "returned"),
    "refused": (*_START, "refused"),
    "slow": (*_START, *("in_review",) * 29, *_END),
    "differs": (*_START, *("in_review",) * 3, *_END),
}
_NOTES: Mapping[str, tuple[str, str]] = {
    "submitted": ("已收到，等待预审", "Received, waiting for a first look"),
    "pre_checked": ("预审中", "A first look is being taken"),
    "returned": ("请补正后再提交", "Please mend it and hand it in again"),
    "accepted": ("已受理", "Accepted"),
    "in_review": ("审批中", "In review"),
    "approved": ("准予", "Approved"),
    "refused": ("不予许可：不符合规定的条件", "Not permitted: the conditions are not met"),
    "delivered": ("办结，证照已送达", "Done, the certificate has been delivered"),
    "withdrawn": ("已撤回", "Withdrawn"),
}
_DIFFERS = ("共享数据与填报不一致，转人工核验", "Shared data differ from the form; a person is checking")
LAST = frozenset({"delivered", "refused", "withdrawn"})


@dataclass(slots=True)
class Case:
    """One case. `moves` counts how often its stage changed."""

    number: str
    key: UUID
    item: str
    content: Mapping[str, Any]
    since: datetime
    stage: str = "submitted"
    at: datetime = field(init=False)
    asked: int = 0
    moves: int = 0
    decided: str = ""
    fix: dict[str, str] = field(default_factory=dict)
    acts: set[UUID] = field(default_factory=set)
    hushed: bool = False

    def __post_init__(self) -> None:
        self.at = self.since

    def move_on(self, fate: Fate, at: datetime) -> list[Progress]:
        """Go as far as it has come by now; each stage it passed."""
        if self.stage in LAST or self.stage == "returned":
            return []
        path = _END if self.decided == "approved" else _PATHS[fate]
        steps = self.asked + int((at - self.since).total_seconds()) // PACE_S
        passed: list[Progress] = []
        start = path.index(self.stage) if self.stage in path else 0
        for stage in path[start + 1 : steps + 1]:
            if stage != self.stage:
                self.become(stage, at)
                passed.append(self.progress(fate))
        return passed

    def become(self, stage: str, at: datetime) -> None:
        """Be at a stage from now on."""
        self.stage, self.at, self.moves = stage, at, self.moves + 1

    def again(self, content: Mapping[str, Any], at: datetime) -> None:
        """Begin anew with what was mended."""
        self.content, self.since, self.asked, self.fix, self.decided = content, at, 0, {}, ""
        self.become("submitted", at)

    def progress(self, fate: Fate) -> Progress:
        """Where it stands."""
        note_zh, note_en = _NOTES[self.stage]
        if fate == "differs" and self.stage == "in_review":
            note_zh, note_en = _DIFFERS
        outcome = self.outcome() if self.stage in ("approved", "delivered") else {}
        fix = dict(self.fix) if self.stage == "returned" else {}
        return Progress.model_validate(
            {
                "number": self.number, "stage": self.stage, "at": self.at, "note_zh": note_zh, "note_en": note_en,
                "fix": fix, "outcome": outcome,
            }
        )  # fmt: skip

    def outcome(self) -> dict[str, Any]:
        """The certificate that stands at the end."""
        valid: date = self.since.date() + timedelta(days=3_650)
        return {
            "result_zh": "准予", "result_en": "Approved", "certificate": "ZJ" + invented.code(16, self.number),
            "valid_until": valid.isoformat(),
        }  # fmt: skip


def texts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a form and the names of its materials, by field."""
    form = {name: value for name, value in content["form"].items() if isinstance(value, str)}
    return form | {name: str(file["name"]) for name, file in content["files"].items()}
