"""survey (表单报名投票): a vote, a sign-up with limited places, or a questionnaire; everybody once, while it is open.

What is counted are tallies of the bank's own: who has answered, the places, each option. They are taken together or not
at all, so the last place is one person's, and nobody answers twice. A secret vote keeps that somebody voted, and how
many chose what, but not who chose what.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from fengshou.catalog import Content
from fengshou.kernel import BankError, Kind, day_of
from fengshou.services.machine import (
    BEGIN,
    Act,
    Ask,
    Change,
    Defined,
    Effect,
    Facts,
    Later,
    Machine,
    Run,
    Tell,
    Written,
    step,
)

_ZONE = ZoneInfo("Asia/Shanghai")
_MANY = 10**9


class PollClosed(BankError):
    """It has not begun, or is over."""

    code = "SERVICES.POLL_CLOSED"
    kind = Kind.CONFLICT
    zh = "现在不在开放时间内（{from_day} 至 {until_day}），没有提交"
    en = "It is open from {from_day} to {until_day}; nothing was handed in."


class SurveySpec(Content):
    """Open from `from_day` to `until_day`, both included.

    counts       the form's choice whose options are counted
    places       how many may answer; `places_each` of one option
    quorum       with fewer answers the result does not hold
    secret       who chose what is not kept
    shows        when those who answered see the numbers
    """

    kind: Literal["vote", "signup", "form"]
    poll: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,79}$")
    counts: str | None = None
    from_day: date
    until_day: date
    places: int | None = Field(default=None, ge=1, le=10**6)
    places_each: int | None = Field(default=None, ge=1, le=10**6)
    quorum: int | None = Field(default=None, ge=1, le=10**6)
    secret: bool = False
    shows: Literal["at_once", "after_close", "never"] = "after_close"

    @model_validator(mode="after")
    def _makes_sense(self) -> SurveySpec:
        if self.from_day > self.until_day:
            raise ValueError("`from_day` comes before `until_day`")
        if self.kind == "vote" and self.counts is None:
            raise ValueError("a vote counts something: name the form's choice in `counts`")
        if self.places_each is not None and self.counts is None:
            raise ValueError("`places_each` is of an option: name the form's choice in `counts`")
        if self.secret and self.kind == "signup":
            raise ValueError("who signs up is expected by name; take `secret` away")
        return self


def lint(definition: Written) -> Iterator[str]:
    """What is wrong between the section and the form."""
    spec: SurveySpec = definition.section
    counted = next((field for field in definition.form if field.name == spec.counts), None)
    if counted is not None and (counted.kind != "choice" or not counted.required or counted.when):
        yield f"`{spec.counts}` is counted: make it `kind: choice`, required and without `when`"


def _open(spec: SurveySpec, at: datetime) -> None:
    if not spec.from_day <= day_of(at) <= spec.until_day:
        raise PollClosed(from_day=spec.from_day.isoformat(), until_day=spec.until_day.isoformat())


def _items(spec: SurveySpec, customer: UUID, option: object, by: int = 1) -> list[dict[str, Any]]:
    """The tallies of one answer."""
    items: list[dict[str, Any]] = [
        {"name": f"{spec.poll}|{customer}", "by": by, "most": 1, "says": "cap"},
        {"name": f"{spec.poll}|all", "by": by, "most": spec.places or _MANY, "says": "places"},
    ]
    if spec.counts is not None:
        most = spec.places_each or _MANY
        items.append({"name": _option(spec, str(option)), "by": by, "most": most, "says": "option"})
    return items


def _option(spec: SurveySpec, value: str) -> str:
    return f"{spec.poll}|={value}"


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: SurveySpec = definition.section
    _open(spec, act.at)
    form = definition.checked(act.body.get("form", {}), act)
    items = _items(spec, run.customer, form.get(spec.counts or ""))
    return Change(form={} if spec.secret else form, effects=(Ask("count.take", "counted", {"items": items}),))


def _counted(definition: Defined, run: Run, act: Act) -> Change:
    spec: SurveySpec = definition.section
    if act.body["state"] == "refused":
        return Change(to="turned_away", facts=_why(act.body), effects=(Tell("survey.turned_away"),))
    if act.body["state"] != "done":
        return Change(to=run.state)
    over = datetime.combine(spec.until_day + timedelta(days=1), time(), _ZONE)
    effects: list[Effect] = [
        Tell("survey.answered"),
        Later("close" if spec.shows == "never" else "tally", over),
    ]
    if spec.shows == "at_once":
        effects.append(_read(definition))
    return Change(effects=tuple(effects))


def _read(definition: Defined) -> Ask:
    """How it stands."""
    spec: SurveySpec = definition.section
    names = [f"{spec.poll}|all", *(_option(spec, value) for value, _ in _options(definition))]
    return Ask("count.read", "results", {"names": names})


def _options(definition: Defined) -> list[tuple[str, Any]]:
    spec: SurveySpec = definition.section
    form: Any = getattr(definition, "form", ())
    return [(one.value, one.label) for field in form if field.name == spec.counts for one in field.options]


def _tally(definition: Defined, run: Run, act: Act) -> Change:
    return Change(effects=(_read(definition),))


def _results(definition: Defined, run: Run, act: Act) -> Change:
    """In words: each option with its number, and whether it holds."""
    spec: SurveySpec = definition.section
    if act.body["state"] != "done":
        return Change(to=run.state)
    taken: Facts = act.body["body"]["taken"]
    everybody = int(taken.get(f"{spec.poll}|all", 0))
    zh = [f"共 {everybody} 人"]
    en = [f"{everybody} in all"]
    for value, label in _options(definition):
        number = int(taken.get(_option(spec, value), 0))
        zh.append(f"{label.zh} {number}")
        en.append(f"{label.en} {number}")
    if spec.quorum is not None and everybody < spec.quorum:
        zh.append(f"未达到 {spec.quorum} 人，结果不生效")
        en.append(f"fewer than {spec.quorum}: it does not hold")
    over = day_of(act.at) > spec.until_day
    outcome = {"result_zh": "；".join(zh), "result_en": "; ".join(en)}
    told = (Tell("survey.tallied"),) if over else ()
    return Change(to="tallied" if over else run.state, facts={"outcome": outcome}, effects=told)


def _withdraw(definition: Defined, run: Run, act: Act) -> Change:
    """A place given back is somebody else's."""
    spec: SurveySpec = definition.section
    if spec.kind != "signup":
        raise AnswerStands()
    _open(spec, act.at)
    items = _items(spec, run.customer, run.form.get(spec.counts or ""), by=-1)
    return Change(effects=(Ask("count.take", "given_back", {"items": items}),))


