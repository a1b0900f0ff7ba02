"""transfer (转账): money to somebody, by payments' one door (`payments.transfer`), which limits, proves and books it.

The run names the payment by a key of its own, so that however often it is sent it is paid once. What payments says is
what the run says: done, held back, on its way, come back. A run never holds money.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from fengshou.catalog import Content
from fengshou.kernel import Money
from fengshou.services.machine import (
    BEGIN,
    CONFIRMING,
    Act,
    Change,
    Defined,
    Later,
    Look,
    Machine,
    Run,
    Tell,
    step,
)
from fengshou.services.ports import Send

_DRAFT_FOR = timedelta(days=7)
_PROOF_WITHIN = timedelta(hours=24)
_LOOKS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
_COMES_BACK_WITHIN = timedelta(days=3)


class Fixed(Content):
    """A payee who is always the same: a fund, a landlord's company."""

    number: str = Field(pattern=r"^\d{8,32}$")
    name: str = Field(min_length=2, max_length=60)
    bank_code: str | None = Field(default=None, pattern=r"^\d{12}$")


class TransferSpec(Content):
    """Which fields of the form say what. `payee` when it is always the same one; `memo` stands on both statements."""

    amount: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    payee: Fixed | None = None
    to_number: str | None = None
    to_name: str | None = None
    to_bank: str | None = None
    from_account: str | None = None
    memo: str | None = None

    @model_validator(mode="after")
    def _somebody_is_paid(self) -> TransferSpec:
        if (self.payee is None) != (self.to_number is not None and self.to_name is not None):
            raise ValueError("say who is paid: `payee`, or the form's fields `to_number` and `to_name`")
        return self


def send_of(definition: Defined, run: Run) -> Send:
    """What payments is asked to do for a run."""
    spec: TransferSpec = definition.section
    form = run.form
    to = spec.payee or Fixed.model_construct(
        number=str(form[str(spec.to_number)]).replace(" ", ""), name=str(form[str(spec.to_name)]),
        bank_code=form.get(spec.to_bank) if spec.to_bank else None,
    )  # fmt: skip
    return Send(
        key=UUID(str(run.facts["order_key"])), customer=run.customer, bank=int(run.facts.get("for_bank", run.bank)),
        from_number=form.get(spec.from_account) if spec.from_account else None,
        to_number=to.number, to_name=to.name, to_bank=to.bank_code, fen=Money.parse(str(form[spec.amount])).fen,
        memo=str(form.get(spec.memo, "")) if spec.memo else "",
    )  # fmt: skip


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    return Change(form=form, effects=(Later("forget", act.at + _DRAFT_FOR),))


def _submit(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked({**run.form, **act.body.get("form", {})}, act)
    gone: dict[str, Any] = dict.fromkeys(run.form.keys() - form.keys())
    facts = {"order_key": str(uuid5(run.id, "send")), "submitted_at": act.at.isoformat(), "looks": 0}
    return Change(form={**gone, **form}, facts=facts, effects=(Later("look", act.at + _LOOKS[0]),))


def _look(definition: Defined, run: Run, act: Act) -> Change:
    """Nobody was there to hear what became of it, or it has not ended: ask."""
    return Change(to=run.state, effects=(Look(),))


def _order(definition: Defined, run: Run, act: Act) -> Change:
    """What payments says of the order; of one that lapsed too, for a proof may have been on its way just then."""
    said = act.body["state"]
    facts = {"order": act.body.get("order"), "fee_fen": act.body.get("fee_fen")}
    if said == "draft":  # made, and not proved yet
        late = act.at >= datetime.fromisoformat(run.facts["submitted_at"]) + _PROOF_WITHIN
        if late:
            return Change(to="lapsed", effects=(Later("close", act.at + _COMES_BACK_WITHIN),))
        return Change(to=run.state, facts={"looks": _looks(run)}, effects=(_again(run, act),))
    if said in ("refused", "returned"):
        why = {
            "reason": act.body.get("reason"),
            "note_zh": act.body.get("reason_zh"),
            "note_en": act.body.get("reason_en"),
        }
        to = "came_back" if said == "returned" else "rejected"
        return Change(
            to=to, facts={**facts, **why}, effects=(Tell(f"transfer.{to}"),) if to != "rejected" else ()
        )
    if said == "done":
        later = (Later("close", act.at + _COMES_BACK_WITHIN),) if run.state != "posted" else ()
        again = (_again(run, act),) if act.body.get("reach") == "outside" else ()
        return Change(
            to="posted", facts={**facts, "looks": _looks(run), "desk": None}, effects=(*later, *again)
        )
    return Change(to=said, facts={**facts, "looks": _looks(run)}, effects=(_again(run, act),))


def _looks(run: Run) -> int:
    return int(run.facts.get("looks", 0)) + 1


def _again(run: Run, act: Act) -> Later:
    return Later("look", act.at + _LOOKS[min(_looks(run), len(_LOOKS) - 1)])


_GOING = f"{CONFIRMING} held sent posted"
MACHINE = Machine(
    "transfer",
    [
        step(BEGIN, "", "draft", "customer", _begin),
        step("submit", "draft", CONFIRMING, "customer", _submit),
        step("discard", "draft", "forgotten", "customer"),
        step("forget", "draft", "forgotten", "system"),
        step("look", _GOING, CONFIRMING, "system", _look, also="held sent posted"),
        step("order", f"{_GOING} lapsed", "posted", "system", _order,
             also=f"{CONFIRMING} held sent rejected came_back lapsed"),
        step("close", "posted lapsed", "closed", "system"),
    ],
    final="forgotten rejected came_back closed",
)  # fmt: skip
