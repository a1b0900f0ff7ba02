"""The small bank of a crawl: the built client, the pages of one batch, and made answers. Nothing is kept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from fengshou.pages import Compiled, Page, Pages, Shell, compile_pages
from fengshou.runtime.crawl.made import answers as made_answers

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_ME = {"signed_in": False}


class Stand:
    """One bank; `show` puts other pages in it. `also` is served besides."""

    def __init__(
        self, built: Path, *, also: Sequence[Route] = (), answers: Mapping[str, object] | None = None
    ) -> None:
        self.pages = Pages(None, Ed25519PrivateKey.generate(), build="crawl")
        self._also = also
        self._built, self._answers = (
            built,
            {"session.me": _ME, **(made_answers() if answers is None else answers)},
        )

    async def show(self, pages: Iterable[Page], shell: Shell) -> Compiled:
        """Compile `pages` and show them in place of those before."""
        compiled = await asyncio.to_thread(compile_pages, {page.id: page for page in pages}, shell)
        await self.pages.preview(compiled)
        return compiled

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                *self._also,
                Route("/ui/manifest", self._manifest),
                Route("/ui/key", self._key),
                Route("/ui/p/{name}.json", self._page),
                Route("/api/app/{op}", self._answer, methods=["POST"]),
                Route("/{path:path}", self._file),
            ]
        )

    async def _manifest(self, request: Request) -> Response:
        found = self.pages.manifest(request.query_params.get("locale", "zh-CN"))
        return Response(found.body, media_type="application/json", headers={"cache-control": "no-store"})

    async def _key(self, _request: Request) -> Response:
        return JSONResponse({"ed25519": self.pages.public_key})

    async def _page(self, request: Request) -> Response:
        body = await self.pages.page(request.path_params["name"])
        return Response(body, media_type="application/json", headers=_FOREVER)

    async def _answer(self, request: Request) -> Response:
        return JSONResponse(self._answers.get(request.path_params["op"], {}))

    async def _file(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        wanted = (self._built / path).resolve()
        if path.startswith("ui/"):
            return Response(status_code=204)
        if not wanted.is_relative_to(self._built.resolve()) or not wanted.is_file():
            wanted = self._built / "index.html"
        return FileResponse(wanted)


@asynccontextmanager
async def standing(stand: Stand) -> AsyncIterator[str]:
    """Serve `stand` on a port of its own; gives the address."""
    config = uvicorn.Config(stand.app(), log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
