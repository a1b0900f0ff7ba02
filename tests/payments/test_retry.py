"""The same wish again: after a lost answer, a crash between steps, a change of the world, from two devices."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from fengshou import payments
from fengshou.access import StepUp
from fengshou.kernel import OutcomeUnknown, new_id
from fengshou.ledger import Entry, InsufficientFunds, Ledger, Receipt
from fengshou.payments import Order
from fengshou.payments.memory import KEPT_FOR
from tests.support.town import JINGNING, XIAOSHAN, Person, Town, wish


async def orders_in(town: Town, state: str) -> int:
    """How many orders stand in a state."""
    async with town.house.db.relay() as work:
        count: int = await work.fetchval("SELECT count(*) FROM payments.orders WHERE state = $1", state)
    return count


async def pair(town: Town, fen: int = 1_000_00) -> tuple[Person, Person]:
    return await town.person("周明", XIAOSHAN, fen), await town.person("林小禾", JINGNING)


async def test_two_devices_at_once_are_one_payment(town: Town) -> None:
    ming, he = await pair(town)
    asked = wish(ming, he.payee(), "100.00")

    results = await asyncio.gather(*(town.house.payments.transfer(ming.who, asked) for _ in range(12)))

    assert {order.id for order in results} == {results[0].id}
    assert {order.state for order in results} == {"done"}
    assert await town.balance(he.ref) == 100_00


async def test_an_answer_lost_after_the_commit_is_found_by_the_key(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await pair(town)
    asked, post = wish(ming, he.payee(), "100.00"), Ledger.post

    async def lost(self: Ledger, entry: Entry) -> Receipt:
        await post(self, entry)
        raise OutcomeUnknown()

    monkeypatch.setattr(Ledger, "post", lost)
    with pytest.raises(OutcomeUnknown):
        await town.house.payments.transfer(ming.who, asked)
    monkeypatch.undo()
    found = await town.house.payments.order_by_key(ming.who, asked.key)
    again = await town.house.payments.transfer(ming.who, asked)

    assert found is not None
    assert (found.id, found.state) == (again.id, "done")
    assert await town.balance(he.ref) == 100_00


async def test_a_crash_before_the_book_leaves_a_draft_that_a_retry_completes(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await pair(town)
    asked = wish(ming, he.payee(), "100.00")

    async def killed(self: Ledger, entry: Entry) -> Receipt:
        raise asyncio.CancelledError

    monkeypatch.setattr(Ledger, "post", killed)
    with pytest.raises(asyncio.CancelledError):
        await town.house.payments.transfer(ming.who, asked)
    monkeypatch.undo()
    assert await orders_in(town, "draft") == 1
    assert await town.balance(ming.ref) == 1_000_00

    order = await town.house.payments.transfer(ming.who, asked)

    assert order.state == "done"
    assert await town.balance(he.ref) == 100_00
    assert await orders_in(town, "draft") == 0


async def test_what_was_paid_stays_paid_when_it_could_not_be_ordered_any_more(town: Town) -> None:
    ming, he = await pair(town)
    asked = wish(ming, he.payee(), "100.00")
    first = await town.house.payments.transfer(ming.who, asked)
    await town.house.party.freeze(ming.who, ming.account.ref)
    town.house.clock.shift(KEPT_FOR * 2)

    again = await town.house.payments.transfer(ming.who, asked)

    assert (again.id, again.state) == (first.id, "done")
    with pytest.raises(payments.AccountStopped):
        await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "1.00"))
    assert await town.balance(he.ref) == 100_00


async def test_a_frozen_account_pays_nothing_even_while_it_is_remembered_as_open(town: Town) -> None:
    ming, he = await pair(town)
    await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "1.00"))
    await town.house.party.freeze(ming.who, ming.account.ref)

    with pytest.raises(Exception, match=r"FROZEN|STOPPED"):
        await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "1.00"))

    assert await town.balance(he.ref) == 1_00


async def test_a_refusal_of_the_book_sticks_to_its_key(town: Town) -> None:
    ming, he = await pair(town, fen=50_00)
    asked = wish(ming, he.payee(), "100.00")
    with pytest.raises(InsufficientFunds):
        await town.house.payments.transfer(ming.who, asked)
    await town.cash(ming.ref, 1_000_00)

    again = await town.house.payments.transfer(ming.who, asked)
    fresh = await town.house.payments.transfer(ming.who, replace(asked, key=uuid4()))

    assert (again.state, fresh.state) == ("refused", "done")
    assert await town.balance(he.ref) == 100_00


async def test_a_key_is_the_customer_s_own(town: Town) -> None:
    ming, he = await pair(town)
    asked = wish(ming, he.payee(), "100.00")
    mine = await town.house.payments.transfer(ming.who, asked)

    assert await town.house.payments.order_by_key(he.who, asked.key) is None
    assert await town.house.payments.order_by_key(ming.who, uuid4()) is None
    assert await _order(town, ming, mine.id) == mine.id


@pytest.mark.parametrize("id_", [uuid4(), UUID(int=0), UUID(int=2**128 - 1), new_id(40_000)])
async def test_an_id_nobody_made_is_missing(town: Town, id_: UUID) -> None:
    ming = await town.person("周明", XIAOSHAN)

    with pytest.raises(payments.OrderMissing):
        await town.house.payments.order(ming.who, id_)


async def _order(town: Town, who: Person, id_: UUID) -> UUID:
    found: Order = await town.house.payments.order(who.who, id_)
    return found.id


async def test_a_limit_says_how_much_is_still_possible(town: Town) -> None:
    ming, he = await pair(town, fen=90_000_00)

    with pytest.raises(payments.SingleLimit) as single:
        await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "20000.01"))
    for big in (wish(ming, he.payee(), "19999.00"), wish(ming, he.payee(), "19999.00")):
        town.house.clock.shift(timedelta(seconds=61))  # a code a minute
        with pytest.raises(StepUp) as asked:
            await town.house.payments.transfer(ming.who, big)
        await town.prove(ming, UUID(str(asked.value.facts["order_id"])))
        await town.house.payments.transfer(ming.who, big)
    with pytest.raises(payments.DayTotal) as day:
        await town.house.payments.transfer(ming.who, wish(ming, he.payee(), "10002.01"))

    assert "20,000.00" in single.value.messages["zh"]
    assert "10,002.00" in day.value.messages["zh"]
    assert "10,002.00" in day.value.messages["en"]
    assert await town.balance(he.ref) == 39_998_00
