"""pages.*: drafts, review, gray, live and back; comments, switches and tags."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.console.ops import op
from fengshou.channels.console.pages_read import SourceAsk, source_asked
from fengshou.channels.console.pages_shapes import (
    At,
    ByItem,
    GrayAsk,
    One,
    Said,
    Source,
    VersionShow,
    Written,
    for_province,
    place,
    problem_show,
    version_show,
)
from fengshou.channels.console.shapes import ById, Note, Reason, staff_name
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import BankError, Invalid
from fengshou.pages import ACTION_NAMES, PROOF, Gray, Made, Version, kind_for, kinds_of


class NewAsk(ByItem):
    """A draft that begins as `from_` says, or with `source`."""

    from_: Literal["shown", "shipped", "blank"] | UUID = Field(default="shown", alias="from")
    source: Source | None = None


class SaveAsk(Ask):
    """The draft's text over the one of `revision`."""

    id: UUID
    revision: Annotated[int, Field(ge=1)]
    source: Source
    note: Note | None = None


class SubmitAsk(ById):
    """A draft for the checker."""

    note: Note | None = None


class ReviewAsk(ById):
    """The checker's word."""

    approve: bool
    reason: Note = ""


class GrayOf(ById):
    """A version for some."""

    gray: GrayAsk


class BackAsk(ByItem):
    """Back to the version before, or to one."""

    to: UUID | None = None


class ScheduleAsk(ById):
    """When it starts and stops by itself; null: by hand."""

    start_at: datetime | None = None
    stop_at: datetime | None = None


class CommentAsk(ById):
    """Words for a place of a version."""

    at: At = ""
    text: Said


class DoneAsk(ById):
    """A comment that is dealt with, or not."""

    comment: UUID
    done: bool


class KillAsk(Ask):
    """A block kind or an action, and why."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}$")]
    reason: Reason


class UnkillAsk(Ask):
    """A block kind or an action."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}$")]


class TagAsk(Ask):
    """A tag of one's bank and whom it is given to or taken from, by their phones."""

    tag: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    phones: Annotated[list[str], Field(default_factory=list, max_length=100)]
    remove: bool = False


class Lived(Show):
    """What is live now, and what it took the place of."""

    version: VersionShow
    replaced: VersionShow | None


class Back(Show):
    """What is live now; null: the layer below."""

    version: VersionShow | None


class CommentShow(Show):
    """What a reviewer said."""

    id: UUID
    at: str
    text: str
    author: str
    mine: bool
    made_at: datetime
    done: bool


class Comments(Show):
    """Oldest first."""

    items: tuple[CommentShow, ...]


class KillShow(Show):
    """Something that is switched off."""

    bank: int
    name: str
    what: Literal["block", "action"]
    reason: str
    by: str
    since: datetime


class Kills(Show):
    """For all, and for one's bank."""

    items: tuple[KillShow, ...]


class Tagged(Show):
    """How many have the tag now."""

    tag: str
    readers: int


def must_be_of_layer(call: Call, ask: ByItem) -> None:
    """Raises Invalid for a kind that one's layer does not write, or a branch of the province.

    How a customer proves who they are is the same in every county: a bank changes nothing of that page.
    """
    if ask.item == PROOF and not for_province(call):
        raise Invalid(field="item", fields=["item"])
    if kind_for(call.who.bank, ask.item, ask.kind) not in kinds_of(call.who.bank):
        raise Invalid(field="kind", fields=["kind"])
    if ask.branch and for_province(call):
        raise Invalid(field="branch", fields=["branch"])


async def _written(call: Call, version: Version, made: Made) -> Written:
    return Written(
        version=await version_show(call, version),
        source=made.source,
        problems=tuple(map(problem_show, made.problems)),
    )


@op("pages.draft.new", changes=True)
async def new(call: Call, ask: NewAsk) -> Written:
    """Begin a draft."""
    must_be_of_layer(call, ask)
    publishing, where = call.doors.pages.publishing, place(call, ask.item, ask.kind, ask.branch)
    source = ask.source
    if source is None and isinstance(ask.from_, UUID):
        _, _, source = await source_asked(call, SourceAsk(id=ask.from_))
    elif source is None and ask.from_ == "blank":
        source = publishing.drafts.blank(where)
    elif source is None:
        source = publishing.drafts.shipped(where) if ask.from_ == "shipped" else None
    return await _written(
        call, *await publishing.new(call.who, where, source or publishing.drafts.shown(where))
    )


@op("pages.draft.save", changes=True)
async def save(call: Call, ask: SaveAsk) -> Written:
    """Keep a draft."""
    found = await call.doors.pages.publishing.save(call.who, ask.id, ask.revision, ask.source, ask.note)
    return await _written(call, *found)


@op("pages.draft.discard", changes=True)
async def discard(call: Call, ask: ById) -> One:
    """Drop a draft."""
    return One(version=await version_show(call, await call.doors.pages.publishing.discard(call.who, ask.id)))


