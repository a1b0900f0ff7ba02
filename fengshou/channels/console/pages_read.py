"""pages.*: what there is, what a version holds, what lint says of it, how it looks and how it differs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import Field

from fengshou.channels.console.ops import op
from fengshou.channels.console.pages_shapes import (
    Branch,
    ByItem,
    Item,
    ProblemShow,
    Source,
    VersionShow,
    for_province,
    place,
    problem_show,
    titles,
    version_show,
)
from fengshou.channels.console.shapes import BankId, Bi, ById, staff_name
from fengshou.channels.edge import Ask, Call, Show, Text
from fengshou.kernel import CENTRE, Invalid
from fengshou.pages import Kind, Place, Version, differences, hash_of, wire_of


class ListAsk(Ask):
    """Items whose id or title holds `query`, of a kind, with a version in a state."""

    query: Text = ""
    kind: Kind | None = None
    branch: Branch = ""
    state: Literal["draft", "in_review", "approved", "gray", "live", "refused"] | None = None


class Row(Show):
    """An item of one's layer and what is going on with it."""

    item: str
    kind: Kind
    title: Bi
    tab: str | None
    auth: str
    layer: Literal["shipped", "province", "bank", "branch"]
    live: VersionShow | None
    gray: VersionShow | None
    open: tuple[VersionShow, ...]
    overridden_by: tuple[int, ...]


class Rows(Show):
    """Every item."""

    items: tuple[Row, ...]


class VersionsAsk(ByItem):
    """The versions of an item."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Versions(Show):
    """Newest first."""

    items: tuple[VersionShow, ...]


class SourceAsk(Ask):
    """A version, or what an item is now or was shipped as."""

    id: UUID | None = None
    item: Item | None = None
    kind: Kind | None = None
    branch: Branch = ""
    of: Literal["shown", "shipped"] = "shown"


class SourceShow(Show):
    """A source with what is to mend in it."""

    version: VersionShow | None
    kind: Kind
    item: str
    source: Source
    hash: str
    problems: tuple[ProblemShow, ...]


class LintAsk(ByItem):
    """A source that is nowhere yet."""

    source: Source


class Linted(Show):
    """What is to mend."""

    problems: tuple[ProblemShow, ...]


class PreviewAsk(Ask):
    """A version or a source, on a phone of `bank`."""

    id: UUID | None = None
    item: Item | None = None
    kind: Kind | None = None
    branch: Branch = ""
    source: Source | None = None
    bank: BankId | None = None


class PreviewShow(Show):
    """Where the draft is looked at, and its wire form in each language and variant."""

    token: str
    url: str
    expires_at: datetime
    hash: str
    problems: tuple[ProblemShow, ...]
    pages: dict[str, Any]


class DiffAsk(Ask):
    """Two sources: versions, or what an item is now or was shipped as."""

    left: SourceAsk | UUID
    right: SourceAsk | UUID


class DiffRow(Show):
    """One difference in words."""

    at: str
    change: str
    words: Bi
    before: str
    after: str


class Diff(Show):
    """In the order of the page."""

    items: tuple[DiffRow, ...]


class HistoryRow(Show):
    """A step of a version."""

    at: datetime
    who: str
    act: str
    note: str


class History(Show):
    """Oldest first."""

    items: tuple[HistoryRow, ...]


@op("pages.list")
async def list_(call: Call, ask: ListAsk) -> Rows:
    """The pages of one's layer with what is going on with each."""
    pages = call.doors.pages
    versions, comments = await pages.publishing.current(call.who)
    shown: dict[tuple[str, str], list[VersionShow]] = {}
    for version in versions:
        if version.branch == ask.branch:
            made = await version_show(call, version, comments=comments.get(version.id, 0))
            shown.setdefault((version.kind, version.item), []).append(made)
    rows = [_row(call, kind, item, shown.get((kind, item), [])) for kind, item in _items(call, shown)]
    return Rows(items=tuple(row for row in rows if _wanted(row, ask)))


def _items(call: Call, shown: dict[tuple[str, str], list[VersionShow]]) -> list[tuple[Kind, str]]:
    kind: Kind = "page" if for_province(call) else "override"
    items = set(call.doors.pages.world.province()) | {item for k, item in shown if k == kind}
    extra: tuple[Kind, str] = ("shell", "shell") if for_province(call) else ("theme", "theme")
    return [extra, *((kind, item) for item in sorted(items))]


def _row(call: Call, kind: Kind, item: str, versions: list[VersionShow]) -> Row:
    world = call.doors.pages.world
    page = world.province().get(item)
    live = next((v for v in versions if v.state == "live"), None)
    over = (
        v.bank for v in world.live.values() if v.kind == "override" and v.item == item and for_province(call)
    )
    names = {"shell": Bi(zh="五个版块", en="The five sections"), "theme": Bi(zh="主题", en="Theme")}
    return Row(
        item=item,
        kind=kind,
        title=names.get(item) or titles(call.doors).get(item, Bi(zh=item, en=item)),
        tab=page.nav.tab if page else None,
        auth=page.auth if page else "",
        layer=_layer(call, item, live),
        live=live,
        gray=next((v for v in versions if v.state == "gray"), None),
        open=tuple(v for v in versions if v.state not in ("live", "gray")),
        overridden_by=tuple(sorted(set(over))),
    )


