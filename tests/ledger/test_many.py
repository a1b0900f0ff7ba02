"""Payments by the thousand: each answered by itself, once, whatever way its key comes again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import asyncpg
import numpy as np
import pytest

from fengshou.kernel import BankError, Busy, Clock, Database, OutcomeUnknown, new_id
from fengshou.ledger import (
    PEND,
    AccountMissing,
    AccountRef,
    Entry,
    EntryMalformed,
    InsufficientFunds,
    KeyConflict,
    Ledger,
    Posting,
    Receipt,
    between_banks,
    packs,
    verify,
)
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, open_ledger, pay

_RAISE_EPOCH = "UPDATE ledger.epoch SET epoch = epoch + 1"


def told(outcomes: list[Receipt | BankError]) -> list[object]:
    return [x if isinstance(x, Receipt) else (type(x), x.facts) for x in outcomes]


async def test_each_entry_of_a_batch_has_its_own_answer(ledger: Ledger, owner: asyncpg.Connection) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    nobody = AccountRef(XIAOSHAN, 99_999_999)
    batch = [pay(ming, he, 1_00) for _ in range(20)]
    batch += [pay(ming, he, 90_00), pay(nobody, he, 1), pay(he, ming, 120_00), pay(ming, he, 90_00)]

    outcomes = await ledger.post_many(batch)

    kinds = [type(x) for x in outcomes]
    assert kinds == [Receipt] * 20 + [InsufficientFunds, AccountMissing, Receipt, Receipt]
    assert (await ledger.balance(ming)).posted_fen == 110_00
    assert (await ledger.balance(he)).posted_fen == 90_00
    assert outcomes[3].legs[0].debit_balance_fen == 96_00  # type: ignore[union-attr]  # a receipt, see above
    assert told([await ledger.answer(e.id) for e in batch]) == told(outcomes)  # type: ignore[misc]  # all known
    assert await owner.fetchval("SELECT count(*) FROM ledger.refusal") == 2
    assert (await verify(owner)).ok


async def test_a_batch_with_conditions_in_it_keeps_its_order(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    (wang,) = await make_accounts(ledger, JINGNING, 1)
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 70_00, PEND),))
    across = Entry(new_id(XIAOSHAN), between_banks(ming, wang, 5_00, 1))
    batch = [
        *(pay(ming, he, 1_00) for _ in range(20)),
        hold,
        *(pay(ming, he, 1_00) for _ in range(20)),
        across,
    ]

    outcomes = await ledger.post_many(batch)

    refused = [n for n, x in enumerate(outcomes) if isinstance(x, BankError)]
    assert refused == [*range(31, 42)]
    assert (await ledger.balance(ming)).available_fen == 0
    assert (await verify(owner)).ok


async def test_a_key_that_comes_again_is_answered_as_before(
    ledger: Ledger, db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    batch = [pay(ming, he, 1_00) for _ in range(20)] + [pay(ming, he, 900_00) for _ in range(2)]
    other = [replace(e, postings=(Posting(ming, he, 7),)) for e in batch]

    twice, same, single = await asyncio.gather(
        ledger.post_many([*batch, *batch]), ledger.post_many(batch), ledger.post(batch[0])
    )
    changed = await ledger.post_many(other)

    assert told(twice[:22]) == told(twice[22:]) == told(same)
    assert single == same[0]
    assert {type(x) for x in changed} == {KeyConflict}
    assert (await ledger.balance(he)).posted_fen == 120_00
    await ledger.stop()
    again = await open_ledger(db, clock)
    assert told(await again.post_many(batch)) == told(same)  # from disk now
    assert {type(x) for x in await again.post_many(other)} == {KeyConflict}
    assert (await again.balance(he)).posted_fen == 120_00
    await again.stop()
    assert (await verify(owner)).ok


async def test_keys_of_every_order_and_age(ledger: Ledger, owner: asyncpg.Connection) -> None:
    """Packs whose ids lie between those of others, shuffled, with some that came before."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_000_00)
    chance, entries = random.Random(5), [pay(ming, he, 1 + n % 7) for n in range(600)]
    chance.shuffle(entries)
    first = dict(zip([e.id for e in entries], told(await ledger.post_many(entries[:300])), strict=False))
    again = chance.sample(entries, 600)

    parts = await asyncio.gather(*(ledger.post_many(again[at : at + 150]) for at in range(0, 600, 150)))

    outcomes = dict(zip([e.id for e in again], [x for part in parts for x in told(part)], strict=True))
    assert all(outcomes[key] == first[key] for key in first)
    assert len({x.legs[0].position for x in outcomes.values()}) == 600  # type: ignore[attr-defined]  # receipts
    assert (await ledger.balance(he)).posted_fen == 100_000_00 + sum(e.postings[0].fen for e in entries)
    assert (await verify(owner)).ok


async def test_a_fenced_batch_is_unknown_as_a_whole_and_answered_when_sent_again(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    batch = [pay(ming, he, 1_00) for _ in range(20)] + [pay(ming, he, 900_00)]
    await owner.execute(_RAISE_EPOCH)

    lost = await ledger.post_many(batch)

    assert {type(x) for x in lost} == {OutcomeUnknown}  # not even the refusal was given
    sent = await ledger.post_many(batch)  # the book was read again before this is looked at
    if isinstance(sent[0], Busy):
        sent = await ledger.post_many(batch)
    assert [type(x) for x in sent[19:]] == [Receipt, InsufficientFunds]
    assert (await ledger.balance(he)).posted_fen == 120_00


async def test_what_cannot_be_packed_is_said_before_anything_moves(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    good = packs.pack([pay(ming, he, 1_00)])
    for name, value in (
        ("fen", 0),
        ("fen", 1 << 60),
        ("credit", ming.id),
        ("bank", 5),
        ("lo", good["lo"][0] | 1),
    ):
        bad = good.copy()
        bad[name] = value
        with pytest.raises(EntryMalformed):
            await ledger.post_packed(bad)
    with pytest.raises(EntryMalformed):
        await ledger.post_packed(np.zeros((2, 2), packs.PACKED))
    with pytest.raises(EntryMalformed):
        await ledger.post_packed(np.zeros(0, packs.PACKED))
    assert (await ledger.balance(ming)).posted_fen == 100_00


async def test_too_many_rows_hear_busy(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock, queue_max=5)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    batches = [[pay(ming, he, 1) for _ in range(2_000)] for _ in range(6)]

    outcomes = await asyncio.gather(*(ledger.post_many(batch) for batch in batches))

    kinds = [{type(x) for x in part} for part in outcomes]
    assert kinds.count({Busy}) > 0
    done = sum(isinstance(x, Receipt) for part in outcomes for x in part)
    assert (await ledger.balance(he)).posted_fen == 100_00 + done
    await ledger.stop()
