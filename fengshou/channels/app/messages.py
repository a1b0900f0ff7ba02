"""messages.*: the bank's letters to me."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from fengshou.channels.app import words
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import Limit, NoticeShow
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import day_of
from fengshou.party import Notice

_LOOKS_MAX = 10


class ListAsk(Ask):
    """A page of letters."""

    before: UUID | None = None
    limit: Limit = 20
    group: Literal["all", "money", "security", "service"] = "all"


class Letters(Show):
    """Newest first."""

    items: tuple[NoticeShow, ...]
    next: UUID | None
    unread: int


class ReadAsk(Ask):
    """Which were read; all when left out."""

    ids: Annotated[list[UUID], Field(max_length=200)] | None = None


class Unread(Show):
    """How many still wait."""

    unread: int


@op("messages.list")
async def list_(call: Call, ask: ListAsk) -> Letters:
    """A page of my letters."""
    party, found, cursor = call.doors.party, list[Notice](), ask.before
    for _ in range(_LOOKS_MAX):
        page = await party.notices(call.who, cursor, ask.limit)
        for letter in page:
            cursor = letter.id
            if ask.group in ("all", words.letter_words(letter.kind).group):
                found.append(letter)
            if len(found) == ask.limit:
                break
        if len(found) == ask.limit:
            break
        if len(page) < ask.limit:
            cursor = None
            break
    return Letters(
        items=tuple(notice_show(x) for x in found), next=cursor, unread=await party.unread(call.who)
    )


@op("messages.read", changes=True)
async def read(call: Call, ask: ReadAsk) -> Unread:
    """Mark letters as read."""
    await call.doors.party.mark_read(call.who, ask.ids)
    return Unread(unread=await call.doors.party.unread(call.who))


def notice_show(letter: Notice) -> NoticeShow:
    """One letter."""
    look, facts = words.letter_words(letter.kind), letter.facts
    order, fen = facts.get("order"), facts.get("amount_fen")
    if isinstance(fen, int) and letter.kind == "money_out":
        fen = -fen
    return NoticeShow(
        id=letter.id, kind=letter.kind, group=look.group, title=words.of(letter.title), body=words.of(letter.body),
        at=letter.at, day=day_of(letter.at), read=letter.read_at is not None, icon=look.icon, tone=look.tone,
        fen=fen if isinstance(fen, int) else None, page="order" if order else None,
        params={"id": order} if order else {},
    )  # fmt: skip


def event_shown(letters: list[Notice]) -> Iterator[dict[str, Any]]:
    """The letters about safety, as lines of a list."""
    for letter in letters:
        look = words.letter_words(letter.kind)
        if look.group == "security":
            yield {
                "at": letter.at,
                "title": words.of(letter.title),
                "note": words.of(letter.body),
                "icon": look.icon,
                "tone": look.tone,
            }
