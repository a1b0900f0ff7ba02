"""A wire between the teller and the database that can be cut around a COMMIT.

before  the writer's COMMIT never reaches the database: the batch is gone
during  the COMMIT breaks off in the middle: half of its bytes arrive
after   the database commits, and its answer never comes back: the batch is there, nobody was told
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"
_CHUNK = 1 << 16
_COMMIT_ASKED = b"COMMIT"
_COMMIT_DONE = b"C\x00\x00\x00\x0bCOMMIT\x00"  # CommandComplete
_JOURNAL = b'COPY "ledger"."journal_'


class Wire:
    """Listens on a socket of its own in `folder` and passes everything on to the database's in `target`."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder, self._target = folder, target
        self._armed: str | None = None
        self._cut = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_unix_server(self._connected, self.folder / _SOCKET)

    async def stop(self) -> None:
        """Hang up."""
        if self._server:
            self._server.close()
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def cut(self, moment: str) -> None:
        """Cut the writer's connection `before`, `during` or `after` its next commit; returns once it is cut."""
        self._cut.clear()
        self._armed = moment
        await self._cut.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_unix_connection(self._target / _SOCKET)
        except OSError:
            writer.close()  # the database is down, and so are we to whoever calls
            return
        task, line = asyncio.current_task(), _Line(self)
        assert task
        self._lines.add(task)
        ways = [
            asyncio.create_task(_pass(reader, there_writer, line.asks)),
            asyncio.create_task(_pass(there_reader, writer, line.answers)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, there_writer):
                end.close()
            self._lines.discard(task)

    def take(self, moment: str) -> bool:
        """Whether the cut that is wanted now is this one; it is done once."""
        if self._armed != moment:
            return False
        self._armed = None
        self._cut.set()
        return True


class _Line:
    """One connection; only one that wrote to the journal in this transaction is cut."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._wrote = wire, False

    def asks(self, data: bytes) -> int:
        """How many of these bytes to the database may pass; after fewer than all, the line is cut."""
        self._wrote = self._wrote or _JOURNAL in data
        if self._wrote and _COMMIT_ASKED in data:
            if self._wire.take("before"):
                return 0
            if self._wire.take("during"):
                return data.index(_COMMIT_ASKED) + len(_COMMIT_ASKED) // 2
        return len(data)

    def answers(self, data: bytes) -> int:
        """How many of these bytes from the database may pass."""
        if not self._wrote or _COMMIT_DONE not in data:
            return len(data)
        self._wrote = False
        return 0 if self._wire.take("after") else len(data)


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may: Callable[[bytes], int]
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            passing = may(data)
            writer.write(data[:passing])
            await writer.drain()
            if passing < len(data):
                return
