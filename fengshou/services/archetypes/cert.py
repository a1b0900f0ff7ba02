"""cert (电子证照/凭证): an office issues a certificate or a proof; its owner keeps it, shows it, and has it verified.

What is shown is asked for afresh at the office each time: a certificate that was called back meanwhile is not shown.
The code is the bank's own, good for a few minutes and for this showing; a clerk verifies it at the desk. What the
certificate says about the person lies sealed with the form.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import SHANGHAI, BankError, Kind
from fengshou.services.machine import (
    BEGIN,
    Act,
    Ask,
    Change,
    Defined,
    Facts,
    Later,
    Machine,
    Run,
    Tell,
    Written,
    step,
)

_SHOWN_FOR = timedelta(minutes=5)


class CodeWrong(BankError):
    """What is shown is not this certificate's code, or no longer."""

    code = "SERVICES.CERT_CODE_WRONG"
    kind = Kind.INVALID
    zh = "这个码不对或已过期，请出示人重新出示"
    en = "This code is wrong or over. Please have it shown anew."


class Claim(Content):
    """Something the certificate says: what the office calls it, what people read, how it is shown."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    show: Literal["text", "fen", "date", "number"] = "text"
    masked: bool = False


class CertSpec(Content):
    """Which certificate (`kind`, in the office's library), and what of it is shown, in order."""

    kind: str = Field(min_length=1, max_length=80)
    claims: tuple[Claim, ...] = Field(min_length=1, max_length=30)

    @model_validator(mode="after")
    def _one_of_each(self) -> CertSpec:
        names = [claim.name for claim in self.claims]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the claim `{twice}` stands twice; remove one")
        return self


def lint(definition: Written) -> Iterator[str]:
    """What is wrong between the section and the rest."""
    missing = [name for name in ("name", "id_number") if name not in definition.tells]
    if missing:
        yield (
            f"a certificate is issued to somebody the office knows: add {', '.join(missing)} to `tells`, "
            "so that the customer is asked for their consent"
        )


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    claims = {name: "、".join(said) if isinstance(said, list) else said for name, said in form.items()}
    return Change(
        form=form, effects=(Ask("cert.issue", "issued", {"kind": definition.section.kind, "claims": claims}),)
    )


def _issued(definition: Defined, run: Run, act: Act) -> Change:
    """The office's word: issued, or why not."""
    said = act.body
    if said["state"] == "refused":
        return Change(to="rejected", facts=_why(said), effects=(Tell("cert.rejected"),))
    if said["state"] != "done":
        return Change(to=run.state)
    return _standing(run, act, said["body"], "issued")


def _standing(run: Run, act: Act, body: Facts, valid: str) -> Change:
    """As the office has it now. `valid` is where one that is good leads."""
    to = valid if body["state"] == "valid" else str(body["state"])
    facts = {"number": body["number"], "issued_at": body["issued_at"], "valid_until": body["valid_until"]}
    effects: tuple[Later | Tell, ...] = ()
    if body["valid_until"] is not None:
        over = datetime.combine(date.fromisoformat(body["valid_until"]) + timedelta(days=1), time(), SHANGHAI)
        if over <= act.at:
            to = "expired"
        effects = (Later("expire", over),)
    if to != run.state and to != "presented":
        effects = (*effects, Tell(f"cert.{to}"))
    return Change(to=to, form={"claims": dict(body["claims"]), **_NO_CODE}, facts=facts, effects=effects)


def _show(definition: Defined, run: Run, act: Act) -> Change:
    """Its owner wants to show it: the office is asked first whether it still holds."""
    ask = Ask("cert.status", "told", {"number": run.facts["number"]})
    secret = {"chance": str(act.body["chance"]), "code": None}
    return Change(form=secret, effects=(ask, Later("hide", act.at + _SHOWN_FOR)))


def _told(definition: Defined, run: Run, act: Act) -> Change:
    """The office's word of a certificate that is there. Only one that is asked about to be shown gets a code."""
    said = act.body
    if said["state"] == "refused":  # they do not know it any more: it proves nothing
        return Change(to="revoked", form=_NO_CODE, facts=_why(said), effects=(Tell("cert.revoked"),))
    if said["state"] != "done":
        return Change(to=run.state)
    shown = run.state in ("showing", "presented")
    change = _standing(run, act, said["body"], "presented" if shown else "issued")
    if change.to != "presented":
        return change
    if run.state == "presented":
        return Change(to="presented")
    until = act.at + _SHOWN_FOR
    code = hashlib.sha256(f"{run.id}|{run.facts['number']}|{run.form['chance']}".encode()).hexdigest()
    return Change(
        to="presented", form={"claims": change.form["claims"], "code": f"FSZZ{code[:20].upper()}"},
        facts={**change.facts, "code_until": until.isoformat()}, effects=(Later("hide", until),),
    )  # fmt: skip


def _hide(definition: Defined, run: Run, act: Act) -> Change:
    until = run.facts.get("code_until")
    if run.state == "presented" and until is not None and act.at < datetime.fromisoformat(until):
        return Change(to="presented", effects=(Later("hide", datetime.fromisoformat(until)),))
    return Change(form=_NO_CODE, facts={"code_until": None})


def _verify(definition: Defined, run: Run, act: Act) -> Change:
    """A clerk reads the code: it is this certificate's, now. Raises `CodeWrong`."""
    said, right = act.body.get("code"), str(run.form.get("code") or "")
    over = act.at >= datetime.fromisoformat(run.facts["code_until"])
    if over or not isinstance(said, str) or not hmac.compare_digest(said.strip().encode(), right.encode()):
        raise CodeWrong()
    return Change(
        facts={"verified": int(run.facts.get("verified", 0)) + 1, "verified_at": act.at.isoformat()}
    )


def _over(definition: Defined, run: Run, act: Act) -> Change:
    return Change(form=_NO_CODE, facts={"code_until": None})


def _why(said: Facts) -> dict[str, Any]:
    return {"reason": said.get("reason"), "note_zh": said.get("reason_zh"), "note_en": said.get("reason_en")}


def mine(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    """What the owner of a sample does: show it."""
    return (("show", {}),) if state == "issued" else ()


_NO_CODE: dict[str, Any] = {"code": None, "chance": None}
_LIVE = "issued suspended showing presented"
MACHINE = Machine(
    "cert",
    [
        step(BEGIN, "", "issuing", "customer clerk", _begin),
        step("issued", "issuing", "issued", "partner", _issued, also="issuing rejected suspended revoked expired"),
        step("show", "issued suspended", "showing", "customer", _show),
        step("told", _LIVE, "presented", "partner", _told, also="issued showing suspended revoked expired"),
        step("hide", "showing presented", "issued", "system", _hide, also="presented"),
        step("verify", "presented", "presented", "clerk", _verify),
        step("expire", _LIVE, "expired", "system", _over),
    ],
    final="rejected revoked expired",
)  # fmt: skip
