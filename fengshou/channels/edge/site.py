"""What is not an operation: pages and their changes, the built client, health and figures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from fengshou.channels.edge.doors import Doors
from fengshou.channels.edge.problems import problem
from fengshou.channels.edge.static import FOREVER, WebDist
from fengshou.kernel import CENTRE, BankError, exposition, gauge

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

HEARTBEAT_S = 15.0
_LOOPBACK = ("127.0.0.1", "::1")
_streams = gauge("streams", "Open event streams")


class Site:
    """The routes beside the operations. `closing` ends the event streams."""

    def __init__(self, doors: Doors, web_dist: Path, *, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._doors, self._dist, self._heartbeat_s = doors, WebDist(web_dist), heartbeat_s
        self._closing = asyncio.Event()
        self._router = Router(
            [
                Route("/ui/manifest", _refusing(self.manifest)),
                Route("/ui/p/{name}", _refusing(self.page)),
                Route("/ui/events", self.events),
                Route("/ui/key", self.key),
                Route("/healthz", self.healthz),
                Route("/readyz", self.readyz),
                Route("/metrics", self.metrics),
                Route("/", self.app_page),
                Route("/app/{path:path}", self.app_page),
                Route("/console/{path:path}", self.console_page),
                Route("/console", self.console_page),
                Route("/simulators/{path:path}", self.simulators),
                Route("/{name:path}", self.file),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._router(scope, receive, send)

    def close(self) -> None:
        """End the event streams; nothing new is streamed."""
        self._closing.set()

    # -- pages -------------------------------------------------------------------------------------

    async def manifest(self, request: Request) -> Response:
        """The signed list of pages in one language."""
        found = self._doors.pages.manifest(request.query_params.get("locale", "zh-CN"))
        headers = {"etag": found.etag, "cache-control": "no-cache"}
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.body, headers=headers, media_type="application/json")

    async def page(self, request: Request) -> Response:
        """A page by its hash: the same bytes for ever."""
        name = request.path_params["name"].removesuffix(".json")
        body = await self._doors.pages.page(name[:64])
        headers = {"cache-control": FOREVER, "etag": f'"{name}"'}
        return Response(body, headers=headers, media_type="application/json")

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
        try:
            yield b"retry: 2000\nevent: hello\ndata: {}\n\n"
            while not closing.done():
                await asyncio.wait(
                    {closing, turn}, timeout=self._heartbeat_s, return_when=asyncio.FIRST_COMPLETED
                )
                if turn.done():
                    yield b"event: manifest\ndata: %d\n\n" % turn.result()
                    turn = asyncio.ensure_future(anext(changes))
                elif not closing.done():
                    yield b": beat\n\n"
        finally:
            _streams.dec()
            for task in (closing, turn):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await changes.aclose()  # type: ignore[attr-defined]  # it is a generator behind its AsyncIterator

    # -- the built client --------------------------------------------------------------------------

    async def app_page(self, request: Request) -> Response:
        """Every address of the app is the same page."""
        return self._dist.answer(request, "index.html")

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
        return RedirectResponse(f"{url}/simulators/{request.path_params['path']}", 307)

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
