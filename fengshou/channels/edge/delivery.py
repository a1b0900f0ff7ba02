"""Manifests, pages and pictures: answered from memory, made ready once, with nothing between the request and the bytes.

A phone asks for these far more often than for anything else, and after each publication all phones ask at once.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from fengshou.channels.edge.doors import Doors
from fengshou.channels.edge.problems import problem
from fengshou.channels.edge.static import FOREVER
from fengshou.kernel import BankError, Missing

_READY_MAX = 5_000
_LISTS_MAX = 2_000
_GZIP_LEAST = 400
# About as many bytes as a page, before and after compression.
_FILLER = b"".join(sha256(b"%d" % number).hexdigest().encode() for number in range(30))
Samples = Callable[[], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Ready:
    """A body with its headers, as it is and compressed."""

    etag: bytes
    body: bytes
    headers: list[tuple[bytes, bytes]]
    small: bytes | None
    small_headers: list[tuple[bytes, bytes]]
    unchanged: list[tuple[bytes, bytes]]


def ready(body: bytes, etag: str, cache: str, media_type: bytes = b"application/json") -> Ready:
    """Make a body ready to be sent often."""
    named = [(b"etag", etag.encode()), (b"cache-control", cache.encode()), (b"vary", b"Accept-Encoding")]
    small = gzip.compress(body, 6, mtime=0) if len(body) >= _GZIP_LEAST else None
    typed = [(b"content-type", media_type), *named]
    return Ready(
        etag=etag.encode(),
        body=body,
        headers=[*typed, (b"content-length", str(len(body)).encode())],
        small=small,
        small_headers=[
            *typed,
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(small or b"")).encode()),
        ],
        unchanged=named,
    )


class Delivery:
    """Answers `GET` below `/ui/` for what pages are made of. `samples` makes answers for previews."""

    def __init__(self, doors: Doors, samples: Samples, *, bench: bool = False) -> None:
        self._doors, self._samples = doors, samples
        self._ready: OrderedDict[str, Ready] = OrderedDict()
        self._lists: dict[bytes, Ready] = {}
        self._by_etag: dict[str, Ready] = {}
        self._turn = -1
        # What benchmarks compare with: as many bytes as a page, by no way at all.
        self._noop = ready(_FILLER, '"noop"', FOREVER) if bench else None

    def takes(self, scope: Scope) -> bool:
        """Whether a request is one of these."""
        path: str = scope["path"]
        return path.startswith(("/ui/p/", "/ui/manifest", "/ui/picture/", "/ui/preview/", "/ui/noop"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET, HEAD")]})
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            found = await self._find(scope)
        except BankError as refusal:
            english = _header(scope, b"accept-language").startswith(b"en")
            status, body, headers = problem(refusal, "en" if english else "zh-CN", "")
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await answer(scope, send, found)

    async def _find(self, scope: Scope) -> Ready:
        path: str = scope["path"]
        if path.startswith("/ui/p/"):
            return await self._page(path[6:].removesuffix(".json"))
        if path == "/ui/manifest":
            return self._manifest(scope["query_string"])
        if path.startswith("/ui/picture/"):
            return self._picture(path[12:].removesuffix(".svg"))
        if path == "/ui/noop" and self._noop:
            return self._noop
        _, _, rest = path.partition("/ui/preview/")
        token, _, what = rest.partition("/")
        if what != "samples":
            raise Missing(what="page")
        self._doors.pages.previews.get(token, self._doors.clock.now())
        return ready(orjson.dumps(self._samples(), default=str), '"samples"', "no-store")

    async def _page(self, page_hash: str) -> Ready:
        found = self._ready.get(page_hash)
        if found is None:
            body = await self._doors.pages.page(page_hash[:64])
            found = self._keep(page_hash, ready(body, f'"{page_hash}"', FOREVER))
        return found

    def _manifest(self, query_string: bytes) -> Ready:
        pages = self._doors.pages
        if pages.turn != self._turn:
            self._turn = pages.turn
            self._lists.clear()
        found = self._lists.get(query_string)
        if found is not None:
            return found
        query = parse_qs(query_string.decode("latin-1"), max_num_fields=8) if query_string else {}
        locale, kit = query.get("locale", ["zh-CN"])[0], query.get("kit", ["1"])[0]
        number = int(kit) if kit.isascii() and kit.isdigit() and len(kit) < 4 else 1
        if "preview" in query:
            preview = pages.previews.get(query["preview"][0], self._doors.clock.now())
            shown = pages.preview_manifest(preview, locale, number)
            return ready(shown.body, shown.etag, "no-store")
        shown = pages.manifest(locale, query.get("cohort", [""])[0], number)
        found = self._by_etag.get(shown.etag)
        if found is None:
            if len(self._by_etag) >= _LISTS_MAX:
                self._by_etag.clear()
            found = self._by_etag[shown.etag] = ready(shown.body, shown.etag, "no-cache")
        if len(self._lists) < _LISTS_MAX:
            self._lists[query_string] = found
        return found

    def _picture(self, name: str) -> Ready:
        picture = (self._doors.pages.pictures or {}).get(name)
        if picture is None:
            raise Missing(what="picture")
        key = f"i{name}"
        return self._ready.get(key) or self._keep(
            key, ready(picture.body, f'"{hash(picture.body):x}"', "public, max-age=86400", b"image/svg+xml")
        )

    def _keep(self, key: str, made: Ready) -> Ready:
        if len(self._ready) >= _READY_MAX:
            self._ready.popitem(last=False)
        self._ready[key] = made
        return made


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


async def answer(scope: Scope, send: Send, found: Ready) -> None:
    """Send a body that is ready, compressed when the client takes that, or word that it is unchanged."""
    known, small = b"", False
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            known = value
        elif name == b"accept-encoding":
            small = found.small is not None and b"gzip" in value
    if known and found.etag in known:
        await send({"type": "http.response.start", "status": 304, "headers": found.unchanged})
        await send({"type": "http.response.body", "body": b""})
        return
    headers = found.small_headers if small else found.headers
    body = (found.small or b"") if small else found.body
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
