"""trade (产品交易): a product is priced, ordered, paid, confirmed, settled; or sold.

The issuer takes the order before money moves, and holds it for as long as it says; then the customer pays into its
custody account through payments' one door, and the issuer is told. So what is refused has cost nothing, and money
that was paid belongs to an order that is there. What nobody answers is asked for by its key, never ordered anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import Field

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError, Kind, Money, leg_id
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
    step,
)
from fengshou.services.ports import Send

_LOOK_EVERY = timedelta(minutes=2)
_ASK_EVERY = timedelta(hours=6)
_MARGIN = timedelta(minutes=2)


class Unsuitable(BankError):
    """The product carries more risk than the customer bears."""

    code = "SERVICES.UNSUITABLE"
    zh = "产品风险等级 R{risk}，高于您的承受能力 R{bears}，不能买"
    en = "The product's risk is R{risk}, more than the R{bears} you bear."


class DocumentsUnread(BankError):
    """What must be read before an order was not."""

    code = "SERVICES.DOCUMENTS_UNREAD"
    kind = Kind.INVALID
    zh = "请先读完：{name_zh}"
    en = "Please read first: {name_en}."


class Document(Content):
    """A text that is read before the order."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words


class TradeSpec(Content):
    """A product at its issuer. `amount` (CNY) and `bears` (what risk is borne, R1 to R5) name fields of the form.

    custody  where the money goes
    """

    product: str = Field(pattern=r"^[A-Za-z0-9]{1,40}$")
    side: Literal["buy", "sell"] = "buy"
    amount: str
    bears: str
    risk: int = Field(ge=1, le=5)
    custody: Fixed
    documents: tuple[Document, ...] = Field(default=(), max_length=10)


def send_of(definition: Defined, run: Run) -> Send:
    """What payments is asked to do: the order's amount to the issuer's custody account."""
    spec: TradeSpec = definition.section
    return Send(
        key=UUID(str(run.facts["order_key"])), customer=run.customer, bank=int(run.facts.get("for_bank", run.bank)),
        to_number=spec.custody.number, to_name=spec.custody.name, to_bank=spec.custody.bank_code,
        fen=int(run.facts["fen"]), memo=str(run.facts["number"]),
    )  # fmt: skip


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: TradeSpec = definition.section
    form = definition.checked(act.body.get("form", {}), act)
    said = str(form[spec.bears])
    bears = int(said[-1]) if said[-1:].isdecimal() else 0
    if spec.side == "buy" and bears < spec.risk:
        raise Unsuitable(risk=spec.risk, bears=bears)
    fen = Money.parse(str(form[spec.amount])).fen
    params = {"product": spec.product, "side": spec.side, "fen": fen}
    return Change(form=form, facts={"fen": fen}, effects=(Ask("trade.quote", "quoted", params),))


def _quoted(definition: Defined, run: Run, act: Act) -> Change:
    said = act.body
    if said["state"] == "refused":
        return Change(to="rejected", facts=_why(said))
    if said["state"] != "done":
        return Change(to=run.state)
    body = said["body"]
    if definition.section.side == "buy" and body["risk"] > definition.section.risk:
        # The issuer's own grade counts: riskier than what the customer was asked about is not for them.
        return Change(to="rejected", facts={"reason": "risk_higher"})
    until = datetime.fromisoformat(body["valid_until"])
    facts = {name: body[name] for name in ("quote", "price_e4", "fee_fen", "valid_until")}
    return Change(facts=facts, effects=(Later("stale", until),))


def _place(definition: Defined, run: Run, act: Act) -> Change:
    """The customer orders, by the price they saw, having read what must be read."""
    spec: TradeSpec = definition.section
    read = act.body.get("read", ())
    for document in spec.documents:
        if not isinstance(read, list | tuple) or document.name not in read:
            raise DocumentsUnread(name_zh=document.label.zh, name_en=document.label.en)
    if act.at >= datetime.fromisoformat(run.facts["valid_until"]):
        raise NotNow(act=act.name, state=run.state)
    params = {
        "product": spec.product, "side": spec.side, "fen": run.facts["fen"], "quote": run.facts["quote"],
    }  # fmt: skip
    key = str(leg_id(run.id, run.version + 1))  # under which the issuer is asked, should it not answer
    return Change(facts={"placed_key": key}, effects=(Ask("trade.place", "told", params), _ask_later(act)))


def _told(definition: Defined, run: Run, act: Act) -> Change:
    """The issuer's word of the order, asked for or by itself."""
    said = act.body
    if said["state"] == "refused":
        return _refused(run, said)
    if said["state"] != "done":
        return Change(to=run.state)
    body = said["body"]
    facts = {"number": body["number"], "note_zh": body.get("note_zh"), "note_en": body.get("note_en"),
             "fee_fen": body.get("fee_fen")}  # fmt: skip
    state = body["state"]
    if state == "cancelled":
        if run.state in ("paid", CONFIRMING, "frozen"):
            return _dispute(facts)
        return Change(to="cancelled", facts=facts, effects=(Tell("trade.cancelled"),))
    if state in ("confirmed", "settled"):
        facts |= {"price_e4": body["price_e4"], "units_e2": body["units_e2"]}
        told = () if run.state == state else (Tell(f"trade.{state}"),)
        return Change(to=state, facts=facts, effects=told)
    if run.state == "placing":
        pay_until = body.get("pay_until")
        return Change(
            to="accepted", facts={**facts, "pay_until": pay_until}, effects=(Tell("trade.accepted"),)
        )
    return Change(to=run.state, facts=facts)


