"""Buying a product: priced, ordered, paid, confirmed; whatever goes wrong costs nobody money unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.access import StepUp
from fengshou.kernel import BankError, Principal, new_id
from fengshou.ledger import InsufficientFunds
from fengshou.services import News, Said, Sent
from tests.services.world import BANK, World, somebody

SERVICE, FORM = "social.pension.fund", {"amount": "100", "bears": "R3"}
READ = {"read": ["prospectus", "risks"]}


def quote(world: World, risk: int = 2) -> Said:
    """A price for half an hour."""
    until = (world.clock.now() + timedelta(minutes=30)).isoformat()
    return Said(
        "done", {"quote": "Q1", "price_e4": 10_352, "fee_fen": 10, "risk": risk, "valid_until": until}
    )


def word(world: World, state: str, **more: Any) -> Said:
    """The issuer's word of the order."""
    body = {"number": "TA1", "state": state, "at": world.clock.now().isoformat(), "fee_fen": 10, **more}
    if state == "accepted":
        body["pay_until"] = (world.clock.now() + timedelta(minutes=30)).isoformat()
    return Said("done", body)


async def quoted(world: World, who: Principal, **more: Any) -> UUID:
    """A run that has its price."""
    world.issuer.answers.append(quote(world, **more))
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    return run


async def accepted(world: World, who: Principal) -> UUID:
    """A run whose order the issuer holds."""
    run = await quoted(world, who)
    world.issuer.answers.append(word(world, "accepted"))
    await world.services.act(who, run, "place", uuid4(), READ)
    await world.settle()
    assert await world.state(who, run) == "accepted"
    return run


async def tell(world: World, state: str, **more: Any) -> None:
    """The issuer says by itself how the order stands."""
    ring = next(ring for ring in world.issuer.rings if ring.operation == "trade.place")
    message = f"m{len(world.issuer.mail)}"
    world.issuer.mail.append(
        News(message, ring.provider, "trade.status", ring.key, word(world, state, **more))
    )
    await world.services.fetch_news()


async def later(world: World, by: timedelta) -> None:
    """Time passes, and what rings is done."""
    world.clock.shift(by)
    await world.services.tick()
    await world.settle()


async def test_from_the_price_to_the_units(world: World) -> None:
    who = somebody()
    run = await accepted(world, who)
    world.purse.refusals.append(StepUp(order_id=str(new_id(BANK)), level=2))
    key = uuid4()
    with pytest.raises(StepUp):
        await world.services.act(who, run, "pay", key, {})
    for _ in range(2):
        assert (await world.services.act(who, run, "pay", key, {})).state == "paid"
    world.issuer.answers.append(word(world, "paid"))
    await world.settle()
    await tell(world, "confirmed", price_e4=10_352, units_e2=9_650)
    await tell(world, "settled", price_e4=10_352, units_e2=9_650)

    view = await world.services.view(who, run)
    assert (view.state, view.facts["units_e2"], view.facts["order"]) == (
        "settled", 9_650, str(next(iter(world.purse.paid.values())).order),
    )  # fmt: skip
    asked = [ring.operation for ring in world.issuer.rings]
    assert asked == ["trade.quote", "trade.place", "trade.paid"]
    assert len({send.key for send in world.purse.sends}) == 1
    assert world.purse.sends[0].fen == 10_000


async def test_nothing_moves_that_was_not_read_or_does_not_suit(world: World) -> None:
    who = somebody()
    with pytest.raises(BankError, match="UNSUITABLE"):
        await world.services.begin(who, SERVICE, uuid4(), {"form": {**FORM, "bears": "R1"}})
    run = await quoted(world, who)
    for body in ({}, {"read": ["risks"]}, {"read": "prospectus risks"}, {"read": None}):
        with pytest.raises(BankError, match="DOCUMENTS_UNREAD"):
            await world.services.act(who, run, "place", uuid4(), body)
    risky = await quoted(world, who, risk=3)  # the issuer's own grade is higher than what it was sold as
    assert await world.state(who, risky) == "rejected"
    assert [ring.operation for ring in world.issuer.rings] == ["trade.quote"] * 2
    assert world.purse.sends == []


