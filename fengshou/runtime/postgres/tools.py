"""PostgreSQL's own tools, run against a running server as the account that owns it."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from fengshou.runtime.postgres.conf import OWNER
from fengshou.runtime.postgres.place import Place
from fengshou.runtime.postgres.problem import PostgresProblem

MAINTENANCE = "postgres"  # the database to stand in while the owner's is made, renamed or dropped
PSQL = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Server:
    """A running server and the tools that fit it."""

    place: Place
    socket: Path

    def query(self, sql: str, *, database: str = OWNER) -> str:
        """Run statements in one transaction and return their rows as bare text."""
        args = (*PSQL, "--tuples-only", "--no-align", "--command", sql)
        return b"".join(self.read("psql", *args, database=database)).decode().strip()

    def read(self, tool: str, *args: str, database: str = OWNER) -> Iterator[bytes]:
        """Run a tool and yield what it prints, in pieces; raises PostgresProblem in its last words when it fails."""
        with self._run(tool, args, database) as child, closing(_Errors(child)) as errors:
            assert child.stdout and child.stdin
            child.stdin.close()
            while piece := child.stdout.read(_CHUNK):
                yield piece
            errors.check(tool)

    def feed(self, tool: str, pieces: Iterable[bytes], *args: str, database: str = OWNER) -> None:
        """Run a tool that reads `pieces`; raises PostgresProblem in its last words when it fails."""
        null = subprocess.DEVNULL
        with self._run(tool, args, database, stdout=null) as child, closing(_Errors(child)) as errors:
            assert child.stdin
            try:
                # A tool that gives up closes the pipe; its own words, below, are worth more than ours about that.
                with suppress(BrokenPipeError):
                    for piece in pieces:
                        child.stdin.write(piece)
            except BaseException:
                child.terminate()  # before it takes the end of the pipe for the end of the work
                raise
            finally:
                with suppress(BrokenPipeError):
                    child.stdin.close()
            errors.check(tool)

    def _run(
        self, tool: str, args: Iterable[str], database: str, *, stdout: int = subprocess.PIPE
    ) -> "subprocess.Popen[bytes]":
        login = f"--dbname=host={self.socket} dbname={database} user={OWNER}"
        command = [self.place.binaries.program(tool), login, "--no-password", *args]
        return self.place.account.spawn(command, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE)


class _Errors:
    """Reads a tool's errors beside its output, so that neither pipe can fill up and stop it."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child
        self._lines: list[str] = []
        assert child.stderr
        self._reader = Thread(target=self._collect, args=(child.stderr,), daemon=True)
        self._reader.start()

    def _collect(self, stream: IO[bytes]) -> None:
        self._lines.extend(line.decode(errors="replace").strip() for line in stream)

    def check(self, tool: str) -> None:
        if self._child.wait() == 0:
            return
        self._reader.join()
        telling = [line for line in self._lines if "rror:" in line or "FATAL:" in line] or self._lines
        raise PostgresProblem(f"{tool} failed: {telling[0] if telling else 'it said nothing'}")

    def close(self) -> None:
        """Called when the work is over or was given up: a tool that still runs is asked to end."""
        if self._child.poll() is None:
            self._child.terminate()
        self._reader.join()


def ensure_database(server: Server) -> None:
    """Create the owner's database when it is not there, which is so after the first start only."""
    if OWNER not in server.query("SELECT datname FROM pg_database", database=MAINTENANCE).splitlines():
        server.query(f"CREATE DATABASE {OWNER}", database=MAINTENANCE)
