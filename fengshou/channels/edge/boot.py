"""The app's first answer with what its first page is made of laid into it: list, key, tab bar and page.

A phone that opens the app would ask for these one after another. They are as public as the frame itself, signed and
named by their hashes as ever: the client checks them before it uses them, and asks for whatever is not here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fengshou.channels.edge.delivery import Ready, answer, ready
from fengshou.kernel import BankError
from fengshou.pages import KIT, Pages

VIEW_COOKIE = "fs_view"
_FRAMES_MAX = 400
_HEAD_END = b"</head>"


@dataclass(frozen=True, slots=True)
class View:
    """What a phone told of itself by its cookie: a hint, never more."""

    locale: str
    elder: bool
    cohort: str


def view_of(cookie: str | None, accept_language: str) -> View:
    """`<locale>~<elder>~<cohort>`; a first visit goes by the browser's language."""
    parts = unquote(cookie or "").split("~")
    if len(parts) == 3:
        return View("en" if parts[0] == "en" else "zh-CN", parts[1] == "1", parts[2][:200])
    spoken = accept_language.split(",", maxsplit=1)[0].strip().lower()
    return View("en" if spoken and not spoken.startswith("zh") else "zh-CN", False, "")


class Laid(Response):
    """A frame on its way."""

    def __init__(self, frame: Ready) -> None:
        super().__init__()
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or word that it is unchanged."""
        await answer(scope, send, self._frame)


class Frames:
    """The frame for each list and first page, made ready once; those not asked for longest go first."""

    def __init__(self, pages: Pages, index: bytes) -> None:
        self._pages, self._index = pages, index
        self._lists: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._made: OrderedDict[tuple[str, bool, str], Ready] = OrderedDict()

    async def frame(self, view: View, page: str) -> Ready:
        """The frame with the start of `page` in it; as it was built when nothing is published."""
        try:
            shown = self._pages.manifest(view.locale, view.cohort, KIT)
            listed = _held(self._lists, shown.etag, lambda: orjson.loads(shown.body))
            key = (shown.etag, view.elder, page if page in listed["pages"] else "")
            if key not in self._made:
                _keep(self._made, key, _ready(self._index, await self._start(listed, *key[1:])))
            return self._made[key]
        except BankError:
            return _ready(self._index, None)

    async def _start(self, listed: dict[str, Any], elder: bool, page: str) -> dict[str, Any]:
        shell = (await self._pages.page(listed["shell"])).decode()
        wanted = page or str(orjson.loads(shell).get("home", ""))
        found = (listed["elder"].get(wanted) if elder else None) or listed["pages"].get(wanted)
        bodies = {listed["shell"]: shell}
        if found:
            bodies[found] = (await self._pages.page(found)).decode()
        return {"key": self._pages.public_key, "manifest": listed, "bodies": bodies}


def _ready(index: bytes, start: dict[str, Any] | None) -> Ready:
    if start is not None:
        # In a data block of HTML only "<" could end it; in JSON it stands in texts alone.
        text = orjson.dumps(start).replace(b"<", b"\\u003c")
        block = b'<script type="application/json" id="start">' + text + b"</script>"
        index = index.replace(_HEAD_END, block + _HEAD_END, 1)
    # "private": what it begins with goes by a cookie, so nobody between may keep it for others.
    etag = f'"{sha256(index).hexdigest()[:24]}"'
    return ready(index, etag, "private, no-cache", b"text/html; charset=utf-8")


def _held(
    box: OrderedDict[str, dict[str, Any]], key: str, make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    if key not in box:
        _keep(box, key, make())
    return box[key]


def _keep(box: OrderedDict[Any, Any], key: object, made: object) -> None:
    if len(box) >= _FRAMES_MAX:
        box.popitem(last=False)
    box[key] = made
