"""What is left between two steps is finished; money that cannot go where it was meant to never vanishes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from fengshou import ledger, payments, risk
from fengshou.access import StepUp
from fengshou.kernel import BankError, Clock, Principal, new_id
from fengshou.ledger import own_account, verify
from fengshou.payments import Order, Payee, RailSaid, outside, sweep, transfer
from tests.payments.test_outside_and_held import by_four_eyes, held, officer, pay
from tests.support.town import JINGNING, XIAOSHAN, Person, Town, wish

OUTSIDE = "899000000009"


async def proven(town: Town) -> None:
    async with town.house.db.pool("writer").acquire() as db:
        report = await verify(db)
    assert report.ok, report.problems


async def state_of(town: Town, who: Person, id_: UUID) -> str:
    return (await town.house.payments.order(who.who, id_)).state


async def test_a_refusal_the_row_never_heard_of_is_written_down_by_the_sweep(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 10_00), await town.person("林小禾", JINGNING)
    asked = wish(ming, he.payee(), "100.00")

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "refuse", killed)
        with pytest.raises(asyncio.CancelledError):
            await town.house.payments.transfer(ming.who, asked)
    left = await town.house.payments.order_by_key(ming.who, asked.key)
    assert left is not None
    assert left.state == "draft"

    clock.shift(timedelta(minutes=3))
    await sweep.Sweep(town.house.payments._room)()

    found = await town.house.payments.order(ming.who, left.id)
    assert (found.state, found.reason) == ("refused", "LEDGER.INSUFFICIENT_FUNDS")


async def test_a_draft_nobody_came_back_to_ends_after_a_day_and_is_not_listed(
    town: Town, clock: Clock
) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 10_000_00), await town.person("林小禾", JINGNING)
    asked = wish(ming, he.payee(), "900.00")
    with pytest.raises(StepUp):
        await town.house.payments.transfer(ming.who, asked)
    left = await town.house.payments.order_by_key(ming.who, asked.key)
    assert left is not None

    clock.shift(timedelta(hours=1))
    await sweep.Sweep(town.house.payments._room)()
    assert await state_of(town, ming, left.id) == "draft"
    clock.shift(timedelta(hours=24))
    await sweep.Sweep(town.house.payments._room)()

    assert await state_of(town, ming, left.id) == "refused"
    assert await town.house.payments.orders(ming.who, XIAOSHAN) == []
    assert await town.available(ming.ref) == 10_000_00


async def test_a_held_payment_to_an_account_closed_meanwhile_can_still_be_given_back(town: Town) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 1_000_00), await town.person("林小禾", JINGNING)
    order = await held(town, ming, he.payee())
    await town.house.party.close_account(he.who, he.account.ref)

    with pytest.raises(ledger.AccountClosed):
        await town.house.payments.release(officer(XIAOSHAN), order.id, await by_four_eyes(town, order))
    assert await state_of(town, ming, order.id) == "held"
    no = await by_four_eyes(town, order, payments.REFUSE)
    await town.house.payments.refuse(officer(XIAOSHAN), order.id, no, "收款账户已销户")

    assert await state_of(town, ming, order.id) == "refused"
    assert await town.available(ming.ref) == 1_000_00
    await proven(town)


async def test_returned_money_whose_account_is_closed_waits_for_people(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 88_00)
    order = await pay(town, ming, Payee("6230000000000018", "远行", OUTSIDE), "88.00")
    await outside.heard(town.house.payments._room, order, RailSaid("accepted", order.id))
    await town.house.party.close_account(ming.who, ming.account.ref)
    done = await town.house.payments.order(ming.who, order.id)
    assert done.state == "done"

    for _ in range(2):
        await outside.heard(town.house.payments._room, done, RailSaid("returned", order.id, "AC04"))

    assert await state_of(town, ming, order.id) == "returned"
    assert await town.balance(own_account(XIAOSHAN, "2243")) == 88_00
    assert await town.balance(own_account(XIAOSHAN, "1011")) == 0
    await proven(town)


async def test_a_pending_transfer_is_on_its_way_and_not_unknown(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    room = town.house.payments._room

    async def works_on_it(*_: object) -> RailSaid:
        return RailSaid("pending", order.id)

    order: Order
    monkeypatch.setattr(type(room.rail), "send", _never)
    order = await pay(town, ming, Payee("6230000000000018", "远行", OUTSIDE), "88.00")
    monkeypatch.setattr(type(room.rail), "send", works_on_it)
    monkeypatch.setattr(type(room.rail), "ask", works_on_it)

    await outside.heard(room, order, await works_on_it())

    assert await state_of(town, ming, order.id) == "sent"


async def _never(*_: object) -> RailSaid:
    raise BankError


async def test_an_answer_about_nobody_s_order_does_not_stop_the_mail(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    order = await pay(town, ming, Payee("6230000000000018", "远行", OUTSIDE), "88.00")
    room, turns = town.house.payments._room, iter([True])

    async def brings(_: object, after: str) -> payments.Mail:
        said = (
            (RailSaid("accepted", new_id(XIAOSHAN)), RailSaid("accepted", order.id))
            if next(turns, False)
            else ()
        )
        return payments.Mail(said, (), after + "1" if said else after, more=False)

    monkeypatch.setattr(type(room.rail), "mail", brings)
    await town.house.payments.fetch_mail()

    assert await state_of(town, ming, order.id) == "done"


async def test_only_a_desk_of_the_paying_bank_or_the_centre_decides(town: Town) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 1_000_00), await town.person("林小禾", JINGNING)
    order = await held(town, ming, he.payee())
    yes = await by_four_eyes(town, order)
    teller = Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"teller"}))

    for who in (ming.who, teller, officer(JINGNING)):
        for act in (town.house.payments.release, town.house.payments.refuse):
            with pytest.raises((payments.OrderMissing, risk.NotRiskStaff)):
                await act(who, order.id, yes)

    assert await state_of(town, ming, order.id) == "held"
