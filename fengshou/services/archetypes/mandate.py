"""mandate (签约代扣/订阅): somebody may be paid again and again, within caps, until it is called off.

Signed with proof; then on its days it is due, told ahead, and paid by a touch of the customer's through payments' one
door. (Debits without a touch come when payments collects by mandate.) What is not paid in its window is missed, and
after too many it stands still. Caps for one payment and for a month hold whatever the creditor wants.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import Field

from fengshou.catalog import Content
from fengshou.kernel import BankError, Money, day_of
from fengshou.services.archetypes.transfer import Fixed
from fengshou.services.machine import (
    BEGIN,
    CONFIRMING,
    Act,
    Change,
    Defined,
    Facts,
    Later,
    Look,
    Machine,
    Run,
    Tell,
    step,
)
from fengshou.services.ports import Send

_ZONE, _MORNING = ZoneInfo("Asia/Shanghai"), time(9)
_OFFER_FOR = timedelta(days=7)
_LOOK_EVERY, _PROOF_WITHIN = timedelta(minutes=10), timedelta(hours=24)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class OverCap(BankError):
    """More than the mandate allows, for once or for a month."""

    code = "SERVICES.OVER_CAP"
    zh = "超过了签约的限额，没有扣款"
    en = "More than the mandate allows; nothing was paid."


class MandateSpec(Content):
    """Who is paid, how often and how much at most. `amount` names the form's field that says how much each time.

    on_day        of the month it is due (of the week, for `every: week`)
    notice_days   before it is due the customer is told
    window_days   in which it is paid; then it is missed, and after `misses` in a row it stands still
    months        after which it ends
    """

    creditor: Fixed
    amount: str
    every: Literal["week", "month", "quarter", "year"]
    on_day: int = Field(ge=1, le=28)
    cap_fen: int = Field(ge=1, le=10**9)
    cap_month_fen: int = Field(ge=1, le=10**9)
    notice_days: int = Field(default=1, ge=0, le=6)
    window_days: int = Field(default=3, ge=1, le=6)
    misses: int = Field(default=3, ge=1, le=12)
    months: int = Field(default=24, ge=1, le=240)


def due_after(spec: MandateSpec, day: date) -> date:
    """The first day after this one on which it is due."""
    if spec.every == "week":
        weekday = (spec.on_day - 1) % 7
        return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
    found = day.replace(day=spec.on_day)
    if found > day and spec.every == "month":
        return found
    months = found.year * 12 + found.month - 1 + _MONTHS[spec.every]
    return date(months // 12, months % 12 + 1, spec.on_day)


def send_of(definition: Defined, run: Run) -> Send:
    """What payments is asked to do: this time's amount to the creditor."""
    to = definition.section.creditor
    return Send(
        key=UUID(str(run.facts["order_key"])), customer=run.customer, bank=int(run.facts.get("for_bank", run.bank)),
        to_number=to.number, to_name=to.name, to_bank=to.bank_code, fen=int(run.facts["fen"]),
        memo=str(run.facts["due_on"]),
    )  # fmt: skip


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: MandateSpec = definition.section
    form = definition.checked(act.body.get("form", {}), act)
    fen = Money.parse(str(form[spec.amount])).fen
    if fen > min(spec.cap_fen, spec.cap_month_fen):
        raise OverCap()
    if act.who == "clerk":
        later = Later("lapse", act.at + _OFFER_FOR)
        return Change(to="offered", form=form, facts={"fen": fen}, effects=(later, Tell("mandate.offered")))
    change = _signed(spec, act, {"fen": fen})
    return Change(form, change.facts, change.effects, "active")


def _confirm(definition: Defined, run: Run, act: Act) -> Change:
    return _signed(definition.section, act, {})


