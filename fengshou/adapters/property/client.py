"""Speaks to property companies over HTTP: JSON-RPC 2.0."""

from __future__ import annotations

from typing import Any

from fengshou.adapters import wire
from fengshou.adapters.property.mapping import (
    METHODS,
    NEWS,
    NO_KEY,
    REASONS,
    call,
    news_from,
    request_of,
    said_from,
)
from fengshou.services import Operation, Post, Ring, Said, Talk

ROWS_OF_A_DAY_MAX = 100_000


class PropertyClient(wire.Speaker):
    """The companies at the other end of `lines`, each below its name."""

    system = "property"
    operations: frozenset[Operation] = frozenset(METHODS)

    def __init__(self, lines: wire.Lines) -> None:
        super().__init__(lines, REASONS)

    async def say(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        if ring.operation != "bill.day_file":
            return await self._call(ring, line, request_of(ring, params))
        rows: list[Any] = []
        while True:  # ends: each page brings rows, and there is a most of them
            said = await self._call(ring, line, request_of(ring, params, skip=len(rows)))
            if said.state != "done":
                return said
            page = wire.listed(said.body.get("lines"))
            rows += page
            if not said.body.get("more"):
                return Said("done", {"day": said.body.get("day"), "lines": rows})
            if not page or len(rows) > ROWS_OF_A_DAY_MAX:
                raise wire.OffForm("day file")

    async def _call(self, ring: Ring, line: wire.Line, body: bytes) -> Said:
        # Calls carry our key as their id; a company does once what it hears twice.
        path = f"/{ring.provider}/rpc"
        answer = await line.call(ring.operation, "POST", path, body=body, idempotent=True)
        return said_from(str(ring.key), answer.status, answer.body)

    async def fetch(self, after: str) -> Post:
        body = call(NEWS, NO_KEY, {"after": after, "limit": 100})
        answer = await self.lines.to("").call("news", "POST", "/rpc", body=body, idempotent=True)
        news, cursor, more = news_from(answer.status, answer.body)
        return Post(tuple(news), cursor, more=more)
