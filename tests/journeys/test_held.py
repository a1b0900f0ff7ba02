"""Journey 5: a payment that reads like a swindle is held; two of staff release it, or the money comes back."""

from __future__ import annotations

import pytest

from tests.journeys.bank import Bank, Front, Refused
from tests.journeys.conftest import NewPhone
from tests.journeys.paying import Payee, order_of, pay, state_of
from tests.journeys.people import log_in_as
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]


async def test_a_held_payment_is_released_by_two_of_staff(unpack: NewPhone, bank: Bank) -> None:
    async with bank.logged_in("zhou_ming") as zhou, bank.logged_in("lin_xiaohe") as lin:
        before, hers = await money(zhou), (await money(lin))[0]
        phone = await held_payment(await unpack(), bank, "151.00")
        assert await money(zhou) == (before[0], before[1] - 151_00, before[2] + 151_00)

        await decide(bank, (await order_of(phone))["order"]["id"], "release")

        await look_again(phone, "done")
        assert (await money(zhou))[0] == before[0] - 151_00
        assert (await money(lin))[0] == hers + 151_00


async def test_a_refused_payment_gives_the_money_back(unpack: NewPhone, bank: Bank) -> None:
    async with bank.logged_in("zhou_ming") as zhou:
        before = await money(zhou)
        phone = await held_payment(await unpack(), bank, "152.00")

        await decide(bank, (await order_of(phone))["order"]["id"], "refuse")

        await look_again(phone, "refused")
        assert await money(zhou) == before


async def held_payment(phone: Phone, bank: Bank, amount: str) -> Phone:
    """周明 pays with words swindlers use, and is told what happens now."""
    await log_in_as(phone, "周明")
    async with bank.logged_in("lin_xiaohe") as lin:
        await pay(phone, await Payee.of(lin, "林小禾"), amount, memo="刷单返利")
    assert await state_of(phone) == "held"
    await phone.judge("order-held")
    await phone.reads("我们可能会打电话给您")
    await phone.picture("order-held")
    return phone


async def look_again(phone: Phone, state: str) -> None:
    """The page tells the end of it."""
    await phone.page.reload()
    await phone.arrive("order")
    assert await state_of(phone) == state
    await phone.judge(f"order-{state}")
    await phone.picture(f"order-{state}")


async def decide(bank: Bank, order: str, decision: str) -> None:
    """One proposes; the same one may not approve; a supervisor approves."""
    async with bank.logged_in("chen_yu", "console") as chen, bank.logged_in("wang_fang", "console") as wang:
        assert order in [case["id"] for case in (await chen.ask("held.list"))["items"]]
        made = await chen.ask("held.propose", id=order, decision=decision, reason="电话核对过")
        proposal = made["proposal"]["id"]
        with pytest.raises(Refused):
            await chen.ask("held.decide", proposal=proposal, approve=True)
        await wang.ask("held.decide", proposal=proposal, approve=True)


async def money(front: Front) -> tuple[int, int, int]:
    """In all, free to use, held."""
    all_ = await front.ask("accounts.list")
    return all_["total_fen"], all_["available_fen"], all_["held_fen"]
