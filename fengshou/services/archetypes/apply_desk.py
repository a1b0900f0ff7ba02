"""A case at our own desk: its stages, who decides, and where it comes to stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from fengshou.services import handling
from fengshou.services.handling import Stage
from fengshou.services.machine import Act, Change, Defined, Effect, Later, NotNow, Run, Tell

APPEAL_FOR = timedelta(days=60)
_VERDICTS = frozenset({"approved", "refused"})
_FIXES_MOST = 20


class ApplyStage(Stage):
    """A stage of a case; `state` is what the customer sees meanwhile."""

    state: Literal["submitted", "pre_checked", "accepted", "in_review"] = "in_review"


def arrive(run: Run, act: Act, to: str, facts: dict[str, Any], effects: tuple[Effect, ...] = ()) -> Change:
    """Come to stand at `to`: tell it, stop the clock where it is the customer's turn, open the time of appeal."""
    facts = {**facts, "waits_for_office": None}
    if to != run.state:
        effects += (Tell(f"case.{to}"),)
    if to == "returned" and run.state != "returned":
        facts["paused_at"] = act.at.isoformat()  # what takes the customer's time is not the office's
    if to == "refused":
        effects += (Later("close", act.at + APPEAL_FOR),)
    return Change(to=to, facts=facts, effects=effects)


def begin(definition: Defined, run: Run, act: Act, facts: dict[str, Any]) -> Change:
    """Handed in at the desk: on the list of the first stage."""
    stage: ApplyStage = definition.section.stages[0]
    more, effects = handling.enter(stage, act.at)
    return Change(to=stage.state, facts={**facts, **more}, effects=(*effects, Tell("case.submitted")))


def again(definition: Defined, run: Run, act: Act, paused: timedelta, facts: dict[str, Any]) -> Change:
    """Mended: back to who had it, with the time that is left of the stage."""
    stage = _stage(definition, run, act)
    due = datetime.fromisoformat(run.facts["stage_due_at"]) + paused
    facts = {**facts, "stage_due_at": due.isoformat()}
    return Change(to=stage.state, facts=facts, effects=(Later("late", due),))


def claim(definition: Defined, run: Run, act: Act) -> Change:
    """Take it. Who refused a case does not look at its appeal."""
    _stage(definition, run, act)
    if run.state == "appealed" and str(act.who_id) in run.facts.get("decided_by", ()):
        raise handling.FourEyes()
    return Change(to=run.state, facts=handling.claim(run, act))


def hand_on(definition: Defined, run: Run, act: Act) -> Change:
    """To a colleague, or back on the list."""
    _stage(definition, run, act)
    return Change(to=run.state, facts=handling.hand_on(run, act))


def pass_on(definition: Defined, run: Run, act: Act) -> Change:
    """This stage is done, the next begins."""
    stages = definition.section.stages
    at = stages.index(_stage(definition, run, act))
    handling.held_by(run, act)
    if at + 1 == len(stages):
        raise NotNow(act=act.name, state=run.state)  # after the last stage comes the decision
    following: ApplyStage = stages[at + 1]
    facts, effects = handling.enter(following, act.at)
    return arrive(run, act, following.state, facts | _note(act), effects)


def send_back(definition: Defined, run: Run, act: Act) -> Change:
    """The customer has something to mend: what, by field or paper, and why."""
    _stage(definition, run, act)
    handling.held_by(run, act)
    fix = act.body.get("fix")
    known = definition.mendable
    if not isinstance(fix, dict) or not 0 < len(fix) <= _FIXES_MOST or not fix.keys() <= known:
        raise handling.SayMissing(name="fix")
    if not all(isinstance(why, str) and 0 < len(why.strip()) <= 200 for why in fix.values()):
        raise handling.SayMissing(name="fix")
    return arrive(run, act, "returned", {"fix": dict(fix)} | _note(act))


def decide(definition: Defined, run: Run, act: Act) -> Change:
    """Yes after the last stage, no after any. Where the stage asks for four eyes it is only said, not yet so."""
    stage = _stage(definition, run, act)
    handling.held_by(run, act)
    verdict = handling.one_of(act, "verdict", _VERDICTS)
    why = handling.words(act, "why", needed=verdict == "refused")
    if verdict == "approved" and run.state != "appealed" and stage is not definition.section.stages[-1]:
        raise NotNow(act=act.name, state=run.state)
    if stage.four_eyes:
        return Change(to="deciding", facts=handling.propose(act, verdict, why=why, of=run.state))
    return _decided(run, act, verdict, why, [str(act.who_id)])


def agree(definition: Defined, run: Run, act: Act) -> Change:
    """The second pair of eyes: now it is so."""
    said = handling.second(run, act)
    return _decided(run, act, said["verdict"], said["why"], [said["by"], str(act.who_id)])


def differ(definition: Defined, run: Run, act: Act) -> Change:
    """The second pair of eyes sees it otherwise: back to who said it, with why."""
    said = handling.second(run, act)
    facts = {
        "proposed": None,
        "claimed_by": said["by"],
        "note_zh": None,
        "differed": handling.words(act, "why"),
    }
    return Change(to=said["of"], facts=facts)


def deliver(definition: Defined, run: Run, act: Act) -> Change:
    """What the customer has in the end is in their hands."""
    if not definition.section.stages:
        raise NotNow(act=act.name, state=run.state)
    number = handling.words(act, "number", needed=False)
    name = definition.section.output.name
    outcome = {"result_zh": name.zh, "result_en": name.en} | ({"number": number} if number else {})
    return arrive(run, act, "delivered", {"outcome": outcome})


def late(definition: Defined, run: Run, act: Act) -> Change:
    """The stage's clock rang."""
    stage = next((one for one in definition.section.stages if one.name == run.facts.get("stage")), None)
    found = handling.late(stage, run, act) if stage else None
    if found is None:
        return Change(to=run.state)
    facts, effects = found
    return Change(to=run.state, facts=facts, effects=(*effects, Tell("case.late")))


def appeal(definition: Defined, run: Run, act: Act, why: str) -> Change:
    """An appeal goes to the last stage, to somebody who did not refuse it."""
    facts, effects = handling.enter(definition.section.stages[-1], act.at)
    return Change(
        form={"appeal": why}, facts={**facts, "appealed": True}, effects=(*effects, Tell("case.appealed"))
    )


def _stage(definition: Defined, run: Run, act: Act) -> ApplyStage:
    """Where it stands. Raises `NotNow` for a case that an office outside handles, and for one that is decided."""
    for stage in definition.section.stages:
        if stage.name == run.facts.get("stage"):
            found: ApplyStage = stage
            return found
    raise NotNow(act=act.name, state=run.state)


def _decided(run: Run, act: Act, verdict: str, why: str, by: list[str]) -> Change:
    facts = {
        **handling.left(),
        "decided_by": by,
        "reason": why or None,
        "note_zh": why or None,
        "note_en": why or None,
    }
    return arrive(run, act, verdict, facts)


def _note(act: Act) -> dict[str, Any]:
    note = handling.words(act, "note", needed=False)
    return {"note_zh": note or None, "note_en": note or None}
