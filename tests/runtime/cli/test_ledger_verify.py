"""`ledger verify`: what it says about a whole book, a broken one, and none."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fengshou.kernel import Clock, Database, jobs, migrate
from fengshou.runtime.bench.ground import temporary_cluster
from fengshou.runtime.cli import ledger_verify
from fengshou.runtime.output import CommandError
from tests.support.book import XIAOSHAN, make_accounts, open_ledger, pay


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def make_book(dsn: str) -> None:
    await migrate.migrate(dsn)
    await jobs.install(dsn)
    db = Database(dsn, Clock(), web_max=2)
    await db.open()
    ledger = await open_ledger(db, Clock())
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    for _ in range(3):
        await ledger.post(pay(ming, he, 1_00))
    await ledger.stop()
    await db.close()


async def flip_an_amount(dsn: str) -> None:
    db = await asyncpg.connect(dsn)
    await db.execute("UPDATE ledger.journal SET amount = amount # 4 WHERE position = 4")
    await db.close()


def verified(capsys: pytest.CaptureFixture[str], data: Path) -> tuple[int, dict[str, Any]]:
    code = ledger_verify.main(argparse.Namespace(data=data, json=True, since_anchor=False, against=None))
    return code, json.loads(capsys.readouterr().out)


def test_a_whole_book_passes_and_a_flipped_bit_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with temporary_cluster(lambda _: None) as cluster:
        run(make_book(cluster.dsn))
        code, told = verified(capsys, cluster.folder)
        assert (code, told["ok"], told["entries"], told["problems"]) == (0, True, 5, [])

        run(flip_an_amount(cluster.dsn))
        code, told = verified(capsys, cluster.folder)
        assert (code, told["ok"]) == (1, False)
        assert f"bank {XIAOSHAN}: batch 4 does not match its hash" in told["problems"]

        cluster.stop(even_if_used=True)
        code, _ = verified(capsys, cluster.folder)  # started for this, and stopped again
        assert code == 1
        assert cluster.status().pid is None


def test_no_database_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no database in"):
        ledger_verify.main(argparse.Namespace(data=tmp_path, json=False, since_anchor=False, against=None))
    assert list(tmp_path.iterdir()) == []


async def take_back_the_record(dsn: str) -> None:
    db = await asyncpg.connect(dsn)
    await db.execute("DROP TABLE ledger.record")
    await db.close()


def test_a_database_that_is_older_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    with temporary_cluster(lambda _: None) as cluster:
        run(make_book(cluster.dsn))
        run(take_back_the_record(cluster.dsn))
        with pytest.raises(CommandError, match="older than this program"):
            verified(capsys, cluster.folder)
