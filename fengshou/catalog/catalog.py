"""The front class: load a folder as a release, and answer from the one that is current."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from fengshou.catalog import store
from fengshou.catalog.build import build
from fengshou.catalog.edition import Edition
from fengshou.catalog.errors import ContentRefused, NothingReleased, Problem, ReleaseMissing
from fengshou.catalog.fingerprint import quick_mark, schemas, sure_mark
from fengshou.catalog.kinds import (
    KINDS,
    AccountClass,
    Fees,
    Kinds,
    Limits,
    RiskPolicy,
    Rule,
    Subject,
    Text,
    WordList,
)
from fengshou.catalog.release import Item, Release, release_id
from fengshou.kernel import CENTRE, Clock, Database, Principal, counter, get_logger, system

_EDITIONS_MAX = 8  # older releases kept in memory for running orders
_log = get_logger("catalog")
_loads = counter("catalog_loads_total", "Loads of the content folder", ["how"])


class Catalog:
    """Versioned content of one process.

    Reads are plain calls answered from memory; `refresh` looks whether the pointer moved and is
    called by whoever ticks (runtime). Nothing is served before the first `load_release` or `refresh`.
    """

    def __init__(self, db: Database, clock: Clock, kinds: Kinds = KINDS) -> None:
        self._db, self._clock, self._kinds = db, clock, kinds
        self._now: Edition | None = None
        self._older: dict[str, Edition] = {}

    # --- releases ---------------------------------------------------------------------------

    async def load_release(self, folder: Path, who: Principal | None = None) -> Release:
        """Make the folder's content a release, current if the folder changed since it was last loaded.

        The same folder again changes nothing, so a pointer that was rolled back stays where it is. A
        folder known by its mark is not parsed. Raises `ContentRefused` with every problem found.
        """
        who = who or system()
        schema = schemas(self._kinds)
        quick = await asyncio.to_thread(quick_mark, folder, schema)
        known, marks = await self._known(quick), [quick]
        if known is None:
            sure = await asyncio.to_thread(sure_mark, folder, schema)
            known, marks = await self._known(sure), [quick, sure]
        items: list[Item] = []
        _loads.labels("known" if known else "parsed").inc()
        if known is None:
            items, problems = await asyncio.to_thread(build, folder, self._kinds)
            if problems:
                raise ContentRefused(problems)
            known = release_id(items)
        await self._publish(who, known, items, marks)
        await self.refresh()
        return next(release for release in await self.releases(1_000) if release.id == known)

    async def _known(self, mark: bytes) -> str | None:
        async with self._db.read(CENTRE) as work:
            return await store.release_of_mark(work, mark)

    async def _publish(self, who: Principal, release: str, items: list[Item], marks: list[bytes]) -> None:
        async with self._db.centre(who, "load content") as work:
            await store.lock(work)
            if items:
                await store.add_release(work, release, items, who.id)
            changed = await store.last_loaded(work) != release
            await store.remember_marks(work, marks, release)
            if changed and await store.current(work) != release:
                await store.point(work, release, "the content folder changed")
                await work.audit("catalog.publish", release)
                _log.info("content released", release=release[:12], items=len(items))

    async def rollback(self, who: Principal, why: str, to: str | None = None) -> str:
        """Move the pointer to release `to`, or to where it stood before; returns the release now current."""
        async with self._db.centre(who, "roll back content") as work:
            await store.lock(work)
            now = await store.current(work)
            target = to or (await store.release_before(work, now) if now else None)
            if target is None or not await store.exists(work, target):
                raise ReleaseMissing()
            if target != now:
                await store.point(work, target, why)
                await work.audit("catalog.rollback", target, previous=now, why=why)
        await self.refresh()
        return target

    async def refresh(self) -> bool:
        """Read the release the pointer stands on; True when it is another than before."""
        async with self._db.read(CENTRE) as work:
            id = await store.current(work)
            if id is None or (self._now and self._now.id == id):
                return False
        edition = await self.edition(id)
        if self._now:
            self._keep(self._now)
        self._now = edition
        return True

    async def edition(self, id: str) -> Edition:
        """A release by its id: a running order keeps the one it began with. Raises `ReleaseMissing`."""
        if self._now and self._now.id == id:
            return self._now
        if id not in self._older:
            async with self._db.read(CENTRE) as work:
                items = await store.items(work, id)
            if not items:
                raise ReleaseMissing()
            self._keep(await asyncio.to_thread(Edition, id, items, self._kinds))
        return self._older[id]

    def _keep(self, edition: Edition) -> None:
        self._older[edition.id] = edition
        while len(self._older) > _EDITIONS_MAX:
            del self._older[next(iter(self._older))]

    async def releases(self, limit: int = 20) -> list[Release]:
        """The newest releases first."""
        async with self._db.read(CENTRE) as work:
            return await store.releases(work, limit)

    @staticmethod
    def check(folder: Path, kinds: Kinds = KINDS) -> list[Problem]:
        """The linter: everything wrong with the folder, sorted by file; empty when it may be released."""
        return build(folder, kinds)[1]

    # --- answers ----------------------------------------------------------------------------

    @property
    def now(self) -> Edition:
        """The current release. Raises `NothingReleased`."""
        if self._now is None:
            raise NothingReleased()
        return self._now

    @property
    def release_id(self) -> str:
        """What an order writes down to keep the content it began with."""
        return self.now.id

    def resolve(
        self,
        kind: str,
        key: str,
        *,
        bank: int | None = None,
        branch: str | None = None,
        on: date | None = None,
    ) -> BaseModel:
        """The item in force: branch, else bank, else province, on the day (today if not said)."""
        return self.now.resolve(kind, key, on=on or self._clock.today(), bank=bank, branch=branch)

    def item(self, kind: str, key: str, bank: int | None = None) -> BaseModel:
        """`resolve` for today. Raises `ItemMissing`."""
        return self.resolve(kind, key, bank=bank)

    def keys(self, kind: str, bank: int | None = None, on: date | None = None) -> list[str]:
        """The keys of a kind a bank sees, sorted."""
        return self.now.keys(kind, on=on or self._clock.today(), bank=bank)

    def bodies(self, kind: str, bank: int | None = None, on: date | None = None) -> list[dict[str, Any]]:
        """All items of a kind as plain JSON, by key: for a room that has its own models of them."""
        on = on or self._clock.today()
        return [self.now.body(kind, key, on=on, bank=bank) for key in self.now.keys(kind, on=on, bank=bank)]

    def limits(self, bank: int) -> Limits:
        """The bank's factor -> limit matrix."""
        return self.now.typed(Limits, "limits", "limits", on=self._clock.today(), bank=bank)

    def fees(self, bank: int) -> Fees:
        """The bank's transfer fees."""
        return self.now.typed(Fees, "fees", "transfer", on=self._clock.today(), bank=bank)

    def account_class(self, bank: int, number: Literal[1, 2, 3] | int) -> AccountClass:
        """The bank's class I, II or III."""
        key = ("I", "II", "III")[number - 1]
        return self.now.typed(AccountClass, "account_class", key, on=self._clock.today(), bank=bank)

    def chart(self) -> tuple[Subject, ...]:
        """The chart of accounts, by code; the same for all banks."""
        on = self._clock.today()
        return tuple(self.now.typed(Subject, "chart", code, on=on) for code in self.now.keys("chart", on=on))

    def rules(self, bank: int) -> tuple[Rule, ...]:
        """The bank's risk rules of every status, by key."""
        on = self._clock.today()
        keys = self.now.keys("rule", on=on, bank=bank)
        return tuple(self.now.typed(Rule, "rule", key, on=on, bank=bank) for key in keys)

    def word_lists(self, bank: int) -> dict[str, tuple[str, ...]]:
        """The lists of words that rules look for."""
        on = self._clock.today()
        keys = self.now.keys("word_list", on=on, bank=bank)
        return {key: self.now.typed(WordList, "word_list", key, on=on, bank=bank).words for key in keys}

    def risk_policy(self, bank: int) -> RiskPolicy:
        """Deadlines, desks and the fail-safe of risk."""
        return self.now.typed(RiskPolicy, "risk_policy", "policy", on=self._clock.today(), bank=bank)

    def text(self, key: str, bank: int | None = None) -> Text:
        """An agreement or notice in both languages: `.title.of(locale)`, `.body.of(locale)`, `.version`."""
        return self.now.typed(Text, "text", key, on=self._clock.today(), bank=bank)
