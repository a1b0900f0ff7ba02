"""Speaks to issuers of products over HTTP: one message, one answer."""

from __future__ import annotations

from fengshou.adapters import wire
from fengshou.adapters.product.mapping import MESSAGES, REASONS, news_from, request_of, said_from
from fengshou.services import Operation, Post, Ring, Said, Talk


class ProductClient(wire.Speaker):
    """The issuers at the other end of `lines`, each below its name."""

    system = "product"
    operations: frozenset[Operation] = frozenset(MESSAGES)

    def __init__(self, lines: wire.Lines) -> None:
        super().__init__(lines, REASONS)

    async def say(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        # An order under a MsgId is done once, however often it is heard.
        path = f"/{ring.provider}/messages"
        answer = await line.call(ring.operation, "POST", path, body=request_of(ring, params), idempotent=True)
        return said_from(ring.key, answer.status, answer.body)

    async def fetch(self, after: str) -> Post:
        query = {"after": after, "limit": "100"}
        answer = await self.lines.to("").call("news", "GET", "/news", query=query, idempotent=True)
        news, cursor, more = news_from(answer.status, answer.body)
        return Post(tuple(news), cursor, more=more)
