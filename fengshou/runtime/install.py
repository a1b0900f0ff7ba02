"""Installs the locks of requirements/ into the checkout's own .venv, once per lock.

A lock that is in place is known by its hash in .venv/.bank; nothing else is looked at, so a second start costs
milliseconds. An installation that was cut short leaves its mark, and the next one first removes what pip had
begun: a package without its closing INSTALLER file would count as installed.
"""

import fcntl
import hashlib
import importlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fengshou.runtime.output import CommandError, Step, step
from fengshou.runtime.places import checkout

_PIP = ("-m", "pip", "--no-input", "--disable-pip-version-check", "--no-color")
_TAIL_LINES = 12


def ensure(names: Iterable[str]) -> None:
    """Install `requirements/<name>.txt` for each name where it is missing or old; nothing to do in a wheel."""
    root = checkout()
    if root is None or not _in_own_venv():
        return
    locks = [root / "requirements" / f"{name}.txt" for name in dict.fromkeys(names)]
    if all(_is_in_place(lock) for lock in locks):
        return
    with _only_one() as held:
        _mend_interrupted()
        for lock in locks:
            if not _is_in_place(lock):
                _install(lock, held)
    importlib.invalidate_caches()


def _in_own_venv() -> bool:
    """Only a folder that `./bank` made is written to, never the Python of a system or of another project."""
    return sys.prefix != sys.base_prefix and (_state() / "made").exists()


def _state() -> Path:
    return Path(sys.prefix) / ".bank"


def _is_in_place(lock: Path) -> bool:
    stamp = _state() / f"{lock.stem}.sha256"
    try:
        return stamp.read_text() == _stamp_of(lock)
    except FileNotFoundError:
        return False


def _stamp_of(lock: Path) -> str:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"{digest} python {sys.version_info.major}.{sys.version_info.minor}\n"


@contextmanager
def _only_one() -> Iterator[int]:
    """Two commands started at once: the second waits until the first has installed.

    Yields the lock's descriptor. pip inherits it: should we be killed, the lock holds until pip has ended too.
    """
    try:
        handle = (_state() / "lock").open("w")
    except PermissionError:
        raise CommandError(f"cannot write in {sys.prefix} (FENGSHOU_VENV names another folder)") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step("waiting for another ./bank that installs"):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle.fileno()


def _install(lock: Path, held: int) -> None:
    mark = _state() / "installing"
    mark.touch()
    command = [sys.executable, *_PIP, "install", "--progress-bar", "off", "--require-hashes", "-r", str(lock)]
    total = len(re.findall(r"^[A-Za-z0-9]\S*==", lock.read_text(), re.MULTILINE))
    with step(f"installing requirements/{lock.name}") as shown:
        tail = _run_pip(command, shown, total, held)
    if tail is not None:
        raise CommandError(f"pip could not install requirements/{lock.name}: {_reason(tail)}")
    (_state() / f"{lock.stem}.sha256").write_text(_stamp_of(lock))
    mark.unlink()


def _run_pip(command: list[str], shown: Step, total: int, held: int) -> list[str] | None:
    """None when all is installed, else the last lines that pip wrote."""
    tail: list[str] = []
    seen = 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_pip_environment(),
        pass_fds=(held,),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tail = [*tail[-_TAIL_LINES:], line.strip()]
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                seen += 1
                name = line.removeprefix("Requirement already satisfied: ").removeprefix("Collecting ")
                shown.say(f"{min(seen, total)}/{total} {name.split()[0]}")
            elif line.startswith("Installing collected"):
                shown.say("unpacking")
    return tail if process.returncode else None


def _pip_environment() -> dict[str, str]:
    """pip's usual settings, but a cache only where it can be written: a home may be read-only."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    cache = Path(environment.get("PIP_CACHE_DIR") or Path.home() / ".cache")
    nearest = next(folder for folder in (cache, *cache.parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        environment["PIP_NO_CACHE_DIR"] = "1"
    return environment


def _reason(tail: list[str]) -> str:
    errors = [line for line in tail if line.startswith("ERROR:")]
    return (errors or tail or ["it said nothing"])[-1].removeprefix("ERROR: ")


def _mend_interrupted() -> None:
    """Remove the records of packages that an interrupted pip left half written, so that it writes them again."""
    if not (_state() / "installing").exists():
        return
    folder = Path(sysconfig.get_path("purelib"))
    for leftover in folder.glob("~*"):  # pip's own name for what it was about to delete
        shutil.rmtree(leftover, ignore_errors=True)
    for record in folder.glob("*.dist-info"):
        whole = (record / "INSTALLER").exists() and (record / "RECORD").exists() and _is_whole(record)
        if not whole and not record.name.startswith("pip-"):
            shutil.rmtree(record)
            for lock_stamp in _state().glob("*.sha256"):  # it may belong to a lock that was in place
                lock_stamp.unlink()


def _is_whole(record: Path) -> bool:
    files = importlib.metadata.Distribution.at(record).files or []
    return all(Path(str(file.locate())).exists() for file in files if file.suffix != ".pyc")
