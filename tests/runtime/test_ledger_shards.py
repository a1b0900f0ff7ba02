"""A house with a second shard: payments that a killed process left between the two end by themselves."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from fengshou.kernel import Clock, Settings
from fengshou.ledger import AccountRef, Balance, verify
from fengshou.ledger.saga import TRANSIT
from fengshou.runtime.house import open_house
from tests.conftest import migrated_template
from tests.support.book import JINGNING, XIAOSHAN
from tests.support.postgres import drop_database, fresh_database
from tests.support.town import CONTENT

# A process that pays from one shard to the other, each payment as far as it is told, and then waits to be killed.
_CHILD = """
import asyncio, json, sys
from contextlib import AsyncExitStack
from contextvars import ContextVar
from fengshou.kernel import CENTRE, Clock, Database, new_id
from fengshou.ledger import AccountRef, Ledger, open_banks, read_shard_map, register_saga
from fengshou.runtime.ledger_shards import Book, ShardBooks
from tests.support.book import JINGNING, SUBJECTS, XIAOSHAN, make_accounts

left, post, stopped = ContextVar("left"), Ledger.post, asyncio.Semaphore(0)

async def stopping(self, entry):
    try:
        return await post(self, entry)
    finally:
        n = left.get(0) - 1
        left.set(n)
        if n == 0:
            stopped.release()
            await asyncio.Event().wait()

async def pay(shards, steps, payer, payee):
    left.set(steps)
    await shards.transfer(new_id(XIAOSHAN), payer, payee, 1_00, 1)

async def main(dsn, places):
    Ledger.post = stopping
    async with AsyncExitStack() as doors:
        db = Database(dsn, Clock(), web_max=2)
        await db.open()
        ledger = Ledger(db, Clock())
        register_saga(ledger)
        await ledger.start()
        own = dict.fromkeys(SUBJECTS, ())
        await open_banks(ledger, [CENTRE, XIAOSHAN], own)
        books = ShardBooks(read_shard_map(places), Book(ledger, db, (XIAOSHAN,)))
        await books.open(doors, Clock(), [("2111", "个人活期存款", "Current deposits", "credit")], own)
        (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=10_00)
        (wang,) = await make_accounts(books.ledger_of(JINGNING), JINGNING, 1)
        nobody = AccountRef(JINGNING, 99_999_999)
        ways = [(1, wang), (2, wang), (3, wang), (1, nobody), (2, nobody)]
        tasks = [asyncio.create_task(pay(books.shards, n, ming, payee)) for n, payee in ways]
        for _ in ways:
            await stopped.acquire()
        print(json.dumps([ming.id, wang.id]), flush=True)
        await asyncio.gather(*tasks)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def dsns() -> AsyncIterator[list[str]]:
    """Two databases."""
    made = [await fresh_database(await migrated_template()) for _ in range(2)]
    yield made
    for dsn in made:
        await drop_database(dsn)


@pytest.mark.kill
async def test_what_a_killed_process_left_between_shards_ends_without_hands(
    dsns: list[str], tmp_path: Path
) -> None:
    places = json.dumps([{"dsn": dsns[1], "banks": [JINGNING]}])
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, dsns[0], places, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    said = await child.stdout.readline()
    ming, wang = AccountRef(XIAOSHAN, json.loads(said)[0]), AccountRef(JINGNING, json.loads(said)[1])
    child.kill()
    await child.wait()
    home = await asyncpg.connect(dsns[0])
    open_ones = "SELECT count(*) FROM ledger.saga WHERE state = 1"
    assert await home.fetchval(open_ones) == 4  # the third step of one was its last

    settings = Settings(
        dsn=dsns[0], data_dir=tmp_path, master_key=secrets.token_bytes(32), shards=places
    )  # fmt: skip
    house = await open_house(settings, Clock(), CONTENT, with_pages=False)
    assert house.shards
    house.start_background()
    async with asyncio.timeout(60):
        while await home.fetchval(open_ones):  # noqa: ASYNC110 - the house's own tick is waited for
            await asyncio.sleep(0.05)

    def money(balance: Balance) -> tuple[int, int]:
        return balance.posted_fen, balance.held_fen

    there = house.shards.ledger_of(JINGNING)
    assert house.shards.ledger_of(XIAOSHAN) is house.ledger is not there
    assert money(await house.ledger.balance(ming)) == (7_00, 0)
    assert money(await there.balance(wang)) == (3_00, 0)
    between = [(await ledger.balance(TRANSIT)).posted_fen for ledger in (house.ledger, there)]
    assert sum(between) == 0
    states = await home.fetch("SELECT state, count(*) FROM ledger.saga GROUP BY 1")
    assert {r["state"]: r["count"] for r in states} == {2: 3, 3: 2}
    await house.close()
    await home.close()
    for dsn in dsns:
        db = await asyncpg.connect(dsn)
        assert (await verify(db)).problems == []
        await db.close()
