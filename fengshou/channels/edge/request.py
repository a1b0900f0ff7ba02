"""Reading a request: its headers, its cookies, its body, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.types import Receive, Scope

from fengshou.access import DeviceHint
from fengshou.channels.edge.call import DEVICE_COOKIE, SESSION_COOKIES
from fengshou.channels.edge.problems import NotJson, TooLarge

BODY_MAX = 64 * 1024
_TOKEN_MAX = 200

Headers: TypeAlias = dict[bytes, bytes]


class Gone(Exception):
    """The client hung up before the request was whole."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the headers say."""

    token: str | None
    by_cookie: bool
    hint: DeviceHint
    locale: str
    client: str
    page: str | None
    cross_site: bool


def read_headers(scope: Scope, headers: Headers, kind: str) -> Asked:
    """Everything of a request but its body; `kind` says whose session is looked for."""
    cookies = _cookies(headers.get(b"cookie", b""))
    bearer = headers.get(b"authorization", b"")
    token = bearer[7:].decode("latin-1") if bearer[:7].lower() == b"bearer " else None
    by_cookie = token is None
    token = (token or cookies.get(SESSION_COOKIES[kind][0]) or None) if len(bearer) < _TOKEN_MAX else None
    client: Any = scope.get("client")
    agent = headers.get(b"user-agent", b"")[:300].decode("latin-1")
    return Asked(
        token=token,
        by_cookie=by_cookie,
        hint=DeviceHint(cookies.get(DEVICE_COOKIE), agent, client[0] if client else ""),
        locale="en" if headers.get(b"accept-language", b"")[:2].lower() == b"en" else "zh-CN",
        client=headers.get(b"x-fs-client", b"")[:80].decode("latin-1"),
        page=headers.get(b"x-fs-page", b"")[:80].decode("latin-1") or None,
        cross_site=headers.get(b"sec-fetch-site", b"same-origin")
        not in (b"same-origin", b"none", b"same-site"),
    )


async def read_body(headers: Headers, receive: Receive, most: int = BODY_MAX) -> bytes:
    """The body of a JSON request of at most `most` bytes. Raises `NotJson`, `TooLarge`, `Gone`."""
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != b"application/json":
        raise NotJson()
    told = headers.get(b"content-length", b"0")
    if not told.isdigit() or int(told) > most:
        raise TooLarge()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > most:
            raise TooLarge()
        if not message.get("more_body", False):
            return b"".join(parts)


def _cookies(header: bytes) -> dict[str, str]:
    """Cookies by name, the first of a name; nothing of ours is quoted."""
    found: dict[str, str] = {}
    if header and len(header) <= 8_192:
        for part in header.decode("latin-1").split(";"):
            name, _, value = part.strip().partition("=")
            found.setdefault(name, value)
    return found
