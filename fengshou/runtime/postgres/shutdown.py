"""Bringing a server down, and making sure that an old one is really gone; never by SIGKILL."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from fengshou.runtime.postgres.place import Say
from fengshou.runtime.postgres.postmaster import Postmaster, forget_the_dead, orphans, running, work_done
from fengshou.runtime.postgres.tether import Tether

POLL_S = 0.02
TELL_EVERY_S = 2.0
STUCK_S = 5.0

# Servers this process has started, by pid: whoever starts a child must reap it, or it stays as a zombie.
children: dict[int, "subprocess.Popen[bytes]"] = {}
tethers: dict[int, Tether] = {}


def shut_down(data: Path, say: Say) -> None:
    """Ask for a fast shutdown and wait for its end, however long the last checkpoint takes."""
    found = running(data)
    if found is None:
        _reap()
        return
    _signal(found.pid, signal.SIGINT)
    _await_stopping(data, found, say)
    if found.socket is not None:
        with suppress(OSError):  # only an empty folder goes
            found.socket.rmdir()


def await_end(data: Path, server: Postmaster, *, limit_s: float) -> bool:
    """Wait up to `limit_s` seconds for a server to end; whether it did."""
    until = time.monotonic() + limit_s
    while _is_still(data, server):
        if time.monotonic() >= until:
            return False
        time.sleep(POLL_S)
    return True


def await_the_end_of_the_old(data: Path, say: Say) -> None:
    """Wait until no process of an earlier server is left.

    The children of a killed server end by themselves when they next wait for something; one in the middle of a long
    computation does not, so after a moment they are asked to.
    """
    if (found := running(data)) is not None:
        _await_stopping(data, found, say)
    ask_at = time.monotonic() + TELL_EVERY_S
    while True:
        _reap()
        if forget_the_dead(data):
            return
        if time.monotonic() >= ask_at:
            ask_at = time.monotonic() + TELL_EVERY_S
            say(f"Waiting for the processes of an earlier server of {data} to end.")
            for pid in orphans(data):
                _signal(pid, signal.SIGTERM)
        time.sleep(POLL_S)


def _await_stopping(data: Path, server: Postmaster, say: Say) -> None:
    """Wait for a server that is shutting down, and help one that cannot.

    PostgreSQL 18.6 never ends when a fast shutdown reaches it while it restarts itself after the crash of a child: its
    checkpointer and I/O workers then wait for ever (ten times of ten). A server none of whose processes
    has worked or waited for the disk for `STUCK_S` is asked for an immediate shutdown: that is safe, for every
    acknowledged change is in the journal, and only means a recovery at the next start.
    """
    tell_at = time.monotonic() + TELL_EVERY_S
    seen, since = work_done(data), time.monotonic()
    while _is_still(data, server):
        now = work_done(data)
        if now is None or now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since >= STUCK_S:
            say("The database got stuck while stopping; ending it at once. It recovers at the next start.")
            _signal(server.pid, signal.SIGQUIT)
            since = time.monotonic()
        if time.monotonic() >= tell_at:
            tell_at = time.monotonic() + 5 * TELL_EVERY_S
            say("The database is writing its last changes to disk.")
        time.sleep(POLL_S)


def _is_still(data: Path, server: Postmaster) -> bool:
    _reap()
    found = running(data)
    return found is not None and found.pid == server.pid


def _reap() -> None:
    for pid in [pid for pid, child in children.items() if child.poll() is not None]:
        del children[pid]
        if tether := tethers.pop(pid, None):
            tether.cut()


def _signal(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it may end by itself in this very moment
        os.kill(pid, what)
