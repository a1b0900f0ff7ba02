"""Whatever is killed, the next start finds every row that was acknowledged."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from fengshou.runtime.postgres import Cluster, keep_running, launch, shutdown
from fengshou.runtime.postgres.postmaster import orphans, running
from tests.runtime.postgres.conftest import MakeCluster, wait_until
from tests.runtime.postgres.other import another_process

pytestmark = pytest.mark.kill

# What asyncpg raises when its server is killed; the last when that happens between the two steps of a statement.
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError, asyncpg.InternalClientError)


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    cluster = make_cluster("bank")
    cluster.start()
    cluster.server().query("CREATE TABLE acked (writer int, n int, PRIMARY KEY (writer, n))")
    return cluster


def kill_all(cluster: Cluster) -> int:
    """Kill the server and all its children; returns the server's pid."""
    pid = cluster.status().pid
    assert pid is not None
    for each in (pid, *orphans(cluster.status().data)):  # the server first, or it would start new children
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    return pid


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_no_acknowledged_row_is_lost_when_everything_is_killed(cluster: Cluster) -> None:
    dsn = cluster.start()
    acked: list[tuple[int, int]] = []
    enough = asyncio.Event()

    async def write(writer: int) -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for n in range(1_000_000):
                await connection.execute("INSERT INTO acked VALUES ($1, $2)", writer, n)
                acked.append((writer, n))
                if len(acked) >= 200:
                    enough.set()
        except LOST:
            return

    writers = [asyncio.create_task(write(writer)) for writer in range(4)]
    await enough.wait()
    killed = kill_all(cluster)
    await asyncio.gather(*writers)

    assert cluster.start() == dsn

    assert cluster.status().pid != killed
    rows = cluster.server().query("SELECT writer || ' ' || n FROM acked").splitlines()
    found = {(int(writer), int(n)) for writer, n in map(str.split, rows)}
    assert set(acked) <= found
    assert len(found) - len(acked) <= 4  # each writer may have had one committed and not yet told


