"""setting (设置绑定): a switch, a value, a binding; kept by the bank, in force at once or after a time to think.

What loosens a guard waits (`cools_when`) and can be called off meanwhile; what a clerk changes for a customer waits for
the customer's own word; a number that is bound is first looked up at its provider (`binds`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field, field_validator

from fengshou.catalog import Content
from fengshou.pages import ExpressionError, evaluate, names_of
from fengshou.services.machine import BEGIN, Act, Ask, Change, Defined, Later, Machine, Run, Tell, step

_ANSWER_WITHIN = timedelta(hours=24)


class SettingSpec(Content):
    """What is set.

    set         the setting's name, one for each customer and bank
    field       the form's field that is its value
    cool_hours  how long a change waits where `cools_when` holds (an expression over `form`)
    binds       the value is a number at the provider, and is looked up before it is kept
    """

    set: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=80)
    field: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    cool_hours: int = Field(default=0, ge=0, le=24 * 30)
    cools_when: str = Field(default="true", max_length=600)
    binds: bool = False

    @field_validator("cools_when")
    @classmethod
    def _reads_the_form(cls, text: str) -> str:
        try:
            strange = {name.partition(".")[0] for name in names_of(text)} - {"form"}
        except ExpressionError as wrong:
            raise ValueError(f"`{text}` is no expression: {wrong}") from None
        if strange:
            raise ValueError(f"`{text}` reads `{min(strange)}`; what cools knows only the form")
        return text


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    if act.who == "clerk":
        effects = (Later("lapse", act.at + _ANSWER_WITHIN), Tell("setting.pending_auth"))
        return Change(form=form, to="pending_auth", effects=effects)
    return _look_up(definition, run, act, form)


def _confirm(definition: Defined, run: Run, act: Act) -> Change:
    return _look_up(definition, run, act, dict(run.form))


def _look_up(definition: Defined, run: Run, act: Act, form: dict[str, Any]) -> Change:
    """A number that is bound must be there; anything else is kept, now or later."""
    spec: SettingSpec = definition.section
    if spec.binds:
        ask = Ask("topup.validate", "checked", {"account": str(form[spec.field])})
        return Change(form=form, to="checking", effects=(ask,))
    return _keep(spec, run, act, form)


def _checked(definition: Defined, run: Run, act: Act) -> Change:
    said = act.body
    if said["state"] == "done":
        return _keep(definition.section, run, act, dict(run.form))
    if said["state"] == "refused":
        why = {
            "reason": said.get("reason"),
            "note_zh": said.get("reason_zh"),
            "note_en": said.get("reason_en"),
        }
        return Change(to="unchanged", facts=why, effects=(Tell("setting.unchanged"),))
    return Change(to=run.state)  # nobody answered: it is asked again


def _keep(spec: SettingSpec, run: Run, act: Act, form: dict[str, Any]) -> Change:
    if spec.cool_hours and evaluate(spec.cools_when, {"form": form}):
        at = act.at + timedelta(hours=spec.cool_hours)
        facts = {"due_at": at.isoformat()}
        return Change(
            form=form, facts=facts, to="cooling", effects=(Later("settle", at), Tell("setting.cooling"))
        )
    return Change(form=form, to="changing", effects=(_set(spec, run, act, form),))


def _settle(definition: Defined, run: Run, act: Act) -> Change:
    return Change(effects=(_set(definition.section, run, act, dict(run.form)),))


def _set(spec: SettingSpec, run: Run, act: Act, form: dict[str, Any]) -> Ask:
    params = {
        "customer": str(run.customer), "key": spec.set, "value": form.get(spec.field), "at": act.at.isoformat(),
    }  # fmt: skip
    return Ask("setting.set", "kept", params)


def _kept(definition: Defined, run: Run, act: Act) -> Change:
    if act.body["state"] == "done":
        return Change(to="changed", effects=(Tell("setting.changed"),))
    return Change(to=run.state)


MACHINE = Machine(
    "setting",
    [
        step(BEGIN, "", "changing", "customer clerk", _begin, also="pending_auth checking cooling"),
        step("confirm", "pending_auth", "changing", "customer", _confirm, also="checking cooling"),
        step("decline", "pending_auth", "unchanged", "customer"),
        step("lapse", "pending_auth", "unchanged", "system"),
        step("checked", "checking", "changing", "partner", _checked, also="checking cooling unchanged"),
        step("cancel", "cooling", "unchanged", "customer"),
        step("settle", "cooling", "changing", "system", _settle),
        step("kept", "changing", "changed", "partner", _kept, also="changing"),
    ],
    final="changed unchanged",
)
