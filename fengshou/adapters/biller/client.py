"""Speaks to the biller hub over HTTP: JSON, signed with HMAC both ways."""

from __future__ import annotations

from typing import Any

from fengshou.adapters import wire
from fengshou.adapters.biller.mapping import REASONS, news_from, request_of, said_from
from fengshou.services import Operation, Post, Ring, Said, Talk

ROWS_OF_A_DAY_MAX = 100_000


class BillerClient(wire.Speaker):
    """The hub at the other end of `lines`."""

    system = "biller"
    operations: frozenset[Operation] = frozenset(
        {
            "bill.arrears",
            "bill.pay",
            "bill.status",
            "bill.day_file",
            "topup.validate",
            "topup.deliver",
            "topup.status",
        }
    )

    def __init__(self, lines: wire.Lines) -> None:
        super().__init__(lines, REASONS)

    async def say(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        if ring.operation == "bill.day_file":
            return await self._day_file(ring, params, line)
        request = request_of(ring, params)
        # PUT under a key does once what it is told twice: the hub promises it.
        answer = await line.call(
            ring.operation,
            request.method,
            request.path,
            query=request.query,
            body=request.body,
            idempotent=True,
        )
        return said_from(ring.operation, ring.key, answer.status, answer.body)

    async def _day_file(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        """The whole file, page by page: a day of a big biller is larger than one answer may be."""
        request = request_of(ring, params)
        lines: list[Any] = []
        at: int | None = 0
        while at is not None and len(lines) <= ROWS_OF_A_DAY_MAX:
            page = await line.call(
                ring.operation, "GET", request.path, query={"from": str(at)}, idempotent=True
            )
            said = wire.json_of(page.body)
            rows = wire.listed(said.get("rows"))
            if (
                page.status != 200
                or said.keys() != {"day", "rows", "next"}
                or said["day"] != str(_day(params))
            ):
                raise wire.OffForm("day file")
            lines += [_row(row) for row in rows]
            at = said["next"]
            if at is not None and at != len(lines):
                raise wire.OffForm("day file")
        return Said("done", {"day": str(_day(params)), "lines": lines})

    async def fetch(self, after: str) -> Post:
        line = self.lines.to("")
        query = {"after": after, "limit": "100"}
        answer = await line.call("news", "GET", "/news", query=query, idempotent=True)
        if answer.status != 200:
            raise wire.OffForm("news")
        news, cursor, more = news_from(answer.body)
        return Post(tuple(news), cursor, more=more)


def _day(params: Talk) -> object:
    return params.model_dump(mode="json")["day"]


def _row(row: object) -> dict[str, Any]:
    if not isinstance(row, list) or len(row) != 4:
        raise wire.OffForm("row")
    return dict(zip(("key", "account", "fen", "number"), row, strict=True))
