"""apply (申请办件): a case. Begun anywhere, returned for mending without losing a word, decided, delivered.

It is handled by an office outside, which is asked and tells, or by our own desk in the stages of its definition. Its
clock stands still while the customer has something to do; what is late goes up. Of the four ways (on the phone, at a
branch, at a kiosk, at home) it may change at any time, with all that was written. It may be taken back until it is
decided, and a refusal may be appealed once.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError
from fengshou.services import handling
from fengshou.services.archetypes import apply_desk as desk
from fengshou.services.archetypes.apply_desk import ApplyStage, arrive
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
    NotNow,
    Run,
    Tell,
    step,
)

_DRAFT_FOR = timedelta(days=90)
_CHASE_EVERY = timedelta(days=1)
_CHASE_MOST = 3
_VISIT_WITHIN = timedelta(days=90)
_PLACE_MOST = 80
_ZONE, _MORNING = ZoneInfo("Asia/Shanghai"), 9
_STAGES = {
    "submitted": "submitted", "pre_checked": "pre_checked", "returned": "returned", "accepted": "accepted",
    "in_review": "in_review", "approved": "approved", "refused": "refused", "delivered": "delivered",
    "withdrawn": "withdrawn",
}  # fmt: skip


class WayClosed(BankError):
    """This service is not handled in that way."""

    code = "SERVICES.WAY_CLOSED"
    zh = "这项业务不能这样办理，请换一种方式"
    en = "This cannot be handled in that way; please choose another."


class Output(Content):
    """What the customer has in the end."""

    kind: str = Field(pattern=r"^(certificate|grant|account|record)$")
    name: Words


class ApplySpec(Content):
    """The item at its office. `stages` when our own desk handles it (`behind.system: desk`); `appeal`: whether a
    refusal may be appealed.
    """

    item: str = Field(min_length=1, max_length=80)
    office: Words
    output: Output
    appeal: bool = True
    stages: tuple[ApplyStage, ...] = Field(default=(), max_length=8)

    @model_validator(mode="after")
    def _stages_in_order(self) -> ApplySpec:
        names = [stage.name for stage in self.stages]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two stages are called `{twice}`; rename one")
        order = ("submitted", "pre_checked", "accepted", "in_review")
        at = [order.index(stage.state) for stage in self.stages]
        if at and (at[0] != 0 or at != sorted(at)):
            raise ValueError(
                "the first stage has `state: submitted`, and no stage goes back before the one before it"
            )
        return self


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    return Change(
        form=dict(act.body.get("form", {})), facts={"way": act.way, "place": act.place},
        effects=(Later("forget", act.at + _DRAFT_FOR),),
    )  # fmt: skip


def _save(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form=dict(act.body.get("form", {})))


def _submit(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked({**run.form, **act.body.get("form", {})}, act)
    due = act.at + timedelta(days=definition.limit_days)
    gone: dict[str, Any] = dict.fromkeys(run.form.keys() - form.keys())
    facts = {"due_at": due.isoformat(), "way": act.way, "place": act.place}
    change = _handed_in(definition, run, act, form, facts)
    return Change({**gone, **form}, change.facts, (*change.effects, Later("overdue", due)), change.to)


def _handed_in(
    definition: Defined, run: Run, act: Act, form: dict[str, Any], facts: dict[str, Any]
) -> Change:
    if definition.section.stages:
        return desk.begin(definition, run, act, facts)
    params = {"item": definition.section.item, "form": form, "way": act.way}
    return Change(facts=facts, effects=(Ask("case.submit", "progress", params), Tell("case.submitted")))


def _switch(definition: Defined, run: Run, act: Act) -> Change:
    """Go on in another way (at a branch, a kiosk, at home, on the phone); nothing is written twice."""
    way = act.body.get("way")
    if way not in definition.ways:
        raise WayClosed(way=str(way)[:10])
    place = act.body.get("place") or ""
    if (
        not isinstance(place, str)
        or len(place) > _PLACE_MOST
        or (way in ("branch", "home") and not place.strip())
    ):
        raise handling.SayMissing(name="place")
    visit = _visit_at(act) if way == "home" else None
    facts = {"way": way, "place": place.strip(), "visit_at": visit}
    return Change(to=run.state, facts=facts, effects=(Tell("case.switched"),))


def _visit_at(act: Act) -> str:
    """When somebody comes: an instant, or a day, whose morning is meant; ahead and soon."""
    try:
        at = datetime.fromisoformat(str(act.body.get("visit_at", "")))
    except ValueError:
        raise handling.SayMissing(name="visit_at") from None
    if at.tzinfo is None:
        at = at.replace(hour=_MORNING, tzinfo=_ZONE) if at.time() == time(0) else at.replace(tzinfo=_ZONE)
    if not act.at < at <= act.at + _VISIT_WITHIN:
        raise handling.SayMissing(name="visit_at")
    return at.isoformat()


def _progress(definition: Defined, run: Run, act: Act) -> Change:
    """The office's word: where the case stands, what is to be mended, what came out."""
    said = act.body
    if said["state"] in ("unknown", "unavailable"):
        return Change(to=run.state, facts={"waits_for_office": said["state"]})
    if said["state"] == "refused":
        return arrive(run, act, "refused", {"reason": said.get("reason")})
    body = said["body"]
    if not body:  # it is there, and nothing is known of it yet
        return Change(to=run.state, facts={"waits_for_office": said["state"]})
    facts = {"number": body["number"], "note_zh": body.get("note_zh", ""), "note_en": body.get("note_en", "")}
    if run.state == "withdrawing" and body["stage"] in ("submitted", "pre_checked", "accepted", "in_review"):
        # It was not taken back yet; an office that has only now given its number has not been told.
        first = "number" not in run.facts
        told = (Ask("case.withdraw", "progress", {"number": body["number"]}),) if first else ()
        return Change(to="withdrawing", facts=facts, effects=told)
    return arrive(run, act, _STAGES[body["stage"]], facts | _ends(body))