class AnswerStands(BankError):
    """A vote cast is cast."""

    code = "SERVICES.ANSWER_STANDS"
    kind = Kind.CONFLICT
    zh = "投出的票和交出的答卷不能撤回"
    en = "A vote cast or an answer handed in cannot be taken back."


def _given_back(definition: Defined, run: Run, act: Act) -> Change:
    return Change() if act.body["state"] == "done" else Change(to=run.state)


def _why(said: Facts) -> dict[str, Any]:
    words = {"cap": ("您已经参加过了", "You have taken part already"), "places": ("名额已满", "All places are taken"),
             "option": ("这一项的名额已满，可以换一项", "This one is full; you may choose another")}  # fmt: skip
    zh, en = words.get(str(said.get("reason")), ("没有提交成功", "It was not taken"))
    return {"reason": said.get("reason"), "note_zh": zh, "note_en": en}


MACHINE = Machine(
    "survey",
    [
        step(BEGIN, "", "counting", "customer", _begin),
        step("counted", "counting", "handed_in", "partner", _counted, also="counting turned_away"),
        step("tally", "handed_in", "handed_in", "system", _tally),
        step("results", "handed_in", "tallied", "partner", _results, also="handed_in"),
        step("close", "handed_in", "closed", "system"),
        step("withdraw", "handed_in", "withdrawing", "customer", _withdraw),
        step("given_back", "withdrawing", "withdrawn", "partner", _given_back, also="withdrawing"),
    ],
    final="turned_away tallied closed withdrawn",
)
