"""Tasks of staff: on a list, taken, done with an outcome, agreed with, late, over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import BankError, Principal
from fengshou.services import NotYours
from tests.services.world import World, somebody

SERVICE = "community.grid.visit"
FORM = {"address": "文晖路 12 号 3 幢 502", "what": "核实租住人数"}
TELLER, OTHER, CHIEF = (somebody(kind="staff", roles=role) for role in ("teller", "teller", "supervisor"))


async def a_task(world: World, key: UUID | None = None) -> UUID:
    """A visit that somebody must make."""
    return (
        await world.services.begin(
            CHIEF, SERVICE, key or uuid4(), {"form": FORM}, way="branch", place="330109-01"
        )
    ).run


async def do(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """An act at the desk; where it leads."""
    return (await world.services.act(who, run, act, uuid4(), body, way="branch", place="330109-01")).state


async def code_of(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """With which error an act is refused; the task stands as it stood."""
    before = await world.services.view(CHIEF, run)
    with pytest.raises(BankError) as refused:
        await do(world, who, run, act, **body)
    assert await world.services.view(CHIEF, run) == before
    return refused.value.code


async def test_a_visit_is_made_and_seen_by_a_second_pair_of_eyes(world: World) -> None:
    key = uuid4()
    run = await a_task(world, key)
    assert await a_task(world, key) == run

    assert await code_of(world, CHIEF, run, "claim") == "SERVICES.NOT_YOURS"
    assert await code_of(world, TELLER, run, "finish", outcome="met") == "SERVICES.NOT_NOW"
    await do(world, TELLER, run, "claim")
    assert await code_of(world, OTHER, run, "claim") == "SERVICES.NOT_NOW"
    assert await code_of(world, OTHER, run, "finish", outcome="met") == "SERVICES.NOT_YOURS"
    assert await code_of(world, TELLER, run, "finish", outcome="rich") == "SERVICES.SAY_MISSING"
    assert await code_of(world, TELLER, run, "finish", outcome="differs") == "SERVICES.SAY_MISSING"
    assert await do(world, TELLER, run, "finish", outcome="differs", note="住了八个人") == "checking"
    assert await code_of(world, TELLER, run, "agree") == "SERVICES.FOUR_EYES"
    assert await do(world, CHIEF, run, "differ", why="拍张照片") == "returned"
    assert await do(world, TELLER, run, "take_up") == "claimed"
    await do(world, TELLER, run, "finish", outcome="met")
    assert await do(world, OTHER, run, "agree") == "done"

    view = await world.services.view(CHIEF, run)
    assert (view.facts["outcome_code"], view.facts["decided_by"]) == ("met", [str(TELLER.id), str(OTHER.id)])
    assert view.form["notes"] == ["住了八个人"]


async def test_nobody_at_home_comes_back_on_its_day(world: World) -> None:
    run = await a_task(world)
    await do(world, TELLER, run, "claim")
    await do(world, TELLER, run, "finish", outcome="nobody")
    assert await do(world, OTHER, run, "agree") == "waiting"

    world.clock.shift(timedelta(days=2, hours=23))
    await world.services.tick()
    assert (await world.services.view(CHIEF, run)).state == "waiting"
    world.clock.shift(timedelta(hours=2))
    await world.services.tick()
    view = await world.services.view(TELLER, run)
    assert (view.state, view.facts["desk"], view.acts) == ("new", "teller", ("claim",))


async def test_what_is_late_goes_up_and_what_nobody_did_is_over(world: World) -> None:
    run, left = await a_task(world), await a_task(world)
    await do(world, TELLER, run, "claim")
    world.clock.shift(timedelta(hours=73))
    await world.services.tick()

    view = await world.services.view(CHIEF, run)
    assert (view.state, view.facts["desk"], "claimed_by" in view.facts) == ("escalated", "supervisor", False)
    assert await code_of(world, TELLER, run, "claim") == "SERVICES.NOT_YOURS"
    await do(world, CHIEF, run, "claim")
    await do(world, CHIEF, run, "finish", outcome="met")
    assert await do(world, somebody(kind="staff", roles="supervisor"), run, "agree") == "done"

    world.clock.shift(timedelta(days=12))
    await world.services.tick()
    assert (await world.services.view(CHIEF, left)).state == "expired"


async def test_it_is_handed_on_and_laid_back(world: World) -> None:
    run = await a_task(world)
    await do(world, TELLER, run, "claim")
    assert await code_of(world, OTHER, run, "hand_on") == "SERVICES.NOT_YOURS"
    assert await do(world, TELLER, run, "hand_on", to=str(OTHER.id)) == "claimed"
    assert await do(world, CHIEF, run, "hand_on") == "new"
    assert await do(world, TELLER, run, "claim") == "claimed"


async def test_no_customer_begins_a_task(world: World) -> None:
    who = somebody()
    with pytest.raises(NotYours):
        await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})
    with pytest.raises(BankError, match="FORM_WRONG"):
        await world.services.begin(CHIEF, SERVICE, uuid4(), {"form": {**FORM, "address": "?"}})
    assert await world.services.mine(who, CHIEF.bank) == []
    assert await world.services.mine(CHIEF, CHIEF.bank) == []
