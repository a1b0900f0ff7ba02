"""Money by a service: proved by the customer, paid once, and whatever payments says is what the run says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from fengshou.access import StepUp
from fengshou.kernel import BankError, Clock, OutcomeUnknown, Principal, new_id
from fengshou.ledger import InsufficientFunds
from fengshou.services import Sent
from tests.services.world import BANK, World, somebody
from tests.support.town import XIAOSHAN, Town, open_town

SERVICE = "social.charity.give"
FORM = {"amount": "20", "words": "加油", "sure": True}


async def draft(world: World, who: Principal) -> UUID:
    """A gift that is not given yet."""
    return (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run


async def later(world: World, by: timedelta) -> None:
    """Time passes, and what rings is done."""
    world.clock.shift(by)
    await world.services.tick()
    await world.settle()


async def test_it_is_proved_then_paid_once(world: World) -> None:
    who = somebody()
    run, key, order = await draft(world, who), uuid4(), new_id(BANK)
    world.purse.refusals += [StepUp(order_id=str(order), level=2)]
    with pytest.raises(StepUp):
        await world.services.act(who, run, "submit", key, {})
    assert await world.state(who, run) == "confirming"

    for _ in range(3):
        assert (await world.services.act(who, run, "submit", key, {})).state == "posted"
    assert len({send.key for send in world.purse.sends}) == 1
    assert len(world.purse.sends) == 2  # asked for proof, paid; after that nobody asks
    send = world.purse.sends[0]
    assert (send.fen, send.to_bank, send.memo, send.customer) == (2_000, "899000000033", "加油", who.id)
    assert (await world.services.view(who, run)).facts["order"] == str(world.purse.paid[send.key].order)
    await later(world, timedelta(days=4))
    assert await world.state(who, run) == "closed"


async def test_a_refusal_for_good_ends_it_and_is_said(world: World) -> None:
    who = somebody()
    run, key = await draft(world, who), uuid4()
    world.purse.refusals.append(InsufficientFunds())
    with pytest.raises(InsufficientFunds):
        await world.services.act(who, run, "submit", key, {})

    view = await world.services.view(who, run)
    assert (view.state, view.facts["reason"]) == ("rejected", "LEDGER.INSUFFICIENT_FUNDS")
    assert view.facts["note_zh"]
    await world.services.act(who, run, "submit", key, {})
    assert len(world.purse.sends) == 1


async def test_an_answer_that_was_lost_is_asked_for_and_not_sent_anew(world: World) -> None:
    who = somebody()
    run = await draft(world, who)
    world.purse.refusals.append(OutcomeUnknown())
    with pytest.raises(OutcomeUnknown):
        await world.services.act(who, run, "submit", uuid4(), {})
    world.purse.paid[world.purse.sends[0].key] = Sent("done", new_id(BANK))
    await later(world, timedelta(minutes=2))

    assert await world.state(who, run) == "posted"
    assert len(world.purse.sends) == 1


@pytest.mark.parametrize(
    ("ends", "state"),
    [("done", "posted"), ("refused", "rejected"), ("returned", "came_back"), ("held", "held")],
)
async def test_what_is_on_its_way_is_asked_after_until_it_ends(world: World, ends: str, state: str) -> None:
    who = somebody()
    run = await draft(world, who)
    order = new_id(BANK)
    world.purse.becomes = Sent("sent", order, outside=True)
    assert (await world.services.act(who, run, "submit", uuid4(), {})).state == "sent"
    for _ in range(3):
        await later(world, timedelta(hours=1))
        assert await world.state(who, run) == "sent"
    world.purse.paid[world.purse.sends[0].key] = Sent(ends, order, outside=True, reason="AC04")  # type: ignore[arg-type] # a row of the table above
    await later(world, timedelta(hours=7))

    assert await world.state(who, run) == state
    assert len(world.purse.sends) == 1


async def test_a_gift_that_comes_back_days_later_says_so(world: World) -> None:
    who = somebody()
    run = await draft(world, who)
    order = new_id(BANK)
    world.purse.becomes = Sent("done", order, outside=True)
    assert (await world.services.act(who, run, "submit", uuid4(), {})).state == "posted"
    world.purse.paid[world.purse.sends[0].key] = Sent("returned", order, outside=True, reason="AC04")
    await later(world, timedelta(days=1))

    assert await world.state(who, run) == "came_back"
    assert [facts["say_en"] for _, facts in world.town.letters] == ["The other bank sent the money back"]


async def test_what_nobody_proves_lapses_and_moves_nothing(world: World) -> None:
    who = somebody()
    run = await draft(world, who)
    world.purse.refusals += [StepUp(order_id=str(new_id(BANK)), level=2)]
    with pytest.raises(StepUp):
        await world.services.act(who, run, "submit", uuid4(), {})
    for _ in range(6):
        await later(world, timedelta(hours=5))

    assert await world.state(who, run) == "lapsed"
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, run, "submit", uuid4(), {})
    assert world.purse.paid == {}
    await later(world, timedelta(days=4))
    assert await world.state(who, run) == "closed"


async def test_only_the_customer_sends_and_a_wrong_form_sends_nothing(world: World) -> None:
    who, clerk = somebody(), somebody(kind="staff", roles="teller supervisor")
    run = await draft(world, who)
    for someone, act, code in (
        (clerk, "submit", "NOT_YOURS"),
        (who, "order", "NOT_NOW"),
        (who, "look", "NOT_NOW"),
    ):
        with pytest.raises(BankError, match=code):
            await world.services.act(someone, run, act, uuid4(), {"state": "done"})
    with pytest.raises(BankError, match="FORM_WRONG"):
        await world.services.act(who, run, "submit", uuid4(), {"form": {"amount": "999999"}})
    assert (await world.services.act(who, run, "discard", uuid4(), {})).state == "forgotten"
    assert world.purse.sends == []


@pytest.fixture
async def town(dsn: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    """The whole house, with payments that move money."""
    place = await open_town(dsn, tmp_path, clock)
    yield place
    await place.house.close()


async def test_the_money_moves_once_by_the_houses_own_door(town: Town) -> None:
    giver = await town.person("周禾", XIAOSHAN, fen=100_000)
    services = town.house.services
    run, key = (await services.begin(giver.who, SERVICE, uuid4(), {"form": FORM})).run, uuid4()
    try:
        await services.act(giver.who, run, "submit", key, {})
    except StepUp as asked:
        await town.prove(giver, UUID(str(asked.facts["order_id"])))
    for _ in range(3):
        assert (await services.act(giver.who, run, "submit", key, {})).state in ("sent", "posted")

    assert await town.available(giver.ref) == 98_000
    (order,) = await town.house.payments.orders(giver.who, XIAOSHAN)
    assert (str(order.id), order.amount_fen) == ((await services.view(giver.who, run)).facts["order"], 2_000)
