"""The stand a simulator is served from: signature check, demo control, and a real server on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from enum import StrEnum

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from fengshou.adapters.wire.signing import Credentials, verify

BODY_BYTES_MAX = 1 << 20
DELAY_MS_MAX = 60_000
Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, bytes], Awaitable[Response]]


class Mode(StrEnum):
    """How a simulator behaves: as its data says, refusing all, late, or taking requests in silence."""

    NORMAL = "normal"
    UNAVAILABLE = "unavailable"
    SLOW = "slow"
    SILENT = "silent"


class Stand:
    """Wraps a simulator's handlers into endpoints that check signatures and obey the demo control.

    own     the caller's credentials
    hold_s  seconds a silent endpoint holds the line before it breaks off
    """

    def __init__(
        self, own: Credentials, *, hold_s: float = 30.0, wall: Callable[[], float] = time.time
    ) -> None:
        self._own = own
        self._hold_s = hold_s
        self._wall = wall
        self.mode = Mode.NORMAL
        self.delay_ms = 0

    def guarded(self, handler: Handler) -> Endpoint:
        """An endpoint of the partner's protocol: signed by the caller, subject to the control."""

        async def endpoint(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return JSONResponse({"error": "too_large"}, 413)
            if self.mode is Mode.UNAVAILABLE:
                return JSONResponse({"error": "unavailable"}, 503)
            if not self._signed(request, body):
                return JSONResponse({"error": "bad_signature"}, 401)
            if self.mode is Mode.SLOW:
                await asyncio.sleep(self.delay_ms / 1000)
            answer = await handler(request, body)
            return await self.silence(request) if self.mode is Mode.SILENT else answer

        return endpoint

    async def silence(self, request: Request) -> Response:
        """Hold the line until the caller hangs up: what was asked has been done, nothing is said."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._hold_s):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        return JSONResponse({"error": "no_answer"}, 504)

    def control(self) -> Route:
        """`GET /control` tells the mode; `POST /control {"mode": …, "delay_ms": …}` changes it."""

        async def endpoint(request: Request) -> Response:
            if request.method == "POST":
                wish = json_object(request, await _body(request))
                if wish is None or not self._obey(wish):
                    return JSONResponse({"error": "bad_control", "modes": list(Mode)}, 422)
            return JSONResponse({"mode": self.mode, "delay_ms": self.delay_ms})

        return Route("/control", endpoint, methods=["GET", "POST"])

    def _obey(self, wish: Mapping[str, object]) -> bool:
        delay = wish.get("delay_ms", 0)
        if wish.get("mode") not in list(Mode) or not isinstance(delay, int) or not 0 <= delay <= DELAY_MS_MAX:
            return False
        self.mode, self.delay_ms = Mode(str(wish["mode"])), delay
        return True

    def _signed(self, request: Request, body: bytes) -> bool:
        below = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        query = request.scope["query_string"].decode("latin-1")
        target = below + ("?" + query if query else "")
        return verify(
            self._own,
            request.headers,
            method=request.method,
            target=target,
            body=body,
            now_s=int(self._wall()),
        )


def json_object(request: Request, body: bytes | None) -> dict[str, object] | None:
    """The JSON object of a request, or None.

    Other content types are refused: a web page of another origin can send those unasked, JSON it cannot.
    """
    if body is None or request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return None
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


async def _body(request: Request) -> bytes | None:
    said = bytearray()
    async for chunk in request.stream():
        said += chunk
        if len(said) > BODY_BYTES_MAX:
            return None
    return bytes(said)


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.up.set()


class Running:
    """A simulator that listens. `await running.stop()` ends it."""

    def __init__(self, server: _Server, task: asyncio.Task[None], base_url: str) -> None:
        self._server = server
        self._task = task
        self.base_url = base_url

    async def stop(self) -> None:
        """Stop listening and wait until open requests are over (at most a second)."""
        self._server.should_exit = True
        await self._task


async def serve(apps: Mapping[str, ASGIApp], *, host: str = "127.0.0.1", port: int = 0) -> Running:
    """Serve each app under its path (`{"/simulators/sms": app}`) at a loopback port; 0 takes a free one."""
    house = Starlette(routes=[Mount(path, app) for path, app in apps.items()])
    listener = socket.create_server((host, port))
    config = uvicorn.Config(
        house, log_config=None, access_log=False, ws="none", lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        up.cancel()
        listener.close()
        await task
        raise RuntimeError("the simulator stopped before it listened")
    return Running(server, task, f"http://{host}:{listener.getsockname()[1]}")
