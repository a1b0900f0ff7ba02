"""Paid again and again: due on its day, within its caps, until it is called off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import BankError, Principal
from fengshou.ledger import InsufficientFunds
from fengshou.services.archetypes.mandate import MandateSpec, due_after
from fengshou.services.machine import Act
from tests.services.test_machines import NOON, definitions, fresh, moved
from tests.services.world import World, somebody

SERVICE, FORM = "social.canteen.month", {"amount": "150", "terms": True}


async def signed(world: World, who: Principal) -> UUID:
    """A mandate in force."""
    return (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run


async def until(world: World, who: Principal, run: UUID, state: str, days: int = 40) -> None:
    """Let days pass until it stands there."""
    for _ in range(days):
        if await world.state(who, run) == state:
            return
        world.clock.shift(timedelta(days=1))
        await world.services.tick()
        await world.settle()
    pytest.fail(f"never {state}")


async def test_each_month_is_paid_once_by_a_touch(world: World) -> None:
    who = somebody()
    run = await signed(world, who)
    days = []
    for _ in range(3):
        await until(world, who, run, "due")
        days.append((await world.services.view(who, run)).facts["due_on"])
        key = uuid4()
        for _ in range(2):
            assert (await world.services.act(who, run, "pay", key, {})).state == "active"

    assert len({send.key for send in world.purse.sends}) == 3
    assert len(world.purse.paid) == 3
    assert all(day.endswith("-05") for day in days)
    assert len(set(days)) == 3
    assert (await world.services.view(who, run)).facts["paid"] == 3


async def test_what_is_not_paid_is_missed_and_stands_still_at_last(world: World) -> None:
    who = somebody()
    run = await signed(world, who)
    await until(world, who, run, "suspended", days=120)

    assert world.purse.sends == []
    view = await world.services.view(who, run)
    assert (view.facts["missed"], view.acts) == (3, ("resume", "cancel"))
    assert (await world.services.act(who, run, "resume", uuid4(), {})).state == "active"
    await until(world, who, run, "due")
    assert (await world.services.act(who, run, "cancel", uuid4(), {})).state == "cancelled"
    for act in ("pay", "resume", "suspend"):
        with pytest.raises(BankError, match="NOT_NOW"):
            await world.services.act(who, run, act, uuid4(), {})


async def test_too_little_money_leaves_it_due(world: World) -> None:
    who = somebody()
    run = await signed(world, who)
    await until(world, who, run, "due")
    world.purse.refusals.append(InsufficientFunds())
    with pytest.raises(InsufficientFunds):
        await world.services.act(who, run, "pay", uuid4(), {})
    assert await world.state(who, run) == "due"
    assert (await world.services.act(who, run, "pay", uuid4(), {})).state == "active"
    assert len({send.key for send in world.purse.sends}) == 2


async def test_a_clerks_mandate_is_signed_by_the_customer_or_lapses(world: World) -> None:
    who, clerk = somebody(), somebody(kind="staff", roles="teller")
    runs = [
        (
            await world.services.begin(clerk, SERVICE, uuid4(), {"form": FORM}, customer=who.id, way="branch")
        ).run
        for _ in range(2)
    ]
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(clerk, runs[0], "confirm", uuid4(), {})
    assert (await world.services.act(who, runs[0], "confirm", uuid4(), {})).state == "active"
    world.clock.shift(timedelta(days=8))
    await world.services.tick()
    assert await world.state(who, runs[1]) == "cancelled"


def test_caps_hold_whatever_is_wanted() -> None:
    definition = definitions()["mandate at our desk"]
    tight = definition.model_copy(update={"mandate": spec(cap_fen=10_000)})
    begin = Act("begin", uuid4(), "customer", UUID(int=9), NOON, {"form": FORM, "me": {}})
    with pytest.raises(BankError, match="OVER_CAP"):
        tight.machine.decide(tight, fresh(tight), begin)

    run = moved(fresh(definition), *definition.machine.decide(definition, fresh(definition), begin))
    run = moved(run, *definition.machine.decide(definition, run, replace(begin, name="due", who="system")))
    full = replace(
        run, facts={**run.facts, "month": "2026-11", "month_fen": 50_000}
    )  # paid this month already
    with pytest.raises(BankError, match="OVER_CAP"):
        definition.machine.decide(definition, full, replace(begin, name="pay"))


def spec(**more: Any) -> MandateSpec:
    """The canteen's, with something else about it."""
    found = definitions()["mandate at our desk"].mandate
    assert found is not None
    return MandateSpec.model_validate({**found.model_dump(), **more})


@given(
    st.dates(date(2026, 1, 1), date(2060, 1, 1)),
    st.sampled_from(["week", "month", "quarter", "year"]),
    st.integers(1, 28),
)
def test_the_next_day_is_always_ahead_and_of_its_kind(day: date, every: str, on_day: int) -> None:
    most = {"week": 7, "month": 31, "quarter": 122, "year": 396}[every]
    found = due_after(spec(every=every, on_day=on_day), day)

    assert timedelta(0) < found - day <= timedelta(days=most)
    assert found.weekday() == (on_day - 1) % 7 if every == "week" else found.day == on_day
    assert due_after(spec(every=every, on_day=on_day), found) > found
