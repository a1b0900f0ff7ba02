"""How far a balance may go: ceilings and credit lines, and changing them."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from fengshou import ledger as room
from fengshou.kernel import Clock, Database, new_id
from fengshou.ledger import (
    PEND,
    SETTLE,
    AccountFlag,
    AccountRef,
    BoundsChange,
    Entry,
    FlagChange,
    Ledger,
    NewAccount,
    Posting,
    Receipt,
    own_account,
    store,
    verify,
)
from tests.support.book import XIAOSHAN, make_accounts, open_ledger, pay

CASH = own_account(XIAOSHAN, "1001")
CLASS_III = 2_000_00


async def class_iii(ledger: Ledger, fen: int = 0) -> AccountRef:
    """An account that holds at most 2,000.00."""
    ref = AccountRef(XIAOSHAN, await ledger.reserve_account_id(XIAOSHAN))
    new = NewAccount(ref, "2111", ceiling_fen=CLASS_III)
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(CASH, ref, fen),) if fen else (), opens=(new,)))
    return ref


async def bound(ledger: Ledger, ref: AccountRef, floor: int | None, ceiling: int | None) -> None:
    await ledger.post(Entry(new_id(XIAOSHAN), changes=(BoundsChange(ref, floor, ceiling, "test"),)))


async def test_three_at_once_fill_a_class_iii_account_and_none_goes_over(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he, li = await make_accounts(ledger, XIAOSHAN, 3, fen=5_000_00)
    small = await class_iii(ledger, 500_00)

    told = await asyncio.gather(
        *(ledger.post(pay(payer, small, 900_00)) for payer in (ming, he, li)), return_exceptions=True
    )

    assert [type(t) for t in told] == [Receipt, room.CeilingReached, room.CeilingReached]
    assert (await ledger.balance(small)).posted_fen == 1_400_00
    assert [(await ledger.balance(ref)).posted_fen for ref in (ming, he, li)] == [
        4_100_00,
        5_000_00,
        5_000_00,
    ]
    assert isinstance(await ledger.post(pay(he, small, 600_00)), Receipt)  # to the fen
    with pytest.raises(room.CeilingReached):
        await ledger.post(pay(he, small, 1))
    assert (await verify(owner)).ok


async def test_a_ceiling_holds_for_chains_holds_and_settlements(ledger: Ledger) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=5_000_00)
    small = await class_iii(ledger, 1_500_00)
    with pytest.raises(room.CeilingReached):
        await ledger.post(
            Entry(new_id(XIAOSHAN), (Posting(ming, small, 400_00), Posting(ming, small, 200_00)))
        )
    # What leaves first makes room for what comes later in the same chain.
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(small, ming, 300_00), Posting(ming, small, 800_00))))
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, small, 1, PEND),))
    with pytest.raises(room.CeilingReached):
        await ledger.post(hold)
    await ledger.post(pay(small, ming, 100_00))
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, small, 80_00, PEND),))
    await ledger.post(hold)
    await ledger.post(pay(ming, small, 50_00))
    with pytest.raises(room.CeilingReached):
        await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, small, 80_00, SETTLE, hold.id),)))
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, small, 50_00, SETTLE, hold.id),)))
    assert (await ledger.balance(small)).posted_fen == CLASS_III


async def test_bounds_are_changed_and_survive_a_restart(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    small = await class_iii(ledger, 1_000_00)
    await bound(ledger, ming, -500_00, None)  # a credit line
    await ledger.post(pay(ming, he, 550_00))
    assert (await ledger.balance(ming)).available_fen == 50_00
    await bound(ledger, small, 200_00, 1_000_00)
    await ledger.stop()

    ledger = Ledger(db, clock)
    await ledger.start()
    assert (await ledger.balance(ming)).floor_fen == -500_00
    assert (await ledger.balance(small)).ceiling_fen == 1_000_00
    with pytest.raises(room.CeilingReached):
        await ledger.post(pay(he, small, 1))
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(pay(small, he, 800_01))
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(pay(ming, he, 50_01))
    await bound(ledger, small, 0, None)
    await ledger.post(pay(he, small, 5_00))
    await ledger.stop()


async def test_bounds_the_account_is_beyond_already_are_refused(ledger: Ledger) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, CASH, 30_00, PEND),)))
    with pytest.raises(room.CeilingReached):
        await bound(ledger, ming, 0, 99_99)
    with pytest.raises(room.InsufficientFunds):
        await bound(ledger, ming, 70_01, None)  # what is held counts
    with pytest.raises(room.AccountMissing):
        await bound(ledger, AccountRef(XIAOSHAN, 99_999_999), 0, None)
    await bound(ledger, ming, 70_00, 100_00)
    found = await ledger.balance(ming)
    assert (found.floor_fen, found.ceiling_fen, found.available_fen) == (70_00, 100_00, 0)
    for wrong in ((5, 4), (None, -(10**15) - 1), (10**15 + 1, None)):
        with pytest.raises(room.EntryMalformed):
            await bound(ledger, ming, *wrong)


async def test_new_bounds_fit_the_account_table_even_when_its_balance_is_old(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    """The table follows by checkpoints: its balance of a moment ago may break the bounds of now."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger._writer.checkpoint()
    await ledger.post(pay(ming, he, 60_00))
    await bound(ledger, ming, 0, 50_00)
    await bound(ledger, he, 150_00, None)

    await ledger._writer.checkpoint()
    book = await store.load(owner)
    assert book.accounts[ming].save() == ledger._writer.book.accounts[ming].save()
    assert (book.accounts[ming].bounds, book.accounts[he].bounds) == (
        (0, 50_00, ()),
        (150_00, None, ()),
    )


async def test_a_change_in_a_refused_entry_never_was(ledger: Ledger) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    for _ in range(2):
        with pytest.raises(room.InsufficientFunds):
            await ledger.post(
                Entry(
                    new_id(XIAOSHAN), (Posting(ming, CASH, 200_00),),
                    changes=(BoundsChange(ming, -50_00, 500_00, "x"), BoundsChange(ming, -99_00, 600_00, "x")),
                    flags=(FlagChange(ming, AccountFlag.FROZEN_IN, AccountFlag.NONE, "x"),),
                )
            )  # fmt: skip
    found = await ledger.balance(ming)
    assert (found.floor_fen, found.ceiling_fen, found.flags) == (0, None, AccountFlag.NONE)


async def test_the_same_key_with_other_bounds_is_a_conflict(ledger: Ledger) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    id_ = new_id(XIAOSHAN)
    first = Entry(id_, (Posting(ming, CASH, 1),), changes=(BoundsChange(ming, -5, None, "line"),))
    receipt = await ledger.post(first)
    assert await ledger.post(first) == receipt
    for other in ((), (BoundsChange(ming, -6, None, "line"),)):
        with pytest.raises(room.KeyConflict):
            await ledger.post(Entry(id_, (Posting(ming, CASH, 1),), changes=other))


def test_an_account_without_a_ceiling_is_digested_as_it_ever_was() -> None:
    """Keys of accounts opened before there were ceilings are still answered, not refused."""
    new = NewAccount(AccountRef(109, 10_000_000), "2111")
    assert repr(new) == (
        "NewAccount(ref=AccountRef(bank=109, id=10000000), subject='2111', currency='CNY', floor_fen=0,"
        " flags=<AccountFlag.NONE: 0>)"
    )
    assert repr(new._replace(ceiling_fen=5)) != repr(new)
