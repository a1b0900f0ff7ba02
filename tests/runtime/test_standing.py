"""The program as a process: it starts, says so, is stopped, is killed, and comes back."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from fengshou.runtime.output import CommandError
from fengshou.runtime.standing import cluster_of, master_key

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 120.0
_OWN = {
    "FENGSHOU_DATABASE_URL",
    "FENGSHOU_MASTER_KEY",
    "FENGSHOU_ORIGIN",
    "FENGSHOU_TRACEBACK",
}
# Outside systems that nobody answers for: a bank must stand all the same.
_OUTSIDE = {
    f"FENGSHOU_{name}_{what}": value
    for name in ("REALNAME", "SMS", "RAIL")
    for what, value in (("URL", "http://127.0.0.1:9"), ("KEY", "tests"), ("SECRET", "tests"))
}
_SERVE = """
import sys
from fengshou.runtime import web_build
web_build.build_if_stale = lambda: False  # the client is built elsewhere, and needs Node
from fengshou.runtime.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder the database's own user may enter; nothing runs in it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fengshou-standing-"))
    folder.chmod(0o755)
    yield folder / "data"
    cluster_of(folder / "data").stop(even_if_used=True)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Program:
    """`run` in a child process."""

    process: subprocess.Popen[str]

    def until_ready(self) -> str:
        """Its address, once it says that it answers."""
        assert self.process.stdout is not None
        patience = threading.Timer(_PATIENCE_S, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                if found := re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)/\n", line):
                    return found[1]
        finally:
            patience.cancel()
        assert self.process.stderr is not None
        raise AssertionError(f"it did not get ready: {self.process.stderr.read()}")

    def end(self, how: signal.Signals) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(_PATIENCE_S)


@contextmanager
def program(data: Path, port: int) -> Iterator[Program]:
    """Start `run` on a folder without demo people; it is gone when the block ends."""
    environment = {name: value for name, value in os.environ.items() if name not in _OWN}
    environment |= _OUTSIDE
    words = ["run", "--bank-only", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", _SERVE, *words],
        cwd=ROOT, env=environment, text=True, bufsize=1, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Program(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def banks(address: str) -> int:
    """How many banks answer there, from the database."""
    answer = httpx.post(f"{address}/api/app/banks.list", json={}, headers={"x-fs-client": "tests/1"})
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"])


def refusal(data: Path, port: int) -> str:
    """The one line of a start that cannot be."""
    with program(data, port) as bank:
        out, err = bank.process.communicate(timeout=_PATIENCE_S)
        assert (bank.process.returncode, out) == (1, "")
    # A step that took long on a busy machine tells of itself; that is no error's line.
    lines = [line for line in err.splitlines() if not line.startswith(("…", "✓", "✗"))]
    assert len(lines) == 1, err
    return lines[0]


@pytest.mark.kill
def test_a_bank_starts_stops_is_killed_and_comes_back(data: Path) -> None:
    port = free_port()
    with program(data, port) as bank:
        address = bank.until_ready()
        assert address == f"http://127.0.0.1:{port}"
        assert banks(address) == 90
        assert httpx.get(f"{address}/readyz").json() == {"ready": True}
        key = (data / "keys" / "master").read_text()

        taken = refusal(data.parent / "other", port)
        assert taken.startswith(f"bank: port {port} is taken (")
        assert taken.endswith("choose another with --port")

        assert bank.end(signal.SIGTERM) == 0
    assert cluster_of(data).status().state == "stopped"

    with program(data, port) as bank:
        assert banks(bank.until_ready()) == 90
        assert bank.end(signal.SIGKILL) == -signal.SIGKILL

    with program(data, port) as bank:
        assert banks(bank.until_ready()) == 90
        assert bank.end(signal.SIGINT) == 0
    assert cluster_of(data).status().state == "stopped"
    assert (data / "keys" / "master").read_text() == key

    (data / "keys" / "master").write_text("not a key")
    assert refusal(data, port) == (
        "bank: the master key must be 64 hexadecimal digits (FENGSHOU_MASTER_KEY or DIR/keys/master)"
    )
    assert cluster_of(data).status().state == "stopped"


def test_a_bank_whose_key_is_gone_gets_no_new_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key made anew opens nothing: every name would be shut for good, and new ones sealed under another key."""
    monkeypatch.delenv("FENGSHOU_MASTER_KEY", raising=False)
    (data / "postgres" / "data").mkdir(parents=True)
    (data / "postgres" / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(CommandError, match="keys/master"):
        master_key(data)
