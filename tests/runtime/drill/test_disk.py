"""A disk that fills up while money moves: nobody is told a lie, and with room again it goes on by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from fengshou.kernel import (
    CENTRE,
    BankError,
    Busy,
    Clock,
    Database,
    OutcomeUnknown,
    install_jobs,
    migrate_database,
)
from fengshou.ledger import Entry, Ledger, Receipt, open_banks, verify
from fengshou.runtime.postgres import Cluster
from tests.support.book import SUBJECTS, XIAOSHAN, make_accounts, pay

_SIZE_MB = 160
_LEFT = 24 << 20  # bytes free when the load begins
_SMALL = {"shared_buffers": "16MB", "max_wal_size": "48MB", "min_wal_size": "32MB"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of memory."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(0o755)  # the database's own user must be able to enter
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    folder.chmod(0o755)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def posted(ledger: Ledger, entry: Entry) -> Receipt:
    while True:
        with suppress(Busy, OutcomeUnknown, OSError):
            return await ledger.post(entry)
        await asyncio.sleep(0.05)


@pytest.mark.kill
async def test_a_full_disk_costs_no_acknowledged_payment(small_disk: Path) -> None:
    cluster = Cluster(small_disk / "bank", settings=_SMALL, state_dir=small_disk / "state")
    dsn = await asyncio.to_thread(cluster.start)
    ballast = small_disk / "ballast"
    try:
        await migrate_database(dsn)
        await install_jobs(dsn)
        db = Database(dsn, Clock(), web_max=2)
        await db.open()
        ledger = Ledger(db, Clock(), takeover_wait_s=30)
        await ledger.start()
        await open_banks(ledger, (CENTRE, XIAOSHAN), SUBJECTS)
        ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_000_000_00)
        room = os.statvfs(small_disk)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - _LEFT)

        acked, unheard = await until_it_is_full(ledger, [pay(ming, he, 1) for _ in range(400_000)])
        ballast.unlink()
        await asyncio.to_thread(cluster.start)  # as `keep_running` does when the server gave up
        receipts = [await posted(ledger, entry) for entry in unheard]

        assert acked
        assert unheard
        assert {r.entry for r in receipts} == {e.id for e in unheard}
        assert (await ledger.balance(he)).posted_fen == 10_000_000_00 + acked + len(unheard)
        owner = await asyncpg.connect(dsn)
        assert (await verify(owner)).problems == []
        await owner.close()
        await ledger.stop()
        await db.close()
    finally:
        ballast.unlink(missing_ok=True)
        await asyncio.to_thread(cluster.stop, even_if_used=True)


async def until_it_is_full(ledger: Ledger, entries: list[Entry]) -> tuple[int, list[Entry]]:
    """Post in batches until a batch gets no receipts; how many were acknowledged, and that batch."""
    for acked in range(0, len(entries), 1_000):
        batch = entries[acked : acked + 1_000]
        outcomes = await ledger.post_many(batch)
        if not isinstance(outcomes[0], Receipt):
            assert {type(x) for x in outcomes} <= {OutcomeUnknown, Busy}
            assert all(isinstance(x, BankError) for x in outcomes)
            return acked, batch
    raise AssertionError("the disk did not fill up")
