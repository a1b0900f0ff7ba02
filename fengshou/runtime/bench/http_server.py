"""The measured side of `bench ledger --http`: our ledger behind HTTP, in a process of its own.

    python -m fengshou.runtime.bench.http_server DSN ACCOUNTS

It prints its port, and ends when stdin ends. JSON in, JSON out:

    POST /one    [id, debit, credit, fen, code]               → [position, debit balance, credit balance] or {code}
    POST /noop   the same, parsed and checked; a fixed answer of the same size
    POST /batch  [[id, …], [debit, …], [credit, …], [fen, …], [code, …]], at most a thousand of each
                 → [[position, …], [debit balance, …], [credit balance, …], {row: code}]
    GET  /cost   microseconds spent on JSON, on arrays, and of CPU in all, and how many transfers they were for
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
import orjson
import uvicorn
import uvloop

from fengshou.kernel import BankError
from fengshou.ledger import PACKED, AccountRef, Entry, Ledger, Packed, Posting
from fengshou.runtime import collector
from fengshou.runtime.bench.contenders import BANK, Batcher

_Message: TypeAlias = MutableMapping[str, Any]
_HEADERS = [(b"content-type", b"application/json")]


class App:
    """The endpoints, as plain ASGI: what is measured is the ledger and JSON, not a framework."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._spent: Counter[str] = Counter()

    async def __call__(
        self,
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        """One request."""
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        answer = await _PATHS[scope["path"]](self, body)
        head = [*_HEADERS, (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    async def one(self, body: bytes) -> bytes:
        """A single payment."""
        try:
            leg = (await self._ledger.post(_entry(body))).legs[0]
        except BankError as problem:
            return orjson.dumps({"code": problem.code})
        return orjson.dumps([leg.position, leg.debit_balance_fen, leg.credit_balance_fen])

    async def noop(self, body: bytes) -> bytes:
        """What a single payment's request costs without the ledger."""
        _entry(body).check()
        return orjson.dumps([1_000_000, 100_000_000, 100_000_000])

    async def batch(self, body: bytes) -> bytes:
        """Up to a thousand, each with its own answer."""
        began = perf_counter()
        asked = orjson.loads(body)
        parsed = perf_counter()
        rows = _rows(*asked)
        built = perf_counter()
        answers = await self._ledger.post_packed(rows)
        decided = perf_counter()
        refused = {str(at): problem.code for at, problem in answers.refused.items()}
        told = orjson.dumps(
            [answers.position, answers.debit_balance, answers.credit_balance, refused],
            option=orjson.OPT_SERIALIZE_NUMPY,
        )
        self._spent["json_us"] += int(1e6 * (parsed - began + perf_counter() - decided))
        self._spent["arrays_us"] += int(1e6 * (built - parsed))
        self._spent["transfers"] += len(rows)
        return told

    async def cost(self, _: bytes) -> bytes:
        """What was spent so far."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return orjson.dumps({**self._spent, "cpu_us": int(1e6 * (used.ru_utime + used.ru_stime))})


_PATHS: dict[str, Callable[[App, bytes], Awaitable[bytes]]] = {
    "/one": App.one, "/noop": App.noop, "/batch": App.batch, "/cost": App.cost,
}  # fmt: skip


def _entry(body: bytes) -> Entry:
    id_, debit, credit, fen, code = orjson.loads(body)
    return Entry(UUID(id_), (Posting(AccountRef(BANK, debit), AccountRef(BANK, credit), fen, code=code),))


def _rows(ids: list[str], debit: list[int], credit: list[int], fen: list[int], code: list[int]) -> Packed:
    rows = np.zeros(len(ids), PACKED)
    halves = np.frombuffer(bytes.fromhex("".join(ids)), ">u8").reshape(-1, 2)
    rows["hi"], rows["lo"], rows["bank"] = halves[:, 0], halves[:, 1], BANK
    rows["debit"], rows["credit"], rows["fen"], rows["code"] = debit, credit, fen, code
    return rows


async def serve(dsn: str, accounts: int) -> None:
    """Open the book, serve until stdin ends, prove the book."""
    batcher = Batcher(dsn, accounts)
    await batcher.prepare()
    collector.settle()
    config = uvicorn.Config(
        App(batcher.ledger), port=0, log_config=None, access_log=False, lifespan="off",
        timeout_keep_alive=3_600,  # the wires stay idle while the others have their turns
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await task
    print(orjson.dumps(await batcher.close()).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