def _signed(spec: MandateSpec, act: Act, facts: dict[str, Any]) -> Change:
    months = day_of(act.at).year * 12 + day_of(act.at).month - 1 + spec.months
    ends = datetime.combine(date(months // 12, months % 12 + 1, 28), _MORNING, _ZONE)
    facts = {**facts, "signed_at": act.at.isoformat(), "ends_at": ends.isoformat(), "paid": 0, "missed": 0}
    more, later = _next(spec, day_of(act.at), act)
    return Change(facts=facts | more, effects=(later, Later("expire", ends), Tell("mandate.active")))


def _next(spec: MandateSpec, after: date, act: Act) -> tuple[dict[str, Any], Later]:
    """When it is due again, and when that is told."""
    on = due_after(spec, after)
    told = datetime.combine(on - timedelta(days=spec.notice_days), _MORNING, _ZONE)
    return {"due_on": on.isoformat(), "tries": 0, "desk": None}, Later("due", max(told, act.at))


def _due(definition: Defined, run: Run, act: Act) -> Change:
    spec: MandateSpec = definition.section
    over = datetime.combine(_day(run) + timedelta(days=spec.window_days), _MORNING, _ZONE)
    return Change(facts={"due_at": over.isoformat()}, effects=(Later("miss", over), Tell("mandate.due")))


def _day(run: Run) -> date:
    return date.fromisoformat(run.facts["due_on"])


def _pay(definition: Defined, run: Run, act: Act) -> Change:
    """This time's payment, within the caps as they were signed."""
    spec: MandateSpec = definition.section
    fen, month = int(run.facts["fen"]), day_of(act.at).isoformat()[:7]
    already = int(run.facts.get("month_fen", 0)) if run.facts.get("month") == month else 0
    if fen > spec.cap_fen or already + fen > spec.cap_month_fen:
        raise OverCap()
    tries = int(run.facts.get("tries", 0)) + 1
    facts = {
        "tries": tries, "order_key": str(uuid5(run.id, f"{run.facts['due_on']} {tries}")), "month": month,
        "month_fen": already, "asked_at": act.at.isoformat(),
    }  # fmt: skip
    return Change(facts=facts, effects=(Later("look", act.at + _LOOK_EVERY),))


def _look(definition: Defined, run: Run, act: Act) -> Change:
    return Change(to=run.state, effects=(Look(),))


def _order(definition: Defined, run: Run, act: Act) -> Change:
    """What payments says: paid until the next time; or not, and it is still due."""
    said, spec = act.body["state"], definition.section
    if said == "done":
        more, later = _next(spec, _day(run), act)
        facts = {
            "paid": int(run.facts.get("paid", 0)) + 1, "missed": 0, "order": act.body.get("order"),
            "month_fen": int(run.facts.get("month_fen", 0)) + int(run.facts["fen"]),
        }  # fmt: skip
        return Change(to="active", facts=facts | more, effects=(later, Tell("mandate.paid")))
    late = act.at >= datetime.fromisoformat(run.facts["asked_at"]) + _PROOF_WITHIN
    if said in ("refused", "returned") or (said == "draft" and late):
        why = {"reason": act.body.get("reason"), "note_zh": act.body.get("reason_zh"),
               "note_en": act.body.get("reason_en")}  # fmt: skip
        over = max(datetime.fromisoformat(run.facts["due_at"]), act.at + _LOOK_EVERY)
        return Change(to="due", facts=why, effects=(Later("miss", over),))
    return Change(to=run.state, effects=(Later("look", act.at + _LOOK_EVERY),))


def _miss(definition: Defined, run: Run, act: Act) -> Change:
    """Not paid in its window."""
    spec: MandateSpec = definition.section
    missed = int(run.facts.get("missed", 0)) + 1
    if missed >= spec.misses:
        return Change(to="suspended", facts={"missed": missed}, effects=(Tell("mandate.suspended"),))
    more, later = _next(spec, _day(run), act)
    return Change(facts={"missed": missed, **more}, effects=(later, Tell("mandate.missed")))


def _resume(definition: Defined, run: Run, act: Act) -> Change:
    more, later = _next(definition.section, day_of(act.at), act)
    return Change(facts={"missed": 0, **more}, effects=(later,))


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the customer of a sample does: pay when it is due."""
    return (("pay", {}),) if state == "due" else ()


MACHINE = Machine(
    "mandate",
    [
        step(BEGIN, "", "active", "customer clerk", _begin, also="offered"),
        step("confirm", "offered", "active", "customer", _confirm),
        step("decline", "offered", "cancelled", "customer"),
        step("lapse", "offered", "cancelled", "system"),
        step("due", "active", "due", "system", _due),
        step("pay", "due", CONFIRMING, "customer", _pay),
        step("look", CONFIRMING, CONFIRMING, "system", _look),
        step("order", CONFIRMING, "active", "system", _order, also=f"{CONFIRMING} due"),
        step("miss", "due", "active", "system", _miss, also="suspended"),
        step("suspend", "active", "suspended", "customer"),
        step("resume", "suspended", "active", "customer", _resume),
        step("cancel", "active due suspended", "cancelled", "customer"),
        step("expire", "active due suspended", "expired", "system"),
    ],
    final="cancelled expired",
)  # fmt: skip
