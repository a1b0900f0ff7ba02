"""Top-ups: looked up, paid once, delivered once under one key; what is not delivered is owed back and seen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from pydantic import ValidationError

from fengshou.access import StepUp
from fengshou.kernel import BankError, Principal, new_id
from fengshou.ledger import InsufficientFunds
from fengshou.services import Definition, News, Said
from tests.services.world import BANK, CONTENT, World, somebody

SERVICE, FORM = "community.topup.phone", {"phone": "13800001111", "face": "50"}
FINE = Said("done", {})


async def ordered(world: World, who: Principal) -> UUID:
    """A run whose number the provider knows."""
    world.biller.answers.append(FINE)
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    return run


async def paid(world: World, who: Principal, *answers: Said) -> UUID:
    """A run that is paid, and what the provider says of the delivery."""
    run = await ordered(world, who)
    assert (await world.services.act(who, run, "pay", uuid4(), {})).state == "paid"
    world.biller.answers.extend(answers)
    await world.settle()
    return run


async def later(world: World, by: timedelta) -> None:
    """Time passes, and what rings is done."""
    world.clock.shift(by)
    await world.services.tick()
    await world.settle()


def asked(world: World) -> list[str]:
    """What the provider was asked, in order."""
    return [ring.operation for ring in world.biller.rings]


def keys(world: World) -> set[UUID]:
    """The keys under which it was told to deliver or asked about it."""
    return {ring.key for ring in world.biller.rings if ring.operation != "topup.validate"}


async def test_from_the_number_to_the_delivery_and_the_same_key_pays_once(world: World) -> None:
    who, key = somebody(), uuid4()
    run = await ordered(world, who)
    assert (await world.services.view(who, run)).facts["note_zh"] == "充 50.00 元，付 49.90 元"
    world.purse.refusals.append(StepUp(order_id=str(new_id(BANK)), level=2))
    with pytest.raises(StepUp):
        await world.services.act(who, run, "pay", key, {})
    for _ in range(3):
        assert (await world.services.act(who, run, "pay", key, {})).state == "paid"
    world.biller.answers.append(Said("done", {"number": "T7"}))
    await world.settle()

    view = await world.services.view(who, run)
    assert (view.state, view.facts["number"]) == ("delivered", "T7")
    assert asked(world) == ["topup.validate", "topup.deliver"]
    assert world.biller.rings[1].params == {"account": "13800001111", "fen": 5_000}
    assert [paid.fen for paid in world.purse.sends] == [4_990, 4_990]
    assert len(world.purse.paid) == 1


async def test_a_number_nobody_knows_is_not_paid_for(world: World) -> None:
    who = somebody()
    world.biller.answers.append(Said("refused", {}, "no_such_account", "没有这个户号", "No such account"))
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    view = await world.services.view(who, run)
    assert (view.state, view.facts["note_en"]) == ("rejected", "No such account")
    assert world.purse.sends == []
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, run, "pay", uuid4(), {})


async def test_too_little_money_is_tried_again_and_told_to_nobody(world: World) -> None:
    who = somebody()
    run = await ordered(world, who)
    world.purse.refusals.append(InsufficientFunds())
    with pytest.raises(InsufficientFunds):
        await world.services.act(who, run, "pay", uuid4(), {})
    await world.settle()
    assert asked(world) == ["topup.validate"]
    assert (await world.services.act(who, run, "pay", uuid4(), {})).state == "paid"
    assert len({send.key for send in world.purse.sends}) == 2


async def test_what_nobody_answers_is_asked_for_under_its_own_key(world: World) -> None:
    who = somebody()
    run = await paid(world, who)  # pending
    assert await world.state(who, run) == "delivering"
    world.biller.answers.append(Said("done", {"number": "T8"}))
    await later(world, timedelta(minutes=2))
    assert await world.state(who, run) == "delivered"
    assert asked(world) == ["topup.validate", "topup.deliver", "topup.status"]
    assert len(keys(world)) == 1


async def test_what_never_arrived_is_sent_again_under_the_same_key(world: World) -> None:
    who = somebody()
    run = await paid(world, who)
    world.biller.answers.extend([Said("refused", {}, "not_seen"), Said("done", {"number": "T9"})])
    await later(world, timedelta(minutes=2))
    assert await world.state(who, run) == "delivered"
    assert asked(world) == ["topup.validate", "topup.deliver", "topup.status", "topup.deliver"]
    assert len(keys(world)) == 1
    assert len(world.purse.paid) == 1


async def test_delivered_by_the_providers_own_word(world: World) -> None:
    who = somebody()
    run = await paid(world, who)
    ring = world.biller.rings[-1]
    for _ in range(2):
        world.biller.mail.append(
            News("m1", ring.provider, "topup.status", ring.key, Said("done", {"number": "T8"}))
        )
    await world.services.fetch_news()
    assert await world.state(who, run) == "delivered"


async def test_paid_and_refused_is_owed_back_and_seen_to_by_a_supervisor(world: World) -> None:
    who, teller, chief = somebody(), somebody(BANK, "staff", "teller"), somebody(BANK, "staff", "supervisor")
    run = await paid(world, who, Said("refused", {}, "not_booked", "未入账", "Not booked"))

    view = await world.services.view(who, run)
    assert (view.state, view.facts["desk"], view.facts["owed_back_fen"]) == (
        "undelivered",
        "supervisor",
        4_990,
    )
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(who, run, "give_back", uuid4(), {"why": "x"})
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(teller, run, "claim", uuid4(), {})
    with pytest.raises(BankError, match="NOT_CLAIMED"):
        await world.services.act(chief, run, "give_back", uuid4(), {"why": "已退款"})
    await world.services.act(chief, run, "claim", uuid4(), {})
    with pytest.raises(BankError, match="SAY_MISSING"):
        await world.services.act(chief, run, "give_back", uuid4(), {})
    assert (await world.services.act(chief, run, "give_back", uuid4(), {"why": "已退款"})).state == "refunded"
    await world.settle()
    said = [letter["say_en"] for _, letter in world.town.letters]
    assert said[-1] == "The money for what was not delivered came back"


async def test_silence_is_never_failure_but_people_look_into_it(world: World) -> None:
    who, chief = somebody(), somebody(BANK, "staff", "supervisor")
    run = await paid(world, who)  # pending, for ever
    await later(world, timedelta(hours=25))
    view = await world.services.view(who, run)
    assert (view.state, view.facts["desk"], "owed_back_fen" in view.facts) == (
        "delivering",
        "supervisor",
        False,
    )
    await world.services.act(chief, run, "claim", uuid4(), {})
    await world.services.act(chief, run, "give_up", uuid4(), {"why": "对方书面确认没有充"})
    assert await world.state(who, run) == "undelivered"

    # The provider comes round before the money is given back: delivered is delivered.
    ring = world.biller.rings[-1]
    world.biller.mail.append(
        News("m9", ring.provider, "topup.status", ring.key, Said("done", {"number": "T8"}))
    )
    await world.services.fetch_news()
    view = await world.services.view(who, run)
    assert (view.state, "owed_back_fen" in view.facts, "desk" in view.facts) == ("delivered", False, False)


async def test_paying_and_calling_off_at_once_does_one_of_them(world: World) -> None:
    who = somebody()
    for _ in range(4):
        run = await ordered(world, who)
        sends = len(world.purse.paid)
        did = await asyncio.gather(
            world.services.act(who, run, "pay", uuid4(), {}),
            world.services.act(who, run, "cancel", uuid4(), {}),
            world.services.act(who, run, "pay", uuid4(), {}),
            return_exceptions=True,
        )
        state = await world.state(who, run)
        await world.settle()
        assert state in ("paid", "cancelled")
        assert len(world.purse.paid) - sends == (state == "paid")
        assert all(not isinstance(one, Exception) or isinstance(one, BankError) for one in did)


@pytest.mark.parametrize(
    ("change", "say"),
    [
        ({"faces": []}, "is no sum"),
        ({"faces": [{"value": "30", "fen": 3_000, "pays_fen": 3_000}]}, "differ in 100, 200, 50"),
        ({"amount": "gone"}, "is no field of the form"),
        ({"faces": [{"value": "30", "fen": 1, "pays_fen": 1}] * 2}, "two faces have one value"),
    ],
)
def test_the_linter_says_what_to_do(change: dict[str, Any], say: str) -> None:
    items = yaml.safe_load((CONTENT / "services/community/topup.yaml").read_text("utf-8"))["items"]
    item = next(one for one in items if one["key"] == SERVICE)
    with pytest.raises(ValidationError, match=say):
        Definition.model_validate({**item, "topup": {**item["topup"], **change}})
