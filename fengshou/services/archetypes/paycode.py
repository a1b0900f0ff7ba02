"""paycode (支付码/扫码): pay by a code that was scanned, or show one of one's own that somebody may charge once.

A scanned code is EMVCo's (QR Code Specification for Payment Systems, merchant-presented mode): who is paid stands in
it, with a checksum; the sum too, or the payer says it. A code that is shown lives for seconds and is good for one
charge, which its owner agrees to. Either way the money goes through payments' one door, proved by the payer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from fengshou.catalog import Content
from fengshou.kernel import BankError, Kind, Money
from fengshou.services import handling
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

_LOOK_EVERY = timedelta(minutes=2)
_PAY_WITHIN = timedelta(minutes=15)
_LOOK_AGAIN, _COMES_BACK_WITHIN = timedelta(days=1), timedelta(days=3)
_CODE_MOST, _TAGS_MOST = 512, 60
_ACCOUNT_TAGS = frozenset(f"{n:02d}" for n in range(26, 52))
OUR_GUID = "cn.fengshou"
"""Names the template that holds an account of ours in a merchant's code."""


class CodeUnreadable(BankError):
    """Not a code that can be paid: cut short, changed, or somebody else's kind."""

    code = "SERVICES.CODE_UNREADABLE"
    kind = Kind.INVALID
    zh = "这个码认不出来，请对准再扫一次"
    en = "This code cannot be read; please scan it again."


class AmountOff(BankError):
    """The sum is missing, or not the code's, or beyond what this kind of code may be charged."""

    code = "SERVICES.AMOUNT_OFF"
    kind = Kind.INVALID
    zh = "金额不对，请核对"
    en = "The amount is not right; please check it."


class PaycodeSpec(Content):
    """`scan`: a merchant's code is read; `show`: one's own is shown, for `ttl_s` seconds.

    code, amount  fields of the form: what was scanned, and the sum where the code says none
    most_fen      what one payment may come to
    payee         of a code that is shown: who charges it (a canteen, a bus company)
    """

    kind: Literal["scan", "show"]
    code: str | None = None
    amount: str | None = None
    ttl_s: int = Field(default=60, ge=10, le=600)
    most_fen: int = Field(ge=1, le=10**8)
    payee: Fixed | None = None

    @model_validator(mode="after")
    def _whole(self) -> PaycodeSpec:
        if (self.kind == "scan") != (self.code is not None) or (self.kind == "show") != (
            self.payee is not None
        ):
            raise ValueError("`scan` names the form's field `code`; `show` says in `payee` who charges it")
        return self


class Scanned(Content):
    """What a code says."""

    number: str = Field(pattern=r"^\d{8,32}$")
    name: str = Field(min_length=1, max_length=60)
    bank_code: str | None = None
    fen: int | None = None
    bill: str = ""


def read_code(text: str) -> Scanned:
    """Read a merchant-presented code. Raises `CodeUnreadable`."""
    text = text.strip()
    if len(text) > _CODE_MOST or text[-8:-4] != "6304" or text[-4:] != checksum(text[:-4]):
        raise CodeUnreadable()
    tags = _tags(text[:-8])
    ours = [_tags(value) for tag, value in tags.items() if tag in _ACCOUNT_TAGS]
    mine = next((one for one in ours if one.get("00") == OUR_GUID), None)
    if tags.get("00") != "01" or tags.get("53") != "156" or mine is None:
        raise CodeUnreadable()
    try:
        fen = Money.parse(tags["54"]).fen if "54" in tags else None
        bill = _tags(tags["62"]).get("01", "") if "62" in tags else ""
        return Scanned(number=mine["01"], name=tags["59"], bank_code=mine.get("02"), fen=fen, bill=bill)
    except (BankError, KeyError, ValueError):
        raise CodeUnreadable() from None


def checksum(text: str) -> str:
    """CRC-16/IBM-3740 in four hexadecimal digits, as the specification has it."""
    rest = 0xFFFF
    for byte in text.encode("utf-8", "replace"):
        rest ^= byte << 8
        for _ in range(8):
            rest = (rest << 1 ^ 0x1021 if rest & 0x8000 else rest << 1) & 0xFFFF
    return f"{rest:04X}"


def write_code(payee: Fixed, fen: int | None = None, bill: str = "") -> str:
    """A merchant's code: static without a sum, dynamic with one."""
    account = (
        _tag("00", OUR_GUID)
        + _tag("01", payee.number)
        + (_tag("02", payee.bank_code) if payee.bank_code else "")
    )
    text = (
        _tag("00", "01") + _tag("01", "11" if fen is None else "12") + _tag("26", account) + _tag("53", "156")
    )
    text += (
        (_tag("54", Money(fen).text) if fen is not None else "") + _tag("58", "CN") + _tag("59", payee.name)
    )
    text += (_tag("62", _tag("01", bill)) if bill else "") + "6304"
    return text + checksum(text)


