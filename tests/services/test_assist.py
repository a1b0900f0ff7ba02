"""Talking to somebody of the bank: the queue, the script step by step, and that nobody is served unverified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import BankError, Principal
from fengshou.services.archetypes.assist import AssistSpec
from fengshou.services.machine import Act
from tests.services.test_machines import definitions, fresh
from tests.services.test_presence import at
from tests.services.world import World, somebody

SERVICE, FORM = "community.desk.video", {"about": "visit", "consent": True}
TELLER, OTHER = (somebody(kind="staff", roles="teller") for _ in range(2))


async def call(world: World, who: Principal) -> UUID:
    """Somebody in the queue."""
    return (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run


async def do(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """An act; where it leads."""
    return (await world.services.act(who, run, act, uuid4(), body)).state


async def code_of(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """With which error an act is refused; the session stands as it stood."""
    before = await world.services.view(TELLER, run)
    with pytest.raises(BankError) as refused:
        await do(world, who, run, act, **body)
    assert await world.services.view(TELLER, run) == before
    return refused.value.code


async def test_the_script_is_gone_through_in_order_and_proved(world: World) -> None:
    who = somebody()
    run = await call(world, who)
    assert (
        await code_of(world, somebody(kind="staff", roles="auditor"), run, "connect") == "SERVICES.NOT_YOURS"
    )
    await do(world, TELLER, run, "connect")
    assert await code_of(world, OTHER, run, "connect") == "SERVICES.NOT_NOW"

    assert await code_of(world, TELLER, run, "pass") == "SERVICES.SCRIPT_ORDER"
    assert await code_of(world, TELLER, run, "wrap_up", summary="好") == "SERVICES.NOT_NOW"
    assert await code_of(world, TELLER, run, "script", step="face") == "SERVICES.SCRIPT_ORDER"
    assert await code_of(world, TELLER, run, "script", step="identity") == "SERVICES.SAY_MISSING"
    assert await code_of(world, OTHER, run, "script", step="identity", proof="x") == "SERVICES.NOT_YOURS"
    assert await do(world, TELLER, run, "script", step="identity", proof="证件号尾号 0011") == "verifying"
    await do(world, TELLER, run, "script", step="face")
    assert await code_of(world, TELLER, run, "pass") == "SERVICES.SCRIPT_ORDER"
    await do(world, TELLER, run, "script", step="risk", proof="我已了解")
    assert await code_of(world, TELLER, run, "script", step="risk", proof="again") == "SERVICES.NOT_NOW"
    assert await do(world, TELLER, run, "pass") == "passed"
    assert await do(world, TELLER, run, "wrap_up", summary="已核身") == "wrapped_up"
    assert await code_of(world, who, run, "rate", stars=6) == "SERVICES.SAY_MISSING"
    assert await do(world, who, run, "rate", stars=5) == "closed"

    view = await world.services.view(who, run)
    assert [one["step"] for one in view.form["script"]] == ["identity", "face", "risk"]
    assert view.facts["verified_by"] == str(TELLER.id)


async def test_who_does_not_pass_is_not_served(world: World) -> None:
    who = somebody()
    run = await call(world, who)
    await do(world, TELLER, run, "connect")
    assert await code_of(world, TELLER, run, "fail") == "SERVICES.SAY_MISSING"
    assert await do(world, TELLER, run, "fail", why="不是本人") == "failed"

    assert await code_of(world, TELLER, run, "pass") == "SERVICES.NOT_NOW"
    assert await do(world, TELLER, run, "wrap_up", summary="没有通过") == "wrapped_up"
    assert "verified_by" not in (await world.services.view(who, run)).facts


async def test_a_colleague_sees_all_that_was_said_and_verifies_anew(world: World) -> None:
    who = somebody()
    run = await call(world, who)
    assert await code_of(world, who, run, "say", text="有人吗") == "SERVICES.NOT_NOW"
    await do(world, TELLER, run, "connect")
    await do(world, who, run, "say", text="你好")
    await do(world, TELLER, run, "say", text="您好，请出示身份证")
    assert await code_of(world, OTHER, run, "say", text="我也在") == "SERVICES.NOT_YOURS"
    for text in ("", "x" * 1_001, ["你好"], None):
        assert await code_of(world, who, run, "say", text=text) == "SERVICES.SAY_MISSING"
    await do(world, TELLER, run, "script", step="identity", proof="x")
    assert await do(world, TELLER, run, "hand_over") == "queued"

    await do(world, OTHER, run, "connect")
    view = await world.services.view(who, run)
    assert [(line["who"], line["text"]) for line in view.form["said"]] == [
        ("customer", "你好"),
        ("clerk", "您好，请出示身份证"),
    ]
    assert view.facts["steps_done"] == 0
    async with world.db.relay() as work:
        rows = await work.fetch("SELECT to_jsonb(e)::text AS row FROM services.event e")
    assert not any("你好" in row["row"] for row in rows)


async def test_nobody_waits_or_is_silent_for_ever(world: World) -> None:
    who = somebody()
    waits, talks, gone = [await call(world, who) for _ in range(3)]
    await do(world, TELLER, talks, "connect")
    assert await do(world, who, gone, "leave") == "left"
    world.clock.shift(timedelta(minutes=11))
    await world.services.tick()
    assert await world.state(who, waits) == "missed"
    await do(world, who, talks, "say", text="还在吗")
    world.clock.shift(timedelta(minutes=29))
    await world.services.tick()
    assert await world.state(who, talks) == "connected"
    world.clock.shift(timedelta(minutes=2))
    await world.services.tick()
    assert await world.state(who, talks) == "left"


@pytest.mark.parametrize(("hour", "there"), [(8, False), (9, True), (17, True), (18, False)])
def test_there_are_hours(hour: int, there: bool) -> None:
    spec = AssistSpec.model_validate({"role": "teller", "media": "text", "begins": "09:00", "ends": "17:30"})
    definition = definitions()["assist at our desk"].model_copy(update={"assist": spec})
    act = Act("begin", uuid4(), "customer", UUID(int=9), at(hour), {"form": FORM, "me": {}})

    if there:
        assert definition.machine.decide(definition, fresh(definition), act)[0] == "queued"
    else:
        with pytest.raises(BankError, match="CLOSED_NOW"):
            definition.machine.decide(definition, fresh(definition), act)
