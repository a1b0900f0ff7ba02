"""One PostgreSQL cluster of our own: start it or join it, stop it when the last user leaves."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from fengshou.runtime.postgres import diagnosis, locks
from fengshou.runtime.postgres.binaries import Binaries, find_binaries
from fengshou.runtime.postgres.conf import OWNER, write_settings
from fengshou.runtime.postgres.make import make_data
from fengshou.runtime.postgres.place import STATE_DIR, Place, Say, find_data, settle, socket_folder
from fengshou.runtime.postgres.postmaster import Postmaster, forget_the_dead, log_lines, running
from fengshou.runtime.postgres.problem import PostgresProblem
from fengshou.runtime.postgres.tools import ensure_database

_POLL_S = 0.02
_TELL_AFTER_S = 2.0

# Servers this process has started, by pid: whoever starts a child must reap it, or it stays as a zombie.
_children: dict[int, subprocess.Popen[str]] = {}


@dataclass(frozen=True)
class Status:
    """What can be said of a cluster without starting it.

    state       absent (no data yet), stopped, starting (recovery included), ready, stopping
    pid         of the server, when there is one
    major       of the data, when there is any
    data        the real data folder
    free_bytes  left on the disk of the data
    dsn         where to connect, when ready
    """

    state: str
    pid: int | None
    major: int | None
    data: Path
    free_bytes: int
    dsn: str | None


class Cluster:
    """The embedded database in one folder.

    folder     holds `data` (or a link to it), `lock`, `users` and `start.log`
    binaries   the programs to use; found by `find_binaries` when not given
    settings   PostgreSQL settings that win over ours (tests use small ones)
    state_dir  where data and programs go when root's database user cannot enter `folder`

    Several processes may start the same cluster: the first starts the server, the others join it, and the last to
    stop stops it. A process that is killed counts as gone at once. The server is in a session of its own, so it
    outlives Ctrl-C in the terminal and the death of whoever started it, and the next start joins it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Binaries | None = None,
        settings: Mapping[str, str] | None = None,
        state_dir: Path = STATE_DIR,
    ) -> None:
        self.folder = folder.absolute()
        self._binaries = binaries
        self._settings = dict(settings or {})
        self._state_dir = state_dir
        self._membership: locks.Membership | None = None

    @property
    def binaries(self) -> Binaries:
        """The programs this cluster runs with."""
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    def start(self, say: Say = lambda _: None) -> str:
        """Return a DSN for the owner's database once it takes connections, starting the server when it is not running.

        say     is called with one line for whatever takes more than two seconds, recovery above all
        Raises  PostgresProblem with what to do; no time limit ever ends a recovery
        """
        diagnosis.refuse_a_full_disk(self.folder)
        with diagnosis.files_of(self.folder), locks.exclusive(self.folder, say):
            found = running(find_data(self.folder))
            if found is None or found.state == "stopping":
                self._start_afresh(say)
            else:
                self._await_ready(find_data(self.folder), time.time(), say, None)
            self._membership = self._membership or locks.join(self.folder)
        return self._dsn()

    def stop(self, say: Say = lambda _: None, *, even_if_used: bool = False) -> bool:
        """Leave the cluster, and stop the server when nobody else uses it; True when it is stopped.

        even_if_used  stop it although other processes have joined it
        """
        if not self.folder.exists():
            return True
        with locks.exclusive(self.folder, say):
            if self._membership is not None:
                self._membership.leave()
                self._membership = None
            if not even_if_used and locks.is_used(self.folder):
                return False
            _stop_server(find_data(self.folder), say)
            return True

    def status(self) -> Status:
        """What the machine shows of this cluster; starts nothing and needs no lock."""
        data = find_data(self.folder)
        found, major = running(data), diagnosis.major_of(data)
        above = next(path for path in (data, *data.parents) if path.exists())
        state = found.state if found else "stopped" if major else "absent"
        return Status(
            state=state,
            pid=found.pid if found else None,
            major=major,
            data=data,
            free_bytes=shutil.disk_usage(above).free,
            dsn=_dsn_of(found) if found and found.is_ready else None,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def dsn(self) -> str:
        """Where to connect; the cluster must be started."""
        return self._dsn()

    def _dsn(self, database: str = OWNER) -> str:
        found = running(find_data(self.folder))
        if found is None:
            raise PostgresProblem(f"The database in {self.folder} is not running: start it first.")
        return _dsn_of(found, database)

    def _start_afresh(self, say: Say) -> None:
        place = settle(self.folder, self.binaries, self._state_dir, say)
        diagnosis.refuse_another_major(place)
        _await_the_end_of_the_old(place, say)
        socket = socket_folder(place)
        if diagnosis.major_of(place.data) is None:
            make_data(place, say)
        write_settings(place, socket, self._settings)
        started = time.time()
        child = _spawn(place)
        try:
            self._await_ready(place.data, started, say, child)
        except KeyboardInterrupt:
            # Asked to give up: a recovery that is stopped this way goes on where it was at the next start.
            child.send_signal(signal.SIGINT)
            raise
        ensure_database(place, socket)

    def _await_ready(self, data: Path, started: float, say: Say, child: subprocess.Popen[str] | None) -> None:
        """Wait for as long as it takes, telling what the server tells."""
        told = ""
        tell_at = started + _TELL_AFTER_S
        while True:
            found = running(data)
            if found and found.is_ready:
                return
            gone = child.poll() is not None if child else found is None
            if gone:
                raise diagnosis.explain(data, log_lines(data, started))
            if time.time() >= tell_at:
                tell_at = time.time() + _TELL_AFTER_S
                line = diagnosis.progress(log_lines(data, started)) or f"{time.time() - started:.0f} s so far"
                if line != told:
                    say(f"The database is starting: {line}")
                told = line
            time.sleep(_POLL_S)


def _dsn_of(found: Postmaster, database: str = OWNER) -> str:
    return f"postgresql://{OWNER}@/{database}?host={quote(str(found.socket), safe='/')}"


def _spawn(place: Place) -> "subprocess.Popen[str]":
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    log = os.open(place.log, flags, 0o644)
    try:
        child = place.account.spawn(
            [place.binaries.program("postgres"), "-D", str(place.data)], output=log, error=log
        )
    finally:
        os.close(log)
    _children[child.pid] = child
    return child


def _await_the_end_of_the_old(place: Place, say: Say) -> None:
    """Wait until no process of an earlier server is left: a killed one's children finish on their own."""
    began, told = time.monotonic(), False
    while True:
        _reap()
        if forget_the_dead(place.data):
            return
        if not told and time.monotonic() - began > _TELL_AFTER_S:
            say(f"Waiting for the processes of an earlier server of {place.data} to end.")
            told = True
        time.sleep(_POLL_S)


def _stop_server(data: Path, say: Say) -> None:
    """Ask for a fast shutdown and wait for its end, however long the last checkpoint takes; never SIGKILL."""
    found = running(data)
    if found is None:
        _reap()
        return
    os.kill(found.pid, signal.SIGINT)
    began, told = time.monotonic(), False
    while (left := running(data)) is not None and left.pid == found.pid:
        _reap()
        if not told and time.monotonic() - began > _TELL_AFTER_S:
            say("The database is writing its last changes to disk.")
            told = True
        time.sleep(_POLL_S)
    if child := _children.pop(found.pid, None):
        child.wait()


def _reap() -> None:
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]