def _tag(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _tags(text: str) -> dict[str, str]:
    """Tag, length, value, one after the other; each tag once. Raises `CodeUnreadable`."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, size = text[at : at + 2], text[at + 2 : at + 4]
        if not (tag.isascii() and tag.isdecimal() and size.isascii() and size.isdecimal()) or tag in found:
            raise CodeUnreadable()
        value = text[at + 4 : at + 4 + int(size)]
        if len(value) != int(size) or len(found) >= _TAGS_MOST:
            raise CodeUnreadable()
        found[tag] = value
        at += 4 + int(size)
    return found


def send_of(definition: Defined, run: Run) -> Send:
    """What payments is asked to do."""
    to = run.form["to"]
    return Send(
        key=UUID(str(run.facts["order_key"])), customer=run.customer, bank=int(run.facts.get("for_bank", run.bank)),
        to_number=to["number"], to_name=to["name"], to_bank=to.get("bank_code"), fen=int(run.facts["fen"]),
        memo=str(run.facts.get("bill") or ""),
    )  # fmt: skip


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: PaycodeSpec = definition.section
    form = definition.checked(act.body.get("form", {}), act)
    if spec.kind == "show":
        until = act.at + timedelta(seconds=spec.ttl_s)
        # Eighteen digits that nobody can guess: what payment terminals take for a payer's code.
        drawn = (
            int.from_bytes(sha256(f"{run.id}|{handling.words(act, 'chance')}".encode()).digest()[:8]) % 10**16
        )
        form |= {"code": f"62{drawn:016d}"}
        return Change(
            to="issued", form=form, facts={"code_until": until.isoformat()}, effects=(Later("expire", until),)
        )
    said = read_code(str(form[str(spec.code)]))
    typed = form.get(spec.amount) if spec.amount else None
    fen = said.fen if said.fen is not None else Money.parse(str(typed)).fen if typed else None
    if (
        fen is None
        or not 0 < fen <= spec.most_fen
        or (typed and said.fen not in (None, Money.parse(str(typed)).fen))
    ):
        raise AmountOff()
    return _scanned(act, form, said, fen)


def _scanned(act: Act, form: dict[str, Any], said: Scanned, fen: int) -> Change:
    to = {"number": said.number, "name": said.name, "bank_code": said.bank_code}
    facts = {"fen": fen, "bill": said.bill or None, "to_masked": said.name[:1] + "*", "code_until": None}
    return Change(to="scanned", form={**form, "to": to, "code": None}, facts=facts,
                  effects=(Later("expire", act.at + _PAY_WITHIN),))  # fmt: skip


def _charge(definition: Defined, run: Run, act: Act) -> Change:
    """A till has read the code that is shown, and asks for a sum: once, while it lives."""
    spec: PaycodeSpec = definition.section
    assert spec.payee is not None  # the linter asks for it
    fen = act.body.get("fen")
    if handling.words(act, "code") != run.form.get("code") or act.at >= datetime.fromisoformat(
        run.facts["code_until"]
    ):
        raise CodeUnreadable()
    if isinstance(fen, bool) or not isinstance(fen, int) or not 0 < fen <= spec.most_fen:
        raise AmountOff()
    said = Scanned(number=spec.payee.number, name=spec.payee.name, bank_code=spec.payee.bank_code)
    change = _scanned(act, {}, said, fen)
    return Change(change.form, change.facts, (*change.effects, Tell("paycode.scanned")), change.to)


def _pay(definition: Defined, run: Run, act: Act) -> Change:
    tries = int(run.facts.get("tries", 0)) + 1
    facts = {"tries": tries, "order_key": str(uuid5(run.id, f"pay {tries}"))}
    return Change(facts=facts, effects=(Later("look", act.at + _LOOK_EVERY),))


def _look(definition: Defined, run: Run, act: Act) -> Change:
    return Change(to=run.state, effects=(Look(),))


def _order(definition: Defined, run: Run, act: Act) -> Change:
    """What payments says of the order; of one that expired too, for a proof may have been on its way just then."""
    said = act.body["state"]
    facts = {"order": act.body.get("order"), "fee_fen": act.body.get("fee_fen")}
    if said == "done":
        again = (Later("look", act.at + _LOOK_AGAIN),) if act.body.get("reach") == "outside" else ()
        close = (Later("close", act.at + _COMES_BACK_WITHIN),) if run.state != "captured" else ()
        return Change(to="captured", facts=facts, effects=(*again, *close))
    if said in ("refused", "returned"):
        why = {"reason": act.body.get("reason"), "note_zh": act.body.get("reason_zh"),
               "note_en": act.body.get("reason_en")}  # fmt: skip
        return Change(to="rejected" if said == "refused" else "came_back", facts={**facts, **why})
    to = (
        run.state if run.state in ("captured", "expired") else CONFIRMING if said == "draft" else "authorised"
    )
    if to == CONFIRMING and run.facts.get("drafts", 0) * _LOOK_EVERY >= _PAY_WITHIN:
        return Change(
            to="expired", effects=(Later("close", act.at + _COMES_BACK_WITHIN),)
        )  # nobody proved it in time
    facts |= {"drafts": run.facts.get("drafts", 0) + 1}
    return Change(to=to, facts=facts, effects=(Later("look", act.at + _LOOK_EVERY),))


def _expire(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form={"code": None}, effects=(Later("close", act.at + _PAY_WITHIN),))


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the customer of a sample does: pay what was scanned."""
    return (("pay", {}),) if state == "scanned" else ()


MACHINE = Machine(
    "paycode",
    [
        step(BEGIN, "", "scanned", "customer", _begin, also="issued"),
        step("charge", "issued", "scanned", "clerk partner", _charge),
        step("pay", "scanned", CONFIRMING, "customer", _pay),
        step("cancel", "issued scanned", "cancelled", "customer"),
        step("expire", "issued scanned", "expired", "system", _expire),
        step("look", f"{CONFIRMING} authorised captured", CONFIRMING, "system", _look, also="authorised captured"),
        step("order", f"{CONFIRMING} authorised captured expired", "captured", "system", _order,
             also=f"{CONFIRMING} authorised rejected came_back expired"),
        step("close", "captured expired", "closed", "system"),
    ],
    final="cancelled closed rejected came_back",
)  # fmt: skip
