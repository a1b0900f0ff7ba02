"""search.*: everything there is, by its name, its sound, its initials, nearly its name, or another word for it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from fengshou.channels.app.ops import op
from fengshou.channels.app.search_index import Index, Place, build
from fengshou.channels.app.search_services import services_of
from fengshou.channels.app.search_words import Form, score
from fengshou.channels.app.shapes import Bi, QueryText
from fengshou.channels.edge import Ask, Call, Show
from fengshou.pages import EVERYONE, Pages

_PEOPLE_LEAST = 45
_PEOPLE_MAX = 5
_KEPT = 8
_indexes: dict[str, Index] = {}


class FindAsk(Ask):
    """What was typed."""

    query: QueryText
    cohort: Annotated[str, Field(max_length=80)] = EVERYONE
    limit: Annotated[int, Field(ge=1, le=50)] = 12


class PlaceShow(Show):
    """A page to open."""

    page: str
    title: Bi
    note: Bi
    icon: str
    tone: str
    later: bool


class PersonShow(Show):
    """A payee of mine."""

    id: UUID
    name: str
    initial: str
    number: str
    tail: str
    bank_code: str | None


class Found(Show):
    """Pages and services, then people."""

    items: tuple[PlaceShow, ...]
    people: tuple[PersonShow, ...]


@op("search.find", auth="none")
async def find(call: Call, ask: FindAsk) -> Found:
    """What is called that, sounds like it, or is nearly it; services of one's own county, payees only for oneself."""
    pages = (await _index(call.doors.pages, await _cohort(call, ask))).find(ask.query, ask.limit)
    offered = services_of(call.doors, call.caller.bank).find(ask.query, ask.limit) if call.caller else []
    hits = sorted((*pages, *offered), key=lambda hit: -hit.score)[: ask.limit]
    return Found(items=tuple(_shown(hit.place) for hit in hits), people=await _people(call, ask.query))


async def _cohort(call: Call, ask: FindAsk) -> str:
    """Whose pages are searched: of somebody signed in, just those their phone opens, whatever was asked."""
    if call.caller is None:
        return ask.cohort
    return await call.doors.pages.publishing.cohort_of(call.caller.id, call.caller.bank)


async def _index(pages: Pages, cohort: str) -> Index:
    """The index of what is shown now; built anew when something was published."""
    etag = pages.manifest("zh-CN", cohort).etag
    if etag not in _indexes:
        if len(_indexes) >= _KEPT:
            _indexes.pop(next(iter(_indexes)))
        _indexes[etag] = await build(pages, cohort)
    return _indexes[etag]


def _shown(place: Place) -> PlaceShow:
    note = place.note or {"zh": "", "en": ""}
    return PlaceShow(
        page=place.page,
        title=Bi(**place.title),
        note=Bi(**note),
        icon=place.icon,
        tone=place.tone,
        later=place.later,
    )


async def _people(call: Call, query: str) -> tuple[PersonShow, ...]:
    if call.caller is None or not query.strip():
        return ()
    mine = await call.doors.payments.payees(call.who, limit=100)
    ranked = sorted(((score(query, Form.of(p.name)), p) for p in mine), key=lambda pair: -pair[0])
    return tuple(
        PersonShow(
            id=p.id,
            name=p.name,
            initial=p.name[:1],
            number=p.number,
            tail=p.number[-4:],
            bank_code=p.bank_code,
        )
        for fit, p in ranked[:_PEOPLE_MAX]
        if fit >= _PEOPLE_LEAST
    )
