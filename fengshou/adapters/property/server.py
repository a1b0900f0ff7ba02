"""Property companies as a real server, with a page of their doors.

Protocol: manifest.yaml. For demos: `GET /` (the page), `POST /desk` (somebody at a door), `GET|POST /control`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters import wire
from fengshou.adapters.property.mapping import (
    NEWS,
    NO_KEY,
    ROWS_MAX,
    answer_of,
    failure,
    news_of,
    ring_of,
)
from fengshou.adapters.property.porch import porch_sheet
from fengshou.adapters.property.simulator import Book, Companies, read_fees
from fengshou.services import Said

PATH = "/simulators/property"
INVALID = -32_600
_SAMPLES = Path(__file__).parent / "samples"


def load_companies(*, epoch: str | None = None) -> Companies:
    """The companies that ship with the simulator."""
    fees, outcomes = (wire.sample(_SAMPLES / f"{n}.yaml") for n in ("fees", "outcomes"))
    return Companies(read_fees(fees), wire.read_outcomes(outcomes), epoch=epoch or wire.fresh_epoch())


def build_app(
    own: wire.Credentials,
    *,
    companies: Companies | None = None,
    journal: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hold_s: float = 30.0,
) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with.

    journal  a file that lets it remember across restarts; None forgets
    """
    stand = wire.Stand(own, hold_s=hold_s)
    core = companies or load_companies()
    gate = _Gate(wire.Hall(core, journal=journal, now=now), core, stand)
    return Starlette(
        routes=[
            Route("/", gate.page),
            Route("/desk", gate.desk, methods=["POST"]),
            Route("/rpc", stand.guarded(gate.news), methods=["POST"]),
            Route("/{provider}/rpc", stand.guarded(gate.call), methods=["POST"]),
            stand.control(),
        ]
    )


class _Gate:
    """The endpoints: calls in, answers out."""

    def __init__(self, hall: wire.Hall[Book], core: Companies, stand: wire.Stand) -> None:
        self._hall = hall
        self._core = core
        self._stand = stand

    async def call(self, request: Request, body: bytes) -> Response:
        asked: dict[str, Any] = wire.json_object(request, body) or {}
        try:
            ring = ring_of(request.path_params["provider"], asked)
        except wire.OffForm:
            return JSONResponse(failure(None, "bad_request", INVALID))
        said = self._hall.ring(ring)
        if said.state == "unknown":
            return await self._stand.silence(request)
        if said.state == "unavailable":
            return JSONResponse({"error": "unavailable"}, 503)
        if ring.operation == "bill.day_file" and said.state == "done":
            said = _page_of(said, asked["params"].get("skip", 0))
        return JSONResponse(answer_of(str(ring.key), said))

    async def news(self, request: Request, body: bytes) -> Response:
        asked: dict[str, Any] = wire.json_object(request, body) or {}
        try:
            after, limit = str(asked["params"]["after"]), min(int(asked["params"]["limit"]), 100)
        except (KeyError, TypeError, ValueError):
            return JSONResponse(failure(None, "bad_request", INVALID))
        if asked.get("method") != NEWS:
            return JSONResponse(failure(None, "bad_request", INVALID))
        post = self._hall.news(after, limit)
        told = [news_of(news) for news in post.news for _ in range(self._stand.times)]
        page = {"news": told, "cursor": post.cursor, "more": post.more}
        return JSONResponse(answer_of(NO_KEY, Said("done", page)))

    async def desk(self, request: Request) -> Response:
        wish = wire.json_object(request, await request.body())
        try:
            return JSONResponse(self._hall.wish(wish or {}))
        except wire.BadWish as error:
            return JSONResponse({"error": "bad_wish", "fault": str(error)}, 422)

    async def page(self, request: Request) -> Response:
        sheet = porch_sheet(self._core, request.query_params, wire.locale_of(request))
        return wire.show(request, sheet, self._stand.mode)


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)


def _page_of(said: Said, skip: object) -> Said:
    first = skip if isinstance(skip, int) and skip >= 0 else 0
    lines = said.body["lines"]
    page = {
        "day": said.body["day"],
        "lines": lines[first : first + ROWS_MAX],
        "more": first + ROWS_MAX < len(lines),
    }
    return replace(said, body=page)
