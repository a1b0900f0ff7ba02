"""Several server processes on one port: one is killed, then the book's owner, and no payment is lost or made twice."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from fengshou.ledger import verify
from fengshou.runtime import standing
from fengshou.runtime.journey import Traveller
from fengshou.runtime.workers import standing_workers
from tests.support.postgres import drop_database, fresh_database

_CLIENT = {"X-FS-Client": "test/1"}


async def _insist(who: Traveller, op: str, **body: Any) -> dict[str, Any]:
    """Ask until there is an answer for good: whoever was asked may be killed in the middle of it."""
    while True:
        try:
            answer = await who.http.post(f"/api/app/{op}", json=body, headers=_CLIENT)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            return dict(answer.json())
        assert answer is None or answer.status_code in (202, 429, 500, 503), answer.text
        await asyncio.sleep(0.05)


async def _pay(payer: Traveller, payee: Traveller, times: int) -> set[str]:
    """The ids of so many payments of one yuan, made at once."""

    async def one() -> str:
        told = await _insist(
            payer, "transfer.submit", amount="1.00", memo="",
            **{"key": str(uuid4()), "from": payer.account["number"]},
            payee={"number": payee.account["number"], "name": payee.name},
        )  # fmt: skip
        return str(told["order"]["id"])

    return set(await asyncio.gather(*(one() for _ in range(times))))


async def _owner_of_the_book(db: asyncpg.Connection) -> int:
    address = await db.fetchval("SELECT address FROM ledger.lease")
    return int(Path(address).name.split("-")[1])


@pytest.mark.kill
async def test_a_killed_worker_and_a_killed_owner_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = await fresh_database()
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", dsn)
    listener = standing.bind(0)
    address = "http://{}:{}".format(*listener.getsockname()[:2])
    plan = standing.Plan(tmp_path, listener.getsockname()[1], people=20)
    async with (
        standing_workers(plan, 3, listener) as (workers, simulators),
        httpx.AsyncClient(base_url=str(simulators)) as inbox,
        httpx.AsyncClient(base_url=address, timeout=20) as one,
        httpx.AsyncClient(base_url=address, timeout=20) as two,
    ):
        an = Traveller(one, inbox, "18800000101", "安禾", "330109199003072510")
        ning = Traveller(two, inbox, "18800000102", "宁穗", "331127198808162424")
        await an.join(109)
        await ning.join(1127)
        await an.receive("500.00")
        db, first = await asyncpg.connect(dsn), set(workers.pids)

        owner = await _owner_of_the_book(db)
        other = next(pid for pid in first if pid != owner)
        payments = []
        for victim in (other, owner):
            paying = asyncio.create_task(_pay(an, ning, 8))
            await asyncio.sleep(0)
            os.kill(victim, signal.SIGKILL)
            payments.append(await paying)
        assert await _owner_of_the_book(db) != owner
        async with asyncio.timeout(120):
            while len(set(workers.pids) - first) < 2:  # noqa: ASYNC110 - both are started again, by other processes
                await asyncio.sleep(0.05)

        left = [(await _insist(who, "accounts.detail", account=who.account["number"])) for who in (an, ning)]
        assert [x["account"]["available_fen"] for x in left] == [500_00 - 16_00, 16_00]
        assert len(payments[0] | payments[1]) == 16
        assert (await verify(db)).ok
        await db.close()
    listener.close()
    await drop_database(dsn)
