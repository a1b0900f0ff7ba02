"""task (员工任务): something for staff: a warning to look at, a lead to call, a visit of the plan, an approval.

It is on the list of a role, taken by one, done with an outcome of a closed list; where the definition asks for four
eyes, somebody else agrees. What is late goes to the next role; what nobody did in time is over, and seen to be.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.services import handling
from fengshou.services.handling import Stage
from fengshou.services.machine import BEGIN, Act, Change, Defined, Facts, Later, Machine, Run, step


class Outcome(Content):
    """How a task may end. `again`: it comes back to the list after so many days, as a promise to call again does."""

    value: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    note_needed: bool = False
    again_days: int | None = Field(default=None, ge=1, le=365)


class TaskSpec(Content):
    """Whose task it is and how it may end. `weight` is what it counts in the numbers of who did it."""

    source: Literal["warning", "lead", "plan", "approval"]
    stage: Stage
    outcomes: tuple[Outcome, ...] = Field(min_length=1, max_length=20)
    weight: int = Field(default=1, ge=0, le=100)

    @model_validator(mode="after")
    def _one_of_each(self) -> TaskSpec:
        values = [one.value for one in self.outcomes]
        if len(set(values)) < len(values):
            raise ValueError("two outcomes have one value; rename one")
        if all(one.again_days for one in self.outcomes):
            raise ValueError("every outcome comes back: give one that ends the task")
        return self


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    facts, effects = handling.enter(definition.section.stage, act.at)
    over = act.at + timedelta(days=definition.limit_days)
    facts |= {"due_at": over.isoformat(), "source": definition.section.source}
    return Change(form=form, facts=facts, effects=(*effects, Later("expire", over)))


def _claim(definition: Defined, run: Run, act: Act) -> Change:
    return Change(facts=handling.claim(run, act))


def _hand_on(definition: Defined, run: Run, act: Act) -> Change:
    facts = handling.hand_on(run, act)
    return Change(to="claimed" if facts["claimed_by"] else "new", facts=facts)


def _finish(definition: Defined, run: Run, act: Act) -> Change:
    handling.held_by(run, act)
    spec: TaskSpec = definition.section
    value = handling.one_of(act, "outcome", frozenset(one.value for one in spec.outcomes))
    outcome = next(one for one in spec.outcomes if one.value == value)
    note = handling.words(act, "note", needed=outcome.note_needed)
    form = {"notes": [*run.form.get("notes", ()), note][-20:]} if note else {}
    if spec.stage.four_eyes:
        return Change(to="checking", form=form, facts=handling.propose(act, value))
    return _ended(definition, run, act, outcome, form, [str(act.who_id)])


def _agree(definition: Defined, run: Run, act: Act) -> Change:
    said = handling.second(run, act)
    outcome = next(one for one in definition.section.outcomes if one.value == said["verdict"])
    return _ended(definition, run, act, outcome, {}, [said["by"], str(act.who_id)])


def _ended(
    definition: Defined, run: Run, act: Act, outcome: Outcome, form: dict[str, Any], by: list[str]
) -> Change:
    """Done, or back on the list when its day comes."""
    facts: dict[str, Any] = {"outcome_code": outcome.value, "decided_by": by}
    if outcome.again_days is None:
        return Change(
            to="done", form=form, facts={**handling.left(), **facts, "weight": definition.section.weight}
        )
    at = act.at + timedelta(days=outcome.again_days)
    over = at + timedelta(days=definition.limit_days)  # the days in between are nobody's delay
    facts |= {**handling.left(), "due_at": over.isoformat(), "again_at": at.isoformat()}
    return Change(to="waiting", form=form, facts=facts, effects=(Later("wake", at), Later("expire", over)))


def _wake(definition: Defined, run: Run, act: Act) -> Change:
    facts, effects = handling.enter(definition.section.stage, act.at)
    return Change(facts={**facts, "again_at": None}, effects=effects)


def _differ(definition: Defined, run: Run, act: Act) -> Change:
    said = handling.second(run, act)
    return Change(
        facts={"proposed": None, "claimed_by": said["by"], "differed": handling.words(act, "why")},
    )


def _take_up(definition: Defined, run: Run, act: Act) -> Change:
    """What came back is with who did it: they take it up again."""
    return Change(facts=handling.claim(run, act))


def _late(definition: Defined, run: Run, act: Act) -> Change:
    found = handling.late(definition.section.stage, run, act)
    if found is None:
        return Change(to=run.state)
    to = run.state if run.state == "checking" else None  # what was said stands: the next role looks at it
    return Change(to=to, facts=found[0], effects=found[1])


def at_desk(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What clerks do with a sample: take it, and end it well."""
    ends = next(one for one in definition.section.outcomes if one.again_days is None)
    finish: tuple[str, Facts] = ("finish", {"outcome": ends.value, "note": "ok"})
    return {
        "new": (("claim", {}), finish),
        "escalated": (("claim", {}), finish),
        "checking": (("agree", {}),),
    }.get(state, ())


_OPEN = "new claimed returned escalated"
MACHINE = Machine(
    "task",
    [
        step(BEGIN, "", "new", "clerk system", _begin),
        step("claim", "new escalated", "claimed", "clerk", _claim),
        step("take_up", "returned", "claimed", "clerk", _take_up),
        step("hand_on", "claimed returned", "new", "clerk", _hand_on, also="claimed"),
        step("finish", "claimed", "done", "clerk", _finish, also="checking waiting"),
        step("agree", "checking", "done", "clerk", _agree, also="waiting"),
        step("differ", "checking", "returned", "clerk", _differ),
        step("wake", "waiting", "new", "system", _wake),
        step("late", f"{_OPEN} checking", "escalated", "system", _late, also="new claimed returned checking"),
        step("expire", f"{_OPEN} checking", "expired", "system"),
    ],
    final="done expired",
)
