"""`risk replay`: a stored decision comes out the same, and one that was tampered with does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from fengshou.kernel import Clock
from fengshou.runtime import cli
from tests.support.town import JINGNING, XIAOSHAN, Town, open_town, wish


@pytest.fixture
async def town(dsn: str, clock: Clock, tmp_path: Path) -> AsyncIterator[Town]:
    """A bank in which money can move."""
    town = await open_town(dsn, tmp_path, clock)
    yield town
    await town.house.close()


async def replayed(id_: UUID) -> int:
    """The command, in a thread: it runs a loop of its own."""
    return await asyncio.to_thread(cli.main, ["risk", "replay", str(id_), "--json"])


async def test_a_decision_is_decided_again(
    town: Town, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = await town.person("周明", XIAOSHAN, 100_00), await town.person("林小禾", JINGNING)
    order = await town.house.payments.transfer(one.who, wish(one, two.payee(), "1.00"))
    assert order.decision is not None
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", dsn)

    assert await replayed(order.decision) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["decision"]) == (True, str(order.decision))
    assert told["action"] == {"stored": "approve", "again": "approve"}

    owner = await asyncpg.connect(dsn)
    await owner.execute("UPDATE risk.decision SET score = 99 WHERE id = $1", order.decision)
    await owner.close()
    assert await replayed(order.decision) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["score"]) == (False, {"stored": 99, "again": 0})

    assert await replayed(order.id) == 1
    assert capsys.readouterr().err == f"bank: there is no decision {order.id}\n"
