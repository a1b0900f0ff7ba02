import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fengshou.runtime.postgres import Binaries, Cluster

SMALL = {"shared_buffers": "16MB", "max_connections": "20", "max_wal_size": "128MB"}

MakeCluster = Callable[..., Cluster]


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """A folder every user may enter: pytest's own is private, and root's database user could not come in."""
    folder = Path(tempfile.mkdtemp(prefix="fengshou-pg-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def make_cluster(ground: Path) -> Iterator[MakeCluster]:
    """Makes clusters that are stopped when the module's tests are over."""
    made: list[Cluster] = []

    def make(folder: Path | str, *, binaries: Binaries | None = None, **settings: str) -> Cluster:
        where = ground / folder
        cluster = Cluster(
            where,
            binaries=binaries,
            settings={**SMALL, **settings},
            state_dir=ground / "state",
            ends_with_us=True,
        )
        made.append(cluster)
        return cluster

    yield make
    for cluster in made:
        cluster.stop(even_if_used=True)


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again until the machine shows it; a test that never sees it is ended by whoever runs it."""
    while not condition():
        time.sleep(0.002)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users or mounts, which only root can")
