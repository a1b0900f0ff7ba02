"""clamd's INSTREAM: the file goes over the line in chunks, the verdict comes back in one."""

from __future__ import annotations

import asyncio
import contextlib
import struct

from fengshou.adapters.scanner.mapping import Verdict, read
from fengshou.kernel import counter, get_logger

_CHUNK = 256 * 1024
_ANSWER_MAX = 4_096
_LENGTH = struct.Struct(">I")
_log = get_logger("scanner")
_scans = counter("scanner_scans_total", "Files scanned, by what was said", ["said"])


class ClamdScanner:
    """A clamd at `address`: `host:port`, or the path of a unix socket. Never raises for what it does or fails to do."""

    def __init__(self, address: str, *, timeout_s: float = 20.0, at_once: int = 4) -> None:
        self._address, self._timeout_s = address, timeout_s
        self._turns = asyncio.Semaphore(at_once)

    async def scan(self, data: bytes) -> Verdict:
        """`away` when there is no clear answer, whatever the reason."""
        async with self._turns:
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await self._ask(data)
            except (OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError) as gone:
                _log.warning("no scan", problem=type(gone).__name__)
                answer = b""
        said = read(answer)
        _scans.labels(said).inc()
        return said

    async def _ask(self, data: bytes) -> bytes:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for at in range(0, len(data), _CHUNK):
                part = data[at : at + _CHUNK]
                writer.write(_LENGTH.pack(len(part)) + part)
                await writer.drain()
            writer.write(_LENGTH.pack(0))
            await writer.drain()
            return await reader.readuntil(b"\0")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address, limit=_ANSWER_MAX)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=_ANSWER_MAX)
