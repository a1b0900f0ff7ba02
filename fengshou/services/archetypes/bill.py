"""bill (缴费): what is owed under an account is asked for, chosen, paid, and credited by who bills.

The biller says what is owed; the customer chooses whole bills of it. The money goes through payments' one door into
the biller's account; only then is the biller told, under the run's own key, so that a repeat is the same notice. A
biller that will not credit what was paid harms nobody unseen: people see to it that the money comes back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic import Field

from fengshou.catalog import Content
from fengshou.kernel import BankError, Kind
from fengshou.services import handling
from fengshou.services.archetypes.transfer import Fixed
from fengshou.services.machine import (
    BEGIN,
    CONFIRMING,
    Act,
    Ask,
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

_LOOK_EVERY = timedelta(minutes=2)
_PAY_WITHIN = timedelta(minutes=30)
_ASKS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


class BillsWrong(BankError):
    """Not bills that are owed here, or none was chosen, or more than one payment may come to."""

    code = "SERVICES.BILLS_WRONG"
    kind = Kind.INVALID
    zh = "请选择要缴的账单，合计不能超过这项业务的单笔上限"
    en = "Please choose bills that are owed, together no more than one payment may come to."


class BillSpec(Content):
    """Who is paid. `account` names the form's field with the number that bills are under.

    payee     the biller's account
    most_fen  what one payment may come to
    """

    account: str
    payee: Fixed
    most_fen: int = Field(default=5_000_000, ge=1, le=10**9)


def send_of(definition: Defined, run: Run) -> Send:
    """What payments is asked to do: the chosen bills' sum to the biller."""
    payee = definition.section.payee
    return Send(
        key=UUID(str(run.facts["order_key"])), customer=run.customer, bank=int(run.facts.get("for_bank", run.bank)),
        to_number=payee.number, to_name=payee.name, to_bank=payee.bank_code, fen=int(run.facts["fen"]),
        memo=str(run.form["account"])[:40],
    )  # fmt: skip


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    account = str(form[definition.section.account])
    return Change(
        form={**form, "account": account}, effects=(Ask("bill.arrears", "owed", {"account": account}),)
    )


def _owed(definition: Defined, run: Run, act: Act) -> Change:
    """The biller says what is owed. What is about the person lies sealed with the form."""
    said = act.body
    if said["state"] == "refused":
        return Change(to="rejected", facts=_why(said))
    if said["state"] != "done":
        return Change(to=run.state)
    body = said["body"]
    bills = [bill for bill in body["bills"] if bill["fen"] + bill["late_fen"] > 0]
    facts = {"as_of": body["as_of"], "count": len(bills), "fen": sum(b["fen"] + b["late_fen"] for b in bills)}
    form = {"bills": bills, "holder": body["holder"], "place_of": body["place"]}
    if not bills:
        return Change(to="clear", form=form, facts=facts)
    return Change(form=form, facts=facts, effects=(Later("expire", act.at + _PAY_WITHIN),))


def _pay(definition: Defined, run: Run, act: Act) -> Change:
    """These bills, each whole; all of them when none is named."""
    owed = {bill["bill"]: bill["fen"] + bill["late_fen"] for bill in run.form["bills"]}
    chosen = act.body.get("bills", list(owed))
    if not isinstance(chosen, list | tuple) or not chosen or any(
        not isinstance(one, str) or one not in owed for one in chosen
    ):  # fmt: skip
        raise BillsWrong()
    pays = {bill: owed[bill] for bill in chosen}
    fen = sum(pays.values())
    if fen > definition.section.most_fen:
        raise BillsWrong()
    tries = int(run.facts.get("tries", 0)) + 1
    facts = {"tries": tries, "fen": fen, "order_key": str(uuid5(run.id, f"pay {tries}"))}
    return Change(form={"pays": pays}, facts=facts, effects=(Later("look", act.at + _LOOK_EVERY),))


