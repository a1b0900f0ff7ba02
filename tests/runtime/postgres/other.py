"""Another process that uses a cluster: starts it, prints its server's pid, and stops it at the end of its input.

python -m tests.runtime.postgres.other FOLDER [tethered]
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fengshou.runtime.postgres import Cluster

ROOT = Path(__file__).parents[3]


@contextmanager
def another_process(folder: Path, *options: str) -> Iterator["tuple[subprocess.Popen[str], int]"]:
    """Run this file, in a session of its own, until the block ends; yields it and the pid of the server it uses."""
    command = [sys.executable, "-m", __name__, str(folder), *options]
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
    # A run in the background of a shell inherits an ignored SIGINT; Python then leaves it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    where, is_tethered = Path(sys.argv[1]), "tethered" in sys.argv
    cluster = Cluster(where, state_dir=where.parent / "state", ends_with_us=is_tethered)
    cluster.start()
    sys.stdout.write(f"{cluster.status().pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.stop()
