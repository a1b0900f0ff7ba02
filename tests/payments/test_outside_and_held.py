"""Payments that do not end at once: to outside banks, and held by risk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from fengshou import access, payments, risk
from fengshou.kernel import Clock, Principal, new_id
from fengshou.ledger import own_account, verify
from fengshou.payments import Inbound, Order, Payee, RailSaid
from fengshou.payments import outside as rail
from tests.support.four_eyes import agreed
from tests.support.town import JINGNING, XIAOSHAN, Person, Town, wish

BANK = "899000000017"


def outsider(tail: str, name: str = "王小谷") -> Payee:
    """The rail simulator decides by the last four digits."""
    return Payee(f"623100000000{tail}", name, BANK)


async def until(town: Town, who: Principal, order: UUID, *states: str) -> Order:
    """Wait until the order stands in one of `states`."""
    async with asyncio.timeout(40):
        while True:
            found = await town.house.payments.order(who, order)
            if found.state in states:
                return found
            await asyncio.sleep(0.05)


async def pay(town: Town, payer: Person, to: Payee, yuan: str, memo: str = "") -> Order:
    """Pay, proving level 2 when asked."""
    asked = wish(payer, to, yuan, memo)
    try:
        return await town.house.payments.transfer(payer.who, asked)
    except access.StepUp as more:
        await town.prove(payer, UUID(str(more.facts["order_id"])))
        return await town.house.payments.transfer(payer.who, asked)


async def proven(town: Town) -> None:
    async with town.house.db.pool("writer").acquire() as db:
        report = await verify(db)
    assert report.ok, report.problems


async def test_accepted_outside(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)

    order = await pay(town, ming, outsider("1234"), "120.00")
    done = await until(town, ming.who, order.id, "done")

    assert done.kind == "outside"
    assert await town.balance(ming.ref) == 880_00
    assert await town.balance(own_account(XIAOSHAN, "1011")) == 120_00
    assert await town.balance(own_account(XIAOSHAN, "2242")) == 0
    assert (await town.house.payments.receipt(ming.who, order.id)).order.state == "done"
    await proven(town)


async def test_rejected_outside_gives_the_money_and_the_limit_back(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    before = (await town.house.payments.limits_left(ming.who, ming.ref)).day_left_fen

    order = await pay(town, ming, outsider("9001"), "120.00")
    ended = await until(town, ming.who, order.id, "rejected")

    assert ended.reason == "AC01"
    assert await town.available(ming.ref) == 1_000_00
    assert (await town.house.payments.limits_left(ming.who, ming.ref)).day_left_fen == before
    await proven(town)


async def test_returned_after_it_was_accepted(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)

    order = await pay(town, ming, outsider("9101"), "120.00")
    await until(town, ming.who, order.id, "returned")

    assert await town.balance(ming.ref) == 1_000_00
    assert await town.balance(own_account(XIAOSHAN, "1011")) == 0
    await proven(town)


async def test_unknown_stays_unknown_until_the_rail_says(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)

    order = await pay(town, ming, outsider("9301"), "120.00")
    await until(town, ming.who, order.id, "unknown")
    assert await town.available(ming.ref) == 880_00  # reserved, not gone
    assert await town.balance(ming.ref) == 1_000_00
    with pytest.raises(payments.NoReceiptYet):
        await town.house.payments.receipt(ming.who, order.id)
    await until(town, ming.who, order.id, "done")

    assert await town.balance(ming.ref) == 880_00
    await proven(town)


async def test_money_from_outside_arrives_once(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN)
    letter = {
        "creditor_account": ming.account.number,
        "creditor_name": "周明",
        "amount": "88.00",
        "key": "gift-1",
    }
    async with httpx.AsyncClient(base_url=town.house.outside.simulators_url or "") as http:
        for _ in range(2):
            assert (await http.post("/simulators/rail/inbound", json=letter)).status_code < 300
        await asyncio.gather(*(town.house.payments.fetch_mail() for _ in range(3)))

    assert await town.balance(ming.ref) == 88_00
    await proven(town)


async def held(town: Town, payer: Person, to: Payee) -> Order:
    order = await pay(town, payer, to, "150.00", "刷单返利")
    assert order.state == "held"
    return order


async def by_four_eyes(town: Town, order: Order, act: str = payments.RELEASE) -> UUID:
    return await agreed(town.house.db, town.house.party, order.id, act)


def officer(bank: int) -> Principal:
    return Principal("staff", new_id(bank), bank, roles=frozenset({"supervisor"}))


async def test_held_then_released(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    order = await held(town, ming, he.payee())
    assert await town.available(ming.ref) == 850_00
    assert await town.balance(he.ref) == 0
    case, _ = await town.house.risk.case(officer(XIAOSHAN), order.id)
    assert case.state == "open"

    yes, no = [await by_four_eyes(town, order, act) for act in (payments.RELEASE, payments.REFUSE)]
    release = town.house.payments.release
    results = await asyncio.gather(
        *(release(officer(XIAOSHAN), order.id, yes) for _ in range(3)), return_exceptions=True
    )

    # Those at the same time hear the same answer; one who comes later hears that it is done.
    assert {type(r) for r in results} <= {Order, payments.OrderMoved}
    assert any(isinstance(r, Order) for r in results)
    with pytest.raises(payments.OrderMoved):
        await town.house.payments.refuse(officer(XIAOSHAN), order.id, no)
    assert await town.balance(he.ref) == 150_00
    assert await town.balance(ming.ref) == 850_00
    assert (await town.house.risk.case(officer(XIAOSHAN), order.id))[0].state == "released"
    await proven(town)


async def test_release_and_refusal_at_once_have_one_winner(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    order = await held(town, ming, he.payee())
    till = town.house.payments
    yes, no = [await by_four_eyes(town, order, act) for act in (payments.RELEASE, payments.REFUSE)]

    results = await asyncio.gather(
        till.release(officer(XIAOSHAN), order.id, yes),
        till.refuse(officer(XIAOSHAN), order.id, no),
        return_exceptions=True,
    )

    assert sorted(type(r).__name__ for r in results) == ["Order", "OrderMoved"]
    released = isinstance(results[0], Order)
    assert await town.balance(he.ref) == (150_00 if released else 0)
    assert await town.available(ming.ref) == (850_00 if released else 1_000_00)
    await proven(town)


async def test_held_to_outside_is_let_go_to_the_rail(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    order = await held(town, ming, outsider("9001"))
    await town.house.payments.release(officer(XIAOSHAN), order.id, await by_four_eyes(town, order))

    await until(town, ming.who, order.id, "rejected")

    assert await town.balance(ming.ref) == 1_000_00
    assert await town.balance(own_account(XIAOSHAN, "2242")) == 0
    await proven(town)


@pytest.mark.parametrize("end", ["refused", "expired"])
async def test_held_then_given_back(town: Town, clock: Clock, end: str) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    order = await held(town, ming, he.payee())
    yes, no = [await by_four_eyes(town, order, act) for act in (payments.RELEASE, payments.REFUSE)]

    if end == "refused":
        await town.house.payments.refuse(officer(XIAOSHAN), order.id, no, "骗局")
    else:
        clock.shift(timedelta(hours=3))
        await town.house.payments.expire_due()

    assert (await town.house.payments.order(ming.who, order.id)).state == end
    assert await town.available(ming.ref) == 1_000_00
    assert await town.balance(he.ref) == 0
    with pytest.raises(payments.OrderMoved):
        await town.house.payments.release(officer(XIAOSHAN), order.id, yes)
    await proven(town)


async def test_a_denied_payee_moves_nothing(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    await town.house.risk.put_on_list(
        officer(XIAOSHAN), "payee_deny", he.account.number, source="police", reason="test"
    )
    with pytest.raises(risk.Denied):
        await pay(town, ming, he.payee(), "10.00")
    assert await town.available(ming.ref) == 1_000_00


async def test_the_payees_statement_names_the_payer(town: Town) -> None:
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    order = await pay(town, ming, he.payee(), "10.00", "饭钱")

    async def there() -> bool:
        texts = await town.house.payments.line_texts(he.who, he.ref, [order.id])
        return order.id in texts

    await eventually(there)
    line = (await town.house.payments.line_texts(he.who, he.ref, [order.id]))[order.id]
    assert (line.other_name, line.other_bank, line.memo) == ("周*", XIAOSHAN, "饭钱")
    mine = (await town.house.payments.line_texts(ming.who, ming.ref, [order.id]))[order.id]
    assert (mine.other_name, mine.other_bank) == ("林*禾", JINGNING)

    async def told() -> bool:
        return any(n.kind == "money_in" for n in await town.house.party.notices(he.who))

    await eventually(told)
    assert [p.name for p in await town.house.payments.payees(ming.who)] == ["林小禾"]


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.05)


async def test_the_rail_speaks_only_of_what_went_to_it(town: Town) -> None:
    """A word about a held or federation payment, or a return of another sum, moves nothing."""
    ming = await town.person("周明", XIAOSHAN, 1_000_00)
    he = await town.person("林小禾", JINGNING)
    waiting = await held(town, ming, he.payee())
    paid = await pay(town, ming, he.payee(), "10.00")
    outside = await pay(town, ming, outsider("1234"), "20.00")
    await until(town, ming.who, outside.id, "done")
    room = town.house.payments._room
    before = await town.balance(ming.ref), await town.balance(he.ref)

    await rail.heard(room, waiting, RailSaid("accepted", waiting.id))
    await rail.heard(room, paid, RailSaid("returned", paid.id))
    await rail.heard(room, await rail.load(room, outside.id), RailSaid("returned", outside.id, fen=1))

    assert (await town.balance(ming.ref), await town.balance(he.ref)) == before
    assert (await town.house.payments.order(ming.who, waiting.id)).state == "held"
    await proven(town)


async def test_money_from_outside_is_answered_until_the_rail_has_heard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming = await town.person("周明", XIAOSHAN)
    port = town.house.payments._room.rail
    heard: list[str | None] = []

    async def deaf(credit: Inbound, reason: str | None) -> bool:
        heard.append(reason)
        return len(heard) > 2

    monkeypatch.setattr(port, "answer", deaf)
    letter = {
        "creditor_account": ming.account.number,
        "creditor_name": "周明",
        "amount": "5.00",
        "key": "deaf-1",
    }
    async with httpx.AsyncClient(base_url=town.house.outside.simulators_url or "") as http:
        assert (await http.post("/simulators/rail/inbound", json=letter)).status_code < 300
    for _ in range(4):
        await town.house.payments.fetch_mail()

    assert len(heard) >= 3
    assert set(heard) == {None}
    assert await town.balance(ming.ref) == 5_00
    await proven(town)
