"""Starting, joining and stopping, each through the front door."""

import os
import pwd
import stat
from pathlib import Path

import asyncpg
import pytest

from fengshou.runtime.postgres import Cluster, PostgresProblem
from tests.runtime.postgres.conftest import MakeCluster, needs_root
from tests.runtime.postgres.other import another_process


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    return make_cluster("bank")


async def test_a_cold_start_makes_a_database_that_takes_connections(cluster: Cluster) -> None:
    assert cluster.status().state == "absent"

    dsn = cluster.start()

    connection = await asyncpg.connect(dsn)
    try:
        row = await connection.fetchrow(
            "SELECT current_user AS who, current_database() AS database, rolsuper AND rolcreaterole AS may_all,"
            " current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,"
            " current_setting('fsync') || current_setting('synchronous_commit') AS durable,"
            " current_setting('listen_addresses') AS addresses, 'Z' < 'a' AND 'z' < '中' AS by_code_point"
            " FROM pg_roles WHERE rolname = current_user"
        )
    finally:
        await connection.close()
    assert row is not None
    assert dict(row) == {
        "who": "fengshou",
        "database": "fengshou",
        "may_all": True,
        "encoding": "UTF8",
        "checksums": "on",
        "durable": "onon",
        "addresses": "",
        "by_code_point": True,
    }


def test_a_warm_start_finds_what_was_written(cluster: Cluster) -> None:
    cluster.start()
    cluster.server().query("CREATE TABLE kept AS SELECT 7 AS n")

    assert cluster.stop()
    assert cluster.status().state == "stopped"
    assert cluster.status().pid is None
    cluster.start()

    assert cluster.server().query("SELECT n FROM kept") == "7"


def test_a_clean_stop_leaves_nothing_to_recover(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()

    cluster.start()

    (log,) = (cluster.status().data / "log").glob("*.log")
    assert "recovery" not in log.read_text()


def test_starting_twice_joins_the_same_server(cluster: Cluster) -> None:
    first = cluster.start()
    pid = cluster.status().pid

    assert cluster.start() == first
    assert cluster.status().pid == pid


def test_a_second_process_joins_and_the_last_one_out_stops_the_server(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.status().pid
    with another_process(cluster.folder) as (other, joined):
        assert joined == pid

        assert not cluster.stop()  # the other is still in
        assert cluster.status().pid == pid

        other.communicate()
    assert cluster.status().state == "stopped"


def test_the_data_and_the_socket_are_private(cluster: Cluster) -> None:
    cluster.start()
    status = cluster.status()
    assert status.dsn is not None
    socket_folder = Path(status.dsn.partition("host=")[2])

    assert stat.S_IMODE(status.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert status.data.stat().st_uid == socket_folder.stat().st_uid


@needs_root
def test_root_lends_the_database_a_user_that_cannot_log_in(cluster: Cluster) -> None:
    cluster.start()
    status = cluster.status()

    owner = pwd.getpwuid(Path(f"/proc/{status.pid}").stat().st_uid)
    assert owner.pw_name == "fengshou"
    assert owner.pw_uid != 0
    assert owner.pw_shell.endswith(("nologin", "false"))
    assert owner.pw_uid == status.data.stat().st_uid


@needs_root
def test_another_user_is_refused_by_the_server_itself(cluster: Cluster) -> None:
    cluster.start()
    place = cluster.server().place
    done = place.account.run([place.binaries.program("psql"), f"{cluster.dsn}", "-Atc", "SELECT 1"])
    assert done.stdout.strip() == "1"

    socket_folder = Path(cluster.dsn.partition("host=")[2])
    socket_folder.chmod(0o755)
    (socket_folder / ".s.PGSQL.5432").chmod(0o777)
    nobody = pwd.getpwnam("nobody")
    stranger = type(place.account)("nobody", nobody.pw_uid, nobody.pw_gid)
    try:
        done = stranger.run([place.binaries.program("psql"), f"{cluster.dsn}", "-Atc", "SELECT 1"])
    finally:
        socket_folder.chmod(0o700)

    assert done.returncode != 0
    assert 'Peer authentication failed for user "fengshou"' in done.stderr


def test_the_server_is_out_of_reach_of_the_terminal(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.status().pid
    assert pid is not None

    assert os.getsid(pid) != os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def test_settings_of_the_operator_win(cluster: Cluster) -> None:
    data = cluster.status().data
    (data / "local.conf").write_text("work_mem = '11MB'\n")
    cluster.server().place.account.give(data / "local.conf", 0o600)
    cluster.stop()
    cluster.start()
    try:
        assert cluster.server().query("SHOW work_mem") == "11MB"
    finally:
        (data / "local.conf").unlink()


def test_a_setting_nobody_knows_is_told_in_one_line(make_cluster: MakeCluster, cluster: Cluster) -> None:
    cluster.stop()
    broken = Cluster(cluster.folder, settings={"no_such_setting": "1"})

    with pytest.raises(PostgresProblem, match="no_such_setting") as problem:
        broken.start()

    assert "\n" not in str(problem.value)
    cluster.start()


def test_a_cluster_that_is_not_running_has_no_dsn(make_cluster: MakeCluster) -> None:
    with pytest.raises(PostgresProblem, match="is not running: start it first"):
        _ = make_cluster("nowhere").dsn


def test_a_cluster_is_a_context_manager(cluster: Cluster) -> None:
    cluster.stop()
    with cluster:
        assert cluster.status().state == "ready"
    assert cluster.status().state == "stopped"
