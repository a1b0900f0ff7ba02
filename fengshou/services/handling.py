"""What people at a desk do with a run, whatever it is: take it, hand it on, be late with it, agree with somebody.

Pure: each function says what changes of a run's facts, or refuses. A stage is for a role; who takes a run of it has it
alone until they hand it on. What is late goes to the next role, and is taken from who sat on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError, Kind
from fengshou.services.machine import Act, Effect, Later, NotYours, Run

Role: TypeAlias = Literal["teller", "risk_officer", "supervisor", "auditor", "centre_ops"]

_LATE_MOST = 3
_WORDS_MOST = 1_000


class ClaimedAlready(BankError):
    """Somebody else has taken it."""

    code = "SERVICES.CLAIMED_ALREADY"
    kind = Kind.CONFLICT
    zh = "同事已经在办这一件了"
    en = "A colleague is at work on this one."


class NotClaimed(BankError):
    """It must be taken before something is done with it."""

    code = "SERVICES.NOT_CLAIMED"
    kind = Kind.CONFLICT
    zh = "请先认领再办理"
    en = "Take it first, then work on it."


class FourEyes(BankError):
    """Who said it may not agree with it: another person must."""

    code = "SERVICES.FOUR_EYES"
    zh = "要由另一位同事复核"
    en = "Another person must look at this."


class SayMissing(BankError):
    """An act lacks what it is about, or holds what cannot be meant."""

    code = "SERVICES.SAY_MISSING"
    kind = Kind.INVALID
    zh = "请填写：{name}"
    en = "Please fill in: {name}."


class Stage(Content):
    """A step of handling. `four_eyes`: what is decided in it, somebody else agrees with; `late_role` takes over."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    role: Role
    hours: int = Field(ge=1, le=24 * 365)
    four_eyes: bool = False
    late_role: Role = "supervisor"


def enter(
    stage: Stage, at: datetime, *, holder: str | None = None
) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    """A stage begins: on the list of its role, its clock running."""
    due = at + timedelta(hours=stage.hours)
    facts = {
        "stage": stage.name, "desk": stage.role, "claimed_by": holder, "stage_due_at": due.isoformat(), "late": None,
        "proposed": None,
    }  # fmt: skip
    return facts, (Later("late", due),)


def left() -> dict[str, Any]:
    """No desk has it any longer."""
    return dict.fromkeys(("stage", "desk", "claimed_by", "stage_due_at", "late", "proposed"))


def claim(run: Run, act: Act) -> dict[str, Any]:
    """Take it. Raises `NotYours` for another role's, `ClaimedAlready`."""
    if run.facts.get("desk") not in act.roles:
        raise NotYours(act=act.name)
    if run.facts.get("claimed_by") not in (None, str(act.who_id)):
        raise ClaimedAlready()
    return {"claimed_by": str(act.who_id)}


def hand_on(run: Run, act: Act) -> dict[str, Any]:
    """To the colleague `to`, or back on the list. Whoever has it does so, or a supervisor for them."""
    if "supervisor" not in act.roles:
        held_by(run, act)
    to = act.body.get("to")
    if to is None:
        return {"claimed_by": None}
    try:
        return {"claimed_by": str(UUID(str(to)))}
    except ValueError:
        raise SayMissing(name="to") from None


def held_by(run: Run, act: Act) -> None:
    """Whoever does something with it has taken it. Raises `NotClaimed`, `NotYours`."""
    holder = run.facts.get("claimed_by")
    if holder is None:
        raise NotClaimed()
    if holder != str(act.who_id):
        raise NotYours(act=act.name)


def propose(act: Act, verdict: str, **more: str) -> dict[str, Any]:
    """What one person says, and on whose list it goes for the second pair of eyes."""
    said = {"verdict": verdict, "by": str(act.who_id), **more}
    return {"proposed": said, "claimed_by": None}


def second(run: Run, act: Act) -> Mapping[str, Any]:
    """What is to be agreed with, to somebody who may. Raises `FourEyes`, `NotYours`."""
    said: Mapping[str, Any] = run.facts["proposed"]
    if said["by"] == str(act.who_id):
        raise FourEyes()
    if run.facts.get("desk") not in act.roles and "supervisor" not in act.roles:
        raise NotYours(act=act.name)
    return said


def late(stage: Stage, run: Run, act: Act) -> tuple[dict[str, Any], tuple[Effect, ...]] | None:
    """The stage's clock rang: taken from who sat on it, on to the next role. None when it is not late at all."""
    due = run.facts.get("stage_due_at")
    if due is None or run.facts.get("paused_at") or act.at < datetime.fromisoformat(due):
        return None
    times = run.facts.get("late", 0) + 1
    again = (Later("late", act.at + timedelta(hours=stage.hours)),) if times < _LATE_MOST else ()
    return {"late": times, "overdue": True, "desk": stage.late_role, "claimed_by": None}, again


def words(act: Act, name: str, *, needed: bool = True) -> str:
    """A text of an act's body. Raises `SayMissing`."""
    said = act.body.get(name) or ""
    if not isinstance(said, str) or (needed and not said.strip()) or len(said) > _WORDS_MOST:
        raise SayMissing(name=name)
    return said.strip()


def one_of(act: Act, name: str, allowed: frozenset[str]) -> str:
    """A choice of an act's body. Raises `SayMissing`."""
    said = act.body.get(name)
    if not isinstance(said, str) or said not in allowed:
        raise SayMissing(name=name)
    return said