async def test_an_old_price_is_no_price(world: World) -> None:
    who = somebody()
    run = await quoted(world, who)
    world.clock.shift(timedelta(minutes=31))
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, run, "place", uuid4(), READ)
    await world.services.tick()
    assert await world.state(who, run) == "cancelled"


async def test_a_refused_order_costs_nothing(world: World) -> None:
    who = somebody()
    run = await quoted(world, who)
    world.issuer.answers.append(Said("refused", {}, "no_quota", "额度已经售完", "Nothing is left of it"))
    await world.services.act(who, run, "place", uuid4(), READ)
    await world.settle()

    view = await world.services.view(who, run)
    assert (view.state, view.facts["note_en"]) == ("rejected", "Nothing is left of it")
    assert world.purse.sends == []


async def test_an_order_nobody_answered_is_asked_for_by_its_key(world: World) -> None:
    who = somebody()
    run = await quoted(world, who)
    await world.services.act(who, run, "place", uuid4(), READ)
    await world.settle()  # pending: taken, and no number yet
    world.issuer.answers.append(word(world, "accepted"))
    await later(world, timedelta(hours=7))

    place, asked = world.issuer.rings[1], world.issuer.rings[-1]
    assert (asked.operation, asked.params["number"]) == ("trade.status", str(place.key))
    assert await world.state(who, run) == "accepted"
    assert sum(ring.operation == "trade.place" for ring in world.issuer.rings) == 1


async def test_too_little_money_can_be_tried_again_and_too_late_cannot(world: World) -> None:
    who = somebody()
    run = await accepted(world, who)
    world.purse.refusals.append(InsufficientFunds())
    with pytest.raises(InsufficientFunds):
        await world.services.act(who, run, "pay", uuid4(), {})
    assert await world.state(who, run) == "accepted"
    assert (await world.services.act(who, run, "pay", uuid4(), {})).state == "paid"
    assert len({send.key for send in world.purse.sends}) == 2
    await world.settle()

    late = await accepted(world, who)
    world.clock.shift(timedelta(minutes=29))
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, late, "pay", uuid4(), {})


async def test_it_is_cancelled_until_it_is_paid(world: World) -> None:
    who = somebody()
    early, run = await quoted(world, who), await accepted(world, who)
    assert (await world.services.act(who, early, "cancel", uuid4(), {})).state == "cancelled"
    world.issuer.answers.append(word(world, "cancelled"))
    assert (await world.services.act(who, run, "cancel", uuid4(), {})).state == "cancelling"
    await world.settle()

    assert await world.state(who, run) == "cancelled"
    assert world.purse.sends == []


async def test_paid_and_not_taken_is_seen_to_by_people(world: World) -> None:
    who, chief = somebody(), somebody(1, "staff", "supervisor")
    run = await accepted(world, who)
    world.purse.becomes = Sent("sent", new_id(BANK), outside=True)
    assert (await world.services.act(who, run, "pay", uuid4(), {})).state == "frozen"
    await tell(world, "cancelled")  # while the money is on its way

    view = await world.services.view(who, run)
    assert (view.state, view.facts["desk"]) == ("disputed", "supervisor")
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(who, run, "resolve", uuid4(), {"why": "x"})
    assert (
        await world.services.act(chief, run, "resolve", uuid4(), {"why": "款已退回"})
    ).state == "cancelled"


async def test_money_on_its_way_is_asked_after(world: World) -> None:
    who = somebody()
    run = await accepted(world, who)
    order = new_id(BANK)
    world.purse.becomes = Sent("sent", order, outside=True)
    await world.services.act(who, run, "pay", uuid4(), {})
    world.purse.paid[world.purse.sends[0].key] = Sent("done", order, outside=True)
    world.issuer.answers.append(word(world, "paid"))
    await later(world, timedelta(minutes=3))

    assert await world.state(who, run) == "paid"
    assert len(world.purse.sends) == 1
