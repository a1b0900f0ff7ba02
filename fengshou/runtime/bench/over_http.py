"""The contenders of `bench ledger --http`: batches, single payments and the no-op, on one server."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from uuid import UUID

from fengshou.kernel import new_id
from fengshou.runtime.bench.batches import EACH, Maker
from fengshou.runtime.bench.contenders import BANK, FIRST_ACCOUNT
from fengshou.runtime.bench.load import Load, drive, drive_batches
from fengshou.runtime.output import CommandError

OVER_HTTP = ("http_batch", "http_single", "http_noop")
_WIRES = 256
_BATCHES = 6


class Wire:
    """One kept connection that sends a request and waits for its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def post(self, path: str, body: bytes) -> bytes:
        """The body of the answer."""
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        told = await self._reader.readuntil(b"\r\n\r\n")
        lines = told.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        return await self._reader.readexactly(length)


class Server:
    """The server process and the wires to it, shared by its contenders."""

    def __init__(self, dsn: str, accounts: int) -> None:
        self.dsn, self.accounts = dsn, accounts
        self.wires: asyncio.Queue[Wire] = asyncio.Queue()

    async def open(self) -> None:
        """Start it and connect."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fengshou.runtime.bench.http_server", self.dsn, str(self.accounts),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        line = await self._said()
        for _ in range(_WIRES):
            self.wires.put_nowait(Wire(*await asyncio.open_connection("127.0.0.1", int(line))))

    async def ask(self, path: str, body: bytes) -> bytes:
        """One request over a wire that is free."""
        wire = await self.wires.get()
        try:
            return await wire.post(path, body)
        finally:
            self.wires.put_nowait(wire)

    async def cost(self) -> dict[str, int]:
        """What the server spent so far."""
        told: dict[str, int] = json.loads(await self.ask("/cost", b""))
        return told

    async def close(self) -> list[str]:
        """End it; it proves its book."""
        while not self.wires.empty():
            self.wires.get_nowait().close()
        assert self._process.stdin
        self._process.stdin.close()
        problems: list[str] = json.loads(await self._said())
        await self._process.wait()
        return problems

    async def _said(self) -> bytes:
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line:
            raise CommandError("the HTTP server ended; its own words are above")
        return line


class OverHTTP:
    """One way of asking the server: `http_batch`, `http_single` or `http_noop`."""

    def __init__(self, name: str, server: Server) -> None:
        self.name, self.dsn, self._server = name, server.dsn, server
        self._maker = Maker()
        self._spent: dict[str, int] = {}

    async def prepare(self) -> None:
        """The first of them starts the server."""
        if self._server.wires.empty():
            await self._server.open()

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """As many wires as there are, or batches in six of them."""
        if self.name == "http_batch":
            before = await self._server.cost()
            load = await drive_batches(lambda: self._batch(mode), _BATCHES, EACH, seconds)
            after = await self._server.cost()
            self._spent = {k: after[k] - before.get(k, 0) for k in after}
            return load
        path = "/one" if self.name == "http_single" else "/noop"

        async def transfer(debit: int, credit: int) -> None:
            wish = [str(new_id(BANK)), FIRST_ACCOUNT + debit, FIRST_ACCOUNT + credit, 100, 1]
            told = await self._server.ask(path, json.dumps(wish).encode())
            assert told[:1] == b"[", told

        return await drive(transfer, self._server.accounts, mode, _WIRES, seconds)

    async def _batch(self, mode: str) -> None:
        rows = self._maker.rows(self._server.accounts, mode)
        ids = [
            UUID(int=hi << 64 | lo).hex
            for hi, lo in zip(rows["hi"].tolist(), rows["lo"].tolist(), strict=True)
        ]
        columns = [ids, *(rows[name].tolist() for name in ("debit", "credit", "fen", "code"))]
        told = json.loads(await self._server.ask("/batch", json.dumps(columns).encode()))
        assert told[3] == {}

    def profile(self) -> dict[str, Any]:
        """Microseconds of the server for each transfer, of its last round of batches."""
        each = max(1, self._spent.get("transfers", 0))
        return {name: round(us / each, 2) for name, us in self._spent.items() if name != "transfers"}

    async def close(self) -> list[str]:
        """The last of them ends the server."""
        return await self._server.close() if self.name == "http_noop" else []
