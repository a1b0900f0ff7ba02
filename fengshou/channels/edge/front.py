"""The bank's front at one port: who gets a request, and what every answer carries."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fengshou.channels.edge.dispatch import Dispatcher
from fengshou.channels.edge.problems import OpUnknown, problem
from fengshou.kernel import Settings

_API = "/api/"
_REQUEST_ID_MAX = 64
# The whole of a Host header: what follows a port would be where the browser is sent.
_LOOPBACK = re.compile(rb"127\.0\.0\.1((?::[0-9]{1,5})?)")

# Everything a page of ours may do. Style attributes are Vue's (widths, hidden rows); style elements are not allowed.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_PERMISSIONS = (
    "camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self), "
    "geolocation=(), microphone=(), payment=(), usb=(), serial=(), hid=(), midi=(), browsing-topics=()"
)
_EVERY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", _POLICY.encode()),
    (b"permissions-policy", _PERMISSIONS.encode()),
]
# A preview stands in a frame of the console, which is of our own origin; nothing else of ours stands in any.
_PREVIEW = "/preview/"
_FRAMED = {
    b"x-frame-options": (b"x-frame-options", b"SAMEORIGIN"),
    b"content-security-policy": (
        b"content-security-policy",
        _POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'").encode(),
    ),
}
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

Closing: TypeAlias = Callable[[], Awaitable[None] | None]


class Front:
    """The ASGI app. `apis` by channel name; `rest` answers everything that is not an operation.

    `close` ends the streams that would otherwise never end; a server that stops gracefully calls it first.
    """

    def __init__(
        self,
        settings: Settings,
        apis: dict[str, tuple[Dispatcher, bytes]],
        rest: ASGIApp,
        on_close: Callable[[], None],
    ) -> None:
        self._apis, self._rest, self._on_close = apis, rest, on_close
        origin = urlsplit(settings.origin)
        self._headers = [*_EVERY, _HTTPS_ONLY] if origin.scheme == "https" else _EVERY
        self._framed = [_FRAMED.get(name, (name, value)) for name, value in self._headers]
        self._to_localhost = origin.hostname == "localhost"

    def close(self) -> None:
        """End the streams."""
        self._on_close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})  # nothing here speaks WebSocket
            return
        request_id = _request_id(scope)
        path: str = scope["path"]
        answer = self._dressed(send, request_id, self._framed if path.startswith(_PREVIEW) else self._headers)
        if path.startswith(_API):
            await self._api(scope, receive, answer, path, request_id)
        elif self._to_localhost and (address := _by_name(scope)):
            await _redirect(answer, address)
        else:
            await self._rest(scope, receive, answer)

    async def _api(self, scope: Scope, receive: Receive, send: Send, path: str, request_id: str) -> None:
        channel, _, name = path[len(_API) :].partition("/")
        found = self._apis.get(channel)
        if found is None:
            await _refuse_unknown(send, request_id)
        elif name == "openapi.json" and scope["method"] == "GET":
            headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-cache")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": found[1]})
        else:
            await found[0](scope, receive, send, name, request_id)

    def _dressed(self, send: Send, request_id: str, headers: list[tuple[bytes, bytes]]) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()), *headers, (b"x-request-id", request_id.encode())
                ]  # fmt: skip
            await send(message)

        return dressed

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message: MutableMapping[str, Any] = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _request_id(scope: Scope) -> str:
    """The caller's own, when it is harmless, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and len(value) <= _REQUEST_ID_MAX and value.replace(b"-", b"").isalnum():
            return str(value.decode())
    return secrets.token_hex(8)


def _by_name(scope: Scope) -> str | None:
    """Where a browser at 127.0.0.1 should rather look: a passkey belongs to a name, never to an address."""
    if scope["method"] != "GET":
        return None
    headers = dict(scope["headers"])
    host = _LOOPBACK.fullmatch(headers.get(b"host", b""))
    if host is None or b"text/html" not in headers.get(b"accept", b""):
        return None
    query = scope["query_string"].decode("latin-1")
    raw = scope.get("raw_path") or b"/"
    path = raw.decode("latin-1").partition("?")[0]
    return f"{scope['scheme']}://localhost{host[1].decode()}{path}{'?' + query if query else ''}"


async def _redirect(send: Send, address: str) -> None:
    headers = [
        (b"location", address.encode("latin-1")),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse_unknown(send: Send, request_id: str) -> None:
    status, body, headers = problem(OpUnknown(), "zh-CN", request_id)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
