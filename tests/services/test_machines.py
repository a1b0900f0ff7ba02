"""Laws of all archetypes' machines, over every definition there is: whatever is done in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.kernel import BankError
from fengshou.services import ARCHETYPES, TOLD, Definition, said_of_state
from fengshou.services.machine import (
    BEGIN,
    CONFIRMING,
    NOWHERE,
    Act,
    Ask,
    Change,
    Later,
    Look,
    Run,
    Tell,
    Who,
)
from fengshou.services.mover import _patched
from fengshou.services.talk import OPERATIONS
from fengshou.services.templates.words import _OTHER
from tests.services.world import CONTENT

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
PEOPLE = tuple(UUID(int=n) for n in range(1, 4))
CUSTOMER = UUID(int=9)
ROLES = frozenset({"teller", "supervisor", "risk_officer"})
AT = "2026-11-24T01:00:00Z"
_HEARD = frozenset({"progress", "said", "answer", "order"})
NAMES = ("why", "verdict", "fix", "way", "place", "visit_at", "to", "note", "stars", "number", "form", "outcome",
         "step", "code", "salt", "value", "text", "lat", "lon")  # fmt: skip
WORDS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**6), st.text(max_size=12), st.just("approved"), st.just("refused"),
    st.just("2026-11-25T02:00:00+00:00"), st.just("branch"), st.just("home"), st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["why", "take", "address"]), st.text(max_size=5), max_size=2),
)  # fmt: skip


def _case(data: st.DataObject) -> dict[str, Any]:
    stages = ["submitted", "pre_checked", "returned", "accepted", "in_review", "approved", "refused", "delivered",
              "withdrawn"]  # fmt: skip
    return {"number": "N1", "stage": data.draw(st.sampled_from(stages)), "at": AT, "fix": {"why": "?"}}


def _ticket(data: st.DataObject) -> dict[str, Any]:
    states = ["open", "assigned", "in_progress", "waiting", "resolved", "closed"]
    return {"number": "T1", "state": data.draw(st.sampled_from(states)), "at": AT}


def _order(data: st.DataObject) -> dict[str, Any]:
    states = ["accepted", "paid", "confirmed", "settled", "cancelled"]
    until = {"pay_until": "2027-11-24T01:00:00Z"}
    return {"number": "TA1", "state": data.draw(st.sampled_from(states)), "at": AT, **until}


def _places(data: st.DataObject) -> dict[str, Any]:
    """Features of a stranger: any shape that JSON can have."""
    points = st.lists(st.one_of(st.floats(-200, 200), st.none(), st.text(max_size=2)), max_size=3)
    told = st.dictionaries(st.sampled_from(["name", "open", "phone"]), WORDS, max_size=3)
    geometry = st.fixed_dictionaries({"type": st.sampled_from(["Point", "Polygon"]), "coordinates": points})
    one = st.one_of(
        st.dictionaries(st.sampled_from(["id", "geometry", "properties"]), WORDS, max_size=3),
        st.fixed_dictionaries({"geometry": geometry, "properties": told}),
    )
    return {"type": "FeatureCollection", "features": data.draw(st.lists(one, max_size=3))}


def _certificate(data: st.DataObject) -> dict[str, Any]:
    state = data.draw(st.sampled_from(["valid", "valid", "suspended", "revoked", "expired"]))
    until = data.draw(st.sampled_from([None, "2020-01-01", "2027-11-24"]))
    return {
        "number": "DZ1",
        "state": state,
        "issued_at": AT,
        "valid_until": until,
        "claims": {"name": "周明"},
    }


SAID: Mapping[str, Callable[[st.DataObject], dict[str, Any]]] = {
    "query.fetch": lambda _: {"as_of": AT, "records": []},
    "case.submit": _case,
    "case.supplement": _case,
    "case.withdraw": _case,
    "case.progress": _case,
    "setting.set": lambda _: {},
    "topup.validate": lambda _: {},
    "count.take": lambda _: {},
    "count.read": lambda data: {"taken": {"wenhui-lift-2026|all": data.draw(st.integers(0, 900))}},
    "door.grant": lambda _: {"number": "P1", "token": "t~~s", "until_at": AT},
    "door.code": lambda _: {"number": "P1", "token": "t~c", "until_at": AT},
    "door.revoke": lambda _: {},
    "trade.quote": lambda _: {
        "quote": "Q1",
        "price_e4": 10_000,
        "fee_fen": 0,
        "risk": 2,
        "valid_until": "2027-11-24T01:00:00Z",
    },
    "trade.place": _order,
    "trade.paid": _order,
    "trade.cancel": _order,
    "trade.status": _order,
    "bill.arrears": lambda data: {
        "as_of": AT,
        "account": "1",
        "holder": "张*",
        "bills": [{"bill": "B1", "period": "2026-10", "fen": data.draw(st.integers(0, 900))}],
    },
    "bill.pay": lambda _: {"number": "R1"},
    "bill.status": lambda _: {"number": "R1"},
    "cert.issue": _certificate,
    "cert.status": _certificate,
    "place.list": _places,
    "topup.deliver": lambda _: {"number": "D1"},
    "topup.status": lambda _: {"number": "D1"},
    "ticket.create": _ticket,
    "ticket.update": _ticket,
}
"""What partners answer, by operation; one that is not here only refuses."""


@cache
def definitions() -> dict[str, Definition]:
    """One definition of each archetype that has any: the first by key."""
    fields = Definition.model_fields.keys()
    found: dict[str, Definition] = {}
    for file in sorted((CONTENT / "services").rglob("*.yaml")):
        for item in yaml.safe_load(file.read_text("utf-8"))["items"]:
            one = Definition.model_validate({k: v for k, v in item.items() if k in fields})
            desk = one.archetype + (" at our desk" if one.behind.system == "desk" else "")
            found.setdefault(desk, one)
    return found


def fresh(definition: Definition) -> Run:
    """A run that nobody has begun yet."""
    facts = {"provider": "x", "for_bank": 109}
    return Run(UUID(int=5 << 64), 109, definition.key, "r", NOWHERE, 0, CUSTOMER, {}, facts, NOON)


def moved(run: Run, to: str, change: Change) -> Run:
    """The run after a change, as the mover writes it."""
    return replace(
        run, state=to, version=run.version + 1, form=_patched(run.form, change.form),
        facts=_patched(run.facts, change.facts),
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(definitions()))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_is_done_a_run_only_goes_where_it_may(kind: str, data: st.DataObject) -> None:
    definition = definitions()[kind]
    machine, run, at = definition.machine, fresh(definition), NOON
    asked: list[Ask | Look] = []
    for turn in range(14):
        at += timedelta(hours=data.draw(st.integers(0, 60)))
        act = _heard(data, turn, asked.pop(0), at) if bool(asked) and data.draw(st.booleans()) else None
        act = act or _wanted(data, definition, run, turn, at)
        before = orjson.dumps([run.form, run.facts])
        found = _decided(definition, run, act)
        assert found == _decided(definition, run, act)  # the same again is the same
        assert (
            orjson.dumps([run.form, run.facts]) == before
        )  # decided over what stands, changing nothing of it
        if found is not None:
            to, change = found
            assert run.state not in machine.final
            _sound(change, machine.acts)
            run = moved(run, to, change)
            asked += [effect for effect in change.effects if isinstance(effect, Ask | Look)]
            asked += [Look()] if to == CONFIRMING else []
            orjson.dumps([run.form, run.facts])


def _decided(definition: Definition, run: Run, act: Act) -> tuple[str, Change] | None:
    """What comes of an act; None for one that is refused, in both languages."""
    try:
        return definition.machine.decide(definition, run, act)
    except BankError as refusal:
        said = refusal.messages
    assert said["zh"]
    assert said["en"]
    return None


def _wanted(data: st.DataObject, definition: Definition, run: Run, turn: int, at: datetime) -> Act:
    """An act of somebody who may do it, if anybody may, with a body that may be anything."""
    machine = definition.machine
    begin: dict[str, Any] = {
        "form": definition.good.form,
        "materials": [m.name for m in definition.materials],
    }
    names = sorted({one.act for one in machine.steps if one.who != {"partner"}} - _HEARD)
    name = BEGIN if turn == 0 else data.draw(st.sampled_from(names))
    possible = {who for one in machine.steps if one.act == name and run.state in one.of for who in one.who}
    who = data.draw(st.sampled_from(sorted(possible - {"partner"}) or ["customer"]))
    body = (
        begin
        if turn == 0
        else {**begin, **data.draw(st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=3))}
    )
    if not isinstance(body.get("form"), dict):
        body = begin
    who_id = CUSTOMER if who == "customer" else data.draw(st.sampled_from(PEOPLE))
    body = {**body, "me": {"age": 30}, "chance": "5eed" * 8}
    return Act(name, UUID(int=turn + 1), cast(Who, who), who_id, at, body, "branch", "x", ROLES)


def _heard(data: st.DataObject, turn: int, ask: Ask | Look, at: datetime) -> Act:
    """What a partner says of what it was asked: something good where it is known how, or one of the bad ends."""
    if isinstance(ask, Look):
        state = data.draw(st.sampled_from(["draft", "held", "sent", "done", "refused", "returned"]))
        paid = {"state": state, "order": str(PEOPLE[0]), "fee_fen": 0, "reason": "x", "reach": "outside"}
        return Act("order", UUID(int=100 + turn), "system", PEOPLE[0], at, paid)
    state = data.draw(st.sampled_from(["done", "refused", "pending", "unknown", "unavailable"]))
    good = SAID.get(ask.operation)
    if state == "done" and good is None:
        state = "refused"
    body = good(data) if good is not None and state == "done" else {}
    body = (
        OPERATIONS[ask.operation][1].model_validate(body).model_dump(mode="json") if state == "done" else {}
    )
    said = {"state": state, "body": body, "reason": "x", "reason_zh": "不行", "reason_en": "No"}
    return Act(ask.then, UUID(int=100 + turn), "partner", PEOPLE[0], at, said)


def _sound(change: Change, acts: frozenset[str]) -> None:
    """What follows can be carried out: calls are in the words of their operations, letters have a text."""
    for effect in change.effects:
        if isinstance(effect, Ask):
            OPERATIONS[effect.operation][0].model_validate(effect.params)
            assert effect.then in acts
        elif isinstance(effect, Later):
            assert effect.act in acts
            assert effect.at.tzinfo is not None
        elif isinstance(effect, Tell):
            assert effect.kind in TOLD


@pytest.mark.parametrize("name", sorted(ARCHETYPES))
def test_every_state_has_a_name_in_both_languages(name: str) -> None:
    for state in ARCHETYPES[name].machine.states - {NOWHERE}:
        assert said_of_state(state) != _OTHER, f"{name}: `{state}` has no words"


@pytest.mark.parametrize("name", sorted(ARCHETYPES))
def test_an_archetype_has_a_service(name: str) -> None:
    assert {one.archetype for one in definitions().values()} >= {name}
