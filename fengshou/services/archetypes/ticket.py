"""ticket (工单): something is broken or somebody complains; it is taken, worked on, done, judged."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from fengshou.catalog import Content, Words
from fengshou.services.machine import BEGIN, Act, Ask, Change, Defined, Later, Machine, Run, Tell, step

_REOPEN_FOR = timedelta(days=7)
_STARS = range(1, 6)


class Category(Content):
    """A kind of report; how soon somebody must come."""

    value: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    hours: int = Field(ge=1, le=24 * 30)


class TicketSpec(Content):
    """The form has a choice `category` of these, and a text `what`."""

    categories: tuple[Category, ...] = Field(min_length=1, max_length=40)


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    spec: TicketSpec = definition.section
    hours = next(one.hours for one in spec.categories if one.value == form["category"])
    due = act.at + timedelta(hours=hours)
    params = {"category": form["category"], "text": form["what"], "place": form.get("place", "")}
    return Change(
        form=form,
        facts={"category": form["category"], "due_at": due.isoformat()},
        effects=(Ask("ticket.create", "said", params), Later("overdue", due)),
    )


def _said(definition: Defined, run: Run, act: Act) -> Change:
    """The provider's word of it, asked for or by itself."""
    said = act.body
    if said["state"] not in ("done", "pending") or not said["body"]:
        return Change(to=run.state, facts={"reason": said.get("reason")})
    body = said["body"]
    to = {"waiting": "in_progress", "closed": "resolved"}.get(body["state"], body["state"])
    facts = {"number": body["number"], "worker": body.get("worker", "")}
    told = () if to == run.state else (Tell(f"ticket.{to}"),)
    later = (Later("settle", act.at + _REOPEN_FOR),) if to == "resolved" else ()
    return Change(to=to, facts=facts | {"note_zh": body.get("note_zh", ""), "note_en": body.get("note_en", "")},
                  effects=(*told, *later))  # fmt: skip


def _overdue(definition: Defined, run: Run, act: Act) -> Change:
    late = act.at >= datetime.fromisoformat(run.facts["due_at"])
    return Change(to=run.state, facts={"overdue": True} if late else {})


def _rate(definition: Defined, run: Run, act: Act) -> Change:
    stars = act.body.get("stars")
    if stars not in _STARS or isinstance(stars, bool):
        definition.checked({"stars": stars}, act)
    params = {"number": run.facts["number"], "stars": stars, "close": True}
    return Change(facts={"stars": stars}, effects=(Ask("ticket.update", "closed", params),))


def _reopen(definition: Defined, run: Run, act: Act) -> Change:
    params = {"number": run.facts["number"], "text": str(act.body.get("what", ""))[:1_000]}
    return Change(
        facts={"reopened": run.facts.get("reopened", 0) + 1}, effects=(Ask("ticket.update", "said", params),)
    )


_OPEN = "open assigned in_progress"
MACHINE = Machine(
    "ticket",
    [
        step(BEGIN, "", "open", "customer clerk", _begin),
        step("said", _OPEN, "open", "partner system clerk", _said, also="assigned in_progress resolved"),
        step("overdue", _OPEN, "open", "system", _overdue, also="assigned in_progress"),
        step("withdraw", "open", "closed", "customer"),
        step("rate", "resolved", "rated", "customer", _rate),
        step("reopen", "resolved", "in_progress", "customer", _reopen),
        step("settle", "resolved", "closed", "system"),
        step("closed", "rated", "closed", "partner system"),
    ],
    final="closed",
)
