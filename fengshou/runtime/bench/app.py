"""`bench app`: one small payment through everything, against the no-op of the same server.

The server is a process of its own; both sides share the machine. Rounds alternate, so that both meet the same
weather; ratios are of medians over rounds, latencies are of all requests. A round ends when what it caused is done
too (statement lines, notices, what risk learns), so that the cost of a payment is the whole cost, and the no-op
does not pay for it; `settle_ms` is how long that took after the last answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from fengshou.runtime.bench.app_server import PROFILE
from fengshou.runtime.bench.flood import FLOOD_PAYERS, FLOOD_WIRES, Step, flood
from fengshou.runtime.output import CommandError

# A rule asks for more than a session at the tenth payment of a customer within an hour.
EACH_MOST = 8
SIDES = ("payment", "noop")
_OPS = {"payment": "transfer.submit", "noop": "bench.noop"}
_LINE_MAX = 1 << 22
_START_S = 600.0
_HEAD_END = b"\r\n\r\n"
_OK = 200


@dataclass(slots=True)
class Side:
    """What one of the two did: a number a round, and each request's latency."""

    tps: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    settle_ms: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """The latency that `share` of the requests stayed within."""
        ordered = sorted(self.seconds)
        return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


class Child:
    """The measured process: words in, JSON lines out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._in, self._out = process.stdin, process.stdout

    async def hear(self) -> dict[str, Any]:
        """Its next line."""
        line = await self._out.readline()
        if not line:
            raise CommandError("the measured server ended; its own words are above")
        told: dict[str, Any] = json.loads(line)
        return told

    async def ask(self, word: str) -> dict[str, Any]:
        """Its answer to a word."""
        self._in.write(f"{word}\n".encode())
        return await self.hear()


@asynccontextmanager
async def child(customers: int, across: bool) -> AsyncIterator[Child]:
    """Start the server; it is gone when the block ends."""
    words = ["-m", "fengshou.runtime.bench.app_server", "--customers", str(customers)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, *(["--across"] if across else []),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_MAX,
    )  # fmt: skip
    try:
        yield Child(process)
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 60)
        except TimeoutError:
            process.kill()
            await process.wait()


class Wire:
    """One kept connection that sends a request and waits for its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def post(self, op: str, token: str, body: bytes) -> bytes:
        """The body of a 200. Raises `CommandError` for anything else: a benchmark counts no refusals."""
        status, answer = await self.send(op, token, body)
        if status != _OK:
            raise CommandError(f"{op} was refused: {answer[:300].decode(errors='replace')}")
        return answer

    async def send(self, op: str, token: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._writer.write(
            f"POST /api/app/{op} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"x-fs-client: bench/1\r\nauthorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self._reader.readuntil(_HEAD_END)
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@dataclass(slots=True)
class Bench:
    """The bank, its payers in turn, and the wires."""

    child: Child
    payers: list[dict[str, str]]
    wires: list[Wire]
    turn: Iterator[int] = field(default_factory=count)

    async def round(self, side: str, requests: int) -> tuple[float, list[float]]:
        """Send so many requests over all wires, each wire one at a time. Seconds in all, and of each."""
        left, seconds = iter(range(requests)), []

        async def caller(wire: Wire) -> None:
            for _ in left:
                token, body = self.wish(next(self.turn))
                began = perf_counter()
                answer = await wire.post(_OPS[side], token, body)
                seconds.append(perf_counter() - began)
                if side == "payment" and b'"state":"done"' not in answer:
                    raise CommandError(f"a payment was not done: {answer[:300].decode(errors='replace')}")

        began = perf_counter()
        async with asyncio.TaskGroup() as callers:
            for wire in self.wires:
                callers.create_task(caller(wire))
        return perf_counter() - began, seconds

    def wish(self, turn: int) -> tuple[str, bytes]:
        payer, payee = self.payers[turn % len(self.payers)], self.payers[(turn + 1) % len(self.payers)]
        wish = {
            "key": str(uuid4()), "from": payer["number"], "amount": f"0.{10 + turn % 90}", "memo": "早餐",
            "payee": {"number": payee["number"], "name": payee["name"]},
        }  # fmt: skip
        return payer["token"], json.dumps(wish, ensure_ascii=False).encode()

    async def measure(self, side: str, requests: int, into: Side) -> None:
        """One round with what it cost."""
        before = await self.child.ask("cost")
        took, seconds = await self.round(side, requests)
        began = perf_counter()
        await self.child.ask("settle")
        into.settle_ms.append(1000 * (perf_counter() - began))
        after = await self.child.ask("cost")
        into.tps.append(requests / took)
        into.seconds += seconds
        for name in ("server_us", "database_us", "commits"):
            getattr(into, name).append((after[name] - before[name]) / requests)


async def bench(
    *,
    payments: int,
    connections: int,
    rounds: int,
    across: bool,
    say: Callable[[str], None],
    seconds: float = 0,
) -> dict[str, Any]:
    """Measure and verify; the result as the command prints it."""
    a_round, warm = -(-payments // rounds), connections * 4
    customers = max(-(-(a_round * rounds + warm) // EACH_MOST), connections * 2)
    customers += customers % 2 + (FLOOD_PAYERS if seconds else 0)
    say(f"opening a bank with {customers} payers")
    async with child(customers, across) as server:
        ready = await asyncio.wait_for(server.hear(), _START_S)
        here = Bench(server, ready["payers"], await _wires(ready["address"], connections))
        try:
            sides = await _alternate(here, a_round, warm, rounds, say)
            steps = await _overload(here, ready["address"], sides["payment"], seconds, say) if seconds else []
        finally:
            for wire in here.wires:
                wire.close()
        say("reading the journal again")
        verified = await server.ask("verify")
    expected = warm + a_round * rounds + sum(int(step["done"]) for step in steps)
    unsure = sum(int(step["not_done"]) for step in steps)  # a flood's unknown answers may be done afterwards
    problems = [*verified["problems"]]
    if not expected <= verified["done"] <= expected + unsure:
        problems.append(f"{expected} payments were answered and {verified['done']} are done")
    result = _result(sides, connections, a_round * rounds, across, problems)
    return result | {"overload": steps} if seconds else result


async def _overload(
    here: Bench, address: str, payments: Side, seconds: float, say: Callable[[str], None]
) -> list[Step]:
    """After the rounds: too many at once."""
    wires = await _wires(address, FLOOD_WIRES)
    try:
        return await flood(here, wires, median(payments.tps), seconds, say)
    finally:
        for wire in wires:
            wire.close()


async def _wires(address: str, connections: int) -> list[Wire]:
    at = urlsplit(address)
    return [Wire(*await asyncio.open_connection(at.hostname, at.port)) for _ in range(connections)]


async def _alternate(
    here: Bench, a_round: int, warm: int, rounds: int, say: Callable[[str], None]
) -> dict[str, Side]:
    sides = {name: Side() for name in SIDES}
    for name in SIDES:
        await here.round(name, warm)
        await here.child.ask("settle")
    if PROFILE in os.environ:
        await here.child.ask("begin")
        for _ in range(rounds):
            await here.measure("payment", a_round, sides["payment"])
        await here.child.ask("end")
        await here.measure("noop", a_round, sides["noop"])
        say(f"profile in {os.environ[PROFILE]}: these figures are of a slowed server")
        return sides
    for number in range(rounds):
        for name in SIDES if number % 2 == 0 else reversed(SIDES):
            await here.measure(name, a_round, sides[name])
        told = "  ".join(f"{n} {s.tps[-1]:,.0f}/s" for n, s in sides.items())
        say(f"round {number + 1} of {rounds}: {told}")
    return sides


def _result(
    sides: dict[str, Side], connections: int, payments: int, across: bool, problems: list[str]
) -> dict[str, Any]:
    def of(take: Callable[[Side], float], digits: int) -> dict[str, float]:
        return {name: round(take(side), digits) for name, side in sides.items()}

    tps = of(lambda s: median(s.tps), 1)
    return {
        "connections": connections,
        "payments": payments,
        "across_banks": across,
        "tps": tps,
        "ratios": {"payment/noop": round(tps["payment"] / tps["noop"], 3)},
        "cpu_us": of(lambda s: median(s.server_us), 0),
        "database_cpu_us": of(lambda s: median(s.database_us), 0),
        "transactions": of(lambda s: median(s.commits), 1),
        "settle_ms": of(lambda s: median(s.settle_ms), 0),
        "p50_ms": of(lambda s: s.percentile_ms(0.5), 2),
        "p99_ms": of(lambda s: s.percentile_ms(0.99), 2),
        "invariants": "ok" if not problems else "; ".join(problems),
    }
