"""assist (客服/视频): somebody of the bank, by text, voice or picture: queued, connected, verified, wrapped up.

Where the definition has a script (双录), its steps are done in order and each is proved before anything can pass; who
does not pass is not served alone. What is said lies sealed with the run.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError
from fengshou.services import handling
from fengshou.services.handling import Role
from fengshou.services.machine import (
    BEGIN,
    Act,
    Change,
    Defined,
    Facts,
    Later,
    Machine,
    NotNow,
    Run,
    Tell,
    step,
)

_ZONE = ZoneInfo("Asia/Shanghai")
_SILENCE = timedelta(minutes=30)
_RATE_FOR = timedelta(days=7)
_SAID_MOST = 200
_STARS = range(1, 6)


class ClosedNow(BankError):
    """Nobody is there at this hour."""

    code = "SERVICES.CLOSED_NOW"
    zh = "现在没有人值班，服务时间 {begins} 到 {ends}"
    en = "Nobody is there now; come between {begins} and {ends}."


class ScriptOrder(BankError):
    """The steps of the script are done one after the other; none is left out."""

    code = "SERVICES.SCRIPT_ORDER"
    zh = "请按顺序完成：下一步是{step_zh}"
    en = "One after the other, please: the next step is {step_en}."


class ScriptStep(Content):
    """A step that is done before the other's eyes. `proved`: its proof (a number, the words said) is kept."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    proved: bool = False


class AssistSpec(Content):
    """Who answers, when, by what, and what they go through. `wait_minutes`: how long somebody is left waiting."""

    role: Role
    media: Literal["text", "voice", "video"]
    begins: time = time(0)
    ends: time = time(23, 59, 59)
    record: bool = False
    script: tuple[ScriptStep, ...] = Field(default=(), max_length=20)
    wait_minutes: int = Field(default=10, ge=1, le=240)

    @model_validator(mode="after")
    def _whole(self) -> AssistSpec:
        if self.begins >= self.ends:
            raise ValueError("`begins` comes before `ends`")
        names = [one.name for one in self.script]
        if len(set(names)) < len(names):
            raise ValueError("two steps of the script have one name; rename one")
        return self


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: AssistSpec = definition.section
    form = definition.checked(act.body.get("form", {}), act)
    if not spec.begins <= act.at.astimezone(_ZONE).time() <= spec.ends:
        raise ClosedNow(begins=spec.begins.isoformat("minutes"), ends=spec.ends.isoformat("minutes"))
    return _queue(spec, act, Change(form=form, facts={"media": spec.media, "steps_done": 0}))


def _queue(spec: AssistSpec, act: Act, change: Change) -> Change:
    gives_up = act.at + timedelta(minutes=spec.wait_minutes)
    facts = {**change.facts, "desk": spec.role, "claimed_by": None, "stage_due_at": gives_up.isoformat()}
    return Change(form=change.form, facts=facts, effects=(Later("miss", gives_up),), to=change.to)


def _connect(definition: Defined, run: Run, act: Act) -> Change:
    facts = handling.claim(run, act) | {"stage_due_at": None, "connected_at": act.at.isoformat()}
    return Change(facts=facts | _heard(act), effects=(_drop(act), Tell("assist.connected")))


def _say(definition: Defined, run: Run, act: Act) -> Change:
    """A line of the talk, by either."""
    if act.who == "clerk":
        handling.held_by(run, act)
    line = {"who": act.who, "at": act.at.isoformat(), "text": handling.words(act, "text")}
    said = [*run.form.get("said", ()), line]
    if len(said) > _SAID_MOST:
        raise NotNow(act=act.name, state=run.state)
    return Change(to=run.state, form={"said": said}, facts=_heard(act), effects=(_drop(act),))


def _script(definition: Defined, run: Run, act: Act) -> Change:
    """The next step of the script, proved where it must be."""
    handling.held_by(run, act)
    spec: AssistSpec = definition.section
    done = int(run.facts.get("steps_done", 0))
    if done >= len(spec.script):
        raise NotNow(act=act.name, state=run.state)
    following = spec.script[done]
    if act.body.get("step") != following.name:
        raise ScriptOrder(step_zh=following.label.zh, step_en=following.label.en)
    proof = handling.words(act, "proof", needed=following.proved)
    kept = {"step": following.name, "at": act.at.isoformat(), "by": str(act.who_id), "proof": proof}
    return Change(
        form={"script": [*run.form.get("script", ()), kept]}, facts={"steps_done": done + 1, **_heard(act)},
        effects=(_drop(act),),
    )  # fmt: skip


