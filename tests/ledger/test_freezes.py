"""Freezes by order: who stops what, how much stays, and who may lift it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from fengshou import ledger as room
from fengshou.kernel import Clock, Database, new_id
from fengshou.ledger import (
    PEND,
    SETTLE,
    AccountFlag,
    AccountRef,
    Entry,
    FlagChange,
    Freeze,
    Ledger,
    Lift,
    NewAccount,
    Posting,
    freeze_id,
    own_account,
)
from tests.support.book import XIAOSHAN, make_accounts, open_ledger, pay

COURT, POLICE = "court 浙0109执123", "police 萧公冻7"
OUT, IN = AccountFlag.FROZEN_OUT, AccountFlag.FROZEN_IN


async def freeze(
    ledger: Ledger, ref: AccountRef, owner: str, stops: AccountFlag = AccountFlag.NONE, fen: int | None = None,
    until: datetime | None = None,
) -> UUID:  # fmt: skip
    entry = Entry(new_id(XIAOSHAN), changes=(Freeze(ref, owner, "case", stops, fen, until),))
    await ledger.post(entry)
    return freeze_id(entry.id)


async def lift(ledger: Ledger, ref: AccountRef, id_: UUID, owner: str) -> None:
    await ledger.post(Entry(new_id(XIAOSHAN), changes=(Lift(ref, id_, owner, "done"),)))


async def test_each_way_is_stopped_by_its_orders_and_lifted_by_their_owners(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    court = await freeze(ledger, ming, COURT, OUT)
    police = await freeze(ledger, ming, POLICE, OUT | IN)
    for entry in (pay(ming, he, 1), pay(he, ming, 1)):
        with pytest.raises(room.AccountFrozen):
            await ledger.post(entry)
    with pytest.raises(room.FreezeNotYours):
        await lift(ledger, ming, police, COURT)
    assert [(o.owner, o.stops) for o in await ledger.freezes(ming)] == [(COURT, OUT), (POLICE, OUT | IN)]

    await lift(ledger, ming, police, POLICE)
    await ledger.post(pay(he, ming, 1))
    with pytest.raises(room.AccountFrozen):
        await ledger.post(pay(ming, he, 1))
    with pytest.raises(room.FreezeMissing):
        await lift(ledger, ming, police, POLICE)
    await lift(ledger, ming, court, COURT)
    await ledger.post(pay(ming, he, 1))
    assert await ledger.freezes(ming) == ()


async def test_the_customers_own_flag_does_not_lift_a_courts_order(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    court = await freeze(ledger, ming, COURT, OUT)
    for set_, clear in ((OUT, AccountFlag.NONE), (AccountFlag.NONE, OUT)):
        await ledger.post(Entry(new_id(XIAOSHAN), flags=(FlagChange(ming, set_, clear, "app"),)))
        assert (await ledger.balance(ming)).flags == OUT
        with pytest.raises(room.AccountFrozen):
            await ledger.post(pay(ming, he, 1))
    await lift(ledger, ming, court, COURT)
    assert (await ledger.balance(ming)).flags == AccountFlag.NONE


async def test_frozen_amounts_add_up_and_stay(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    court = await freeze(ledger, ming, COURT, fen=30_00)
    police = await freeze(ledger, ming, POLICE, fen=50_00)
    found = await ledger.balance(ming)
    assert (found.posted_fen, found.frozen_fen, found.available_fen) == (100_00, 80_00, 20_00)
    with pytest.raises(room.FundsFrozen) as told:
        await ledger.post(pay(ming, he, 20_01))
    assert told.value.facts == {"frozen_fen": 80_00}
    assert "80.00" in told.value.messages["zh"]
    with pytest.raises(room.InsufficientFunds):  # what is not there is not frozen either
        await ledger.post(pay(ming, he, 100_01))
    await ledger.post(pay(ming, he, 20_00))
    await lift(ledger, ming, court, COURT)
    await ledger.post(pay(ming, he, 30_00))
    with pytest.raises(room.FundsFrozen):
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 1, PEND),)))
    await lift(ledger, ming, police, POLICE)
    await ledger.post(pay(ming, he, 50_00))


async def test_more_may_be_frozen_than_there_is_and_what_comes_in_stays(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 40_00, PEND),))
    await ledger.post(hold)
    await freeze(ledger, ming, COURT, fen=500_00)
    assert (await ledger.balance(ming)).available_fen == 0
    await ledger.post(pay(he, ming, 50_00))
    with pytest.raises(room.FundsFrozen):
        await ledger.post(pay(ming, he, 1))
    # What was held before the order was spent already.
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 40_00, SETTLE, hold.id),)))
    assert (await ledger.balance(ming)).posted_fen == 110_00


async def test_orders_survive_a_restart_and_are_written_down(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    court, police = await freeze(ledger, ming, COURT, OUT), await freeze(ledger, he, POLICE, fen=60_00)
    orders = await ledger.freezes(ming), await ledger.freezes(he)
    await ledger.stop()

    ledger = Ledger(db, clock)
    await ledger.start()
    assert (await ledger.freezes(ming), await ledger.freezes(he)) == orders
    with pytest.raises(room.AccountFrozen):
        await ledger.post(pay(ming, he, 1))
    with pytest.raises(room.FundsFrozen):
        await ledger.post(pay(he, ming, 40_01))
    await lift(ledger, ming, court, COURT)
    row = await owner.fetchrow(
        "SELECT owner, reason, lift_reason, lifted_at FROM ledger.freeze WHERE id = $1", court
    )
    assert row is not None
    assert (row["owner"], row["reason"], row["lift_reason"]) == (COURT, "case", "done")
    assert await owner.fetchval("SELECT lifted_at FROM ledger.freeze WHERE id = $1", police) is None
    await ledger.stop()


async def test_an_order_with_a_term_ends_by_the_clock(ledger: Ledger, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await freeze(ledger, ming, COURT, OUT, until=clock.now() + timedelta(days=365))
    await freeze(ledger, ming, POLICE, fen=10_00, until=clock.now() + timedelta(days=2))
    clock.shift(timedelta(days=3))
    assert await ledger.expire_due() == 1
    assert [o.owner for o in await ledger.freezes(ming)] == [COURT]
    clock.shift(timedelta(days=365))
    assert await ledger.expire_due() == 1
    await ledger.post(pay(ming, he, 100_00))


async def test_a_frozen_account_does_not_close_and_a_closed_one_is_not_frozen(ledger: Ledger) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1)
    court = await freeze(ledger, ming, COURT, fen=1_00)
    close = Entry(new_id(XIAOSHAN), flags=(FlagChange(ming, AccountFlag.CLOSED, AccountFlag.NONE, "x"),))
    with pytest.raises(room.AccountFrozen):
        await ledger.post(close)
    await lift(ledger, ming, court, COURT)
    await ledger.post(Entry(new_id(XIAOSHAN), flags=close.flags))
    with pytest.raises(room.AccountClosed):
        await freeze(ledger, ming, COURT, OUT)


async def test_freezes_of_a_refused_entry_never_were(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    orders = (Freeze(ming, COURT, "a", OUT), Freeze(he, COURT, "b", fen=5))
    with pytest.raises(room.AccountFrozen):
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 1),), changes=orders))
    assert (await ledger.freezes(ming), await ledger.freezes(he)) == ((), ())
    both = Entry(new_id(XIAOSHAN), changes=orders)
    await ledger.post(both)
    assert [(await ledger.freezes(r))[0].id for r in (ming, he)] == [
        freeze_id(both.id),
        freeze_id(both.id, 1),
    ]
    # Opened and frozen in one entry, and lifted in the same breath.
    new = AccountRef(XIAOSHAN, await ledger.reserve_account_id(XIAOSHAN))
    id_ = new_id(XIAOSHAN)
    changes = (Freeze(new, COURT, "c", OUT), Lift(new, freeze_id(id_), COURT, "at once"))
    await ledger.post(Entry(id_, opens=(NewAccount(new, "2111"),), changes=changes))
    await ledger.post(
        Entry(new_id(XIAOSHAN), (Posting(own_account(XIAOSHAN, "1001"), new, 5), Posting(new, he, 5)))
    )


async def test_an_order_says_what_it_stops_or_how_much(ledger: Ledger, clock: Clock) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1)
    for wrong in (
        Freeze(ming, COURT, "x"),
        Freeze(ming, COURT, "x", OUT, 5),
        Freeze(ming, COURT, "x", AccountFlag.CLOSED),
        Freeze(ming, COURT, "x", fen=0),
        Freeze(ming, "court\0", "x", OUT),
        Freeze(ming, COURT, "x\ud800", OUT),
        Freeze(ming, COURT, "x", OUT, until=clock.now().replace(tzinfo=None)),
    ):
        with pytest.raises(room.EntryMalformed):
            await ledger.post(Entry(new_id(XIAOSHAN), changes=(wrong,)))
