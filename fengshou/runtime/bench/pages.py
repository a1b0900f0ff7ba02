"""`bench pages`: how fast pages are delivered against a no-op of the same server, and how soon open phones have them.

A phone here is what the client does: it holds an event stream, and at its word asks for the manifest and then for the
page that changed. What a browser does after that, drawing, is not in these figures.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fengshou.runtime.bench.pages_server import ITEM

Say = Callable[[str], None]
_CHILD = "fengshou.runtime.bench.pages_server"
_OPENING = 100  # streams opened together
_PATIENCE_S = 60.0
_FLUSHED_S = 11.0  # an idle connection's figures are written after ten seconds
_MANIFEST = "/ui/manifest?locale=zh-CN&kit=2"


class Wire:
    """One kept-alive connection that asks for one thing after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, host: str, port: int) -> Wire:
        """Connect."""
        return cls(*await asyncio.open_connection(host, port, limit=2**20))

    async def get(self, path: str) -> bytes:
        """The body of a 200, as it was sent."""
        self._writer.write(
            f"GET {path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
        length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]  # it is ours
        body = await self._reader.readexactly(length)
        return gzip.decompress(body) if b"content-encoding: gzip" in head else body

    async def stream(self) -> None:
        """Open the event stream and read its greeting."""
        self._writer.write(b"GET /ui/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await self._reader.readuntil(b"event: hello\ndata: {}\n\n")

    async def word(self) -> None:
        """Wait for the next word of a change."""
        await self._reader.readuntil(b"event: manifest\n")

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def bench(
    *, phones: int, publications: int, requests: int, rounds: int, gets: int, say: Say
) -> dict[str, Any]:
    """Measure and return what `--json` prints."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, phones * 3 + 500)), hard))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        say("a bank is opening")
        told = json.loads(await child.stdout.readline())
        where = urlsplit(told["address"])
        host, port = str(where.hostname), int(where.port or 80)
        say("asking for pages")
        rates = await _rates(host, port, told["page"], requests, rounds)
        asked: dict[str, Any] = {}
        if gets:
            say(f"{gets} more, and the database is watched")
            asked = await _database(child.stdin, child.stdout, (host, port), told["page"], gets)
        say(f"{phones} phones listen")
        waits = await _publications(child.stdin, child.stdout, host, port, phones, publications)
    finally:
        child.stdin.close()
        await child.wait()
    return {
        "ratios": {
            "page/static": round(rates["page"] / rates["noop"], 3),
            "manifest/static": round(rates["manifest"] / rates["noop"], 3),
        },
        "gets_per_s": {name: round(rate) for name, rate in rates.items()},
        **asked,
        "phones": phones,
        "publications": publications,
        "publish_p50_ms": round(statistics.median(waits), 1),
        "publish_p99_ms": round(sorted(waits)[max(0, int(len(waits) * 0.99) - 1)], 1),
        "first_load_gzip_kb": _first_load_kb(),
    }


async def _rates(host: str, port: int, page: str, requests: int, rounds: int) -> dict[str, float]:
    """Requests a second of each path, the median of alternated rounds."""
    paths = {"noop": "/ui/noop", "page": f"/ui/p/{page}.json", "manifest": _MANIFEST}
    wires = [await Wire.open(host, port) for _ in range(8)]
    found: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(rounds):
        for name, path in paths.items():
            began = time.perf_counter()
            await asyncio.gather(*(_ask(wire, path, requests // len(wires)) for wire in wires))
            found[name].append(requests / (time.perf_counter() - began))
    for wire in wires:
        wire.close()
    return {name: statistics.median(rates) for name, rates in found.items()}


async def _database(
    into: asyncio.StreamWriter, out: asyncio.StreamReader, where: tuple[str, int], page: str, gets: int
) -> dict[str, Any]:
    """What the database did during so many GETs, and in as long a time without any: the bank's own clocks go on."""
    wires = [await Wire.open(*where) for _ in range(8)]
    paths = (f"/ui/p/{page}.json", _MANIFEST)

    async def count() -> dict[str, int]:
        await asyncio.sleep(_FLUSHED_S)  # PostgreSQL's processes tell their figures with a delay
        into.write(b"count\n")
        await into.drain()
        found: dict[str, int] = json.loads(await out.readline())
        return found

    before = await count()
    began = time.perf_counter()
    await asyncio.gather(*(_ask(wire, paths[n % 2], gets // len(wires)) for n, wire in enumerate(wires)))
    took = time.perf_counter() - began
    during = await count()
    await asyncio.sleep(took)
    after = await count()
    for wire in wires:
        wire.close()
    return {
        "gets": gets // len(wires) * len(wires),
        "gets_s": round(took, 1),
        "database_during": {name: during[name] - before[name] for name in before},
        "database_idle": {name: after[name] - during[name] for name in before},
    }


async def _ask(wire: Wire, path: str, times: int) -> None:
    for _ in range(times):
        await wire.get(path)


async def _publications(
    into: asyncio.StreamWriter,
    out: asyncio.StreamReader,
    host: str,
    port: int,
    phones: int,
    publications: int,
) -> list[float]:
    """For each publication and phone, the milliseconds until the phone held the new page."""
    streams: list[tuple[Wire, Wire]] = []
    for _ in range(0, phones, _OPENING):
        streams += await asyncio.gather(
            *(_phone(host, port) for _ in range(min(_OPENING, phones - len(streams))))
        )
    waits: list[float] = []
    for number in range(publications):
        tasks = [asyncio.create_task(_hear(stream, wire, f"第 {number} 次")) for stream, wire in streams]
        into.write(f"{number}\n".encode())
        await into.drain()
        began = json.loads(await out.readline())["at"]
        async with asyncio.timeout(_PATIENCE_S):
            waits += [(at - began) / 1e6 for at in await asyncio.gather(*tasks)]
    for pair in streams:
        for wire in pair:
            wire.close()
    return waits


async def _phone(host: str, port: int) -> tuple[Wire, Wire]:
    stream, wire = await Wire.open(host, port), await Wire.open(host, port)
    await stream.stream()
    return stream, wire


async def _hear(stream: Wire, wire: Wire, text: str) -> int:
    """At the word: the manifest, the page, and when it was there."""
    await stream.word()
    manifest = json.loads(await wire.get(_MANIFEST))
    body = await wire.get(f"/ui/p/{manifest['pages'][ITEM]}.json")
    assert text in body.decode()
    return time.monotonic_ns()


def _first_load_kb() -> float | None:
    """What the app's first page loads of scripts and styles, compressed; None without a built client."""
    from fengshou.runtime.places import web_folder

    index = web_folder() / "index.html"
    if not index.is_file():
        return None
    names = set(re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', index.read_text("utf-8")))
    return round(sum(_small(web_folder() / name) for name in names) / 1000, 1)


def _small(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))
