"""desks.*: the desks of content that are open to one's roles, each a page of the protocol made from its descriptor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any

import orjson
from pydantic import StringConstraints

from fengshou.catalog import KINDS, See
from fengshou.channels.console.ops import OPS, op
from fengshou.channels.console.shapes import Bi
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import Missing, Principal
from fengshou.pages import Desk, desk_problems, resolved_desk

_PAGES_KEPT = 256


class DeskTile(Show):
    """A desk in the rail."""

    key: str
    title: Bi
    short: Bi
    icon: str
    order: int


class Desks(Show):
    """What is open to one's roles, in the order of the rail."""

    items: tuple[DeskTile, ...]


class DeskAsk(Ask):
    """Which desk."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]


class DeskShow(Show):
    """The page of a desk in one's language; `hash` changes with it."""

    key: str
    hash: str
    page: dict[str, Any]


@op("desks.list")
async def list_(call: Call, ask: Empty) -> Desks:
    """The desks of one's bank that are open to one's roles."""
    found = [
        DeskTile(
            key=one.key,
            title=Bi(**one.title.model_dump()),
            short=Bi(**(one.short or one.title).model_dump()),
            icon=one.icon,
            order=one.order,
        )
        for one in _desks(call)
        if _open_to(one, call.who)
    ]
    return Desks(items=tuple(sorted(found, key=lambda one: (one.order, one.key))))


@op("desks.page")
async def page(call: Call, ask: DeskAsk) -> DeskShow:
    """A desk's page. One that is not open to one's roles is not there."""
    desk = next((one for one in _desks(call) if one.key == ask.key and _open_to(one, call.who)), None)
    if desk is None:
        raise Missing(what="desk")
    hash_, body = _page(desk, call.locale)
    return DeskShow(key=desk.key, hash=hash_, page=body)


def _desks(call: Call) -> list[Desk]:
    """The desks of one's bank as they stand today, its own over the province's."""
    catalog, bank, on = call.doors.catalog, call.who.bank, call.doors.clock.today()
    keys = catalog.keys("desk", bank=bank, on=on)
    return [catalog.now.typed(Desk, "desk", key, on=on, bank=bank) for key in keys]


def _open_to(desk: Desk, who: Principal) -> bool:
    return bool(who.roles.intersection(desk.roles))


class _Known:
    """A descriptor by which object it is: descriptors are frozen and kept as long as their release."""

    __slots__ = ("desk",)

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.desk is self.desk

    def __hash__(self) -> int:
        return id(self.desk)


@lru_cache(maxsize=_PAGES_KEPT)
def _made(known: _Known, locale: str) -> tuple[str, dict[str, Any]]:
    made = resolved_desk(known.desk, locale)
    body: dict[str, Any] = orjson.loads(made.body)
    return made.hash, body


def _page(desk: Desk, locale: str) -> tuple[str, dict[str, Any]]:
    return _made(_Known(desk), locale)


def _known_ops(desks: dict[str, Any], see: See) -> Iterator[tuple[str, str]]:
    """A desk that names an operation the console does not have is not published."""
    for key, desk in desks.items():
        found = desk_problems(desk, ops=OPS.all.keys())
        yield from ((key, f"{one.at}: {one.text}") for one in found if one.code == "op_missing")


KINDS.check_also("desk", _known_ops)
