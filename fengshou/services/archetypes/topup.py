"""topup (充值): a number is looked up, paid for, and what was bought is delivered to it by whoever provides it.

The money goes through payments' one door; only then is the provider told, under one key for ever. What it does not
answer is asked for by that key (`topup.status`) and never shown as failed; what it never saw is sent again under the
same key. What it will not deliver stands as `undelivered`: on the supervisor's list, with the sum that is owed back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import Money
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
    NotNow,
    Run,
    Tell,
    Written,
    step,
)
from fengshou.services.ports import Send

_LOOK_EVERY = timedelta(minutes=2)
_PAY_WITHIN = timedelta(minutes=30)
_ASKS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
_REFUND = handling.Stage(
    name="refund", label=Words(zh="退款", en="Give the money back"), role="supervisor", hours=24
)


class Face(Content):
    """What can be bought: `value` as the form's choice has it, what arrives, what it costs."""

    value: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
    fen: int = Field(ge=1, le=10**7)
    pays_fen: int = Field(ge=1, le=10**7)


class TopupSpec(Content):
    """What is topped up, by how much, and who is paid.

    account  the form's field with the number
    amount   its field with the sum: a choice of the `faces`, or, without faces, money
    hours    after so long without the provider's word the bank's own people look into it
    """

    account: str
    amount: str
    payee: Fixed
    faces: tuple[Face, ...] = Field(default=(), max_length=20)
    hours: int = Field(default=24, ge=1, le=24 * 7)

    @model_validator(mode="after")
    def _one_of_each(self) -> TopupSpec:
        values = [face.value for face in self.faces]
        if len(set(values)) < len(values):
            raise ValueError("two faces have one value; rename one")
        return self


def lint(definition: Written) -> Iterator[str]:
    """What is wrong between the section and the form."""
    spec: TopupSpec = definition.section
    field = next((one for one in definition.form if one.name == spec.amount), None)
    if field is None:
        return
    if not spec.faces and field.kind != "money":
        yield f"`{spec.amount}` is no sum: make it `kind: money`, or a choice and say in `topup.faces` what each costs"
    if not spec.faces and field.kind == "money" and (field.least is None or field.most is None):
        yield f"`{spec.amount}` has no bounds: say `least` and `most` in fen"
    options, values = {one.value for one in field.options}, {face.value for face in spec.faces}
    if spec.faces and options != values:
        odd = ", ".join(sorted(options ^ values))
        yield f"`topup.faces` and the options of `{spec.amount}` differ in {odd}; give each option one face"


def send_of(definition: Defined, run: Run) -> Send:
    """What payments is asked to do: the price to the provider."""
    payee = definition.section.payee
    return Send(
        key=UUID(str(run.facts["order_key"])), customer=run.customer, bank=int(run.facts.get("for_bank", run.bank)),
        to_number=payee.number, to_name=payee.name, to_bank=payee.bank_code, fen=int(run.facts["fen"]),
        memo=str(run.form["number"])[:40],
    )  # fmt: skip


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    spec: TopupSpec = definition.section
    number, said = str(form[spec.account]), str(form[spec.amount])
    face = next((one for one in spec.faces if one.value == said), None)
    face_fen, fen = (face.fen, face.pays_fen) if face else (Money.parse(said).fen,) * 2
    ask = Ask("topup.validate", "checked", {"account": number})
    return Change(form={**form, "number": number}, facts={"face_fen": face_fen, "fen": fen}, effects=(ask,))


def _checked(definition: Defined, run: Run, act: Act) -> Change:
    """The provider knows the number, or does not: before a single fen has moved."""
    said = act.body
    if said["state"] == "refused":
        return Change(to="rejected", facts=_why(said), effects=(Tell("topup.rejected"),))
    if said["state"] != "done":
        return Change(to=run.state)
    face, pays = Money(int(run.facts["face_fen"])).text, Money(int(run.facts["fen"])).text
    said_so = {"note_zh": f"充 {face} 元，付 {pays} 元", "note_en": f"¥{face} arrive, you pay ¥{pays}"}
    return Change(facts=said_so, effects=(Later("expire", act.at + _PAY_WITHIN),))


def _pay(definition: Defined, run: Run, act: Act) -> Change:
    tries = int(run.facts.get("tries", 0)) + 1
    facts = {"tries": tries, "order_key": str(uuid5(run.id, f"pay {tries}")), **_why({})}
    return Change(facts=facts, effects=(Later("look", act.at + _LOOK_EVERY),))


def _look(definition: Defined, run: Run, act: Act) -> Change:
    return Change(to=run.state, effects=(Look(),))


def _order(definition: Defined, run: Run, act: Act) -> Change:
    """What payments says: paid, on its way, or not. Only what is paid is asked to be delivered."""
    said = act.body["state"]
    if said == "done":
        under = run.version + 1  # this change: its number is the key of the delivery from now on
        facts = {"order": act.body["order"], "under": under, "asked": 0, **_why({})}
        patience = timedelta(hours=definition.section.hours)
        timers = (Later("ask", act.at + _ASKS[0]), Later("overdue", act.at + patience))
        return Change(facts=facts, effects=(_deliver(run, under), *timers))
    if said in ("refused", "returned"):
        return Change(to="ordered", facts=_why(act.body), effects=(Later("expire", act.at + _PAY_WITHIN),))
    # A draft nobody proves is looked at until payments itself gives it up (see archetypes/bill.py).
    to = CONFIRMING if said == "draft" else "authorised"
    return Change(to=to, effects=(Later("look", act.at + _LOOK_EVERY),))


