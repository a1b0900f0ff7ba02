"""A transfer through every room, on a real database, with real simulators."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from fengshou import access, ledger, payments
from fengshou.kernel import CENTRE, Money, account_number
from fengshou.ledger import centre_account, clearing, verify
from fengshou.payments import Payee
from tests.support.town import JINGNING, XIAOSHAN, Town, wish


async def proven(town: Town) -> None:
    async with town.house.db.pool("writer").acquire() as db:
        report = await verify(db)
    assert report.ok, report.problems


async def test_to_another_county_bank(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)

    order = await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "150.00", "房租"))

    assert (order.state, order.kind, order.fee_fen) == ("done", "federation", 0)
    assert await town.balance(ming.ref) == 850_00
    assert await town.balance(he.ref) == 150_00
    assert await town.balance(clearing(XIAOSHAN)) == 150_00
    assert await town.balance(centre_account(XIAOSHAN)) == -150_00
    paper = await town.house.payments.receipt(ming.who, order.id)
    assert [bank for bank, _ in paper.positions] == [XIAOSHAN, CENTRE, JINGNING]
    await proven(town)


async def test_above_level_one_asks_for_more_and_then_pays_once(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 30_000_00)
    he = await town.person("林小禾", JINGNING)
    big = wish(ming, he.payee(), "900.00")
    with pytest.raises(access.StepUp) as asked:
        await town.house.payments.transfer(ming.who, big)
    assert asked.value.facts["level"] == 2
    assert await town.available(ming.ref) == 30_000_00
    await town.prove(ming, UUID(str(asked.value.facts["order_id"])))

    results = await asyncio.gather(*(town.house.payments.transfer(ming.who, big) for _ in range(5)))

    assert {o.id for o in results} == {results[0].id}
    assert await town.balance(he.ref) == 900_00
    await proven(town)


async def test_above_level_two_is_refused_with_the_way_out(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 90_000_00)
    he = await town.person("林小禾", JINGNING)
    with pytest.raises((access.LevelUnavailable, access.Cooling)) as refused:
        await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "30000.00"))
    assert all(refused.value.messages.values())
    assert await town.available(ming.ref) == 90_000_00


async def test_the_same_wish_from_two_devices_moves_once(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    asked = wish(ming, he.payee(), "100.00")

    results = await asyncio.gather(*(town.house.payments.transfer(ming.who, asked) for _ in range(8)))

    assert {(o.id, o.state) for o in results} == {(results[0].id, "done")}
    assert await town.balance(he.ref) == 100_00
    with pytest.raises(payments.OrderConflict):
        await town.house.payments.transfer(ming.who, replace(asked, amount=Money(1)))
    assert await town.balance(he.ref) == 100_00


async def test_refusals_move_nothing(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 100_00)
    he = await town.person("林小禾", JINGNING)
    pay = town.house.payments.transfer
    with pytest.raises(ledger.InsufficientFunds):
        await pay(ming.who, wish(ming, he.payee(), "100.01"))
    with pytest.raises(payments.PayeeMismatch):
        await pay(ming.who, wish(ming, Payee(he.account.number, "林大禾"), "1.00"))
    with pytest.raises(payments.PayeeMissing):
        await pay(ming.who, wish(ming, Payee(account_number(JINGNING, 10_999_999), "林小禾"), "1.00"))
    with pytest.raises(payments.SameAccount):
        await pay(ming.who, wish(ming, ming.payee(), "1.00"))
    with pytest.raises(payments.PayeeBankMissing):
        await pay(ming.who, wish(ming, Payee("6231000000000001", "王小谷"), "1.00"))
    assert await town.available(ming.ref) == 100_00
    assert await town.balance(he.ref) == 0
    await proven(town)


async def test_many_at_once_never_pass_the_days_limit(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 5_000_00)
    he = await town.person("林小禾", JINGNING)

    results = await asyncio.gather(
        *(town.house.payments.transfer(ming.who, wish(ming, he.payee(), "200.00")) for _ in range(10)),
        return_exceptions=True,
    )

    done = [r for r in results if isinstance(r, payments.Order) and r.state == "done"]
    assert len(done) == 5  # level 1: a thousand a day
    assert await town.balance(he.ref) == 1_000_00
    assert all(
        isinstance(r, payments.Order | access.DayLimit | access.StepUp | access.Cooling) for r in results
    ), results
    await proven(town)
