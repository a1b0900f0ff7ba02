"""Passes for doors, from the request to what the doors saw; and being somewhere in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import BankError, Principal
from fengshou.services import Definition, News, Said
from fengshou.services.archetypes.presence import Point, PresenceSpec
from fengshou.services.machine import Act, Run
from tests.services.test_machines import definitions, fresh, moved
from tests.services.world import AT, BANK, World, somebody

FORM = {"visitor": "陈禾", "door": "gate-north", "hours": 4}
PASS = Said("done", {"number": "P1", "token": "signed~~secret", "until_at": AT})


async def a_pass(world: World, who: Principal, **more: Any) -> UUID:
    """A pass that the company grants."""
    world.company.answers.append(PASS)
    begun = await world.services.begin(who, "prop.visit.pass", uuid4(), {"form": {**FORM, **more}})
    await world.settle()
    return begun.run


async def seen(world: World, message: str, *, passed: bool = True, reason: str = "") -> None:
    """A door tells what it saw of the pass."""
    ring = next(ring for ring in world.company.rings if ring.operation == "door.grant")
    item = {"id": message, "door": "gate-north", "at": AT, "passed": passed, "number": "P1", "reason": reason}
    world.company.mail.append(
        News(message, ring.provider, "door.events", ring.key, Said("done", {"items": [item]}))
    )
    await world.services.fetch_news()


async def test_a_visitor_comes_twice_and_not_again(world: World) -> None:
    who = somebody()
    run = await a_pass(world, who)
    grant = world.company.rings[0].params
    assert (grant["doors"], grant["uses"], grant["holder"]) == (["gate-north"], 2, "陈禾")
    assert await world.state(who, run) == "granted"

    world.company.answers.append(Said("done", {"number": "P1", "token": "signed~code1", "until_at": AT}))
    await world.services.act(who, run, "show", uuid4(), {})
    await world.settle()
    view = await world.services.view(who, run)
    assert (view.form["code"], view.facts["code_until"]) == ("signed~code1", AT)

    await seen(world, "e1")
    await seen(world, "e1")  # told twice, it was once
    await seen(world, "e2", passed=False, reason="old_code")
    assert (await world.services.view(who, run)).facts["passed"] == 1
    await seen(world, "e3")
    view = await world.services.view(who, run)
    assert (view.state, view.facts["passed"], view.acts) == ("used", 2, ())
    await world.settle()
    said = [facts["say_en"] for _, facts in world.town.letters]
    assert said == ["The pass is ready", *["A door was opened with your pass"] * 2]


async def test_no_secret_of_a_pass_lies_open(world: World) -> None:
    await a_pass(world, somebody())

    async with world.db.relay() as work:
        rows = await work.fetch("SELECT to_jsonb(r)::text AS row FROM services.run r")
        rows += await work.fetch("SELECT to_jsonb(e)::text AS row FROM services.event e")
        rows += await work.fetch("SELECT to_jsonb(o)::text AS row FROM kernel.outbox o")
    assert rows
    assert not any("secret" in row["row"] or "陈禾" in row["row"] for row in rows)


async def test_a_pass_called_back_is_so_when_the_company_says_so(world: World) -> None:
    who = somebody()
    run = await a_pass(world, who)
    key = uuid4()
    for _ in range(2):
        assert (await world.services.act(who, run, "revoke", key, {})).state == "revoking"
    assert "token" in (await world.services.view(who, run)).form
    world.company.answers.append(Said("done"))
    await world.settle()
    view = await world.services.view(who, run)
    assert (view.state, "token" in view.form) == ("revoked", False)

    await seen(world, "late", passed=True)  # a door that was cut off tells later what it saw
    assert (await world.services.view(who, run)).facts["passed"] == 1
    world.clock.shift(timedelta(days=8))
    await world.services.tick()
    assert await world.state(who, run) == "closed"


async def test_a_pass_is_over_in_time(world: World) -> None:
    who = somebody()
    run = await a_pass(world, who)
    world.clock.shift(timedelta(hours=3))
    await world.services.tick()
    assert await world.state(who, run) == "granted"
    world.clock.shift(timedelta(hours=2))
    await world.services.tick()

    assert await world.state(who, run) == "expired"
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, run, "show", uuid4(), {})


async def test_a_refusal_of_the_company_is_told_with_its_reason(world: World) -> None:
    who = somebody()
    world.company.answers.append(Said("refused", {}, "no_such_door", "没有这扇门", "There is no such door"))
    begun = await world.services.begin(who, "prop.visit.pass", uuid4(), {"form": FORM})
    await world.settle()

    view = await world.services.view(who, begun.run)
    assert (view.state, view.facts["note_en"]) == ("denied", "There is no such door")


@pytest.mark.parametrize(
    "more", [{"hours": 73}, {"hours": 0}, {"door": "roof"}, {"starts": "2020-01-01"}, {"visitor": "陈"}]
)
async def test_a_wrong_form_grants_nothing(world: World, more: dict[str, Any]) -> None:
    who = somebody()
    with pytest.raises(BankError, match="FORM_WRONG"):
        await world.services.begin(who, "prop.visit.pass", uuid4(), {"form": {**FORM, **more}})
    await world.settle()

    assert world.company.rings == []
    assert await world.services.mine(who, BANK) == []


HERE = {"lat": 30.1642, "lon": 120.2644}


def school(**spec: Any) -> Definition:
    """Attendance at a school gate from seven to nine, late after eight."""
    point = Point.model_validate({"name": {"zh": "校门", "en": "Gate"}, **HERE, "radius_m": 100})
    said = PresenceSpec.model_validate(
        {
            "kind": "attendance",
            "points": (point,),
            "begins": "07:00",
            "late_after": "08:00",
            "ends": "09:00",
            **spec,
        }
    )
    return definitions()["presence at our desk"].model_copy(update={"presence": said})


def at(hour: int, minute: int = 0) -> datetime:
    """An instant of a day in Shanghai."""
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def do(
    definition: Definition, run: Run, name: str, when: datetime, who: Any = "customer", **body: Any
) -> Run:
    """An act, decided."""
    act = Act(name, uuid4(), who, UUID(int=1), when, {"me": {}, **body}, roles=frozenset({"teller"}))
    return moved(run, *definition.machine.decide(definition, run, act))


def begun(definition: Definition, when: datetime) -> Run:
    """Expected at school."""
    return do(definition, fresh(definition), "begin", when, form={"contact": "13900002222"})


@pytest.mark.parametrize(
    ("when", "where", "state"),
    [
        (at(7, 30), HERE, "present"), (at(8), HERE, "present"), (at(8, 1), HERE, "late"),
        (at(7, 30), {"lat": 30.1650, "lon": 120.2644}, "present"),  # 89 m to the north
        (at(7, 30), {"lat": 30.1652, "lon": 120.2644}, "elsewhere"),  # 111 m
        (at(7, 30), {"lat": -30.1642, "lon": -59.7356}, "elsewhere"),  # the other end of the world
    ],
)  # fmt: skip
def test_here_and_in_time(when: datetime, where: dict[str, float], state: str) -> None:
    definition = school()
    run = do(definition, begun(definition, at(6)), "check_in", when, **where)

    assert run.state == state
    assert "lat" not in run.facts


def test_who_was_elsewhere_walks_on_and_who_never_came_is_absent() -> None:
    definition = school()
    away = do(definition, begun(definition, at(6)), "check_in", at(7), lat=0.0, lon=0)
    assert do(definition, away, "check_in", at(7, 20), **HERE).state == "present"

    absent = do(definition, away, "miss", at(9), who="system")
    why = do(definition, absent, "explain", at(10), why="发烧了")
    assert do(definition, why, "correct", at(11), who="clerk", note="有病历").state == "corrected"
    assert do(definition, why, "uphold", at(11), who="clerk").state == "upheld"


@pytest.mark.parametrize(
    ("when", "body"),
    [
        (at(6, 59), HERE), (at(7), {}), (at(7), {"lat": "30", "lon": 120}), (at(7), {"lat": 91, "lon": 0}),
        (at(7), {"lat": True, "lon": 0}), (at(7), {"lat": 30, "lon": 180.01}), (at(7), {"lat": float("nan"), "lon": 1}),
    ],
)  # fmt: skip
def test_a_check_in_that_says_nothing_is_refused(when: datetime, body: dict[str, Any]) -> None:
    definition = school()
    run = begun(definition, at(6))
    with pytest.raises(BankError):
        do(definition, run, "check_in", when, **body)


def test_nobody_is_expected_after_the_end() -> None:
    with pytest.raises(BankError, match="PERIOD_WRONG"):
        begun(school(), at(9))
