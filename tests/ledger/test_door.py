"""The door's promises, one by one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fengshou import ledger as room
from fengshou.kernel import CENTRE, FEN_MAX, BankError, Clock, Database, new_id
from fengshou.ledger import (
    PEND,
    SETTLE,
    VOID,
    AccountFlag,
    AccountRef,
    Entry,
    FlagChange,
    Ledger,
    NewAccount,
    Posting,
    Receipt,
    between_banks,
    centre_account,
    clearing,
    own_account,
    reverse_once,
    verify,
)
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, open_ledger, pay


async def proof(db: Database) -> room.Report:
    async with db.pool("writer").acquire() as connection:
        return await verify(connection)


async def test_a_payment_moves_money_once_and_is_on_the_statement(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entry = pay(ming, he, 30_00)

    first = await ledger.post(entry)
    again = await ledger.post(entry)

    assert first == again
    assert (await ledger.balance(ming)).posted_fen == 70_00
    assert (await ledger.balance(he)).posted_fen == 130_00
    async with db.read(XIAOSHAN) as work:
        lines = await ledger.statement(work, ming)
    assert [(x.seq, x.delta_fen, x.balance_fen) for x in lines] == [(2, -30_00, 70_00), (1, 100_00, 100_00)]
    assert lines[0].entry == entry.id


async def test_the_same_key_with_another_amount_is_a_conflict(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entry = pay(ming, he, 30_00)
    await ledger.post(entry)

    with pytest.raises(room.KeyConflict):
        await ledger.post(replace(entry, postings=(Posting(ming, he, 31_00),)))
    assert (await ledger.balance(ming)).posted_fen == 70_00


async def test_a_refused_key_stays_refused_when_money_arrives_later(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2)
    entry = pay(ming, he, 30_00)
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(entry)
    await ledger.post(pay(own_account(XIAOSHAN, "1001"), ming, 500_00))

    with pytest.raises(room.InsufficientFunds):
        await ledger.post(entry)
    assert (await ledger.balance(ming)).posted_fen == 500_00


async def test_answers_survive_a_restart(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    (li,) = await make_accounts(ledger, JINGNING, 1)
    plain, across = (
        pay(ming, he, 30_00),
        Entry(id=new_id(XIAOSHAN), postings=between_banks(ming, li, 5_00, 1)),
    )
    poor = pay(ming, he, 900_00)
    receipts = [await ledger.post(plain), await ledger.post(across)]
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(poor)
    await ledger.stop()

    ledger = Ledger(db, clock)
    await ledger.start()
    assert [await ledger.post(plain), await ledger.post(across)] == receipts
    assert isinstance(await ledger.answer(poor.id), room.InsufficientFunds)
    assert await ledger.answer(new_id(XIAOSHAN)) is None
    with pytest.raises(room.KeyConflict):
        await ledger.post(replace(plain, postings=(Posting(ming, he, 1),)))
    assert (await ledger.balance(ming)).posted_fen == 65_00
    assert (await proof(db)).ok
    await ledger.stop()


async def test_between_two_banks_each_row_belongs_to_one_bank(ledger: Ledger, db: Database) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    (he,) = await make_accounts(ledger, JINGNING, 1)

    receipt = await ledger.post(Entry(id=new_id(XIAOSHAN), postings=between_banks(ming, he, 40_00, 1)))

    assert [leg.bank for leg in receipt.legs] == [XIAOSHAN, CENTRE, JINGNING]
    assert (await ledger.balance(clearing(XIAOSHAN))).posted_fen == 40_00
    assert (await ledger.balance(centre_account(XIAOSHAN))).posted_fen == -40_00
    assert (await ledger.balance(centre_account(JINGNING))).posted_fen == 40_00
    assert (await ledger.balance(he)).posted_fen == 40_00
    assert (await proof(db)).ok


async def test_a_chain_with_one_bad_leg_leaves_nothing(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    nobody = AccountRef(XIAOSHAN, 99_999_999)
    before = await ledger.position(XIAOSHAN)

    with pytest.raises(room.AccountMissing):
        await ledger.post(
            Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 40_00), Posting(he, nobody, 1_00)))
        )

    assert (await ledger.balance(ming)).posted_fen == 100_00
    assert await ledger.position(XIAOSHAN) == before
    await ledger.post(pay(ming, he, 1))
    assert (await proof(db)).ok


async def test_a_hold_counts_and_settles_in_part(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 60_00, PEND),))
    await ledger.post(hold)
    assert (await ledger.balance(ming)).available_fen == 40_00
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(pay(ming, he, 40_01))

    with pytest.raises(room.HoldMismatch):
        await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 60_01, SETTLE, hold.id),)))
    await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 25_00, SETTLE, hold.id),)))

    assert (await ledger.balance(ming)).available_fen == 75_00
    for kind in (SETTLE, VOID):
        with pytest.raises(room.HoldClosed):
            await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 1_00, kind, hold.id),)))
    assert (await ledger.balance(he)).posted_fen == 125_00
    assert (await proof(db)).ok


async def test_a_refused_chain_does_not_reopen_the_hold_another_entry_closed(
    ledger: Ledger, db: Database
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 60_00, PEND),))
    await ledger.post(hold)
    void = Posting(ming, he, 60_00, VOID, hold.id)

    # Both in one batch: the second is refused by its hold, the third by its second leg.
    results = await asyncio.gather(
        *(
            ledger.post(Entry(id=new_id(XIAOSHAN), postings=legs))
            for legs in ((void,), (void,), (Posting(ming, he, 1), void))
        ),
        return_exceptions=True,
    )

    assert isinstance(results[0], Receipt)
    assert [type(r) for r in results[1:]] == [room.HoldClosed, room.HoldClosed]
    assert (await ledger.balance(ming)).available_fen == 100_00
    assert (await proof(db)).ok


async def test_a_hold_expires_by_the_clock(ledger: Ledger, clock: Clock, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(
        Entry(
            id=new_id(XIAOSHAN),
            postings=(Posting(ming, he, 60_00, PEND),),
            expires_at=clock.now() + timedelta(minutes=5),
        )
    )
    assert await ledger.expire_due() == 0
    clock.shift(timedelta(minutes=6))

    assert await ledger.expire_due() == 1

    assert (await ledger.balance(ming)).available_fen == 100_00
    assert (await ledger.balance(he)).posted_fen == 100_00
    async with db.relay(XIAOSHAN) as work:
        assert (
            await work.fetchval("SELECT count(*) FROM kernel.outbox WHERE topic = 'ledger.hold_expired'") == 1
        )


async def test_a_frozen_account_takes_in_and_a_closed_one_does_not(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)

    async def flag(ref: AccountRef, set_: AccountFlag, clear: AccountFlag = AccountFlag.NONE) -> None:
        await ledger.post(Entry(id=new_id(XIAOSHAN), flags=(FlagChange(ref, set_, clear, "test"),)))

    await flag(ming, AccountFlag.FROZEN_OUT)
    with pytest.raises(room.AccountFrozen):
        await ledger.post(pay(ming, he, 1_00))
    await ledger.post(pay(he, ming, 1_00))
    await flag(ming, AccountFlag.NONE, AccountFlag.FROZEN_OUT)
    with pytest.raises(room.BalanceNotZero):
        await flag(ming, AccountFlag.CLOSED)
    await ledger.post(pay(ming, he, 101_00))
    await flag(ming, AccountFlag.CLOSED)

    with pytest.raises(room.AccountClosed):
        await ledger.post(pay(he, ming, 1_00))
    assert (await ledger.balance(he)).posted_fen == 200_00


async def test_an_entry_is_reversed_once(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entry = pay(ming, he, 30_00)
    await ledger.post(entry)

    def undo() -> Entry:
        id_ = new_id(XIAOSHAN)
        back = Posting(he, ming, 30_00, room.PostingKind.REVERSE)
        return Entry(
            id=id_, postings=(back,), reverses=entry.id, riders=(reverse_once(entry.id, XIAOSHAN, id_),)
        )

    results = await asyncio.gather(*(ledger.post(undo()) for _ in range(5)), return_exceptions=True)

    assert sorted(type(r).__name__ for r in results) == ["AlreadyReversed"] * 4 + ["Receipt"]
    assert (await ledger.balance(ming)).posted_fen == 100_00
    assert (await proof(db)).ok


async def test_a_hundred_payments_at_once_never_overdraw(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)

    results = await asyncio.gather(
        *(ledger.post(pay(ming, he, 30)) for _ in range(100)), return_exceptions=True
    )

    assert sum(isinstance(r, Receipt) for r in results) == 33
    assert sum(isinstance(r, room.InsufficientFunds) for r in results) == 67
    assert (await ledger.balance(ming)).posted_fen == 10_00 - 33 * 30
    assert (await proof(db)).ok


async def test_the_same_key_many_times_in_one_batch_moves_once(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    entry = pay(ming, he, 3_00)
    other = replace(entry, postings=(Posting(ming, he, 4_00),))

    results = await asyncio.gather(
        *(ledger.post(e) for e in (entry, entry, other, entry)), return_exceptions=True
    )

    assert results[0] == results[1] == results[3]
    assert isinstance(results[2], room.KeyConflict)
    assert (await ledger.balance(ming)).posted_fen == 7_00


async def test_posting_inside_a_write_transaction_is_a_bug(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    with pytest.raises(AssertionError):
        async with db.work(XIAOSHAN):
            await ledger.post(pay(ming, he, 1_00))
    assert (await ledger.balance(ming)).posted_fen == 10_00


async def test_the_trial_balance_sums_to_zero_and_shows_todays_turnover(ledger: Ledger) -> None:
    ming, _ = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    (he,) = await make_accounts(ledger, JINGNING, 1)
    await ledger.post(Entry(id=new_id(XIAOSHAN), postings=between_banks(ming, he, 4_00, 1)))

    table = await ledger.trial_balance()

    assert {bank: sum(r.closing_fen for r in rows) for bank, rows in table.items()} == {
        CENTRE: 0,
        XIAOSHAN: 0,
        JINGNING: 0,
    }
    deposits = next(r for r in table[XIAOSHAN] if r.subject == "2111")
    assert (deposits.opening_fen, deposits.debit_fen, deposits.credit_fen, deposits.closing_fen) == (
        0,
        4_00,
        20_00,
        16_00,
    )


async def test_row_level_security_refuses_another_banks_journal(ledger: Ledger, db: Database) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    await ledger.post(pay(ming, he, 1_00))
    async with db.read(JINGNING) as work:
        assert await ledger.statement(work, ming) == []
        assert (
            await work.fetchval("SELECT count(*) FROM ledger.journal WHERE institution_id = $1", XIAOSHAN)
            == 0
        )
    async with db.read(XIAOSHAN) as work:
        assert (
            await work.fetchval("SELECT count(*) FROM ledger.journal WHERE institution_id = $1", XIAOSHAN) > 0
        )


async def test_a_malformed_entry_is_a_bug_not_a_refusal(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    good = pay(ming, he, 1)
    wrong = [
        pay(ming, he, 0),
        pay(ming, he, -1),
        pay(ming, he, FEN_MAX + 1),
        pay(ming, ming, 1),
        Entry(id=new_id(XIAOSHAN)),
        replace(good, id=new_id(JINGNING)),
        replace(good, postings=(Posting(ming, AccountRef(JINGNING, 1001), 1),)),
        replace(good, postings=(Posting(ming, he, 1, code=1 << 31),)),
        replace(good, postings=(Posting(ming, he, 1, SETTLE),)),
        replace(good, postings=(Posting(ming, he, 1, hold=good.id),)),
        replace(good, postings=(Posting(ming, he, 1, PEND), Posting(ming, he, 1, PEND))),
        replace(good, postings=(Posting(ming, he, 1),) * 1_024),
        replace(good, mandate="a\0b"),
        replace(good, event_at=datetime(2026, 1, 1)),  # noqa: DTZ001 - that it knows no zone is the point
        replace(good, opens=(NewAccount(AccountRef(XIAOSHAN, 0), "2111"),)),
        replace(good, opens=(NewAccount(AccountRef(XIAOSHAN, 99_000_000), "2111", "YUAN"),)),
    ]
    for entry in wrong:
        with pytest.raises(room.EntryMalformed):
            await ledger.post(entry)
    assert not issubclass(room.EntryMalformed, BankError)
    assert isinstance(await ledger.post(good), Receipt)
    assert (await ledger.balance(he)).posted_fen == 10_01