def _look(definition: Defined, run: Run, act: Act) -> Change:
    return Change(to=run.state, effects=(Look(),))


def _order(definition: Defined, run: Run, act: Act) -> Change:
    """What payments says: paid, on its way, or not. Only what is paid is told to the biller."""
    said = act.body["state"]
    if said == "done":
        under = run.version + 1  # this change: its number is the key of the notice from now on
        facts = {"order": act.body["order"], "paid_at": act.at.isoformat(), "under": under, "asked": 0}
        return Change(facts=facts, effects=(_notice(run, facts), Later("ask", act.at + _ASKS[0])))
    if said in ("refused", "returned"):
        return Change(to="owed", facts=_why(act.body), effects=(Later("expire", act.at + _PAY_WITHIN),))
    # A draft nobody proves is looked at until payments itself gives it up: it could be proved at any instant before,
    # and must then find the run where it was, never chosen and paid a second time.
    to = CONFIRMING if said == "draft" else "authorised"
    return Change(to=to, effects=(Later("look", act.at + _LOOK_EVERY),))


def _notice(run: Run, facts: Facts) -> Ask:
    params = {"account": run.form["account"], "paid_at": facts["paid_at"], "fen": run.form["pays"]}
    return Ask("bill.pay", "credited", params, int(facts["under"]))


def _ask(definition: Defined, run: Run, act: Act) -> Change:
    """No word yet: ask what became of the notice, by its key; more and more rarely."""
    if "under" not in run.facts:
        return Change(to=run.state)
    asked = int(run.facts.get("asked", 0)) + 1
    again = Later("ask", act.at + _ASKS[min(asked, len(_ASKS) - 1)])
    ask = Ask("bill.status", "credited", {}, int(run.facts["under"]))
    return Change(to=run.state, facts={"asked": asked}, effects=(ask, again))


def _credited(definition: Defined, run: Run, act: Act) -> Change:
    """The biller's word of what was paid. What it never saw it is told again, by the very same notice."""
    said = act.body
    if said["state"] == "done":
        return Change(facts={"number": said["body"]["number"]}, effects=(Tell("bill.credited"),))
    if said["state"] == "refused" and said.get("reason") == "not_seen" and "under" in run.facts:
        return Change(to="paid", effects=(_notice(run, run.facts),))
    if said["state"] == "refused":
        facts = {**_why(said), "desk": "supervisor"}
        return Change(to="disputed", facts=facts, effects=(Tell("bill.disputed"),))
    return Change(to=run.state)


def _resolve(definition: Defined, run: Run, act: Act) -> Change:
    """Somebody has seen to it that the money came back."""
    why = handling.words(act, "why")
    return Change(facts={"desk": None, "note_zh": why, "note_en": why, "decided_by": [str(act.who_id)]})


def _why(said: Facts) -> dict[str, Any]:
    return {"reason": said.get("reason"), "note_zh": said.get("reason_zh"), "note_en": said.get("reason_en")}


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the customer of a sample does: pay all that is owed."""
    return (("pay", {}),) if state == "owed" else ()


MACHINE = Machine(
    "bill",
    [
        step(BEGIN, "", "requested", "customer", _begin),
        step("owed", "requested", "owed", "partner", _owed, also="requested clear rejected"),
        step("pay", "owed", CONFIRMING, "customer", _pay),
        step("cancel", "requested owed", "cancelled", "customer"),
        step("expire", "owed", "expired", "system"),
        step("look", f"{CONFIRMING} authorised", CONFIRMING, "system", _look, also="authorised"),
        step("order", f"{CONFIRMING} authorised", "paid", "system", _order, also=f"{CONFIRMING} authorised owed"),
        step("ask", "paid", "paid", "system", _ask),
        step("credited", "paid", "credited", "partner", _credited, also="paid disputed"),
        step("resolve", "disputed", "reversed", "clerk", _resolve),
    ],
    final="clear rejected cancelled expired credited reversed",
)  # fmt: skip