def _deliver(run: Run, under: int) -> Ask:
    params = {"account": run.form["number"], "fen": run.facts["face_fen"]}
    return Ask("topup.deliver", "delivered", params, under)


def _ask(definition: Defined, run: Run, act: Act) -> Change:
    """No word yet: ask what became of the delivery, by its key; more and more rarely."""
    asked = int(run.facts.get("asked", 0)) + 1
    again = Later("ask", act.at + _ASKS[min(asked, len(_ASKS) - 1)])
    ask = Ask("topup.status", "delivered", {}, int(run.facts["under"]))
    return Change(to=run.state, facts={"asked": asked}, effects=(ask, again))


def _delivered(definition: Defined, run: Run, act: Act) -> Change:
    """The provider's word, given at once, asked for, or by itself; true even where people had given it up."""
    said = act.body
    if said["state"] == "done":
        facts = {**handling.left(), **_why({}), "owed_back_fen": None, "number": said["body"]["number"]}
        return Change(facts=facts, effects=(Tell("topup.delivered"),))
    if run.state == "undelivered":
        return Change(to="undelivered")
    if said["state"] == "refused" and said.get("reason") == "not_seen":
        return Change(to="delivering", effects=(_deliver(run, int(run.facts["under"])),))
    if said["state"] == "refused":
        return _undelivered(run, act, _why(said))
    # Nobody can be reached: it is tried again by itself. Anything else may have arrived.
    return Change(to=run.state if said["state"] == "unavailable" else "delivering")


def _undelivered(run: Run, act: Act, why: dict[str, Any]) -> Change:
    """Paid and not delivered: the price is owed back, and people of the bank see to it."""
    facts, effects = handling.enter(_REFUND, act.at, holder=run.facts.get("claimed_by"))
    facts |= {**why, "owed_back_fen": run.facts["fen"]}
    return Change(to="undelivered", facts=facts, effects=(*effects, Tell("topup.undelivered")))


def _overdue(definition: Defined, run: Run, act: Act) -> Change:
    """Too long without a word. It is not failed for that: somebody asks the provider, and says what they heard."""
    facts, effects = handling.enter(_REFUND, act.at)
    return Change(to=run.state, facts={**facts, "overdue": True}, effects=(*effects, Tell("topup.overdue")))


def _late(definition: Defined, run: Run, act: Act) -> Change:
    found = handling.late(_REFUND, run, act)
    return Change(to=run.state) if found is None else Change(to=run.state, facts=found[0], effects=found[1])


def _claim(definition: Defined, run: Run, act: Act) -> Change:
    return Change(to=run.state, facts=handling.claim(run, act))


def _hand_on(definition: Defined, run: Run, act: Act) -> Change:
    if run.facts.get("desk") is None:
        raise NotNow(act=act.name, state=run.state)
    return Change(to=run.state, facts=handling.hand_on(run, act))


def _give_up(definition: Defined, run: Run, act: Act) -> Change:
    """The provider has told somebody that it will not be delivered."""
    handling.held_by(run, act)
    why = handling.words(act, "why")
    return _undelivered(run, act, {"note_zh": why, "note_en": why})


def _give_back(definition: Defined, run: Run, act: Act) -> Change:
    """Somebody has seen to it that the money came back."""
    handling.held_by(run, act)
    why = handling.words(act, "why")
    facts = {**handling.left(), "note_zh": why, "note_en": why, "decided_by": [str(act.who_id)]}
    return Change(facts={**facts, "owed_back_fen": None}, effects=(Tell("topup.refunded"),))


def _why(said: Facts) -> dict[str, Any]:
    return {"reason": said.get("reason"), "note_zh": said.get("reason_zh"), "note_en": said.get("reason_en")}


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the customer of a sample does: pay."""
    return (("pay", {}),) if state == "ordered" else ()


_AWAITED = "paid delivering"
_OPEN = f"{_AWAITED} undelivered"
MACHINE = Machine(
    "topup",
    [
        step(BEGIN, "", "checking", "customer", _begin),
        step("checked", "checking", "ordered", "partner", _checked, also="checking rejected"),
        step("pay", "ordered", CONFIRMING, "customer", _pay),
        step("cancel", "checking ordered", "cancelled", "customer"),
        step("expire", "ordered", "expired", "system"),
        step("look", f"{CONFIRMING} authorised", CONFIRMING, "system", _look, also="authorised"),
        step("order", f"{CONFIRMING} authorised", "paid", "system", _order, also=f"{CONFIRMING} authorised ordered"),
        step("ask", _AWAITED, "delivering", "system", _ask, also="paid"),
        step("delivered", _OPEN, "delivered", "partner", _delivered, also=_OPEN),
        step("overdue", _AWAITED, "delivering", "system", _overdue, also="paid"),
        step("late", _OPEN, "undelivered", "system", _late, also=_AWAITED),
        step("claim", _OPEN, "undelivered", "clerk", _claim, also=_AWAITED),
        step("hand_on", _OPEN, "undelivered", "clerk", _hand_on, also=_AWAITED),
        step("give_up", _AWAITED, "undelivered", "clerk", _give_up),
        step("give_back", "undelivered", "refunded", "clerk", _give_back),
    ],
    final="rejected cancelled expired delivered refunded",
)  # fmt: skip
