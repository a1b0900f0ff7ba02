"""A clamd to try things with: the protocol is real, what it knows is one harmless sample."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import Literal, TypeAlias

from fengshou.adapters.scanner.simulator import verdict

STREAM_MAX = 25 * 1024 * 1024  # clamd's StreamMaxLength as it comes

Mode: TypeAlias = Literal["well", "silent", "garbage", "endless", "hangs up"]
_LENGTH = struct.Struct(">I")


class ScannerStand:
    """The simulator on a loopback port. `mode` makes it misbehave."""

    def __init__(self) -> None:
        self.mode: Mode = "well"
        self.scanned = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """`host:port`, once it is started."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Hang up, on everybody."""
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the caller went away
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        if command == b"zPING\0":
            writer.write(b"PONG\0")
            return
        if command != b"zINSTREAM\0":
            writer.write(b"UNKNOWN COMMAND\0")
            return
        data = bytearray()
        while size := _LENGTH.unpack(await reader.readexactly(4))[0]:
            if len(data) + size > STREAM_MAX:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
            data += await reader.readexactly(size)
        self.scanned += 1
        await self._say(writer, verdict(bytes(data)))

    async def _say(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        if self.mode == "silent":
            await asyncio.Event().wait()
        elif self.mode == "garbage":
            writer.write(b"\xff\xfe<html>OK</html>\0")
        elif self.mode == "endless":
            writer.write(b"stream: OK and " + b"so on " * 10_000)
        elif self.mode == "well":
            writer.write(answer)
        await writer.drain()
