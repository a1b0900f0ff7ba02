"""Speaks to the provincial service network over HTTP: one gateway, one envelope."""

from __future__ import annotations

from uuid import UUID

import orjson

from fengshou.adapters import wire
from fengshou.adapters.government.mapping import NEWS, REASONS, SERVICES, news_from, request_of, said_from
from fengshou.services import Operation, Post, Ring, Said, Talk


class GovernmentClient(wire.Speaker):
    """The authorities at the other end of `lines`, each below its name."""

    system = "government"
    operations: frozenset[Operation] = frozenset(SERVICES)

    def __init__(self, lines: wire.Lines) -> None:
        super().__init__(lines, REASONS)

    async def say(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        body = request_of(ring, params, line.outside.own)
        # The serial makes it once: the network promises that the same call twice is one call.
        path = f"/{ring.provider}/gateway"
        answer = await line.call(ring.operation, "POST", path, body=body, idempotent=True)
        return said_from(ring.operation, ring.key, answer.status, answer.body)

    async def fetch(self, after: str) -> Post:
        head = {"service": NEWS, "serial": str(UUID(int=0)), "version": "1.0"}
        body = orjson.dumps({"head": head, "body": {"after": after, "limit": 100}})
        answer = await self.lines.to("").call("news", "POST", "/gateway", body=body, idempotent=True)
        news, cursor, more = news_from(answer.status, answer.body)
        return Post(tuple(news), cursor, more=more)
