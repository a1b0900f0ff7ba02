"""Steps of a version: draft, review by somebody else, gray, live, retired; each in one transaction, written down.

What the steps demand is demanded twice: here with a sentence for the person, and by constraints of the table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fengshou.kernel import CENTRE, Principal, Record, Work, system
from fengshou.pages import store_versions as store
from fengshou.pages.compile import digest_of
from fengshou.pages.drafts import Drafts, Json, Made, Place, text_of
from fengshou.pages.errors import (
    CommentsOpen,
    DraftChanged,
    GrayEmpty,
    Linked,
    SameHandsPage,
    StateWrong,
    VersionMissing,
)
from fengshou.pages.hostile import read as read_source
from fengshou.pages.room import Room
from fengshou.pages.versions import Gray, Version
from fengshou.pages.walk import members

_LIST_MAX = 200
_UNFIT = "it does not fit the pages any more"


class Publishing:
    """What a desk does with versions. Every step is of the asker's own bank: another's version is `Missing`."""

    def __init__(self, pages: Room) -> None:
        self._pages = pages
        self.drafts = Drafts(pages)

    # -- drafts ------------------------------------------------------------------------------------

    async def new(self, who: Principal, place: Place, source: Json) -> tuple[Version, Made]:
        """A draft that begins with `source`."""
        text, made = text_of(source), self.drafts.read(place, source)
        base = self.drafts.base(place)
        try:
            async with self._pages.database.work(who.bank, who) as work:
                version = await store.insert(
                    work, branch=place.branch, kind=place.kind, item=place.item, source=text,
                    digest=digest_of(source), base=base, author=who.id,
                )  # fmt: skip
                await self._tell(work, version, "draft")
        except asyncpg.UniqueViolationError:
            raise StateWrong(state="draft") from None
        return version, made

    async def save(
        self, who: Principal, id_: UUID, revision: int, source: Json, note: str | None = None
    ) -> tuple[Version, Made]:
        """A draft's new text; a colleague's too. Raises DraftChanged when somebody saved it since `revision`."""
        text = text_of(source)
        async with self._pages.database.work(who.bank, who) as work:
            version = await self._locked(work, id_)
            version.may("save")
            made = self.drafts.read(place_of(version), source)
            kept = version.note if note is None else note
            base = self.drafts.base(place_of(version))
            saved = await store.save(work, id_, revision, text, digest_of(source), base, kept)
            if saved is None:
                raise DraftChanged(revision=version.revision)
        return saved, made

    async def discard(self, who: Principal, id_: UUID) -> Version:
        """A draft that leads nowhere."""
        return await self._step(who, id_, "discard", "discarded")

    # -- review ------------------------------------------------------------------------------------

    async def submit(self, who: Principal, id_: UUID, note: str | None = None) -> Version:
        """Hand a draft to a checker; raises LintFailed while it has errors."""
        async with self._pages.database.work(who.bank, who) as work:
            version = await self._locked(work, id_)
            version.may("submit")
            made = self.read(version)
            made.must_be_sound()
            moved = await store.move(
                work, work.bank, id_, "in_review", source=text_of(made.source), digest=digest_of(made.source),
                note=version.note if note is None else note,
            )  # fmt: skip
            await self._tell(work, moved, "submit", moved.note)
        return moved

    async def review(self, who: Principal, id_: UUID, *, approve: bool, reason: str = "") -> Version:
        """Say yes or no to a version somebody else made."""
        async with self._pages.database.work(who.bank, who) as work:
            version = await self._locked(work, id_)
            if version.author == who.id:
                raise SameHandsPage()
            version.may("approve")
            open_ = (await store.open_comments(work, work.bank)).get(id_, 0)
            if approve and open_:
                raise CommentsOpen(count=open_)
            moved = await store.move(
                work, work.bank, id_, "approved" if approve else "refused", checker=who.id, decided_at=work.now,
                decided_digest=version.digest, answer=reason,
            )  # fmt: skip
            await self._tell(work, moved, "approve" if approve else "refuse", reason)
        return moved

    # -- shown -------------------------------------------------------------------------------------

    async def gray(self, who: Principal, id_: UUID, gray: Gray) -> Version:
        """Show an approved version to some; a gray one to more or fewer, counted anew."""
        if not gray.names_somebody:
            raise GrayEmpty()
        if who.bank != CENTRE:
            gray = gray.model_copy(update={"banks": (who.bank,)})
        try:
            async with self._pages.database.work(who.bank, who) as work:
                version = await self._locked(work, id_)
                version.may("gray")
                self.read(version).must_be_sound()
                moved = await store.move(
                    work, work.bank, id_, "gray", gray=store.gray_json(gray), gray_at=work.now, stopped=""
                )
                await self._tell(work, moved, "gray", f"{gray.percent}%", shown=True)
        except asyncpg.UniqueViolationError:
            raise StateWrong(state="gray") from None
        await self._pages.refresh()
        return moved

    async def live(self, who: Principal, id_: UUID) -> tuple[Version, Version | None]:
        """Show a version to everybody of its layer; the one it takes the place of comes back too."""
        try:
            async with self._pages.database.work(who.bank, who) as work:
                version = await self._locked(work, id_)
                version.may("live")
                self.read(version).must_be_sound()
                found = await self._make_live(work, version)
        except asyncpg.UniqueViolationError:
            raise StateWrong(state="live") from None
        await self._pages.refresh()
        return found

    async def _make_live(self, work: Work, version: Version) -> tuple[Version, Version | None]:
        before = await store.shown_of(work, *_item(version), "live")
        replaced = await self._retire(work, before) if before else None
        moved = await store.move(
            work, version.bank, version.id, "live", live_at=work.now, gray=None, gray_at=None
        )
        await self._tell(work, moved, "live", shown=True)
        return moved, replaced

    async def _retire(self, work: Work, version: Version) -> Version:
        moved = await store.move(work, version.bank, version.id, "retired", retired_at=work.now, stop_at=None)
        await self._tell(work, moved, "retire", shown=True)
        return moved

    async def retire(self, who: Principal, id_: UUID) -> Version:
        """Show the layer below again; a page that others lead to stays."""
        async with self._pages.database.work(who.bank, who) as work:
            version = await self._locked(work, id_)
            version.may("retire")
            self._must_not_be_linked(version)
            moved = await self._retire(work, version)
        await self._pages.refresh()
        return moved

    async def roll_back(self, who: Principal, place: Place, to: UUID | None = None) -> Version | None:
        """End the gray run; without one, let the live version give way to the one before it, or to `to`.

        Returns what is live then; None when it is the layer below.
        """
        key = (who.bank, place.kind, place.item, place.branch)
        async with self._pages.database.work(who.bank, who) as work:
            gray = await store.shown_of(work, *key, "gray")
            if gray is not None and to is None:
                await self._stop(work, gray, "rolled back")
                result = await store.shown_of(work, *key, "live")
            else:
                result = await self._give_way(work, key, to)
        await self._pages.refresh()
        return result

    async def _give_way(self, work: Work, key: tuple[int, str, str, str], to: UUID | None) -> Version | None:
        now = await store.shown_of(work, *key, "live")
        target = await store.version(work, work.bank, to, lock=True) if to else None
        if target is None and to is None:
            target = await store.last_retired(work, *key)
        if (to is not None and target is None) or (now is None and target is None):
            raise VersionMissing()
        if target is None:
            assert now is not None, "one of the two is there"
            self._must_not_be_linked(now)
            await self._retire(work, now)
            return None
        if _item(target) != key or target.state != "retired":
            raise StateWrong(state=target.state)
        return (await self._make_live(work, target))[0]

    async def schedule(
        self, who: Principal, id_: UUID, start_at: datetime | None, stop_at: datetime | None
    ) -> Version:
        """When a version starts and stops by itself; None: by hand."""
        try:
            async with self._pages.database.work(who.bank, who) as work:
                version = await self._locked(work, id_)
                version.may("schedule")
                moved = await store.move(
                    work, work.bank, id_, version.state, start_at=start_at, stop_at=stop_at
                )
                await self._tell(work, moved, "schedule", f"{start_at or '-'} {stop_at or '-'}")
        except asyncpg.CheckViolationError:
            raise StateWrong(state="schedule") from None
        return moved

    # -- by itself ---------------------------------------------------------------------------------

    async def stop(self, version: Version, said: str) -> bool:
        """End a gray run that fails too often; False when it has ended already."""
        async with self._pages.database.work(version.bank, system()) as work:
            found = await store.version(work, version.bank, version.id, lock=True)
            if found is None or found.state != "gray" or found.gray_at != version.gray_at:
                return False
            await self._stop(work, found, said)
        await self._pages.refresh()
        return True

    async def _stop(self, work: Work, version: Version, said: str) -> None:
        moved = await store.move(
            work, version.bank, version.id, "approved", stopped=said, gray=None, gray_at=None
        )
        await self._tell(work, moved, "stop", said, shown=True)

    async def due(self) -> int:
        """Start and stop what its schedule says; how many did. What fits its pages no longer stays and says so."""
        async with self._pages.database.relay() as work:
            waiting = await store.due(work, work.now)
        done = 0
        for version in waiting:
            async with self._pages.database.work(version.bank, system()) as work:
                found = await store.version(work, version.bank, version.id, lock=True)
                done += await self._due(work, found) if found is not None else 0
        if done:
            await self._pages.refresh()
        return done

    async def _due(self, work: Work, version: Version) -> bool:
        if version.state == "live" and version.stop_at and version.stop_at <= work.now:
            await self._retire(work, version)
        elif version.state == "gray" and version.stop_at and version.stop_at <= work.now:
            await self._stop(work, version, "its time is over")
        elif version.state == "approved" and version.start_at and version.start_at <= work.now:
            if self.read(version).errors:
                await store.move(work, version.bank, version.id, "approved", start_at=None, stopped=_UNFIT)
                return False
            started = (await self._make_live(work, version))[0]
            await store.move(work, version.bank, version.id, "live", start_at=None, stop_at=started.stop_at)
        else:
            return False
        return True

    # -- reading -----------------------------------------------------------------------------------

    def read(self, version: Version) -> Made:
        """What a version makes of the pages now."""
        return self.drafts.read(place_of(version), read_source(version.source))

    def base_moved(self, version: Version) -> bool:
        """Whether the layer below has another text now than the one a version was begun from."""
        try:
            return version.base not in ("", self.drafts.base(place_of(version)))
        except VersionMissing:
            return True

    async def version(self, who: Principal, id_: UUID) -> Version:
        """A version of one's own bank. Raises VersionMissing."""
        async with self._pages.database.read(who.bank, who) as work:
            found = await store.version(work, who.bank, id_)
        if found is None:
            raise VersionMissing()
        return found

    async def versions(self, who: Principal, place: Place, limit: int = 50) -> list[Version]:
        """The newest versions of an item."""
        async with self._pages.database.read(who.bank, who) as work:
            return await store.versions(
                work, who.bank, place.kind, place.item, place.branch, min(limit, _LIST_MAX)
            )

    async def current(self, who: Principal) -> tuple[list[Version], dict[UUID, int]]:
        """Everything of one's bank that is open, gray or live; and how many comments of each are open."""
        async with self._pages.database.read(who.bank, who) as work:
            shown = ("draft", "in_review", "approved", "refused", "gray", "live")
            return await store.current(work, who.bank, shown), await store.open_comments(work, who.bank)

    async def history(self, who: Principal, id_: UUID) -> list[Record]:
        """Every step of a version."""
        async with self._pages.database.read(who.bank, who) as work:
            return await store.history(work, who.bank, id_)

    async def comments(self, who: Principal, id_: UUID) -> list[Record]:
        """What reviewers said."""
        async with self._pages.database.read(who.bank, who) as work:
            return await store.comments(work, who.bank, id_)

    async def comment(self, who: Principal, id_: UUID, at: str, text: str) -> None:
        """Say something about a place of a version."""
        async with self._pages.database.work(who.bank, who) as work:
            await self._locked(work, id_)
            await store.add_comment(work, id_, at, text, who.id)

    async def comment_done(self, who: Principal, id_: UUID, comment: UUID, done: bool) -> None:
        """Close a comment, or open it again."""
        async with self._pages.database.work(who.bank, who) as work:
            if not await store.comment_done(work, id_, comment, done):
                raise VersionMissing()

    # -- switches and tags -------------------------------------------------------------------------

    async def kills(self, who: Principal) -> list[Record]:
        """What is switched off for one's phones: by the centre, and by one's bank."""
        async with self._pages.database.relay() as work:
            rows = await store.kills(work)
        return [row for row in rows if row["institution_id"] in (CENTRE, who.bank)]

    async def kill(self, who: Principal, name: str, reason: str) -> None:
        """Switch a block kind or an action off, at once."""
        async with self._pages.database.work(who.bank, who) as work:
            await store.kill(work, name, reason, who.id)
            await work.audit("pages.kill", name, reason=reason)
            await store.turned(work)
        await self._pages.refresh()

    async def unkill(self, who: Principal, name: str) -> None:
        """Switch it on again."""
        async with self._pages.database.work(who.bank, who) as work:
            await store.unkill(work, name)
            await work.audit("pages.unkill", name)
            await store.turned(work)
        await self._pages.refresh()

    async def tag(
        self, who: Principal, bank: int, tag: str, readers: list[UUID], *, remove: bool = False
    ) -> int:
        """Give readers of a bank a tag, or take it; how many have it then."""
        async with self._pages.database.work(bank, who) as work:
            await store.tag(work, bank, readers, tag, remove=remove)
            await work.audit("pages.tag", tag, readers=len(readers), remove=remove)
            return (await store.tag_sizes(work)).get(tag, 0)

    async def tags(self, bank: int) -> dict[str, int]:
        """The tags of a bank, with how many readers each has."""
        async with self._pages.database.read(bank) as work:
            return await store.tag_sizes(work)

    async def cohort_of(self, reader: UUID, bank: int) -> str:
        """The key of a reader's cohort; asks for tags only while a run is gray."""
        world = self._pages.world
        tags: frozenset[str] = frozenset()
        if any(v.gray and (v.gray.tags or v.gray.staff) for v in world.runs.values()):
            async with self._pages.database.read(bank) as work:
                tags = await store.tags_of(work, bank, reader)
        return self._pages.cohort(reader, bank, tags)

    # -- what the steps share ----------------------------------------------------------------------

    async def _step(self, who: Principal, id_: UUID, step: str, state: str, **columns: Any) -> Version:
        async with self._pages.database.work(who.bank, who) as work:
            version = await self._locked(work, id_)
            version.may(step)
            moved = await store.move(work, work.bank, id_, state, **columns)
            await self._tell(work, moved, step)
        return moved

    async def _locked(self, work: Work, id_: UUID) -> Version:
        found = await store.version(work, work.bank, id_, lock=True)
        if found is None:
            raise VersionMissing()
        return found

    async def _tell(
        self, work: Work, version: Version, act: str, note: str = "", *, shown: bool = False
    ) -> None:
        """Write a step down, in the version's own history and in the bank's log; tell other processes what is shown."""
        who = work.who.id if work.who and work.who.kind == "staff" else None
        await store.step(work, version.bank, version.id, who, act, note)
        await work.audit(
            f"pages.{act}",
            str(version.id),
            item=version.item,
            kind=version.kind,
            number=version.number,
            note=note,
        )
        if shown:
            await store.turned(work)

    def _must_not_be_linked(self, version: Version) -> None:
        """Raises Linked while a page that only this version brings is led to."""
        if version.kind != "page" or self.drafts.shipped(place_of(version)) is not None:
            return
        world = self._pages.world
        for page in world.province().values():
            if page.id != version.item and version.item in _leads_to(page):
                raise Linked(page=page.id)
        shell = world.shell_of_everyone()
        if version.item in {tab.page for tab in (*shell.tabs, *shell.elder_tabs)} | {
            shell.home,
            shell.sign_in,
        }:
            raise Linked(page="shell")


def place_of(version: Version) -> Place:
    """Where a version belongs."""
    return Place(version.bank, version.kind, version.item, version.branch)


def _item(version: Version) -> tuple[int, str, str, str]:
    return version.bank, version.kind, version.item, version.branch


def _leads_to(page: Any) -> set[str]:
    return {value for _, _, name, _, value in members(page) if name == "page" and isinstance(value, str)}
