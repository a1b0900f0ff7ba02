"""The stand a simulator is served from: signature check, demo control, and a real server on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from enum import StrEnum

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from fengshou.adapters.wire.signing import NONCE, Credentials, sign_answer, verify

BODY_BYTES_MAX = 1 << 20
OLDER_MAX, OLDER_BYTES_MAX = 500, 1 << 16
DELAY_MS_MAX = 60_000
Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, bytes], Awaitable[Response]]


class Mode(StrEnum):
    """How a simulator behaves: as its data says, or in one of the ways in which partners go wrong."""

    NORMAL = "normal"
    UNAVAILABLE = "unavailable"  # refuses all with 503, does nothing
    SLOW = "slow"  # does it after `delay_ms`
    SILENT = "silent"  # does it and says nothing
    LOST = "lost"  # does it; something in between answers 502
    HANG = "hang"  # does nothing and says nothing
    TWICE = "duplicate"  # hears each request twice, tells each news twice
    GARBAGE = "garbage"  # does it and answers bytes of no form
    LARGE = "too_large"  # does it and answers 10 MB
    OFF_FORM = "wrong_schema"  # does it and answers JSON of another form
    UNSIGNED = "unsigned"  # does it; the answer lacks its signature
    REPLAYED = "replayed"  # does it; the answer is an older one


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
        self._parts: dict[str, tuple[Mode, int]] = {}
        self._older: OrderedDict[str, Response] = OrderedDict()

    def behaviour(self, part: str | None) -> tuple[Mode, int]:
        """How it behaves to callers of one provider, or of the whole."""
        return self._parts.get(part or "", (self.mode, self.delay_ms))

    @property
    def times(self) -> int:
        """How often each news is told: once, unless the whole partner repeats itself."""
        return 2 if self.mode is Mode.TWICE else 1

    def guarded(self, handler: Handler) -> Endpoint:
        """An endpoint of the partner's protocol: signed by the caller, subject to the control."""

        async def endpoint(request: Request) -> Response:
            body = await _body(request)
            mode, delay_ms = self.behaviour(request.path_params.get("provider"))
            if body is None:
                return JSONResponse({"error": "too_large"}, 413)
            if mode is Mode.UNAVAILABLE:
                return JSONResponse({"error": "unavailable"}, 503)
            if not self._signed(request, body):
                return JSONResponse({"error": "bad_signature"}, 401)
            if mode is Mode.HANG:
                return await self.silence(request)
            if mode is Mode.SLOW:
                await asyncio.sleep(delay_ms / 1000)
            answer = await handler(request, body)
            if mode is Mode.TWICE:
                answer = await handler(request, body)
            return await self._spoiled(mode, request, answer)

        return endpoint

    async def silence(self, request: Request) -> Response:
        """Hold the line until the caller hangs up: what was asked has been done, nothing is said."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._hold_s):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        return JSONResponse({"error": "no_answer"}, 504)

    async def _spoiled(self, mode: Mode, request: Request, answer: Response) -> Response:
        """The answer as the mode lets it through, signed for the request that asks for it."""
        if mode is Mode.SILENT:
            return await self.silence(request)
        older = self._older.get(request.url.path)
        fresh = self._sign(request, answer)
        if mode is Mode.REPLAYED and older is not None:
            return older
        if mode is Mode.UNSIGNED:
            return Response(answer.body, answer.status_code, media_type=answer.media_type)
        spoil = _SPOILS.get(mode)
        return fresh if spoil is None else self._sign(request, spoil())

    def _sign(self, request: Request, answer: Response) -> Response:
        nonce = request.headers.get(NONCE)
        if nonce:
            answer.headers.update(sign_answer(self._own, nonce, answer.status_code, bytes(answer.body)))
            if len(answer.body) <= OLDER_BYTES_MAX:
                self._older[request.url.path] = answer
            while len(self._older) > OLDER_MAX:
                self._older.popitem(last=False)
        return answer

    def control(self) -> Route:
        """`GET /control` tells the mode; `POST /control {"mode": …, "delay_ms": …}` changes it.

        With `provider` it is that one's mode alone.
        """

        async def endpoint(request: Request) -> Response:
            if request.method == "POST":
                wish = json_object(request, await _body(request))
                if wish is None or not self._obey(wish):
                    return JSONResponse({"error": "bad_control", "modes": list(Mode)}, 422)
            parts = {part: mode for part, (mode, _) in self._parts.items()}
            said = {"mode": self.mode, "delay_ms": self.delay_ms}
            return JSONResponse(said | ({"providers": parts} if parts else {}))

        return Route("/control", endpoint, methods=["GET", "POST"])

    def _obey(self, wish: Mapping[str, object]) -> bool:
        delay, part = wish.get("delay_ms", 0), wish.get("provider", "")
        if wish.get("mode") not in list(Mode) or not isinstance(delay, int) or not 0 <= delay <= DELAY_MS_MAX:
            return False
        if not isinstance(part, str) or len(part) > 80 or len(self._parts) > OLDER_MAX:
            return False
        mode = Mode(str(wish["mode"]))
        if part:
            self._parts[part] = (mode, delay)
        else:
            self.mode, self.delay_ms = mode, delay
            self._parts.clear()
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


_SPOILS: Mapping[Mode, Callable[[], Response]] = {
    Mode.LOST: lambda: JSONResponse({"error": "bad_gateway"}, 502),
    Mode.GARBAGE: lambda: Response(b"\x00\xff\xfe{[<" * 64, media_type="application/json"),
    Mode.LARGE: lambda: Response(
        b'{"status":"OK","data":"' + b"9" * 10_000_000 + b'"}', media_type="application/json"
    ),
    Mode.OFF_FORM: lambda: JSONResponse({"status": "OK", "resourceType": "Basic", "data": {"fen": "many"}}),
}


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


def limit_of(request: Request, at_most: int = 100) -> int:
    """How many items of a list are asked for."""
    said = request.query_params.get("limit", "")
    return min(int(said), at_most) if said.isascii() and said.isdecimal() and len(said) < 5 else 50


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
