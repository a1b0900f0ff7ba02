"""One PostgreSQL cluster of our own: start it or join it, stop it when the last user leaves."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from fengshou.runtime.postgres import diagnosis, locks
from fengshou.runtime.postgres.binaries import Binaries, find_binaries
from fengshou.runtime.postgres.conf import OWNER
from fengshou.runtime.postgres.launch import await_ready, launch
from fengshou.runtime.postgres.place import STATE_DIR, Say, find_data, settle
from fengshou.runtime.postgres.postmaster import Postmaster, running
from fengshou.runtime.postgres.problem import PostgresProblem
from fengshou.runtime.postgres.shutdown import await_end, shut_down
from fengshou.runtime.postgres.tools import MAINTENANCE, Server

_DYING_S = 5.0
_CUTS_MAX = 3


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
    ends_with_us  for temporary clusters: a server we start is stopped when this process dies, by whatever

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
        ends_with_us: bool = False,
    ) -> None:
        self.folder = folder.absolute()
        self._binaries = binaries
        self._settings = dict(settings or {})
        self._state_dir = state_dir
        self._ends_with_us = ends_with_us
        self._membership: locks.Membership | None = None

    @property
    def binaries(self) -> Binaries:
        """The programs this cluster runs with."""
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    def with_binaries(self, binaries: Binaries) -> Self:
        """The same cluster, opened by other programs."""
        return type(self)(
            self.folder,
            binaries=binaries,
            settings=self._settings,
            state_dir=self._state_dir,
            ends_with_us=self._ends_with_us,
        )

    def start(self, say: Say = lambda _: None) -> str:
        """Return a DSN for the owner's database once it takes connections, starting the server when it is not running.

        May be called again at any time, for instance when the server is suspected to have died.

        say     is called with one line for whatever takes more than two seconds, recovery above all
        Raises  PostgresProblem with what to do; no time limit ever ends a recovery
        """
        with diagnosis.files_of(self.folder), locks.exclusive(self.folder, say):
            diagnosis.refuse_half_restored(self.folder)
            return self.start_locked(say)

    def start_locked(self, say: Say) -> str:
        """What `start` does, for acts of this room that hold the lock already."""
        if not self._join_running(say):
            place = settle(self.folder, self.binaries, self._state_dir, say)
            launch(place, self._settings, say, ends_with_us=self._ends_with_us)
        self._membership = self._membership or locks.join(self.folder)
        return self.dsn

    def _join_running(self, say: Say) -> bool:
        """Wait for the server that runs already; False when there is none, or it is on its way out."""
        found = running(find_data(self.folder))
        if found is None or found.state == "stopping":
            return False
        cut = 0
        while True:
            ready = await_ready(find_data(self.folder), say, None, found.began)
            if ready is None:
                return False
            try:
                self.server().query("SELECT 1", database=MAINTENANCE)
            except PostgresProblem as problem:
                # A server says "ready" a moment longer than it is: it restarts itself, or was killed just now.
                if await_end(
                    find_data(self.folder), ready, limit_s=0.1 if _is_passing(problem) else _DYING_S
                ):
                    return False
                # One that restarts itself cuts whoever was being let in; one that goes on doing so is broken.
                cut += "closed the connection unexpectedly" in str(problem)
                if not (_is_passing(problem) or 0 < cut <= _CUTS_MAX):
                    raise
            else:
                return True

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
            shut_down(find_data(self.folder), say)
            return True

    def server(self) -> Server:
        """The running server with its tools; the cluster must be started."""
        place = settle(self.folder, self.binaries, self._state_dir, lambda _: None)
        return Server(place, self._running().socket or place.data)

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
        return _dsn_of(self._running())

    def _running(self) -> Postmaster:
        found = running(find_data(self.folder))
        if found is None:
            raise PostgresProblem(f"The database in {self.folder} is not running: start it first.")
        return found


def _dsn_of(found: Postmaster) -> str:
    return f"postgresql://{OWNER}@/{OWNER}?host={quote(str(found.socket), safe='/')}"


def _is_passing(problem: PostgresProblem) -> bool:
    """Whether the server refused only because it is starting, recovering or stopping; it will say when it is done."""
    return "the database system is" in str(problem)
