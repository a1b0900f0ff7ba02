"""The front class: what is live in this process, put together from releases and layers, and told to phones."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.kernel import CENTRE, Database, Principal, get_logger
from fengshou.pages import store, store_versions
from fengshou.pages.compile import Compiled, load, source_of
from fengshou.pages.errors import NothingPublished, PageMissing, PageStale
from fengshou.pages.forms import FormGuards
from fengshou.pages.health import Health
from fengshou.pages.kits import known_kit
from fengshou.pages.page import KIT, PROTOCOL, Page, Shell
from fengshou.pages.ports import OpFacts
from fengshou.pages.previews import Preview, Previews
from fengshou.pages.publishing import Publishing
from fengshou.pages.resolve import Locale, canonical
from fengshou.pages.versions import Version
from fengshou.pages.world import Base, Kept, Reader, World

EVERYONE = "all"
_CHANNEL = "pages_changed"
_AGAIN_S = 1.0
_log = get_logger("pages")
_MANIFESTS_MAX = 2_000
_MISSING_MAX = 1_024


@dataclass(frozen=True)
class Manifest:
    """What a client asks first: `body` is signed canonical JSON, `etag` names it."""

    body: bytes
    etag: str


@dataclass(frozen=True)
class Picture:
    """A picture of the bank's store and what it is called."""

    body: bytes
    zh: str
    en: str


