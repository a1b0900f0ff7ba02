"""The front class: publish compiled pages, and answer a client's manifest, pages and wish to hear of
changes.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Set
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.kernel import CENTRE, Database, Principal
from fengshou.pages import store
from fengshou.pages.compile import Compiled, load
from fengshou.pages.errors import NothingPublished, PageMissing, PageStale
from fengshou.pages.page import KIT, PROTOCOL
from fengshou.pages.resolve import canonical

EVERYONE = "all"


@dataclass(frozen=True)
class Manifest:
    """What a client asks first: `body` is signed canonical JSON, `etag` names it."""

    body: bytes
    etag: str


class Pages:
    """The registry of one process. It reads what is live at `refresh` and answers from memory.

    `build` is the version of the built client, so that an open phone learns of a new one.
    """

    def __init__(self, db: Database | None, key: Ed25519PrivateKey, *, build: str = "dev") -> None:
        self._db, self._key, self._build = db, key, build
        self._live: dict[str, tuple[dict[str, Any], list[str]]] = {}
        self._manifests: dict[tuple[str, str], Manifest] = {}
        self._bodies: dict[str, tuple[str, bytes]] = {}
        self._changed = asyncio.Condition()
        self._turn = 0

    @property
    def _database(self) -> Database:
        assert self._db is not None, "a registry without a database only previews"
        return self._db

    async def preview(self, compiled: Compiled, *, kill: tuple[str, ...] = ()) -> None:
        """Show `compiled` to this process's clients without keeping it: for authors and tests."""
        editions: dict[str, Any] = {locale: vars(edition) for locale, edition in compiled.editions.items()}
        self._bodies |= {page_hash: ("", body) for page_hash, body in compiled.bodies.items()}
        await self._show({EVERYONE: (editions, list(kill))})

    def load(self, folder: Path, *, ops: Set[str] | None = None) -> Compiled:
        """Compile a folder of page files; raises PagesRefused with every problem."""
        return load(folder, ops=ops)

    async def publish(
        self, who: Principal, compiled: Compiled, *, cohort: str = EVERYONE, kill: tuple[str, ...] = ()
    ) -> str:
        """Make `compiled` live for `cohort`; returns the release.

        `kill` names block kinds and actions that clients must not run.
        """
        editions: dict[str, Any] = {locale: vars(edition) for locale, edition in compiled.editions.items()}
        names = {
            h: name
            for e in compiled.editions.values()
            for part in (e.elder, e.pages)
            for name, h in part.items()
        }
        bodies = {h: (names.get(h, "shell"), data.decode()) for h, data in compiled.bodies.items()}
        async with self._database.centre(who, "publish pages") as work:
            await store.add_pages(work, bodies)
            await store.add_release(work, compiled.id, editions)
            await store.point(work, cohort, compiled.id, list(kill))
            await work.audit("pages.publish", compiled.id, cohort=cohort)
        await self.refresh()
        return compiled.id

    async def refresh(self) -> bool:
        """Read what is live; True, and `changes` tells everyone, when it is something else than before."""
        async with self._database.read(CENTRE) as work:
            live = {cohort: (editions, kill) for cohort, editions, kill in await store.pointers(work)}
        return await self._show(live)

    async def _show(self, live: dict[str, tuple[dict[str, Any], list[str]]]) -> bool:
        if live == self._live:
            return False
        self._live = live
        self._manifests.clear()
        async with self._changed:
            self._turn += 1
            self._changed.notify_all()
        return True

    def manifest(self, locale: str, cohort: str = EVERYONE) -> Manifest:
        """The signed list of pages for a language; a cohort without a release of its own sees everyone's."""
        locale = "en" if locale.startswith("en") else "zh-CN"
        name = cohort if cohort in self._live else EVERYONE
        if name not in self._live:
            raise NothingPublished()
        if (locale, name) not in self._manifests:
            self._manifests[locale, name] = self._signed(locale, name)
        return self._manifests[locale, name]

    def _signed(self, locale: str, cohort: str) -> Manifest:
        editions, kill = self._live[cohort]
        facts: dict[str, object] = {
            "v": PROTOCOL,
            "app": self._build,
            "kit": KIT,
            "min_client": 1,
            "locale": locale,
        }
        facts |= {"cohort": cohort, "kill": kill, **editions[locale]}
        signature = base64.b64encode(self._key.sign(canonical(facts))).decode()
        data = canonical({**facts, "sig": signature})
        return Manifest(data, f'"{sha256(data).hexdigest()[:32]}"')

    @property
    def public_key(self) -> str:
        """The key a client checks manifests with: raw Ed25519, base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    async def page(self, page_hash: str) -> bytes:
        """The canonical JSON of a page; raises PageMissing."""
        return (await self._page(page_hash))[1]

    async def _page(self, page_hash: str) -> tuple[str, bytes]:
        if page_hash not in self._bodies:
            async with self._database.read(CENTRE) as work:
                found = await store.body(work, page_hash)
            if found is None:
                raise PageMissing()
            self._bodies[page_hash] = (found[0], found[1].encode())
        return self._bodies[page_hash]

    def check_current(self, page_hash: str) -> None:
        """Raise PageStale unless some live release still shows the page a form was sent from."""
        for editions, _ in self._live.values():
            for edition in editions.values():
                if page_hash in edition["pages"].values() or page_hash in edition["elder"].values():
                    return
        raise PageStale()

    async def changes(self) -> AsyncIterator[int]:
        """A number each time what is live has changed: the event stream of a phone waits here."""
        seen = self._turn
        while True:
            async with self._changed:
                while self._turn == seen:
                    await self._changed.wait()
                seen = self._turn
            yield seen
