"""Payments that come whether or not the ones before are answered: half of what the bank can do, and up to three times.

Those who are let in must be served in time; the others hear 503 and when to come again, and nothing of theirs moved.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Protocol, TypeAlias

from fengshou.runtime.bench.load import Load

FLOOD_PAYERS = 1_500
FLOOD_WIRES = 900
_TICK_S = 0.005
_REFUSED = 503
Step: TypeAlias = dict[str, float]


class Sender(Protocol):
    """A kept connection."""

    async def send(self, op: str, token: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""

    def close(self) -> None:
        """Hang up."""


class Payers(Protocol):
    """Who pays whom, in turn."""

    @property
    def turn(self) -> Iterator[int]:
        """The number of the next payment."""

    def wish(self, turn: int) -> tuple[str, bytes]:
        """Its session and body."""


async def flood(
    payers: Payers, wires: Sequence[Sender], capacity: float, seconds: float, say: Callable[[str], None]
) -> list[Step]:
    """One step for each multiple of `capacity`, payments a second."""
    steps = []
    for times in (0.5, 1, 2, 3):
        steps.append({"times": times} | await _step(payers, wires, times * capacity, seconds))
        say("overload  " + "  ".join(f"{name} {value:,}" for name, value in steps[-1].items()))
    return steps


async def _step(payers: Payers, wires: Sequence[Sender], rate: float, seconds: float) -> Step:
    free, told, load = list(wires), Counter[str](), Load(seconds)
    under_way: set[asyncio.Task[None]] = set()

    async def one(wire: Sender) -> None:
        token, body = payers.wish(next(payers.turn))
        at = perf_counter()
        status, answer = await wire.send("transfer.submit", token, body)
        if status == _REFUSED:
            told["refused"] += 1
            assert b"REQUEST.CROWDED" in answer, answer
        else:
            load.latencies.append(perf_counter() - at)
            told["done" if b'"state":"done"' in answer else "not_done"] += (
                1  # asked for proof, held or unknown
            )
        free.append(wire)

    began, sent = perf_counter(), 0
    while (now := perf_counter() - began) < seconds:
        for _ in range(int(rate * now) - sent):
            sent += 1
            if not free:
                told["no wire"] += 1
                continue
            task = asyncio.create_task(one(free.pop()))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.sleep(_TICK_S)
    await asyncio.gather(*under_way)
    took = perf_counter() - began
    return {
        "offered": round(sent / seconds), "let_in": round(len(load.latencies) / took), "done": told["done"],
        "not_done": told["not_done"],
        "refused": told["refused"], "no_wire": told["no wire"],
        "p50_ms": round(load.percentile_ms(0.5), 1), "p99_ms": round(load.percentile_ms(0.99), 1),
    }  # fmt: skip
