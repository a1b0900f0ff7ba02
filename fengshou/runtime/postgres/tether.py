"""A string between this process and a server that must not outlive it: tests, demos, benchmarks."""

import os
import subprocess

from fengshou.runtime.postgres.account import Account

# Stands by until its input ends, which the kernel sees to however we die.
_WATCH = 'read -r _; kill -INT "$1"'


class Tether:
    """Stops a server by a fast shutdown as soon as this process is gone, even by SIGKILL."""

    def __init__(self, account: Account, server_pid: int) -> None:
        theirs, self._ours = os.pipe()
        null = subprocess.DEVNULL
        command = ["/bin/sh", "-c", _WATCH, "sh", str(server_pid)]
        self._watcher = account.spawn(command, stdin=theirs, stdout=null, stderr=null)
        os.close(theirs)

    def cut(self) -> None:
        """Let go, when the server is gone before us and its pid may soon be somebody else's."""
        self._watcher.kill()
        self._watcher.wait()
        os.close(self._ours)
