"""What a payment tells risk beyond itself: wrong passwords of the day, and how long one has been a customer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fengshou.access import DeviceHint, LogInWrong, StepUp
from fengshou.kernel import Clock
from tests.support.town import ANJI, XIAOSHAN, Person, Town, wish

SOMEWHERE = DeviceHint(None, "another phone", "10.9.9.9")


async def guess(town: Town, person: Person, times: int) -> None:
    """Somebody tries passwords."""
    for _ in range(times):
        with pytest.raises(LogInWrong):
            await town.house.access.log_in.by_password(person.phone, "wrong-word-1", SOMEWHERE)


async def seen(town: Town, order: UUID) -> tuple[dict[str, object], list[str]]:
    """The features risk saw for a payment, and the rules that hit."""
    async with town.house.db.read(XIAOSHAN) as work:
        row = await work.fetchrow(
            "SELECT features, reasons FROM risk.decision WHERE institution_id=$1 AND event_id=$2",
            XIAOSHAN,
            order,
        )
    assert row is not None
    return row["features"], [reason["rule"] for reason in row["reasons"]]


async def test_after_many_wrong_passwords_a_new_payee_takes_more_proof(town: Town, clock: Clock) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 1_000_00), await town.person("林小禾", ANJI)
    await guess(town, ming, 5)

    with pytest.raises(StepUp) as asked:
        await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "10.00"))

    features, rules = await seen(town, UUID(str(asked.value.facts["order_id"])))
    assert features["failed_logins_24h"] == 5
    assert "ATO-002" in rules
    assert await town.balance(he.ref) == 0


async def test_fewer_wrong_passwords_do_not(town: Town) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 1_000_00), await town.person("林小禾", ANJI)
    await guess(town, ming, 4)

    order = await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "10.00"))

    features, rules = await seen(town, order.id)
    assert (features["failed_logins_24h"], features["tenure_days"]) == (4, 0)
    assert "ATO-002" not in rules
    assert await town.balance(he.ref) == 10_00


async def test_the_days_since_one_joined_are_told(town: Town, clock: Clock) -> None:
    ming, he = await town.person("周明", XIAOSHAN, 1_000_00), await town.person("林小禾", ANJI)
    clock.shift(timedelta(days=12))
    ming.who = await town._log_in(ming.who.id)

    order = await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "10.00"))

    assert (await seen(town, order.id))[0]["tenure_days"] == 12
