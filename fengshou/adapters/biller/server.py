"""The biller hub as a real server, with a page that shows what it was paid.

Protocol: manifest.yaml. For demos: `GET /` (the page), `GET|POST /control`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters import wire
from fengshou.adapters.biller.counter import counter_sheet
from fengshou.adapters.biller.mapping import ROWS_MAX, answer_of, news_of
from fengshou.adapters.biller.simulator import Billers, Book, read_kinds
from fengshou.services import Operation, Ring

PATH = "/simulators/biller"
_FILES = ("kinds", "outcomes")
_SAMPLES = Path(__file__).parent / "samples"


def load_billers(*, epoch: str | None = None) -> Billers:
    """The billers that ship with the simulator."""
    kinds, outcomes = (wire.sample(_SAMPLES / f"{name}.yaml") for name in _FILES)
    return Billers(read_kinds(kinds), wire.read_outcomes(outcomes), epoch=epoch or wire.fresh_epoch())


def build_app(
    own: wire.Credentials,
    *,
    billers: Billers | None = None,
    journal: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hold_s: float = 30.0,
) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with.

    journal  a file that lets it remember across restarts; None forgets
    """
    stand = wire.Stand(own, hold_s=hold_s)
    hub = _Hub(wire.Hall(billers or load_billers(), journal=journal, now=now), stand)
    guarded = stand.guarded
    return Starlette(
        routes=[
            Route("/", hub.page),
            Route("/news", guarded(hub.news)),
            Route("/{provider}/arrears", guarded(hub.arrears)),
            Route("/{provider}/targets", guarded(hub.targets)),
            Route("/{provider}/payments/{key:uuid}", guarded(hub.pay), methods=["PUT"]),
            Route("/{provider}/payments/{key:uuid}", guarded(hub.paid)),
            Route("/{provider}/deliveries/{key:uuid}", guarded(hub.deliver), methods=["PUT"]),
            Route("/{provider}/deliveries/{key:uuid}", guarded(hub.delivered)),
            Route("/{provider}/day-files/{day}", guarded(hub.day_file)),
            stand.control(),
        ]
    )


class _Hub:
    """The endpoints: requests in, the hall's words out."""

    def __init__(self, hall: wire.Hall[Book], stand: wire.Stand) -> None:
        self._hall = hall
        self._stand = stand

    async def arrears(self, request: Request, _: bytes) -> Response:
        return await self._answer(request, "bill.arrears", {"account": request.query_params.get("account")})

    async def targets(self, request: Request, _: bytes) -> Response:
        return await self._answer(request, "topup.validate", {"account": request.query_params.get("account")})

    async def pay(self, request: Request, body: bytes) -> Response:
        said: dict[str, Any] = wire.json_object(request, body) or {}
        try:
            fen = {item["bill_no"]: item["amount_fen"] for item in said.pop("items")}
        except (KeyError, TypeError):
            fen = {}
        return await self._answer(request, "bill.pay", {**said, "fen": fen})

    async def paid(self, request: Request, _: bytes) -> Response:
        return await self._answer(request, "bill.status", {})

    async def deliver(self, request: Request, body: bytes) -> Response:
        said = wire.json_object(request, body) or {}
        params = {"account": said.get("account"), "fen": said.get("amount_fen")}
        return await self._answer(request, "topup.deliver", params)

    async def delivered(self, request: Request, _: bytes) -> Response:
        return await self._answer(request, "topup.status", {})

    async def day_file(self, request: Request, _: bytes) -> Response:
        ring = _ring(request, "bill.day_file", {"day": request.path_params["day"]})
        said = self._hall.ring(ring)
        start = request.query_params.get("from", "0")
        if said.state != "done" or not (start.isascii() and start.isdecimal()):
            return JSONResponse({"error": "bad_request"}, 400)
        lines, first = said.body["lines"], int(start)
        rows = [[line[word] for word in ("key", "account", "fen", "number")] for line in lines]
        after = first + ROWS_MAX
        page = {
            "day": said.body["day"],
            "rows": rows[first:after],
            "next": after if after < len(rows) else None,
        }
        return JSONResponse(page)

    async def news(self, request: Request, _: bytes) -> Response:
        post = self._hall.news(request.query_params.get("after", ""), wire.limit_of(request))
        told = [news_of(news) for news in post.news for _ in range(self._stand.times)]
        return JSONResponse({"news": told, "cursor": post.cursor, "more": post.more})

    async def page(self, request: Request) -> Response:
        sheet = counter_sheet(
            self._hall, request.query_params, wire.locale_of(request), wire.base_of(request)
        )
        return wire.show(request, sheet, self._stand.mode)

    async def _answer(self, request: Request, operation: Operation, params: dict[str, Any]) -> Response:
        ring = _ring(request, operation, params)
        said = self._hall.ring(ring)
        if said.state == "unknown":
            return await self._stand.silence(request)
        if said.state == "unavailable":
            return JSONResponse({"error": "unavailable"}, 503)
        status, body = answer_of(operation, ring.key, said)
        return JSONResponse(body, status)


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)


def _ring(request: Request, operation: Operation, params: dict[str, Any]) -> Ring:
    key = request.path_params.get("key", UUID(int=0))
    return Ring(operation, request.path_params["provider"], key, "", params)
