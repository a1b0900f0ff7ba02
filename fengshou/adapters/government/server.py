"""The provincial service network as a real server, with a page of its cases.

Protocol: manifest.yaml. For demos: `GET /` (the page), `POST /desk` (an official acts), `GET|POST /control`.
"""

from __future__ import annotations

import hmac
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
from fengshou.adapters.government.cases import FATES
from fengshou.adapters.government.mapping import (
    CODES,
    DONE,
    NEWS,
    answer_of,
    consent_token,
    news_of,
    ring_of,
)
from fengshou.adapters.government.simulator import Authorities, Book, read_items
from fengshou.adapters.government.window import window_sheet
from fengshou.services import Said

PATH = "/simulators/government"
_SAMPLES = Path(__file__).parent / "samples"


def load_authorities(*, epoch: str | None = None) -> Authorities:
    """The authorities that ship with the simulator."""
    items, markers = (wire.sample(_SAMPLES / f"{name}.yaml") for name in ("items", "markers"))
    if wrong := set(markers.values()) - FATES:
        raise ValueError(f"markers: {sorted(wrong)} are unknown")
    return Authorities(read_items(items), markers, epoch=epoch or wire.fresh_epoch())


def build_app(
    own: wire.Credentials,
    *,
    authorities: Authorities | None = None,
    journal: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hold_s: float = 30.0,
) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with.

    journal  a file that lets it remember across restarts; None forgets
    """
    stand = wire.Stand(own, hold_s=hold_s)
    core = authorities or load_authorities()
    gateway = _Gateway(wire.Hall(core, journal=journal, now=now), core, stand, own)
    return Starlette(
        routes=[
            Route("/", gateway.page),
            Route("/desk", gateway.desk, methods=["POST"]),
            Route("/gateway", stand.guarded(gateway.news), methods=["POST"]),
            Route("/{provider}/gateway", stand.guarded(gateway.take), methods=["POST"]),
            stand.control(),
        ]
    )


class _Gateway:
    """The endpoints: envelopes in, envelopes out."""

    def __init__(
        self, hall: wire.Hall[Book], core: Authorities, stand: wire.Stand, own: wire.Credentials
    ) -> None:
        self._hall = hall
        self._core = core
        self._stand = stand
        self._own = own

    async def take(self, request: Request, body: bytes) -> Response:
        try:
            ring, token = ring_of(request.path_params["provider"], wire.json_object(request, body) or {})
        except wire.OffForm:
            return _refused("bad_request")
        wanted = consent_token(self._own, ring.key, ring.topic, ring.subject)
        agreed = ring.operation != "share.fetch" or hmac.compare_digest(token.encode(), wanted.encode())
        said = self._hall.ring(ring) if agreed else Said("refused", {}, "consent_missing")
        if said.state == "unknown":
            return await self._stand.silence(request)
        if said.state == "unavailable":
            return JSONResponse({"error": "unavailable"}, 503)
        return JSONResponse(answer_of(ring.operation, ring.key, said))

    async def news(self, request: Request, body: bytes) -> Response:
        said: dict[str, Any] = wire.json_object(request, body) or {}
        try:
            asked, service = said["body"], said["head"]["service"]
            after, limit = str(asked["after"]), min(int(asked["limit"]), 100)
        except (KeyError, TypeError, ValueError):
            return _refused("bad_request")
        if service != NEWS:
            return _refused("bad_request")
        post = self._hall.news(after, limit)
        told = [news_of(news) for news in post.news for _ in range(self._stand.times)]
        head = {"code": DONE, "serial": str(UUID(int=0)), "message": ""}
        page = {"messages": told, "cursor": post.cursor, "more": post.more}
        return JSONResponse({"head": head, "body": page})

    async def desk(self, request: Request) -> Response:
        wish = wire.json_object(request, await request.body())
        try:
            return JSONResponse(self._hall.wish(wish or {}))
        except wire.BadWish as error:
            return JSONResponse({"error": "bad_wish", "fault": str(error)}, 422)

    async def page(self, request: Request) -> Response:
        sheet = window_sheet(self._core, request.query_params, wire.locale_of(request))
        return wire.show(request, sheet, self._stand.mode)


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)


def _refused(reason: str) -> Response:
    head = {"code": CODES[reason], "serial": "", "message": reason}
    return JSONResponse({"head": head, "body": {}})
