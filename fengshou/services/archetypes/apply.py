"""apply (申请办件): a case. Begun anywhere, returned for mending without losing a word, decided, delivered.

Its clock stands still while the customer has something to do. A case may be taken back until it is decided, and a
refusal may be appealed once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from fengshou.catalog import Content, Words
from fengshou.services.machine import (
    BEGIN,
    Act,
    Ask,
    Change,
    Defined,
    Later,
    Machine,
    NotNow,
    Run,
    Tell,
    step,
)

_APPEAL_FOR = timedelta(days=60)
_DRAFT_FOR = timedelta(days=90)
_STAGES = {
    "submitted": "submitted", "pre_checked": "pre_checked", "returned": "returned", "accepted": "accepted",
    "in_review": "in_review", "approved": "approved", "refused": "refused", "delivered": "delivered",
    "withdrawn": "withdrawn",
}  # fmt: skip


class Output(Content):
    """What the customer has in the end."""

    kind: str = Field(pattern=r"^(certificate|grant|account|record)$")
    name: Words


class ApplySpec(Content):
    """The item at its office. `appeal`: whether a refusal may be appealed."""

    item: str = Field(min_length=1, max_length=80)
    office: Words
    output: Output
    appeal: bool = True


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form=dict(act.body.get("form", {})), effects=(Later("forget", act.at + _DRAFT_FOR),))


def _save(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form=dict(act.body.get("form", {})))


def _submit(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked({**run.form, **act.body.get("form", {})}, act)
    due = act.at + timedelta(days=definition.limit_days)
    params = {"item": definition.section.item, "form": form, "way": act.way}
    gone: dict[str, Any] = dict.fromkeys(run.form.keys() - form.keys())
    return Change(
        form={**gone, **form},
        facts={"due_at": due.isoformat(), "way": act.way, "place": act.place},
        effects=(Ask("case.submit", "progress", params), Later("overdue", due), Tell("case.submitted")),
    )


def _progress(definition: Defined, run: Run, act: Act) -> Change:
    """The office's word: where the case stands, what is to be mended, what came out."""
    said = act.body
    if said["state"] in ("unknown", "unavailable"):
        return Change(to=run.state, facts={"waits_for_office": said["state"]})
    if said["state"] == "refused":
        return _stage(run, act, "refused", {"reason": said.get("reason")})
    body = said["body"]
    if not body:  # it is there, and nothing is known of it yet
        return Change(to=run.state, facts={"waits_for_office": said["state"]})
    facts = {"number": body["number"], "note_zh": body.get("note_zh", ""), "note_en": body.get("note_en", "")}
    if run.state == "withdrawing" and body["stage"] in ("submitted", "pre_checked", "accepted", "in_review"):
        # It was not taken back yet; an office that has only now given its number has not been told.
        first = "number" not in run.facts
        told = (Ask("case.withdraw", "progress", {"number": body["number"]}),) if first else ()
        return Change(to="withdrawing", facts=facts, effects=told)
    return _stage(run, act, _STAGES[body["stage"]], facts | _ends(body))


def _ends(body: Any) -> dict[str, Any]:
    """What stands only at some stages: what to mend, what came out."""
    return {"fix": body.get("fix") or None, "outcome": body.get("outcome") or None}


def _stage(run: Run, act: Act, to: str, facts: dict[str, Any]) -> Change:
    facts = {**facts, "waits_for_office": None}
    effects: tuple[Tell | Later, ...] = () if to == run.state else (Tell(f"case.{to}"),)
    if to == "returned" and run.state != "returned":
        facts["paused_at"] = act.at.isoformat()  # what takes the customer's time is not the office's
    if to == "refused":
        effects += (Later("close", act.at + _APPEAL_FOR),)
    return Change(to=to, facts=facts, effects=effects)


def _mend(definition: Defined, run: Run, act: Act) -> Change:
    """Only what was to be mended is asked for again; everything else stands as it was sent."""
    form = definition.checked({**run.form, **act.body.get("form", {})}, act)
    paused = act.at - datetime.fromisoformat(run.facts["paused_at"])
    due = datetime.fromisoformat(run.facts["due_at"]) + paused
    params = {
        "number": run.facts["number"],
        "form": {n: form[n] for n in act.body.get("form", {}) if n in form},
    }
    gone: dict[str, Any] = dict.fromkeys(run.form.keys() - form.keys())
    return Change(
        form={**gone, **form},
        facts={"due_at": due.isoformat(), "paused_at": None, "fix": None, "overdue": None},
        effects=(Ask("case.supplement", "progress", params), Later("overdue", due)),
    )


def _overdue(definition: Defined, run: Run, act: Act) -> Change:
    late = run.facts.get("paused_at") is None and act.at >= datetime.fromisoformat(run.facts["due_at"])
    return Change(to=run.state, facts={"overdue": True} if late else {})


def _withdraw(definition: Defined, run: Run, act: Act) -> Change:
    if "number" not in run.facts:
        return Change(to="withdrawing")  # the office has not answered yet: told as soon as it has
    return Change(effects=(Ask("case.withdraw", "progress", {"number": run.facts["number"]}),))


def _appeal(definition: Defined, run: Run, act: Act) -> Change:
    if run.facts.get("appealed") or not definition.section.appeal:
        raise NotNow(act=act.name, state=run.state)
    params = {"number": run.facts["number"], "form": {"appeal": str(act.body.get("why", ""))[:1_000]}}
    return Change(
        facts={"appealed": True}, effects=(Ask("case.supplement", "progress", params), Tell("case.appealed"))
    )


_AT_OFFICE = "submitted pre_checked accepted in_review"
_ANYWHERE = (
    "submitted pre_checked returned accepted in_review approved refused delivered withdrawn withdrawing"
)
MACHINE = Machine(
    "apply",
    [
        step(BEGIN, "", "draft", "customer clerk", _begin),
        step("save", "draft", "draft", "customer clerk", _save),
        step("submit", "draft", "submitted", "customer clerk", _submit),
        step("forget", "draft", "forgotten", "system"),
        step("discard", "draft", "forgotten", "customer"),
        step("progress", f"{_AT_OFFICE} returned withdrawing appealed approved", "in_review", "partner system clerk",
             _progress, also=f"{_ANYWHERE} appealed"),
        step("mend", "returned", "submitted", "customer clerk", _mend),
        step("overdue", f"{_AT_OFFICE} returned", "in_review", "system", _overdue, also=f"{_AT_OFFICE} returned"),
        step("withdraw", f"{_AT_OFFICE} returned", "withdrawing", "customer", _withdraw),
        step("appeal", "refused", "appealed", "customer", _appeal),
        step("close", "refused", "closed", "system"),
    ],
    final="delivered withdrawn forgotten closed",
)  # fmt: skip