def test_a_killed_server_that_its_parent_does_not_reap_is_no_obstacle(cluster: Cluster) -> None:
    cluster.stop()
    with another_process(cluster.folder):  # it will not look after its child
        killed = kill_all(cluster)

        cluster.start()

        assert cluster.status().pid != killed
        assert Path(f"/proc/{killed}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        assert cluster.server().query("SELECT 1") == "1"


def test_a_pid_file_whose_pid_now_is_somebody_else_is_no_obstacle(cluster: Cluster) -> None:
    cluster.start()
    account = cluster.server().place.account
    pid_file = cluster.status().data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    kill_all(cluster)
    null = subprocess.DEVNULL
    with account.spawn(["sleep", "600"], stdout=null, stderr=null) as somebody:
        pid_file.write_text("\n".join([str(somebody.pid), *lines[1:], ""]))
        try:
            assert cluster.status().state == "stopped"
            cluster.start()
        finally:
            somebody.terminate()

    assert cluster.server().query("SELECT 1") == "1"


async def test_a_child_that_outlives_its_server_in_a_computation_is_ended_first(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.start())
    computing = asyncio.create_task(
        connection.fetchval(
            "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
        )
    )
    child = connection.get_server_pid()
    await asyncio.to_thread(wait_until, lambda: b"SELECT" in command_of(child))
    killed = cluster.status().pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    said: list[str] = []

    await asyncio.to_thread(cluster.start, said.append)

    with pytest.raises(LOST):
        await computing
    assert child not in orphans(cluster.status().data)
    assert "Waiting for the processes of an earlier server" in said[0]


def test_the_server_outlives_a_killed_parent_and_is_joined(cluster: Cluster) -> None:
    cluster.stop()
    with another_process(cluster.folder) as (other, pid):
        other.kill()
        other.wait()

        cluster.start()

        assert cluster.status().pid == pid
    assert cluster.stop()  # the killed one does not count as a user
    assert running(cluster.status().data) is None


def test_a_tethered_server_ends_with_the_process_that_started_it(make_cluster: MakeCluster) -> None:
    cluster = make_cluster("tethered")
    with another_process(cluster.folder, "tethered") as (other, pid):
        other.kill()
        other.wait()

        wait_until(lambda: orphans(cluster.status().data) == [])

    cluster.start()  # and what it wrote is there, by a clean stop
    (log,) = (cluster.status().data / "log").glob("*.log")
    assert "received fast shutdown request" in log.read_text()
    assert "recovery" not in log.read_text()
    assert cluster.status().pid != pid
    cluster.stop()


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(cluster: Cluster) -> None:
    cluster.stop()
    with another_process(cluster.folder) as (other, pid):
        os.killpg(other.pid, signal.SIGINT)
        assert other.wait() != 0  # it died of it, without stopping the server

        assert cluster.status().pid == pid
        assert cluster.status().state == "ready"


def test_a_stop_in_the_middle_of_the_servers_own_restart_comes_to_an_end(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL 18.6 waits for ever then (see shutdown.py); hit or miss, our stop ends and nothing is lost."""
    monkeypatch.setattr(shutdown, "STUCK_S", 0.3)
    cluster.start()
    cluster.server().query("CREATE TABLE IF NOT EXISTS before_the_stop AS SELECT 5 AS n")
    status = cluster.status()
    (log,) = (status.data / "log").glob("*.log")
    said_before = len(log.read_text())
    (child,) = (pid for pid in orphans(status.data) if b"logical replication" in command_of(pid))
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: "reinitializing" in log.read_text()[said_before:])

    assert cluster.stop(even_if_used=True)

    wait_until(lambda: orphans(status.data) == [])
    cluster.start()
    assert cluster.server().query("SELECT n FROM before_the_stop") == "5"


def test_a_start_in_the_middle_of_the_servers_own_restart_waits_for_it(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.status().pid
    (child,) = (pid for pid in orphans(cluster.status().data) if b"logical replication" in command_of(pid))
    os.kill(child, signal.SIGKILL)

    for _ in range(5):  # one of them falls into the restart
        cluster.start()

    assert cluster.status().pid == pid
    assert cluster.server().query("SELECT 1") == "1"


async def test_the_keeper_brings_a_killed_server_back(cluster: Cluster) -> None:
    dsn = cluster.start()
    back = asyncio.Event()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if line == "The database is back.":
            back.set()

    killed = kill_all(cluster)
    keeper = asyncio.create_task(keep_running(cluster, say))
    await back.wait()
    keeper.cancel()

    assert cluster.status().pid not in (None, killed)
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM acked") >= 200
    await connection.close()
    assert said[0] == "The database is gone; starting it again."


def test_a_long_start_is_told_and_never_cut_off(
    cluster: Cluster, make_cluster: MakeCluster, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is slow to come, here one that waits for a file, is waited for, with words."""
    real = cluster.binaries
    gate, slow = ground / "gate", ground / "slow"
    slow.mkdir()
    for program in real.bindir.iterdir():
        (slow / program.name).symlink_to(program)
    (slow / "postgres").unlink()
    wait = f"test $1 = --version || until test -e {gate}; do sleep 0.02; done"
    (slow / "postgres").write_text(f'#!/bin/sh\n{wait}\nexec "{real.bindir}/postgres" "$@"\n')
    (slow / "postgres").chmod(0o755)
    monkeypatch.setattr(launch, "TELL_EVERY_S", 0.02)
    cluster.stop()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            gate.touch()

    slow_cluster = cluster.with_binaries(type(real)(slow, real.version))
    slow_cluster.start(say)

    assert slow_cluster.server().query("SELECT 1") == "1"
    assert len(said) >= 3
    assert all(line.startswith("The database is starting (") for line in said[:3])
    slow_cluster.stop()
