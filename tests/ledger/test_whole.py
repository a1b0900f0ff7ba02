"""Many entries in one commit, or none of them and no memory of it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from fengshou.kernel import BankError, OutcomeUnknown, new_id
from fengshou.ledger import (
    AlreadyReversed,
    Entry,
    InsufficientFunds,
    KeyConflict,
    Ledger,
    Posting,
    Receipt,
    reverse_once,
    verify,
)
from fengshou.ledger.whole import PartRefused
from tests.support.book import XIAOSHAN, make_accounts, pay


async def test_all_of_it_is_one_commit(ledger: Ledger, owner: asyncpg.Connection) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    position = await ledger.position(XIAOSHAN)
    entries = [pay(ming, he, 1) for _ in range(999)]

    told = await ledger.post_whole(entries)

    assert [type(x) for x in told] == [Receipt] * 999
    batches = "SELECT first_position, last_position FROM ledger.batch ORDER BY first_position DESC LIMIT 1"
    assert [tuple(r) for r in await owner.fetch(batches)] == [(position + 1, position + 999)]
    assert await ledger.post_whole(entries) == told
    assert await ledger.post(entries[5]) == told[5]
    assert (await ledger.balance(he)).posted_fen == 19_99
    assert (await verify(owner)).ok


async def test_one_that_is_refused_takes_all_with_it_and_no_key_remembers(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    position = await ledger.position(XIAOSHAN)
    entries = [pay(ming, he, 6_00), pay(he, ming, 1_00), pay(ming, he, 6_00)]

    told = await ledger.post_whole(entries)

    assert [type(x) for x in told] == [PartRefused, PartRefused, InsufficientFunds]
    assert await ledger.position(XIAOSHAN) == position
    assert [(await ledger.balance(ref)).posted_fen for ref in (ming, he)] == [10_00, 10_00]
    assert [await ledger.answer(e.id) for e in entries] == [None] * 3
    assert await owner.fetchval("SELECT count(*) FROM ledger.refusal") == 0
    await ledger.post(pay(he, ming, 5_00))
    assert {type(x) for x in await ledger.post_whole(entries)} == {Receipt}  # now it fits
    assert (await verify(owner)).ok


async def test_a_rider_that_comes_short_takes_all_with_it(ledger: Ledger, owner: asyncpg.Connection) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    undone = pay(ming, he, 1_00)
    await ledger.post(undone)
    await ledger.reverse(undone.id, id_=new_id(XIAOSHAN), reason="a slip")
    rider = reverse_once(undone.id, XIAOSHAN, new_id(XIAOSHAN))
    again = Entry(new_id(XIAOSHAN), (Posting(he, ming, 1_00),), riders=(rider,), mandate="test")

    told = await ledger.post_whole([pay(ming, he, 1_00), again, pay(ming, he, 2_00)])

    assert [type(x) for x in told] == [PartRefused, AlreadyReversed, PartRefused]
    assert (await ledger.balance(he)).posted_fen == 10_00
    assert (await verify(owner)).ok


async def test_it_waits_its_turn_among_others_and_keys_are_answered_once(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entries = [pay(ming, he, 1_00) for _ in range(20)]
    other = Entry(entries[0].id, (Posting(ming, he, 2_00),))

    answers = await asyncio.gather(
        *(ledger.post(pay(ming, he, 1)) for _ in range(50)),
        ledger.post_whole(entries),
        ledger.post_many([pay(he, ming, 1) for _ in range(300)]),
        ledger.post_whole([*entries, entries[3]]),
        ledger.post(other),
        return_exceptions=True,
    )

    first, second = answers[50], answers[52]
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert first == second[:20]
    assert second[20] == second[3]
    assert isinstance(answers[53], KeyConflict)
    assert (await ledger.balance(he)).posted_fen == 100_00 + 50 + 20_00 - 300
    assert (await verify(owner)).ok


async def test_a_writer_that_lost_the_shard_refuses_no_whole(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    await owner.execute("UPDATE ledger.epoch SET epoch = epoch + 1")

    with pytest.raises(BankError) as told:  # it would be refused, were it known
        await ledger.post_whole([pay(ming, he, 1_00), pay(ming, he, 99_00)])

    assert isinstance(told.value, OutcomeUnknown)
