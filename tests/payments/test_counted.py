"""What counts a payment: the payee's class for money from outside too, and the month's free transfers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from fengshou import access, payments
from fengshou.kernel import BankError, Clock, new_id
from fengshou.ledger import AccountFlag, Entry, FlagChange, Receipt, own_account
from fengshou.payments import Inbound, Order, RailSaid, Wish, entries, mail, outside
from tests.payments.test_left_behind import proven
from tests.payments.test_outside_and_held import eventually, outsider, pay, until
from tests.support.town import XIAOSHAN, Person, Town, wish


def credit(payee: Person, fen: int, message: str) -> Inbound:
    return Inbound(
        message, fen, payee.account.number, payee.name, "899000000017", "6231000000001234", "陆远", ""
    )


async def test_money_from_outside_counts_against_the_payees_class(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    purse = await town.person("周明", XIAOSHAN, class_=3)
    second = await town.person("林小禾", XIAOSHAN, class_=2)
    room, said = town.house.payments._room, dict[str, str | None]()

    async def note(letter: Inbound, reason: str | None) -> bool:
        said[letter.message] = reason
        return True

    monkeypatch.setattr(room.rail, "answer", note)
    for letter in (
        credit(purse, 9_000_00, "over the ceiling"),
        credit(purse, 1_500_00, "fits"),
        credit(purse, 600_00, "no more"),
        credit(second, 10_000_00, "the day's cap"),
        credit(second, 1, "above the day's cap"),
    ):
        assert await mail.take(room, letter)
        assert await mail.take(room, letter)

    assert said == {
        "over the ceiling": "AM02", "fits": None, "no more": "AM02", "the day's cap": None,
        "above the day's cap": "AM02",
    }  # fmt: skip
    assert (await town.balance(purse.ref), await town.balance(second.ref)) == (1_500_00, 10_000_00)
    await proven(town)


async def test_money_from_outside_at_once_never_passes_the_cap(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = await town.person("林小禾", XIAOSHAN, class_=2)
    room = town.house.payments._room
    monkeypatch.setattr(room.rail, "answer", deaf_ear)
    letters = [credit(second, 3_000_00, f"letter {n}") for n in range(8)]

    await asyncio.gather(*(mail.take(room, letter) for letter in letters))

    assert await town.balance(second.ref) == 9_000_00
    await proven(town)


async def test_payments_at_once_never_pass_the_ceiling_of_a_purse(town: Town) -> None:
    payers = [await town.person(name, XIAOSHAN, 1_000_00) for name in ("周明", "林小禾", "金阿彩")]
    purse = await town.person("陆远", XIAOSHAN, class_=3)
    await town.cash(purse.ref, 1_700_00)

    results = await asyncio.gather(
        *(town.house.payments.transfer(p.who, wish(p, purse.payee(), "150.00")) for p in payers),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, BankError)]
    assert {type(refusal) for refusal in refused} == {payments.PayeeLimit}
    assert len(refused) == 1
    assert await town.balance(purse.ref) == 2_000_00
    assert sorted([await town.balance(p.ref) for p in payers]) == [850_00, 850_00, 1_000_00]
    await proven(town)


async def deaf_ear(letter: Inbound, reason: str | None) -> bool:
    return True


async def order_large(town: Town, clock: Clock, payer: Person, tail: int) -> Wish:
    """An outside transfer that the tariff charges, drafted and proved, not paid."""
    clock.shift(timedelta(seconds=61))  # codes are sent once a minute
    asked = wish(payer, outsider(f"{tail:04d}"), "6000.00")
    with pytest.raises(access.StepUp) as more:
        await town.house.payments.transfer(payer.who, asked)
    await town.prove(payer, UUID(str(more.value.facts["order_id"])))
    return asked


async def test_the_free_transfers_of_a_month_cannot_be_stretched_by_drafts(town: Town, clock: Clock) -> None:
    ming = await town.person("周明", XIAOSHAN, 50_000_00)
    room = town.house.payments
    drafts = [await order_large(town, clock, ming, 1000 + n) for n in range(4)]

    results = await asyncio.gather(*(room.transfer(ming.who, w) for w in drafts), return_exceptions=True)

    assert sum(isinstance(result, Order) for result in results) == 3
    refused = [result for result in results if isinstance(result, BankError)]
    assert {type(refusal) for refusal in refused} == {payments.FeeChanged}
    assert refused[0].facts["fee_fen"] == 200
    quote = await room.quote(ming.who, ming.ref, outsider("1999"), drafts[0].amount)
    assert (quote.fee_fen, quote.waived_fen) == (200, 0)
    assert await town.available(ming.ref) == 50_000_00 - 3 * 6_000_00
    await proven(town)


async def test_a_rejected_transfer_gives_its_free_place_back(town: Town, clock: Clock) -> None:
    ming = await town.person("周明", XIAOSHAN, 50_000_00)
    rejected = await town.house.payments.transfer(ming.who, await order_large(town, clock, ming, 9001))
    await until(town, ming.who, rejected.id, "rejected")
    for tail in (1001, 1002, 1003):
        done = await town.house.payments.transfer(ming.who, await order_large(town, clock, ming, tail))
        assert done.fee_fen == 0
        await until(town, ming.who, done.id, "done")
    last = await order_large(town, clock, ming, 1004)
    assert (await town.house.payments.transfer(ming.who, last)).fee_fen == 200
    await proven(town)


async def stop(town: Town, person: Person) -> None:
    """A court stops what comes in and goes out."""
    flags = FlagChange(person.ref, AccountFlag.FROZEN_IN | AccountFlag.FROZEN_OUT, AccountFlag(0), "court")
    entry = Entry(new_id(XIAOSHAN), flags=(flags,), mandate="tests.court")
    assert isinstance(await town.house.ledger.post(entry), Receipt)


async def test_rejected_money_of_a_stopped_account_waits_for_people_and_frees_the_limit(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    room = town.house.payments._room
    before = (await town.house.payments.limits_left(ming.who, ming.ref)).day_left_fen
    order = await pay(town, ming, outsider("9302"), "150.00")
    # As a release from the risk desk leaves it: the money has left the payer and is on its way.
    await town.house.ledger.post(
        Entry(order.let_go_id, entries.let_go(order), mandate="payments.release", body=b"")
    )
    await stop(town, ming)

    found = await outside.load(room, order.id)
    for _ in range(2):
        await outside.heard(room, await outside.load(room, found.id), RailSaid("rejected", order.id, "AC04"))

    ended = await town.house.payments.order(ming.who, order.id)
    assert (ended.state, ended.reason) == ("rejected", "AC04")
    assert await town.balance(own_account(XIAOSHAN, "2242")) == 0
    assert await town.balance(own_account(XIAOSHAN, "2243")) == 150_00
    assert (await town.house.payments.limits_left(ming.who, ming.ref)).day_left_fen == before

    async def told() -> bool:
        return "payment_kept" in {n.kind for n in await town.house.party.notices(ming.who)}

    await eventually(told)
    assert "payment_returned" not in {n.kind for n in await town.house.party.notices(ming.who)}
    await proven(town)


async def test_the_first_verdict_on_money_from_outside_stands(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming = await town.person("周明", XIAOSHAN)
    room, said = town.house.payments._room, list[str | None]()

    async def note(letter: Inbound, reason: str | None) -> bool:
        said.append(reason)
        return len(said) > 1  # the first answer is lost on its way

    monkeypatch.setattr(room.rail, "answer", note)
    wrong = replace(credit(ming, 5_00, "name"), payee_name="周亮")
    assert not await mail.take(room, wrong)
    # The same message with the right name: what was told may have been heard, so it stands.
    assert await mail.take(room, credit(ming, 5_00, "name"))

    assert said == ["BE01", "BE01"]
    assert await town.balance(ming.ref) == 0
