"""Bills: asked for, chosen, paid once, credited; what goes wrong is seen, and moves no money unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.access import StepUp
from fengshou.kernel import BankError, Principal, new_id
from fengshou.ledger import InsufficientFunds
from fengshou.services import News, Said
from tests.services.world import AT, BANK, World, somebody

SERVICE, FORM = "community.bill.water", {"account": "33010001234"}
BILLS = [
    {"bill": "B1", "period": "2026-09", "fen": 4_000, "late_fen": 20},
    {"bill": "B2", "period": "2026-10", "fen": 5_000},
]


def arrears(bills: list[dict[str, Any]]) -> Said:
    """What the biller says is owed."""
    return Said("done", {"as_of": AT, "account": FORM["account"], "holder": "周*", "bills": bills})


async def owed(world: World, who: Principal, bills: list[dict[str, Any]] | None = None) -> UUID:
    """A run that knows its bills."""
    world.biller.answers.append(arrears(BILLS if bills is None else bills))
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    return run


async def test_from_the_number_to_the_receipt_and_the_same_key_pays_once(world: World) -> None:
    who, key = somebody(), uuid4()
    run = await owed(world, who)
    world.purse.refusals.append(StepUp(order_id=str(new_id(BANK)), level=2))
    with pytest.raises(StepUp):
        await world.services.act(who, run, "pay", key, {"bills": ["B1"]})
    for _ in range(3):
        assert (await world.services.act(who, run, "pay", key, {"bills": ["B1"]})).state == "paid"
    world.biller.answers.append(Said("done", {"number": "R7"}))
    await world.settle()

    view = await world.services.view(who, run)
    assert (view.state, view.facts["number"], view.facts["fen"]) == ("credited", "R7", 4_020)
    assert [ring.operation for ring in world.biller.rings] == ["bill.arrears", "bill.pay"]
    assert world.biller.rings[1].params["fen"] == {"B1": 4_020}
    assert len(world.purse.paid) == 1


async def test_who_owes_nothing_pays_nothing(world: World) -> None:
    who = somebody()
    run = await owed(world, who, [])
    assert await world.state(who, run) == "clear"
    assert world.purse.sends == []


@pytest.mark.parametrize("bills", [[], ["B9"], ["B1", "B9"], "B1", [7], None, [["B1"]]])
async def test_bills_that_are_not_owed_move_nothing(world: World, bills: object) -> None:
    who = somebody()
    run = await owed(world, who)
    with pytest.raises(BankError, match="BILLS_WRONG"):
        await world.services.act(who, run, "pay", uuid4(), {"bills": bills})
    assert await world.state(who, run) == "owed"
    assert world.purse.sends == []


async def test_too_little_money_is_tried_again_and_told_to_nobody(world: World) -> None:
    who = somebody()
    run = await owed(world, who)
    world.purse.refusals.append(InsufficientFunds())
    with pytest.raises(InsufficientFunds):
        await world.services.act(who, run, "pay", uuid4(), {})
    await world.settle()
    assert [ring.operation for ring in world.biller.rings] == ["bill.arrears"]
    assert (await world.services.act(who, run, "pay", uuid4(), {})).state == "paid"
    assert len({send.key for send in world.purse.sends}) == 2


async def test_credited_later_by_the_billers_own_word(world: World) -> None:
    who = somebody()
    run = await owed(world, who)
    await world.services.act(who, run, "pay", uuid4(), {})
    await world.settle()  # pending
    assert await world.state(who, run) == "paid"
    ring = world.biller.rings[-1]
    world.biller.mail.append(
        News("m1", ring.provider, "bill.status", ring.key, Said("done", {"number": "R8"}))
    )
    await world.services.fetch_news()
    assert await world.state(who, run) == "credited"


async def test_paid_and_not_credited_is_seen_to_by_people(world: World) -> None:
    who, chief = somebody(), somebody(BANK, "staff", "supervisor")
    run = await owed(world, who)
    world.biller.answers.append(Said("refused", {}, "not_booked", "未入账", "Not booked"))
    await world.services.act(who, run, "pay", uuid4(), {})
    await world.settle()

    view = await world.services.view(who, run)
    assert (view.state, view.facts["desk"]) == ("disputed", "supervisor")
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(who, run, "resolve", uuid4(), {"why": "x"})
    assert (await world.services.act(chief, run, "resolve", uuid4(), {"why": "已退款"})).state == "reversed"


async def test_a_biller_that_says_nothing_is_asked_under_the_same_key(world: World) -> None:
    """Silence, then "never seen", then the very same notice again: paid once, credited once."""
    who = somebody()
    run = await owed(world, who)
    await world.services.act(who, run, "pay", uuid4(), {})
    await world.settle()  # pending
    world.biller.answers.extend([Said("refused", {}, "not_seen"), Said("done", {"number": "R9"})])
    world.clock.shift(timedelta(minutes=2))
    await world.services.tick()
    await world.settle()

    assert await world.state(who, run) == "credited"
    told = [ring for ring in world.biller.rings if ring.operation != "bill.arrears"]
    assert [ring.operation for ring in told] == ["bill.pay", "bill.status", "bill.pay"]
    assert len({ring.key for ring in told}) == 1
    assert told[0].params == told[2].params
    assert len(world.purse.paid) == 1
