"""An import whose process, or whose database, is killed in the middle: nothing or everything of the file is there."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from fengshou.kernel import Clock, Database, account_number, jobs, migrate
from fengshou.ledger import AccountRef, verify
from fengshou.runtime.bench.ground import temporary_cluster
from fengshou.runtime.postgres import Cluster
from tests.support.book import XIAOSHAN, make_accounts, open_ledger

ROWS = 3_000
# The command itself, which stops at a moment, says so, and goes on when it is told to.
_CHILD = """
import asyncio, sys
from fengshou.ledger import store_batch, store_import, store_trip
from fengshou.runtime import cli

moment, *words = sys.argv[1:]
commit, copy, mark = store_batch.commit, store_trip.copy_within, store_import.mark

def here(name):
    if name == moment:
        print("here", flush=True)
        sys.stdin.readline()

async def stopping_commit(db, plan, pages, epoch, **how):
    if len(plan.posted) > 100:
        here("decided")
    await commit(db, plan, pages, epoch, **how)

async def stopping_copy(db, statements, rows):
    # The rows are there and the commit is not.
    ends = [s for s in statements if s == "COMMIT"]
    await copy(db, [s for s in statements if s != "COMMIT"], rows)
    if len(rows) > 10_000:
        here("written")
    for end in ends:
        await db.execute(end)

async def stopping_mark(db, bank, name, status):
    here("committed")
    await mark(db, bank, name, status)

store_batch.commit, store_trip.copy_within = stopping_commit, stopping_copy
store_import.mark, cli.ensure = stopping_mark, lambda _: None
sys.exit(cli.main(["ledger", "import", *words]))
"""


class Import:
    """A file of payments between two accounts, and the command that takes it in."""

    def __init__(self, dsn: str, folder: Path, refs: list[AccountRef]) -> None:
        self.dsn, self.path = dsn, folder / "old.csv"
        numbers = [account_number(*ref) for ref in refs]
        lines = [
            f"{n},{numbers[n % 2]},{numbers[(n + 1) % 2]},{n % 50 + 1}.00,2024-{n % 12 + 1:02}-{n % 28 + 1:02},"
            for n in range(ROWS)
        ]
        self.path.write_text("\n".join(["key,debit,credit,amount,happened_at,code", *lines]))
        self.amounts = [(n % 50 + 1) * 100 for n in range(ROWS)]

    async def begin(self, moment: str) -> asyncio.subprocess.Process:
        """The command, in a process of its own."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CHILD, moment, str(self.path), "--bank", str(XIAOSHAN),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"FENGSHOU_DATABASE_URL": self.dsn},
        )  # fmt: skip

    async def until(self, moment: str) -> asyncio.subprocess.Process:
        """The command, stopped at the moment."""
        child = await self.begin(moment)
        assert child.stdout
        assert await child.stdout.readline() == b"here\n"
        return child

    async def whole(self) -> int:
        """How many rows of the file are in the book: every other number is half a file."""
        db = await asyncpg.connect(self.dsn)
        try:
            rows = await db.fetch("SELECT amount FROM ledger.journal WHERE kind = 6 ORDER BY position")
            assert [r["amount"] for r in rows] in ([], self.amounts)
            marks = await db.fetch("SELECT status FROM ledger.import_file")
            assert Counter(r["status"] for r in marks).total() == 1
            assert (await verify(db)).problems == []
            return len(rows)
        finally:
            await db.close()


async def make_import(dsn: str, folder: Path) -> Import:
    db = Database(dsn, Clock(), web_max=2)
    await db.open()
    ledger = await open_ledger(db, Clock())
    refs = await make_accounts(ledger, XIAOSHAN, 2, fen=100_000_00)
    await ledger.stop()
    await db.close()
    return Import(dsn, folder, refs)


@pytest.mark.kill
@pytest.mark.parametrize(("moment", "there"), [("decided", 0), ("written", 0), ("committed", ROWS)])
async def test_a_killed_import_is_there_wholly_or_not_at_all(
    dsn: str, tmp_path: Path, moment: str, there: int
) -> None:
    history = await make_import(dsn, tmp_path)

    child = await history.until(moment)
    child.kill()
    await child.wait()
    assert await history.whole() == there
    again = await history.begin("never")
    assert await again.wait() == 0
    twice = await history.begin("never")
    told, _ = await twice.communicate()

    assert twice.returncode == 0
    assert b"was booked before" in told
    assert await history.whole() == ROWS


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in tasks]


def _kill_server(cluster: Cluster) -> None:
    """kill -9 of the postmaster and its family, whose ids it alone knows."""
    server = cluster.status().pid
    assert server
    for pid in (server, *_children(server)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.mark.kill
async def test_an_import_whose_database_is_killed_is_there_wholly_or_not_at_all(tmp_path: Path) -> None:
    with temporary_cluster(lambda _: None) as cluster:
        await migrate.migrate(cluster.dsn)
        await jobs.install(cluster.dsn)
        history = await make_import(cluster.dsn, tmp_path)

        child = await history.until("written")
        await asyncio.to_thread(_kill_server, cluster)
        await child.communicate(b"\n")  # goes on, and finds nobody there
        assert child.returncode == 1
        await asyncio.to_thread(cluster.start)
        assert await history.whole() == 0

        again = await history.begin("never")
        assert await again.wait() == 0
        assert await history.whole() == ROWS