def _refused(run: Run, said: Facts) -> Change:
    if run.state == "placing":
        if (
            said.get("reason") == "not_seen"
        ):  # asked by its key, they have not heard of it: it is still to arrive
            return Change(to="placing")
        return Change(to="rejected", facts=_why(said), effects=(Tell("trade.rejected"),))
    if run.state == "paid":
        return _dispute(_why(said))
    if run.state == "cancelling":  # too late to cancel: it stands, and is still to be paid
        return Change(to="accepted", facts=_why(said))
    return Change(to=run.state, facts=_why(said))


def _dispute(facts: dict[str, Any]) -> Change:
    """Paid, and the issuer will not have it: people see to it that the money comes back."""
    return Change(to="disputed", facts={**facts, "desk": "supervisor"}, effects=(Tell("trade.disputed"),))


def _pay(definition: Defined, run: Run, act: Act) -> Change:
    """Pay for what the issuer holds, with time left for the money to get there."""
    until = run.facts.get("pay_until")
    if definition.section.side != "buy" or until is None or act.at >= datetime.fromisoformat(until) - _MARGIN:
        raise NotNow(act=act.name, state=run.state)
    tries = int(run.facts.get("tries", 0)) + 1
    facts = {"tries": tries, "order_key": str(uuid5(run.id, f"pay {tries}"))}
    return Change(facts=facts, effects=(Later("look", act.at + _LOOK_EVERY),))


def _look(definition: Defined, run: Run, act: Act) -> Change:
    return Change(to=run.state, effects=(Look(),))


def _order(definition: Defined, run: Run, act: Act) -> Change:
    """What payments says: paid, on its way, or not."""
    said = act.body["state"]
    if run.state == "disputed":  # people are at it: they see whether the money went
        return Change(to="disputed", facts={"order": act.body.get("order"), "order_state": said})
    if said == "done":
        tell = Ask("trade.paid", "told", {"number": run.facts["number"], "order": str(act.body["order"])})
        return Change(
            to="paid", facts={"order": act.body["order"]}, effects=(tell, _ask_later(act), Tell("trade.paid"))
        )
    if said in ("refused", "returned"):
        return Change(
            to="accepted", facts=_why(act.body)
        )  # it may be paid again, as long as the issuer holds it
    over = run.facts.get("pay_until")
    if said == "draft" and over is not None and act.at >= datetime.fromisoformat(over):
        return Change(to="accepted")
    to = CONFIRMING if said == "draft" else "frozen"
    return Change(to=to, effects=(Later("look", act.at + _LOOK_EVERY),))


def _ask_later(act: Act) -> Later:
    return Later("ask", act.at + _ASK_EVERY)


def _ask(definition: Defined, run: Run, act: Act) -> Change:
    """Long silence: ask how it stands, by the number or, where there is none, by the key it was ordered under."""
    number = run.facts.get("number") or run.facts["placed_key"]
    return Change(
        to=run.state, effects=(Ask("trade.status", "told", {"number": str(number)}), _ask_later(act))
    )


def _cancel(definition: Defined, run: Run, act: Act) -> Change:
    if run.state == "quoted":
        return Change(to="cancelled")
    return Change(effects=(Ask("trade.cancel", "told", {"number": run.facts["number"]}),))


def _resolve(definition: Defined, run: Run, act: Act) -> Change:
    why = handling.words(act, "why")
    return Change(facts={"desk": None, "note_zh": why, "note_en": why, "decided_by": [str(act.who_id)]})


def _why(said: Facts) -> dict[str, Any]:
    return {"reason": said.get("reason"), "note_zh": said.get("reason_zh"), "note_en": said.get("reason_en")}


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the customer of a sample does: read, order, pay."""
    spec: TradeSpec = definition.section
    acts: dict[str, tuple[tuple[str, Facts], ...]] = {
        "quoted": (("place", {"read": [one.name for one in spec.documents]}),),
        "accepted": (("pay", {}),) if spec.side == "buy" else (),
    }
    return acts.get(state, ())


_LIVE = f"placing accepted {CONFIRMING} frozen paid confirmed cancelling"
MACHINE = Machine(
    "trade",
    [
        step(BEGIN, "", "quoting", "customer", _begin),
        step("quoted", "quoting", "quoted", "partner", _quoted, also="quoting rejected"),
        step("stale", "quoted", "cancelled", "system"),
        step("place", "quoted", "placing", "customer", _place),
        step("told", _LIVE, "accepted", "partner", _told,
             also=f"placing {CONFIRMING} frozen paid confirmed settled cancelling cancelled rejected disputed"),
        step("ask", _LIVE, "accepted", "system", _ask, also=f"placing {CONFIRMING} frozen paid confirmed cancelling"),
        step("pay", "accepted", CONFIRMING, "customer", _pay),
        step("look", f"{CONFIRMING} frozen disputed", CONFIRMING, "system", _look, also="frozen disputed"),
        step("order", f"{CONFIRMING} frozen accepted disputed", "paid", "system", _order,
             also=f"{CONFIRMING} frozen accepted disputed"),
        step("cancel", "quoted accepted", "cancelling", "customer", _cancel, also="cancelled"),
        step("resolve", "disputed", "cancelled", "clerk", _resolve),
    ],
    final="settled cancelled rejected",
)  # fmt: skip
