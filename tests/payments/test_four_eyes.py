"""Held money moves by an approved proposal for that very payment and act, once, and by nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from fengshou import payments
from fengshou.kernel import Principal, new_id
from fengshou.party import ProposalNotApproved
from fengshou.payments import REFUSE, RELEASE, Order
from fengshou.risk import Denied
from tests.payments.test_outside_and_held import held, officer, proven
from tests.support.four_eyes import agreed
from tests.support.town import JINGNING, XIAOSHAN, Person, Town


async def waiting(town: Town) -> tuple[Person, Person, Order]:
    ming, he = await town.person("周明", XIAOSHAN, 1_000_00), await town.person("林小禾", JINGNING)
    return ming, he, await held(town, ming, he.payee())


async def proposed(town: Town, order: Order, act: str = RELEASE, *, refused: bool = False) -> UUID:
    """A proposal nobody approved: still open, or turned down."""
    maker, checker = (
        Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"supervisor"})) for _ in range(2)
    )
    house = town.house
    async with house.db.work(XIAOSHAN, maker) as work:
        proposal = await house.party.propose(work, maker, act, str(order.id), {})
    if refused:
        async with house.db.work(XIAOSHAN, checker) as work:
            await house.party.refuse(work, checker, proposal.id)
    return proposal.id


async def test_nothing_short_of_an_approval_for_this_act_on_this_payment_moves_it(town: Town) -> None:
    ming, he, order = await waiting(town)
    house, till = town.house, town.house.payments
    other = await held(town, ming, he.payee())
    wrong = [
        new_id(XIAOSHAN),
        await proposed(town, order, refused=True),
        await proposed(town, order),
        await agreed(house.db, house.party, order.id, REFUSE),  # for the other act
        await agreed(house.db, house.party, other.id),  # for another payment
        await agreed(house.db, house.party, new_id(JINGNING)),  # of another bank
    ]

    for proposal in wrong:
        with pytest.raises(ProposalNotApproved):
            await till.release(officer(XIAOSHAN), order.id, proposal)
    with pytest.raises(ProposalNotApproved):
        await till.refuse(officer(XIAOSHAN), order.id, wrong[4])

    assert (await till.order(ming.who, order.id)).state == "held"
    assert (await town.available(ming.ref), await town.balance(he.ref)) == (700_00, 0)
    # No key was used up by the tries: the right approval still works, and is used up by it.
    await till.refuse(officer(XIAOSHAN), order.id, wrong[3])
    assert await town.available(ming.ref) == 850_00
    async with house.db.read(XIAOSHAN) as work:
        assert (await house.party.proposal(work, wrong[3])).spent_at is not None
        assert (await house.party.proposal(work, wrong[4])).spent_at is None
    await proven(town)


async def test_an_approval_is_used_up_with_the_money_and_not_before(town: Town) -> None:
    _, he, order = await waiting(town)
    house, till = town.house, town.house.payments
    yes = await agreed(house.db, house.party, order.id)
    await house.risk.put_on_list(
        officer(XIAOSHAN), "payee_deny", he.account.number, source="police", reason="test"
    )
    with pytest.raises(Denied):
        await till.release(officer(XIAOSHAN), order.id, yes)
    async with house.db.read(XIAOSHAN) as work:
        assert (await house.party.proposal(work, yes)).spent_at is None
    await house.risk.take_off_list(officer(XIAOSHAN), "payee_deny", he.account.number, reason="test")

    assert (await till.release(officer(XIAOSHAN), order.id, yes)).state == "done"

    with pytest.raises(ProposalNotApproved):
        await house.party.spend_approval(XIAOSHAN, yes, RELEASE, str(order.id))
    with pytest.raises(payments.OrderMoved):
        await till.release(officer(XIAOSHAN), order.id, yes)
    assert await town.balance(he.ref) == 150_00
    await proven(town)
