"""Another process that uses a cluster: starts it, prints its server's pid, and stops it at the end of its input.

python -m tests.runtime.postgres.other FOLDER
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fengshou.runtime.postgres import Cluster

ROOT = Path(__file__).parents[3]


@contextmanager
def another_process(folder: Path) -> Iterator["tuple[subprocess.Popen[str], int]"]:
    """Run this file, in a session of its own, until the block ends; yields it and the pid of the server it uses."""
    command = [sys.executable, "-m", __name__, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, start_new_session=True
    ) as child:
        assert child.stdin
        assert child.stdout
        try:
            yield child, int(child.stdout.readline())
        finally:
            child.stdin.close()


if __name__ == "__main__":
    cluster = Cluster(Path(sys.argv[1]), state_dir=Path(sys.argv[1]).parent / "state")
    cluster.start()
    sys.stdout.write(f"{cluster.status().pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.stop()
