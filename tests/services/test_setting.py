"""Settings: in force at once, after a time to think, or by the customer's own word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import BankError, Principal
from fengshou.services import FormWrong
from fengshou.services.machine import Act, Ask
from tests.services.test_machines import NOON, definitions, fresh, moved
from tests.services.world import BANK, World, run_job, somebody

SERVICE, KEY = "social.pension.notice", "social.pension_notice"


async def begin(world: World, who: Principal, **form: Any) -> UUID:
    """A change of the setting, carried out as far as it goes by itself."""
    moved = await world.services.begin(who, SERVICE, uuid4(), {"form": form})
    await world.settle()
    return moved.run


async def value(world: World, who: Principal) -> object:
    """What is set."""
    return (await world.services.settings(BANK, who.id, (KEY,))).get(KEY)


async def test_a_setting_holds_at_once_and_lies_sealed(world: World) -> None:
    who = somebody()
    run = await begin(world, who, how="sms", relative="13900002222")

    assert (await world.state(who, run), await value(world, who)) == ("changed", "sms")
    assert await value(world, somebody()) is None
    async with world.db.relay() as work:
        rows = await work.fetch("SELECT to_jsonb(s)::text AS row FROM services.setting s")
    assert rows
    assert not any("sms" in row["row"] for row in rows)


async def test_what_loosens_waits_and_can_be_called_off(world: World) -> None:
    who = somebody()
    await begin(world, who, how="app")
    run = await begin(world, who, how="off")
    assert (await world.state(who, run), await value(world, who)) == ("cooling", "app")
    key = uuid4()
    for _ in range(2):
        assert (await world.services.act(who, run, "cancel", key, {})).state == "unchanged"

    second = await begin(world, who, how="off")
    world.clock.shift(timedelta(hours=23))
    await world.services.tick()
    await world.settle()
    assert await value(world, who) == "app"
    world.clock.shift(timedelta(hours=2))
    await world.services.tick()
    await world.settle()
    assert (await world.state(who, second), await value(world, who)) == ("changed", "off")
    assert await world.state(who, run) == "unchanged"


async def test_a_clerks_change_waits_for_the_customers_word(world: World) -> None:
    who, clerk = somebody(), somebody(kind="staff", roles="teller")
    runs = []
    for _ in range(3):
        moved = await world.services.begin(
            clerk,
            SERVICE,
            uuid4(),
            {"form": {"how": "sms"}},
            customer=who.id,
            way="branch",
            place="330109-01",
        )
        runs.append(moved.run)
    assert [await world.state(who, run) for run in runs] == ["pending_auth"] * 3
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(clerk, runs[0], "confirm", uuid4(), {})

    await world.services.act(who, runs[0], "decline", uuid4(), {})
    world.clock.shift(timedelta(hours=1))
    await world.services.act(who, runs[1], "confirm", uuid4(), {})
    await world.settle()
    assert await value(world, who) == "sms"
    world.clock.shift(timedelta(hours=24))
    await world.services.tick()
    assert [await world.state(who, run) for run in runs] == ["unchanged", "changed", "unchanged"]


async def test_a_later_setting_is_not_undone_by_an_earlier_one_that_comes_late(world: World) -> None:
    who = somebody()
    moved = await world.services.begin(who, SERVICE, uuid4(), {"form": {"how": "sms"}})
    while await world.relay.move(BANK):
        pass
    async with world.db.relay() as work:
        rows = await work.fetch("DELETE FROM jobs.pgqueuer RETURNING entrypoint, payload")
    world.clock.shift(timedelta(minutes=1))
    await begin(world, who, how="app")

    for row in rows:
        await run_job(world.jobs, row["entrypoint"], row["payload"])

    assert (await world.state(who, moved.run), await value(world, who)) == ("changed", "app")


async def test_a_refused_form_sets_nothing(world: World) -> None:
    who = somebody()
    for form in ({"how": "pigeon"}, {"how": "sms", "relative": "1"}, {}, {"how": "sms", "more": "1"}):
        with pytest.raises(FormWrong):
            await begin(world, who, **form)
    assert await value(world, who) is None
    assert await world.services.mine(who, BANK) == []


@pytest.mark.parametrize(
    ("said", "state", "asks"),
    [
        ({"state": "done", "body": {}}, "changing", ["setting.set"]),
        ({"state": "refused", "body": {}, "reason": "no_such_account", "reason_en": "No such number"}, "unchanged", []),
        ({"state": "unknown", "body": {}}, "checking", []),
        ({"state": "unavailable", "body": {}}, "checking", []),
    ],
)  # fmt: skip
def test_a_number_is_bound_when_its_provider_knows_it(
    said: dict[str, Any], state: str, asks: list[str]
) -> None:
    found = definitions()["setting at our desk"]
    assert found.setting is not None
    bound = found.setting.model_copy(update={"binds": True})
    definition = found.model_copy(update={"setting": bound})
    begin = Act("begin", uuid4(), "customer", UUID(int=9), NOON, {"form": {"how": "app"}, "me": {}})
    to, change = definition.machine.decide(definition, fresh(definition), begin)
    assert (to, [one.operation for one in change.effects if isinstance(one, Ask)]) == (
        "checking",
        ["topup.validate"],
    )
    run = moved(fresh(definition), to, change)

    to, change = definition.machine.decide(
        definition, run, Act("checked", uuid4(), "partner", UUID(int=1), NOON, said)
    )

    assert (to, [one.operation for one in change.effects if isinstance(one, Ask)]) == (state, asks)