class Pages:
    """The registry of one process. It reads what is live at `refresh` and answers from memory.

    `build` is the version of the built client, so that an open phone learns of a new one. `ops` are the
    operations that pages may name, by channel; runtime sets them once the channels are known.
    """

    def __init__(self, db: Database | None, key: Ed25519PrivateKey, *, build: str = "dev") -> None:
        self._db, self._key, self._build = db, key, build
        self.ops: dict[str, Mapping[str, OpFacts]] | None = None
        self.pictures: dict[str, Picture] | None = None
        self._kept = Kept()
        self._bases: dict[str, Base] = {}
        self._worlds: dict[str, World] = {}
        self._state: object = None
        self._seen_turn = -1
        self._manifests: OrderedDict[tuple[str, str, str, int], Manifest] = OrderedDict()
        self._bodies: dict[str, tuple[str, bytes]] = {}
        self._stored: set[str] = set()
        self._current: set[str] = set()
        self._missing: OrderedDict[str, None] = OrderedDict()
        self._changed = asyncio.Condition()
        self._refreshing = asyncio.Lock()
        self._turn = 0
        self.cohorts_turn = 0
        self.publishing = Publishing(self)
        self.health = Health(self, self.publishing.stop)
        self.previews = Previews()
        self._guards = FormGuards()

    @property
    def database(self) -> Database:
        """The database; a registry without one only previews."""
        assert self._db is not None, "a registry without a database only previews"
        return self._db

    @property
    def world(self) -> World:
        """All layers as everybody sees them. Raises NothingPublished."""
        if EVERYONE not in self._worlds:
            raise NothingPublished()
        return self._worlds[EVERYONE]

    @property
    def turn(self) -> int:
        """Grows with each change of what is live here."""
        return self._turn

    @property
    def published(self) -> bool:
        """Whether anything is live."""
        return EVERYONE in self._worlds

    @property
    def kept(self) -> Kept:
        """The compiler and what it remembers."""
        return self._kept

    def load_pictures(self, folder: Path) -> None:
        """Read the bank's own pictures: SVG files with their titles in `index.json`."""
        titles = json.loads((folder / "index.json").read_text("utf-8"))
        self.pictures = {
            name: Picture((folder / f"{name}.svg").read_bytes(), words["zh"], words["en"])
            for name, words in titles.items()
        }

    # -- releases of the folder --------------------------------------------------------------------

    async def preview(self, compiled: Compiled, *, kill: tuple[str, ...] = ()) -> None:
        """Show `compiled` to this process's clients without keeping it: for authors and tests."""
        base = Base(compiled.id, compiled.sources, compiled.shell, kill)
        await self._show({EVERYONE: base}, [], {}, (compiled.id, kill))

    def load(self, folder: Path, *, ops: Set[str] | None = None, more: Iterable[Page] = ()) -> Compiled:
        """Compile a folder of page files, and `more` that a room made; raises PagesRefused with every problem."""
        return load(folder, ops=ops, more=more)

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
        sources = {
            "pages": {item: source_of(page) for item, page in compiled.sources.items()},
            "shell": source_of(compiled.shell),
        }
        async with self.database.centre(who, "publish pages") as work:
            await store.add_pages(work, bodies)
            await store.add_release(work, compiled.id, editions, sources)
            await store.point(work, cohort, compiled.id, list(kill))
            await work.audit("pages.publish", compiled.id, cohort=cohort)
            await store_versions.turned(work)
        self._stored |= bodies.keys()
        await self.refresh()
        return compiled.id

    # -- what is live ------------------------------------------------------------------------------

    async def refresh(self) -> bool:
        """Read what is live; True, and `changes` tells everyone, when it is something else than before."""
        async with self._refreshing:
            async with self.database.relay() as work:
                turn = await store_versions.turn(work)
                if turn == self._seen_turn:
                    return False
                pointers = await store.pointers(work)
                shown = await store_versions.current(work, 0, ("live", "gray"))
                switches = await store_versions.kills(work)
                for _, release, _ in pointers:
                    if release not in self._bases and (found := await store.sources(work, release)):
                        self._bases[release] = _base(release, found)
            self._seen_turn = turn
            bases = {
                cohort: Base(release, self._bases[release].pages, self._bases[release].shell, tuple(kill))
                for cohort, release, kill in pointers
                if release in self._bases  # one of an older program is published again when this one starts
            }
            kills: dict[int, tuple[str, ...]] = {}
            for row in switches:
                bank = row["institution_id"]
                kills[bank] = (*kills.get(bank, ()), row["name"])
            state = (pointers, [(v.id, v.state, v.digest, v.gray) for v in shown], kills)
            return await self._show(bases, shown, kills, state)

    async def _show(
        self, bases: dict[str, Base], shown: list[Version], kills: dict[int, tuple[str, ...]], state: object
    ) -> bool:
        if state == self._state:
            return False
        runs_before = set(self._worlds[EVERYONE].runs) if EVERYONE in self._worlds else set()
        worlds = {cohort: World(self._kept, base, shown, kills) for cohort, base in bases.items()}
        self._current = set().union(*(world.hashes() for world in worlds.values()))
        self._bodies |= self._kept.press.bodies
        await self._store_bodies()
        self._worlds, self._state = worlds, state
        self._manifests.clear()
        self._missing.clear()
        self._kept.trim()
        async with self._changed:
            self._turn += 1
            if EVERYONE in worlds and set(worlds[EVERYONE].runs) != runs_before:
                self.cohorts_turn = self._turn
            self._changed.notify_all()
        return True

    async def _store_bodies(self) -> None:
        """Keep what was compiled here, so that a page is found by its hash for ever and by every process."""
        new = {h: (item, data.decode()) for h, (item, data) in self._bodies.items() if h not in self._stored}
        if self._db is None or not new:
            return
        async with self._db.relay() as work:
            await store.add_pages(work, new)
        self._stored |= new.keys()

    # -- what a client asks ------------------------------------------------------------------------

    def manifest(self, locale: str, cohort: str = EVERYONE, kit: int = KIT) -> Manifest:
        """The signed list of pages for a language, a cohort's key and a client's kit; from memory."""
        spoken: Locale = "en" if locale.startswith("en") else "zh-CN"
        name = cohort if cohort in self._worlds else EVERYONE
        if name not in self._worlds:
            raise NothingPublished()
        world = self._worlds[name]
        reader = world.reader("" if name == cohort else cohort)
        key = (spoken, name, reader.key, known_kit(kit))
        if key not in self._manifests:
            if len(self._manifests) >= _MANIFESTS_MAX:
                self._manifests.popitem(last=False)
            self._manifests[key] = self._signed(world, reader, *key)
        return self._manifests[key]

    def _signed(
        self, world: World, reader: Reader, locale: Locale, name: str, key: str, kit: int
    ) -> Manifest:
        facts: dict[str, object] = {
            "v": PROTOCOL, "app": self._build, "kit": KIT, "min_client": 1, "locale": locale,
            "cohort": key or name, "kill": world.kill_list(reader.bank), "theme": world.theme(reader),
            **vars(world.edition(reader, locale, kit)),
        }  # fmt: skip
        return self._seal(facts)

    def _seal(self, facts: dict[str, object]) -> Manifest:
        signature = base64.b64encode(self._key.sign(canonical(facts))).decode()
        data = canonical({**facts, "sig": signature})
        return Manifest(data, f'"{sha256(data).hexdigest()[:32]}"')

    def preview_manifest(self, preview: Preview, locale: str, kit: int) -> Manifest:
        """The list of pages with a draft in place of what is live; raises PageMissing when it has expired."""
        spoken: Locale = "en" if locale.startswith("en") else "zh-CN"
        edition = self._kept.press.edition(preview.pages, preview.shell, spoken, known_kit(kit))
        self._bodies |= self._kept.press.bodies
        facts = {
            "v": PROTOCOL, "app": self._build, "kit": KIT, "min_client": 1, "locale": spoken, "cohort": "preview",
            "kill": self.world.kill_list(preview.bank), "theme": preview.theme, **vars(edition),
        }  # fmt: skip
        return self._seal(facts)

    def cohort(self, reader: UUID, bank: int, tags: frozenset[str], branch: str = "") -> str:
        """The key of a reader's cohort: their bank and the gray runs they are in."""
        runs = frozenset(
            name
            for name, v in self.world.runs.items()
            if v.gray is not None and (v.bank in (CENTRE, bank)) and v.gray.reaches(v.id, reader, bank, tags)
        )
        return Reader(bank, branch, runs).key

    @property
    def public_key(self) -> str:
        """The key a client checks manifests with: raw Ed25519, base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def known(self, page_hash: str) -> bytes | None:
        """A page that is in memory, or None."""
        found = self._bodies.get(page_hash)
        return None if found is None else found[1]

    async def page(self, page_hash: str) -> bytes:
        """The canonical JSON of a page; raises PageMissing. Only an old page is asked for, and each but once."""
        found = self._bodies.get(page_hash)
        if found is None:
            if self._db is None or page_hash in self._missing:
                raise PageMissing()
            async with self.database.read(CENTRE) as work:
                row = await store.body(work, page_hash)
            if row is None:
                self._missing[page_hash] = None
                if len(self._missing) > _MISSING_MAX:
                    self._missing.popitem(last=False)
                raise PageMissing()
            found = self._bodies[page_hash] = (row[0], row[1].encode())
        return found[1]

    def check_current(self, page_hash: str) -> None:
        """Raise PageStale unless some live release still shows the page a form was sent from."""
        if page_hash not in self._current:
            raise PageStale()

    def check_form(self, page_hash: str, op: str, sent: bytes, locale: str, today: Callable[[], str]) -> None:
        """Raise PageStale, or FormRefused with the rule's own words when what was sent breaks a rule of its page."""
        self.check_current(page_hash)
        self._guards.check(page_hash, self._bodies[page_hash][1], op, sent, locale, today)

    async def listen(self) -> None:
        """Refresh whenever another process publishes, for as long as this runs; a lost connection is made again."""
        while True:
            wake = asyncio.Event()
            try:
                connection = await self.database.connect("relay")
                try:
                    await connection.add_listener(_CHANNEL, lambda *_, wake=wake: wake.set())
                    connection.add_termination_listener(lambda *_, wake=wake: wake.set())
                    while not connection.is_closed():
                        await self.refresh()
                        await wake.wait()
                        wake.clear()
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
                _log.warning("not listening for pages", error=repr(problem))
            await asyncio.sleep(_AGAIN_S)

    # -- hearing of changes ------------------------------------------------------------------------

    async def changes(self) -> AsyncIterator[int]:
        """A number each time what is live has changed: the event stream of a phone waits here."""
        seen = self._turn
        while True:
            async with self._changed:
                while self._turn == seen:
                    await self._changed.wait()
                seen = self._turn
            yield seen


def _base(release: str, sources: dict[str, Any]) -> Base:
    pages = {item: Page.model_validate(source) for item, source in sources.get("pages", {}).items()}
    return Base(release, pages, Shell.model_validate(sources["shell"]))
