"""A database of one's own to measure or break: made, and gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fengshou.runtime.postgres import Cluster


@contextmanager
def temporary_cluster(say: Callable[[str], None]) -> Iterator[Cluster]:
    """A started cluster with the settings of the real one, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="fengshou-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, the database's own user must be able to enter
        cluster = Cluster(folder / "data", state_dir=folder / "state")
        cluster.start(say)
        try:
            yield cluster
        finally:
            cluster.stop(even_if_used=True)