def _layer(
    call: Call, item: str, live: VersionShow | None
) -> Literal["shipped", "province", "bank", "branch"]:
    if live is not None:
        return "branch" if live.branch else "province" if live.bank == CENTRE else "bank"
    return "province" if ("page", item, (CENTRE, "")) in call.doors.pages.world.live else "shipped"


def _wanted(row: Row, ask: ListAsk) -> bool:
    query = ask.query.strip().lower()
    held = any(query in text.lower() for text in (row.item, row.title.zh, row.title.en))
    states = {v.state for v in (*row.open, row.live, row.gray) if v is not None}
    return held and (ask.kind in (None, row.kind)) and (ask.state is None or ask.state in states)


@op("pages.versions")
async def versions(call: Call, ask: VersionsAsk) -> Versions:
    """The newest versions of an item."""
    found = await call.doors.pages.publishing.versions(
        call.who, place(call, ask.item, ask.kind, ask.branch), ask.limit
    )
    return Versions(items=tuple([await version_show(call, one) for one in found]))


@op("pages.source")
async def source(call: Call, ask: SourceAsk) -> SourceShow:
    """What a version, or an item as it is shown, was written as."""
    version, where, found = await source_asked(call, ask)
    made = call.doors.pages.publishing.drafts.read(where, found)
    shown = None if version is None else await version_show(call, version)
    return SourceShow(
        version=shown, kind=where.kind, item=where.item, source=found, hash=hash_of(made.page),
        problems=tuple(map(problem_show, made.problems)),
    )  # fmt: skip


async def source_asked(call: Call, ask: SourceAsk) -> tuple[Version | None, Place, Source]:
    """The source that is meant, with its place and its version when it has one."""
    publishing = call.doors.pages.publishing
    if ask.id is not None:
        version = await publishing.version(call.who, ask.id)
        found: Source = orjson.loads(version.source)
        return version, Place(version.bank, version.kind, version.item, version.branch), found
    if ask.item is None:
        raise Invalid(field="item", fields=["item"])
    where = place(call, ask.item, ask.kind, ask.branch)
    shipped = publishing.drafts.shipped(where) if ask.of == "shipped" else None
    return None, where, shipped if shipped is not None else publishing.drafts.shown(where)


@op("pages.lint")
async def lint(call: Call, ask: LintAsk) -> Linted:
    """What is to mend in a source."""
    made = call.doors.pages.publishing.drafts.read(place(call, ask.item, ask.kind, ask.branch), ask.source)
    return Linted(problems=tuple(map(problem_show, made.problems)))


@op("pages.preview")
async def preview(call: Call, ask: PreviewAsk) -> PreviewShow:
    """A draft as a phone of a bank would be shown it, for an hour."""
    publishing = call.doors.pages.publishing
    if ask.source is not None and ask.item is not None:
        where, found = place(call, ask.item, ask.kind, ask.branch), ask.source
    else:
        _, where, found = await source_asked(
            call, SourceAsk(id=ask.id, item=ask.item, kind=ask.kind, branch=ask.branch)
        )
    made = publishing.drafts.read(where, found)
    bank = where.bank if where.bank != CENTRE or ask.bank is None else ask.bank
    token, shown = publishing.drafts.preview(where, made, bank, call.doors.clock.now())
    page = shown.pages.get(where.item)
    bodies = {} if page is None else wire_of(page)
    return PreviewShow(
        token=token, url=f"/preview/{token}/", expires_at=shown.until, hash=hash_of(made.page),
        problems=tuple(map(problem_show, made.problems)), pages=bodies,
    )  # fmt: skip


@op("pages.diff")
async def diff(call: Call, ask: DiffAsk) -> Diff:
    """How the right differs from the left, in words."""
    sides = []
    for side in (ask.left, ask.right):
        _, _, found = await source_asked(call, SourceAsk(id=side) if isinstance(side, UUID) else side)
        sides.append(found)
    rows = [
        DiffRow(at=d.at, change=d.change, words=Bi(zh=d.zh, en=d.en), before=d.before, after=d.after)
        for d in differences(*sides)
    ]
    return Diff(items=tuple(rows))


@op("pages.history")
async def history(call: Call, ask: ById) -> History:
    """Every step of a version."""
    await call.doors.pages.publishing.version(call.who, ask.id)
    rows = await call.doors.pages.publishing.history(call.who, ask.id)
    shown = [
        HistoryRow(
            at=row["at"], who=await staff_name(call.doors, row["who"]), act=row["act"], note=row["note"]
        )
        for row in rows
    ]
    return History(items=tuple(shown))
