"""A disk that runs full: nothing acknowledged is lost, and what to do is said in one line."""

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from fengshou.runtime.postgres import Cluster, PostgresProblem
from tests.runtime.postgres.conftest import SMALL, needs_root

pytestmark = needs_root


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fengshou-disk-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            pytest.skip(f"this root may not mount a small disk: {mounted.stderr.strip()}")
        yield Path(folder)
        subprocess.run(["umount", folder], check=True)


async def fill(dsn: str) -> tuple[int, str]:
    """Write until the disk is full; returns how many rows were acknowledged, and the refusal."""
    connection = await asyncpg.connect(dsn)
    acked = 0
    await connection.execute("CREATE TABLE acked (n int, filling text)")
    try:
        while True:
            rows = "SELECT n, repeat('x', 1000) FROM generate_series($1::int, $1::int + 999) n"
            await connection.execute(f"INSERT INTO acked {rows}", acked)
            acked += 1000
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as refusal:
        connection.terminate()
        return acked, str(refusal)


def test_a_full_disk_loses_nothing_and_says_what_to_do(small_disk: Path) -> None:
    cluster = Cluster(small_disk / "bank", settings=SMALL)
    try:
        acked, refusal = asyncio.run(fill(cluster.start()))
        assert "No space left on device" in refusal
        cluster.stop(even_if_used=True)

        with pytest.raises(
            PostgresProblem, match=r"Only \d+ MB are free on the disk of .*: free 64 MB or more"
        ):
            cluster.start()

        subprocess.run(["mount", "-o", "remount,size=600m", str(small_disk)], check=True)
        cluster.start()
        found = {int(n) for n in cluster.server().query("SELECT n FROM acked").splitlines()}
        assert acked > 0
        assert set(range(acked)) <= found
    finally:
        cluster.stop(even_if_used=True)