def _ends(body: Any) -> dict[str, Any]:
    """What stands only at some stages: what to mend, what came out."""
    return {"fix": body.get("fix") or None, "outcome": body.get("outcome") or None}


def _mend(definition: Defined, run: Run, act: Act) -> Change:
    """Only what was to be mended is asked for again; everything else stands as it was sent."""
    form = definition.checked({**run.form, **act.body.get("form", {})}, act)
    paused = act.at - datetime.fromisoformat(run.facts["paused_at"])
    due = datetime.fromisoformat(run.facts["due_at"]) + paused
    gone: dict[str, Any] = dict.fromkeys(run.form.keys() - form.keys())
    facts = {"due_at": due.isoformat(), "paused_at": None, "fix": None, "overdue": None, "late": None}
    if definition.section.stages:
        change = desk.again(definition, run, act, paused, facts)
    else:
        sent = {name: form[name] for name in act.body.get("form", {}) if name in form}
        change = Change(
            facts=facts,
            effects=(Ask("case.supplement", "progress", {"number": run.facts["number"], "form": sent}),),
        )
    return Change({**gone, **form}, change.facts, (*change.effects, Later("overdue", due)), change.to)


def _overdue(definition: Defined, run: Run, act: Act) -> Change:
    """Past its time: seen by the supervisor, told to the customer, and the office is asked where it stands."""
    due = datetime.fromisoformat(run.facts["due_at"])
    if run.facts.get("paused_at") is not None or act.at < due:
        return Change(to=run.state)
    if definition.section.stages:  # its stages have clocks of their own
        return Change(to=run.state, facts={"overdue": True})
    times = run.facts.get("late", 0) + 1
    effects: tuple[Effect, ...] = (Tell("case.late"),) if times == 1 else ()
    if "number" in run.facts:
        effects += (Ask("case.progress", "progress", {"number": run.facts["number"]}),)
    if times < _CHASE_MOST:
        effects += (Later("overdue", act.at + _CHASE_EVERY),)
    return Change(to=run.state, facts={"overdue": True, "late": times, "desk": "supervisor"}, effects=effects)


