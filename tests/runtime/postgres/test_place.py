"""Where the data, the programs and the socket go when the obvious folder will not do."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fengshou.runtime.postgres import Cluster, PostgresProblem, find_binaries, reset
from tests.runtime.postgres.conftest import SMALL, MakeCluster, needs_root


@pytest.fixture
def private(ground: Path) -> Iterator[Path]:
    """A folder like root's home: nobody but its owner may enter."""
    folder = ground / "private"
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_below_a_private_folder_the_data_goes_to_the_state_folder_and_a_link_stays(
    private: Path, ground: Path, make_cluster: MakeCluster
) -> None:
    said: list[str] = []
    cluster = make_cluster("private/checkout/bank")

    cluster.start(said.append)
    try:
        link = cluster.folder / "data"
        assert link.is_symlink()
        assert link.resolve().is_relative_to(ground / "state")
        assert cluster.server().query("SELECT 1") == "1"
        assert any("cannot enter" in line and str(link) in line for line in said)
        assert (link.resolve().parent / "origin").read_text() == f"{cluster.folder}\n"
        # No folder above was opened to anybody.
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        cluster.stop()

    said.clear()
    cluster.start(said.append)  # the second time there is nothing to explain
    assert said == []

    reset(cluster, confirmed=True)
    assert not link.is_symlink()
    assert [path.name for path in (ground / "state").iterdir() if path.name != "binaries"] == []


@needs_root
def test_a_folder_that_was_deleted_and_made_again_begins_empty(
    private: Path, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster("private/again")
    cluster.start()
    cluster.server().query("CREATE TABLE old_secret (n int)")
    old = cluster.status().data
    cluster.stop()
    shutil.rmtree(cluster.folder)

    cluster.start()

    assert cluster.status().data != old
    assert cluster.server().query("SELECT count(*) FROM pg_tables WHERE tablename = 'old_secret'") == "0"
    assert (old / "PG_VERSION").exists()  # nothing is deleted that was not asked for
    cluster.stop()


@needs_root
def test_a_link_whose_folder_is_gone_is_told_and_not_replaced(
    private: Path, make_cluster: MakeCluster
) -> None:
    folder = private / "dangling"
    folder.mkdir()
    (folder / "data").symlink_to(private / "gone" / "data")

    with pytest.raises(PostgresProblem, match="which is gone: put that folder back"):
        make_cluster(folder).start()

    assert (folder / "data").is_symlink()


@needs_root
def test_programs_the_databases_user_cannot_read_are_copied(private: Path, ground: Path) -> None:
    """A checkout below root's home has its programs there too."""
    real = find_binaries()
    top = Path(os.path.commonpath(real.bundle)) if real.bundle else None
    if top is None:
        pytest.skip("the programs come from the distribution, which everybody can read")
    for part in real.bundle:
        shutil.copytree(part, private / part.relative_to(top), symlinks=True)
    hidden = type(real)(
        private / real.bindir.relative_to(top),
        real.version,
        tuple(private / part.relative_to(top) for part in real.bundle),
    )
    cluster = Cluster(
        ground / "with-hidden-programs", binaries=hidden, settings=SMALL, state_dir=ground / "state"
    )
    said: list[str] = []
    try:
        cluster.start(said.append)
        program = Path(f"/proc/{cluster.status().pid}/exe").readlink()
        assert program.is_relative_to(ground / "state" / "binaries")
        assert cluster.server().query("SELECT 1") == "1"
        assert sum("PostgreSQL runs from" in line for line in said) == 1
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        cluster.stop()


@needs_root
def test_data_of_an_ordinary_user_stays_theirs_when_root_starts_it(
    ground: Path, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster("of-a-user")
    cluster.start()
    cluster.stop()
    shutil.chown(cluster.folder, 65534, 65534)
    subprocess.run(["chown", "-R", "65534:65534", str(cluster.folder)], check=True)

    cluster.start()

    assert Path(f"/proc/{cluster.status().pid}").stat().st_uid == 65534
    assert {path.stat().st_uid for path in cluster.status().data.rglob("*")} == {65534}
    cluster.stop()


def test_a_very_long_path_gets_a_short_socket(ground: Path, make_cluster: MakeCluster) -> None:
    cluster = make_cluster(Path("a" * 100) / ("b" * 100) / "中文 'folder' with\" blanks")

    dsn = cluster.start()

    assert len(os.fsencode(dsn.partition("host=")[2])) + len("/.s.PGSQL.5432") <= 107
    assert cluster.server().query("SELECT 1") == "1"
    cluster.stop()


@pytest.mark.skipif(os.geteuid() == 0, reason="root has one socket folder for all")
def test_without_a_runtime_folder_the_socket_lies_in_a_private_folder(
    make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/")  # not ours
    cluster = make_cluster("no-runtime-folder")

    dsn = cluster.start()

    folder = Path(dsn.partition("host=")[2])
    assert folder.is_relative_to(Path(tempfile.gettempdir()))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)] == [0o700, 0o700]
    cluster.stop()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told_in_one_line(ground: Path) -> None:
    closed = ground / "closed"
    closed.mkdir(mode=0o500)

    with pytest.raises(
        PostgresProblem, match=r"May not write .*/closed/bank: choose another folder with --data"
    ):
        Cluster(closed / "bank").start()


def test_a_file_in_the_way_is_told_in_one_line(ground: Path) -> None:
    (ground / "file").write_text("here")

    with pytest.raises(PostgresProblem, match="cannot hold the database"):
        Cluster(ground / "file").start()
