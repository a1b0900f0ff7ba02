"""Issuers of products as a real server, with a page of their orders.

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
from fengshou.adapters.product.mapping import OPERATIONS_BY_MESSAGE, answer_of, news_of, ours_of
from fengshou.adapters.product.simulator import Book, Issuers, read_products
from fengshou.adapters.product.window import window_sheet
from fengshou.services import Ring, Subject

PATH = "/simulators/product"
_SAMPLES = Path(__file__).parent / "samples"


def load_issuers(*, epoch: str | None = None) -> Issuers:
    """The issuers that ship with the simulator."""
    products, outcomes = (wire.sample(_SAMPLES / f"{name}.yaml") for name in ("products", "outcomes"))
    return Issuers(read_products(products), outcomes, epoch=epoch or wire.fresh_epoch())


def build_app(
    own: wire.Credentials,
    *,
    issuers: Issuers | None = None,
    journal: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hold_s: float = 30.0,
) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with.

    journal  a file that lets it remember across restarts; None forgets
    """
    stand, core = wire.Stand(own, hold_s=hold_s), issuers or load_issuers()
    counter = _Counter(wire.Hall(core, journal=journal, now=now), core, stand)
    guarded = stand.guarded
    return Starlette(
        routes=[
            Route("/", counter.page),
            Route("/news", guarded(counter.news)),
            Route("/{provider}/messages", guarded(counter.message), methods=["POST"]),
            stand.control(),
        ]
    )


class _Counter:
    """The endpoints: messages in, the hall's words out."""

    def __init__(self, hall: wire.Hall[Book], core: Issuers, stand: wire.Stand) -> None:
        self._hall, self._core, self._stand = hall, core, stand

    async def message(self, request: Request, body: bytes) -> Response:
        try:
            ring = _ring(request.path_params["provider"], wire.json_object(request, body) or {})
        except (wire.OffForm, KeyError, ValueError, TypeError, AttributeError):
            return JSONResponse({"error": "bad_message"}, 400)
        said = self._hall.ring(ring)
        if said.state == "unknown":
            return await self._stand.silence(request)
        if said.state == "unavailable":
            return JSONResponse({"error": "unavailable"}, 503)
        status, answer = answer_of(ring.key, said)
        return JSONResponse(answer, status)

    async def news(self, request: Request, _: bytes) -> Response:
        post = self._hall.news(request.query_params.get("after", ""), wire.limit_of(request))
        told = [news_of(news) for news in post.news for _ in range(self._stand.times)]
        return JSONResponse({"news": told, "cursor": post.cursor, "more": post.more})

    async def page(self, request: Request) -> Response:
        return wire.show(request, window_sheet(self._core, wire.locale_of(request)), self._stand.mode)


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)


def _ring(provider: str, said: dict[str, Any]) -> Ring:
    operation = OPERATIONS_BY_MESSAGE[said["MsgTp"]]
    params = ours_of(said["Body"])
    topic = str(params.pop("topic", ""))
    who = said.get("Invstr")
    subject = Subject(who["Nm"], who["Id"]) if who else None
    return Ring(operation, provider, UUID(said["MsgId"]), topic, params, subject)