def _pass(definition: Defined, run: Run, act: Act) -> Change:
    handling.held_by(run, act)
    spec: AssistSpec = definition.section
    done = int(run.facts.get("steps_done", 0))
    if done < len(spec.script):
        following = spec.script[done]
        raise ScriptOrder(step_zh=following.label.zh, step_en=following.label.en)
    return Change(facts={"verified_by": str(act.who_id)})


def _fail(definition: Defined, run: Run, act: Act) -> Change:
    """Not passed: it is not gone on with alone."""
    handling.held_by(run, act)
    why = handling.words(act, "why")
    return Change(facts={"note_zh": why, "note_en": why}, effects=(Tell("assist.failed"),))


def _hand_over(definition: Defined, run: Run, act: Act) -> Change:
    """Back into the queue, for a colleague who sees all that was said; the script begins anew with them."""
    handling.held_by(run, act)
    change = Change(facts={"steps_done": 0, "handed_over": run.facts.get("handed_over", 0) + 1})
    return _queue(definition.section, act, change)


def _wrap_up(definition: Defined, run: Run, act: Act) -> Change:
    handling.held_by(run, act)
    if run.state == "connected" and definition.section.script:
        raise NotNow(act=act.name, state=run.state)  # first it is said whether the script was passed
    form = {"summary": handling.words(act, "summary")}
    later = Later("settle", act.at + _RATE_FOR)
    return Change(form=form, facts={"desk": None}, effects=(later, Tell("assist.wrapped_up")))


def _silent(definition: Defined, run: Run, act: Act) -> Change:
    """Nobody has said anything for long."""
    heard = datetime.fromisoformat(run.facts["heard_at"])
    if act.at < heard + _SILENCE:
        return Change(to=run.state)
    return Change(facts={"desk": None})


def _rate(definition: Defined, run: Run, act: Act) -> Change:
    stars = act.body.get("stars")
    if isinstance(stars, bool) or stars not in _STARS:
        raise handling.SayMissing(name="stars")
    return Change(facts={"stars": stars})


def _gone(definition: Defined, run: Run, act: Act) -> Change:
    """Out of the queue."""
    told = (Tell("assist.missed"),) if act.name == "miss" else ()
    return Change(facts={"desk": None, "stage_due_at": None}, effects=told)


def _heard(act: Act) -> dict[str, Any]:
    return {"heard_at": act.at.isoformat()}


def _drop(act: Act) -> Later:
    return Later("silent", act.at + _SILENCE)


def at_desk(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What a clerk does with a sample: the script whole, and a summary."""
    spec: AssistSpec = definition.section
    steps = tuple(("script", {"step": one.name, "proof": "sample"}) for one in spec.script)
    ends: tuple[tuple[str, Facts], ...] = (("pass", {}),) if steps else (("wrap_up", {"summary": "ok"}),)
    return {"queued": (("connect", {}), *steps, *ends), "passed": (("wrap_up", {"summary": "ok"}),)}.get(
        state, ()
    )


_TALKING = "connected verifying"
MACHINE = Machine(
    "assist",
    [
        step(BEGIN, "", "queued", "customer", _begin),
        step("connect", "queued", "connected", "clerk", _connect),
        step("say", _TALKING, "connected", "customer clerk", _say, also="verifying"),
        step("script", _TALKING, "verifying", "clerk", _script),
        step("pass", _TALKING, "passed", "clerk", _pass),
        step("fail", _TALKING, "failed", "clerk", _fail),
        step("hand_over", _TALKING, "queued", "clerk", _hand_over),
        step("leave", f"queued {_TALKING}", "left", "customer", _gone),
        step("miss", "queued", "missed", "system", _gone),
        step("silent", _TALKING, "left", "system", _silent, also=_TALKING),
        step("wrap_up", "connected passed failed", "wrapped_up", "clerk", _wrap_up),
        step("rate", "wrapped_up", "closed", "customer", _rate),
        step("settle", "wrapped_up", "closed", "system"),
    ],
    final="left missed closed",
)
