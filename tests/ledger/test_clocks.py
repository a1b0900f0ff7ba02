"""Clocks that jump: the wall clock of ids, and the bank's own; money does not care."""

from __future__ import annotations

import time
from datetime import timedelta

import asyncpg
import pytest

from fengshou.kernel import BankError, Clock
from fengshou.ledger import EntryMalformed, KeyConflict, Ledger, Posting, Receipt, verify
from fengshou.ledger.model import Entry
from tests.support.book import XIAOSHAN, make_accounts, pay

_HOUR_NS = 3_600 * 10**9


async def test_ids_of_a_clock_that_was_set_back_are_answered_once(
    ledger: Ledger, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look old, so the book asks the disk about each; none of them is thought answered, or new twice."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    first = [await ledger.post(pay(ming, he, 1_00)) for _ in range(3)]
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - _HOUR_NS)

    early = [pay(ming, he, 1) for _ in range(40)]
    one, *_ = singles = [await ledger.post(entry) for entry in early[:3]]
    many = await ledger.post_many(early[3:])

    assert {type(x) for x in many} == {Receipt}
    assert await ledger.post(early[0]) == one
    assert (await ledger.post_many(early))[:3] == singles
    with pytest.raises(KeyConflict):
        await ledger.post(Entry(early[5].id, (Posting(ming, he, 7),)))
    positions = [r.legs[0].position for r in (*first, *singles, *many) if isinstance(r, Receipt)]
    assert positions == list(range(positions[0], positions[0] + 43))
    assert (await ledger.balance(he)).posted_fen == 103_40
    assert (await verify(owner)).ok


async def test_an_id_from_the_future_is_a_bug_and_makes_no_later_key_look_old(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    with monkeypatch.context() as ahead:
        real = time.time_ns
        ahead.setattr(time, "time_ns", lambda: real() + 40 * 24 * _HOUR_NS)
        early = pay(ming, he, 1)
    for way in (ledger.post(early), ledger.post_many([early] * 20)):
        with pytest.raises(EntryMalformed):
            await way
    assert isinstance(await ledger.post(pay(ming, he, 1)), Receipt)


async def test_the_banks_clock_may_jump_either_way(
    ledger: Ledger, clock: Clock, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    times = []
    for jump in (timedelta(days=3), timedelta(days=-5), timedelta(hours=1)):
        clock.shift(jump)
        times.append((await ledger.post(pay(ming, he, 1_00))).posted_at)
        with pytest.raises(BankError):
            await ledger.post(pay(ming, he, 1_000_00))

    assert times[1] < times[0]
    assert (await ledger.balance(ming)).posted_fen == 97_00
    assert (await verify(owner)).ok