def _withdraw(definition: Defined, run: Run, act: Act) -> Change:
    if definition.section.stages:
        return arrive(run, act, "withdrawn", handling.left())
    if "number" not in run.facts:
        return Change(to="withdrawing")  # the office has not answered yet: told as soon as it has
    return Change(effects=(Ask("case.withdraw", "progress", {"number": run.facts["number"]}),))


def _appeal(definition: Defined, run: Run, act: Act) -> Change:
    if run.facts.get("appealed") or not definition.section.appeal:
        raise NotNow(act=act.name, state=run.state)
    why = handling.words(act, "why", needed=False)
    if definition.section.stages:
        return desk.appeal(definition, run, act, why)
    if "number" not in run.facts:  # refused before the office had so much as taken it in
        raise NotNow(act=act.name, state=run.state)
    params = {"number": run.facts["number"], "form": {"appeal": why}}
    return Change(
        facts={"appealed": True}, effects=(Ask("case.supplement", "progress", params), Tell("case.appealed"))
    )


def at_desk(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What our own clerks do with a sample: stage by stage, to the customer's hands."""
    stages = definition.section.stages
    if not stages:
        return ()
    if state in _AT_OFFICE.split():
        done: tuple[str, Facts] = ("decide", {"verdict": "approved"})
        return (("claim", {}), done if facts.get("stage") == stages[-1].name else ("pass", {}))
    return {"deciding": (("agree", {}),), "approved": (("deliver", {}),)}.get(state, ())


_AT_OFFICE = "submitted pre_checked accepted in_review"
_AT_DESK = f"{_AT_OFFICE} deciding appealed"
_ANYWHERE = f"{_AT_OFFICE} returned approved refused delivered withdrawn withdrawing appealed"
MACHINE = Machine(
    "apply",
    [
        step(BEGIN, "", "draft", "customer clerk", _begin),
        step("save", "draft", "draft", "customer clerk", _save),
        step("submit", "draft", "submitted", "customer clerk", _submit),
        step("forget", "draft", "forgotten", "system"),
        step("discard", "draft", "forgotten", "customer"),
        step("progress", f"{_AT_OFFICE} returned withdrawing appealed approved", "in_review", "partner system",
             _progress, also=_ANYWHERE),
        step("mend", "returned", "submitted", "customer clerk", _mend, also=_AT_OFFICE),
        step("overdue", f"{_AT_OFFICE} returned deciding", "in_review", "system", _overdue,
             also=f"{_AT_OFFICE} returned deciding"),
        step("withdraw", f"{_AT_OFFICE} returned deciding", "withdrawing", "customer", _withdraw, also="withdrawn"),
        step("claim", _AT_DESK, "in_review", "clerk", desk.claim, also=_AT_DESK),
        step("hand_on", _AT_DESK, "in_review", "clerk", desk.hand_on, also=_AT_DESK),
        step("pass", _AT_OFFICE, "in_review", "clerk", desk.pass_on, also=_AT_OFFICE),
        step("send_back", _AT_OFFICE, "returned", "clerk", desk.send_back),
        step("decide", f"{_AT_OFFICE} appealed", "deciding", "clerk", desk.decide, also="approved refused"),
        step("agree", "deciding", "approved", "clerk", desk.agree, also="refused"),
        step("differ", "deciding", "in_review", "clerk", desk.differ, also=f"{_AT_OFFICE} appealed"),
        step("deliver", "approved", "delivered", "clerk", desk.deliver),
        step("late", f"{_AT_DESK} returned", "in_review", "system", desk.late, also=f"{_AT_DESK} returned"),
        step("appeal", "refused", "appealed", "customer", _appeal),
        step("close", "refused", "closed", "system"),
        step("switch", f"draft {_AT_OFFICE} returned", "draft", "customer clerk", _switch,
             also=f"{_AT_OFFICE} returned"),
    ],
    final="delivered withdrawn forgotten closed",
)  # fmt: skip
