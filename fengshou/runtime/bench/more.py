"""Two questions beside the rounds: how long a page of a statement takes, and what happens when too many come."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeAlias

from fengshou.kernel import Busy, new_id
from fengshou.ledger import AccountRef, Entry, Posting
from fengshou.runtime.bench.contenders import BANK, FIRST_ACCOUNT, Batcher
from fengshou.runtime.bench.load import Load, drive, pick

Figures: TypeAlias = dict[str, float]
_PAGES, _WARM, _LINES = 3_000, 500, 20
_TICK_S = 0.005
_CALLERS = 1_000


async def statements(ours: Batcher) -> Figures:
    """Pages of the latest twenty lines, of accounts by chance, one after the other, warm."""
    chance, load = random.Random(5), Load(0)
    for number in range(_WARM + _PAGES):
        ref = AccountRef(BANK, FIRST_ACCOUNT + chance.randrange(ours.accounts))
        at = perf_counter()
        async with ours.db.read(BANK) as work:
            await ours.ledger.statement(work, ref, limit=_LINES)
        if number >= _WARM:
            load.latencies.append(perf_counter() - at)
    return {"p50_ms": round(load.percentile_ms(0.5), 2), "p99_ms": round(load.percentile_ms(0.99), 2)}


async def overload(ours: Batcher, seconds: float, say: Callable[[str], None]) -> list[Figures]:
    """Payments that come whether or not the ones before are answered: as many as it can do, twice and three times.

    What it can do is measured first, by callers who wait. A refusal is `Busy`: nothing was tried.
    """

    async def post(debit: int, credit: int) -> None:
        accounts = AccountRef(BANK, FIRST_ACCOUNT + debit), AccountRef(BANK, FIRST_ACCOUNT + credit)
        await ours.ledger.post(Entry(id=new_id(BANK), postings=(Posting(*accounts, 100),)))

    capacity = (await drive(post, ours.accounts, "uniform", _CALLERS, seconds)).tps
    told = []
    for times in (0.5, 1, 2, 3):
        told.append({"times": times} | await _arrivals(ours, post, times * capacity, seconds))
        say(f"overload {told[-1]}")
    return told


async def _arrivals(
    ours: Batcher, post: Callable[[int, int], Awaitable[None]], rate: float, seconds: float
) -> Figures:
    chance, load, refused = random.Random(9), Load(seconds), 0
    waiting: set[asyncio.Task[None]] = set()

    async def one() -> None:
        nonlocal refused
        at = perf_counter()
        try:
            await post(*pick(chance, ours.accounts, "uniform"))
        except Busy:
            refused += 1
        else:
            load.latencies.append(perf_counter() - at)

    began, sent = perf_counter(), 0
    while (now := perf_counter() - began) < seconds:
        due = int(rate * now) - sent
        for _ in range(due):
            task = asyncio.create_task(one())
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        sent += due
        await asyncio.sleep(_TICK_S)
    load.seconds = perf_counter() - began
    admitted = len(load.latencies)
    await asyncio.gather(*waiting)
    return {
        "offered": round(sent / load.seconds), "admitted": round(admitted / load.seconds),
        "refused": round(refused / load.seconds), "p50_ms": round(load.percentile_ms(0.5), 1),
        "p99_ms": round(load.percentile_ms(0.99), 1),
    }  # fmt: skip
