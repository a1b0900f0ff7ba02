"""What is not an operation: pages and their changes, the built client, health and figures."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from fengshou.channels.edge.boot import VIEW_COOKIE, Frames, Laid, view_of
from fengshou.channels.edge.delivery import Delivery
from fengshou.channels.edge.doors import Doors
from fengshou.channels.edge.problems import problem
from fengshou.channels.edge.static import WebDist
from fengshou.kernel import CENTRE, BankError, exposition, gauge

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

HEARTBEAT_S = 15.0
_UNSAVED = "draft"  # the page comes from the designer by message, nothing of it is kept here
# Up to here every phone hears of a change at once; beyond, so many more a second, and never later than this.
STREAMS_AT_ONCE = 2_000
_A_SECOND = 1_000
_SPREAD_MAX_S = 30.0
_LOOPBACK = ("127.0.0.1", "::1")
_streams = gauge("streams", "Open event streams")


class Site:
    """The routes beside the operations. `closing` ends the event streams."""

    def __init__(
        self,
        doors: Doors,
        web_dist: Path,
        delivery: Delivery | None = None,
        *,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._doors, self._dist, self._heartbeat_s = doors, WebDist(web_dist), heartbeat_s
        index = self._dist.body("index.html")
        self._frames = Frames(doors.pages, index) if index else None
        self._delivery, self._open = delivery or Delivery(doors, dict), 0
        self._closing = asyncio.Event()
        self._router = Router(
            [
                Route("/ui/events", self.events),
                Route("/ui/key", self.key),
                Route("/healthz", self.healthz),
                Route("/readyz", self.readyz),
                Route("/metrics", self.metrics),
                Route("/", self.app_page),
                Route("/app/{path:path}", self.app_page),
                Route("/preview/{token}/{path:path}", self.preview_page),
                Route("/console/{path:path}", self.console_page),
                Route("/console", self.console_page),
                Route("/simulators/{path:path}", self.simulators),
                Route("/{name:path}", self.file),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (self._delivery if self._delivery.takes(scope) else self._router)(scope, receive, send)

    def close(self) -> None:
        """End the event streams; nothing new is streamed."""
        self._closing.set()

    # -- pages -------------------------------------------------------------------------------------

    async def key(self, _: Request) -> Response:
        """The key manifests are signed with."""
        return JSONResponse({"ed25519": self._doors.pages.public_key}, headers={"cache-control": "no-cache"})

    async def events(self, _: Request) -> Response:
        """Word of each change of what is published, until the client or the server goes."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._stream(), headers=headers, media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        changes = self._doors.pages.changes()
        closing = asyncio.create_task(self._closing.wait())
        turn = asyncio.ensure_future(anext(changes))
        _streams.inc()
        self._open += 1
        try:
            yield b"retry: 2000\nevent: hello\ndata: {}\n\n"
            while not closing.done():
                await asyncio.wait(
                    {closing, turn}, timeout=self._heartbeat_s, return_when=asyncio.FIRST_COMPLETED
                )
                if turn.done():
                    await self._spread(closing)
                    yield self._word(turn.result())
                    turn = asyncio.ensure_future(anext(changes))
                elif not closing.done():
                    yield b": beat\n\n"
        finally:
            _streams.dec()
            self._open -= 1
            for task in (closing, turn):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await changes.aclose()  # type: ignore[attr-defined]  # it is a generator behind its AsyncIterator

    def _word(self, turn: int) -> bytes:
        """What a stream says of a change; `cohorts`: ask for your cohort again."""
        cohorts = b"true" if self._doors.pages.cohorts_turn >= turn else b"false"
        return b'event: manifest\ndata: {"turn": %d, "cohorts": %s}\n\n' % (turn, cohorts)

    async def _spread(self, closing: asyncio.Task[bool]) -> None:
        """Above so many streams, let each wait by chance: all of them at once would ask for the manifest together."""
        if self._open > STREAMS_AT_ONCE:
            spread_s = min(_SPREAD_MAX_S, (self._open - STREAMS_AT_ONCE) / _A_SECOND)
            await asyncio.wait({closing}, timeout=random.uniform(0, spread_s))  # noqa: S311 - no secret is made of it

    # -- the built client --------------------------------------------------------------------------

    async def app_page(self, request: Request) -> Response:
        """Every address of the app is the same frame, with the start of its page laid into it."""
        if self._frames is None:
            return self._dist.answer(request, "index.html")
        view = view_of(request.cookies.get(VIEW_COOKIE), request.headers.get("accept-language", ""))
        page = request.path_params.get("path", "").rstrip("/")
        return Laid(await self._frames.frame(view, page))

    async def preview_page(self, request: Request) -> Response:
        """The app as the designer looks at a draft in it."""
        token = request.path_params["token"]
        if token != _UNSAVED:
            self._doors.pages.previews.get(token, self._doors.clock.now())
        return self._dist.answer(request, "preview.html")

    async def console_page(self, request: Request) -> Response:
        """Every address of the console is the same page."""
        return self._dist.answer(request, "console.html")

    async def file(self, request: Request) -> Response:
        """A file of the build."""
        return self._dist.answer(request, request.path_params["name"])

    async def simulators(self, request: Request) -> Response:
        """In a demo, to the outside systems' own pages."""
        url = self._doors.simulators_url
        if url is None:
            return Response("not found", 404, media_type="text/plain")
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{url}/simulators/{request.path_params['path']}{query}", 307)

    # -- for those who run it ----------------------------------------------------------------------

    async def healthz(self, _: Request) -> Response:
        """The process answers."""
        return JSONResponse({"ok": True})

    async def readyz(self, _: Request) -> Response:
        """The process can do business: the book is open and the database answers."""
        ready = self._doors.ledger.ready and not self._closing.is_set()
        if ready:
            try:
                async with self._doors.db.read(CENTRE):
                    pass  # a connection and a transaction are the answer
            except Exception:  # noqa: BLE001 - whatever it is, it is not ready
                ready = False
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' figures, for this machine alone."""
        if request.client is None or request.client.host not in _LOOPBACK:
            return Response("not found", 404, media_type="text/plain")
        return Response(exposition(), media_type="text/plain; version=0.0.4")


def _refusing(endpoint: Endpoint) -> Endpoint:
    """Bank errors of an endpoint in their form."""

    async def asked(request: Request) -> Response:
        try:
            return await endpoint(request)
        except BankError as refusal:
            locale = "en" if request.headers.get("accept-language", "").startswith("en") else "zh-CN"
            status, body, headers = problem(refusal, locale, "")
            return Response(body, status, {name.decode(): value.decode() for name, value in headers})

    return asked
