"""Installing the locks: once per lock, again when it changed, and rightly after an interruption."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from fengshou.runtime import install
from fengshou.runtime.output import CommandError


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one lock, and a .venv whose pip is a script that writes down how it is called."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("asyncpg==1.0 \\\n    --hash=sha256:00\n")
    (tmp_path / ".venv" / ".bank").mkdir(parents=True)
    (tmp_path / ".venv" / ".bank" / "made").touch()
    monkeypatch.setattr(install, "checkout", lambda: tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / ".venv" / "site"))
    make_pip(tmp_path, monkeypatch, "echo Collecting asyncpg==1.0")
    return tmp_path


def make_pip(house: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    python = house / ".venv" / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >>"{house}/calls"\n{behaviour}\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


def calls(house: Path) -> list[str]:
    return (house / "calls").read_text().splitlines() if (house / "calls").exists() else []


def make_package(house: Path, name: str, *, whole: bool) -> Path:
    record = house / ".venv" / "site" / f"{name}-1.0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (record / "RECORD").write_text(f"{name}-1.0.dist-info/METADATA,,\n{name}.py,,\n")
    (house / ".venv" / "site" / f"{name}.py").touch()
    if whole:
        (record / "INSTALLER").write_text("pip\n")
    return record


def test_a_lock_is_installed_once_by_hash_and_again_when_it_changed(house: Path) -> None:
    lock = house / "requirements" / "run.txt"
    for _ in range(3):
        install.ensure(["run"])
    assert len(calls(house)) == 1
    assert f"--require-hashes -r {lock}" in calls(house)[0]

    lock.write_text(lock.read_text().replace("1.0", "1.1"))
    install.ensure(["run"])
    assert len(calls(house)) == 2


def test_a_failed_installation_gives_pips_reason_and_is_tried_again(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pip(house, monkeypatch, "echo 'ERROR: No matching distribution'; exit 1")
    for _ in range(2):
        with pytest.raises(CommandError, match=r"requirements/run\.txt: No matching distribution"):
            install.ensure(["run"])

    assert len(calls(house)) == 2


def test_what_an_interruption_left_half_written_is_installed_again(house: Path) -> None:
    half, whole = make_package(house, "half", whole=False), make_package(house, "whole", whole=True)
    torn = make_package(house, "torn", whole=True)
    (house / ".venv" / "site" / "torn.py").unlink()
    leftover = house / ".venv" / "site" / "~alf"
    leftover.mkdir()
    (house / ".venv" / ".bank" / "installing").touch()

    install.ensure(["run"])

    assert whole.exists()
    assert not any(path.exists() for path in (half, torn, leftover, house / ".venv" / ".bank" / "installing"))
    assert len(calls(house)) == 1


def test_without_an_interruption_nothing_is_looked_at(house: Path) -> None:
    half = make_package(house, "half", whole=False)

    install.ensure(["run"])

    assert half.exists()


def test_the_second_command_waits_for_the_first(house: Path) -> None:
    places = [str(house / ".venv" / ".bank"), str(house / "calls")]
    with start(_HOLDS, places) as first, start(_WAITS, places) as second:
        assert first.stdin
        assert second.stdout
        assert second.stdout.readline() == b"waiting\n"
        first.stdin.close()
        assert second.wait() == 0

    assert calls(house) == ["first has ended", "second installs"]


def start(script: str, places: list[str]) -> subprocess.Popen[bytes]:
    """A Python that has come as far as its first line of output when the second one is started."""
    process = subprocess.Popen(
        ["/usr/bin/env", "python3", "-c", script, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    if script is _HOLDS:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
    return process


_HOLDS = """
import fcntl, sys
held = open(sys.argv[1] + "/lock", "w")
fcntl.flock(held, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
open(sys.argv[2], "a").write("first has ended\\n")
"""
_WAITS = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r})
from contextlib import contextmanager
from pathlib import Path
from fengshou.runtime import install

@contextmanager
def tell(title):
    print("waiting", flush=True)
    yield

install.step = tell
install._state = lambda: Path(sys.argv[1])
with install._only_one():
    open(sys.argv[2], "a").write("second installs\\n")
"""


def test_another_projects_python_is_never_written_to(house: Path) -> None:
    (house / ".venv" / ".bank" / "made").unlink()

    install.ensure(["run"])

    assert calls(house) == []