@op("pages.submit_for_review", changes=True)
async def submit(call: Call, ask: SubmitAsk) -> One:
    """Hand a draft to somebody else."""
    return One(
        version=await version_show(call, await call.doors.pages.publishing.submit(call.who, ask.id, ask.note))
    )


@op("pages.review", changes=True)
async def review(call: Call, ask: ReviewAsk) -> One:
    """Say yes or no to what somebody else made."""
    found = await call.doors.pages.publishing.review(call.who, ask.id, approve=ask.approve, reason=ask.reason)
    return One(version=await version_show(call, found))


@op("pages.gray", changes=True)
async def gray(call: Call, ask: GrayOf) -> One:
    """Show a version to some."""
    wanted = Gray.model_validate(ask.gray.model_dump())
    return One(
        version=await version_show(call, await call.doors.pages.publishing.gray(call.who, ask.id, wanted))
    )


@op("pages.live", changes=True)
async def live(call: Call, ask: ById) -> Lived:
    """Show a version to everybody of its layer."""
    version, replaced = await call.doors.pages.publishing.live(call.who, ask.id)
    before = None if replaced is None else await version_show(call, replaced)
    return Lived(version=await version_show(call, version), replaced=before)


@op("pages.roll_back", changes=True)
async def roll_back(call: Call, ask: BackAsk) -> Back:
    """One step back."""
    where = place(call, ask.item, ask.kind, ask.branch)
    found = await call.doors.pages.publishing.roll_back(call.who, where, ask.to)
    return Back(version=None if found is None else await version_show(call, found))


@op("pages.retire", changes=True)
async def retire(call: Call, ask: ById) -> One:
    """Show the layer below again."""
    return One(version=await version_show(call, await call.doors.pages.publishing.retire(call.who, ask.id)))


@op("pages.schedule", changes=True)
async def schedule(call: Call, ask: ScheduleAsk) -> One:
    """Let a version start and stop by itself."""
    found = await call.doors.pages.publishing.schedule(call.who, ask.id, ask.start_at, ask.stop_at)
    return One(version=await version_show(call, found))


@op("pages.comments")
async def comments(call: Call, ask: ById) -> Comments:
    """What was said of a version."""
    await call.doors.pages.publishing.version(call.who, ask.id)
    rows = await call.doors.pages.publishing.comments(call.who, ask.id)
    shown = [
        CommentShow(
            id=row["id"], at=row["place"], text=row["text"], author=await staff_name(call.doors, row["author"]),
            mine=row["author"] == call.who.id, made_at=row["made_at"], done=row["done"],
        )
        for row in rows
    ]  # fmt: skip
    return Comments(items=tuple(shown))


@op("pages.comment", changes=True)
async def comment(call: Call, ask: CommentAsk) -> Comments:
    """Say something of a place."""
    await call.doors.pages.publishing.comment(call.who, ask.id, ask.at, ask.text)
    return await comments(call, ById(id=ask.id))


@op("pages.comment.done", changes=True)
async def comment_done(call: Call, ask: DoneAsk) -> Comments:
    """Close a comment, or open it again."""
    await call.doors.pages.publishing.comment_done(call.who, ask.id, ask.comment, ask.done)
    return await comments(call, ById(id=ask.id))


@op("pages.kills")
async def kills(call: Call, ask: Empty) -> Kills:
    """What phones must not run."""
    rows = await call.doors.pages.publishing.kills(call.who)
    shown = [
        KillShow(
            bank=row["institution_id"], name=row["name"], what="action" if row["name"] in ACTION_NAMES else "block",
            reason=row["reason"], by=await staff_name(call.doors, row["who"]), since=row["since"],
        )
        for row in rows
    ]  # fmt: skip
    return Kills(items=tuple(shown))


@op("pages.kill", changes=True)
async def kill(call: Call, ask: KillAsk) -> Kills:
    """Switch a kind off, at once."""
    await call.doors.pages.publishing.kill(call.who, ask.name, ask.reason)
    return await kills(call, Empty())


@op("pages.unkill", changes=True)
async def unkill(call: Call, ask: UnkillAsk) -> Kills:
    """Switch it on again."""
    await call.doors.pages.publishing.unkill(call.who, ask.name)
    return await kills(call, Empty())


@op("pages.tags", changes=True)
async def tags(call: Call, ask: TagAsk) -> Tagged:
    """Give readers a tag, or take it."""
    readers: list[UUID] = []
    for phone in ask.phones:
        try:
            found = await call.doors.party.find_by_phone(phone)
        except BankError:
            continue
        readers += [found] if found else []
    size = await call.doors.pages.publishing.tag(call.who, call.who.bank, ask.tag, readers, remove=ask.remove)
    return Tagged(tag=ask.tag, readers=size)
