"""Bringing a server up; every wait is as long as it has to be, and tells what it waits for."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from fengshou.runtime.postgres import diagnosis
from fengshou.runtime.postgres.conf import write_settings
from fengshou.runtime.postgres.make import make_data
from fengshou.runtime.postgres.place import Place, Say, socket_folder
from fengshou.runtime.postgres.postmaster import Postmaster, log_lines, running
from fengshou.runtime.postgres.shutdown import (
    POLL_S,
    TELL_EVERY_S,
    await_the_end_of_the_old,
    children,
    tethers,
)
from fengshou.runtime.postgres.tether import Tether
from fengshou.runtime.postgres.tools import Server, ensure_database


def launch(place: Place, settings: Mapping[str, str], say: Say, *, ends_with_us: bool = False) -> Server:
    """Start the server of `place`, making its data first when there is none, and wait until it takes connections."""
    diagnosis.refuse_a_full_disk(place.data)
    diagnosis.refuse_another_major(place)
    await_the_end_of_the_old(place.data, say)
    socket = socket_folder(place)
    for left in socket.iterdir():  # a killed server's; its lock file could name a pid that lives again
        left.unlink()
    if diagnosis.major_of(place.data) is None:
        make_data(place, say)
    write_settings(place, socket, settings)
    server = Server(place, socket)
    began = time.time()
    child = _spawn(place)
    if ends_with_us:
        tethers[child.pid] = Tether(place.account, child.pid)
    try:
        await_ready(place.data, say, child, began)
        ensure_database(server)
    except BaseException:
        # Also when asked to give up: a recovery that ends this way goes on where it was at the next start.
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        raise
    return server


def await_ready(
    data: Path, say: Say, child: "subprocess.Popen[bytes] | None", began: float
) -> Postmaster | None:
    """Wait until the server of `data` takes connections; raises PostgresProblem when our child ends instead.

    child    the server's process when it is ours, and so ours to reap
    began    since when (Unix clock) the server's log is about this start
    Returns  the server; None when it was not our child and is gone
    """
    tell_at = began + TELL_EVERY_S
    while True:
        found = running(data)
        if found and found.is_ready:
            return found
        if child is not None and child.poll() is not None:
            raise diagnosis.explain(data, log_lines(data, began))
        if child is None and found is None:
            return None
        if time.time() >= tell_at:
            tell_at = time.time() + TELL_EVERY_S
            done = diagnosis.progress(log_lines(data, began)) or "no word from it yet"
            say(f"The database is starting ({time.time() - began:.0f} s): {done}")
        time.sleep(POLL_S)


def _spawn(place: Place) -> "subprocess.Popen[bytes]":
    log = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        command = [place.binaries.program("postgres"), "-D", str(place.data)]
        child = place.account.spawn(command, stdout=log, stderr=log)
    finally:
        os.close(log)
    children[child.pid] = child
    return child
