"""Services to be found: each under its name in both languages and the words its author gave it."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from fengshou.channels.app.search_index import Index, Place
from fengshou.channels.app.service_shapes import TONES, icon_of
from fengshou.channels.edge import Doors
from fengshou.services import Definition, page_id

_KEPT = 128
_Key: TypeAlias = tuple[str, int, date]
_indexes: dict[_Key, Index] = {}


def services_of(doors: Doors, bank: int) -> Index:
    """The index of what a county offers today; made anew with a release and a day."""
    key = (doors.catalog.release_id, bank, doors.clock.today())
    if key not in _indexes:
        if len(_indexes) >= _KEPT:
            _indexes.pop(next(iter(_indexes)))
        rooms = doors.services
        offered = [
            one for one in rooms.definitions(bank)
            if not one.for_staff and rooms.providers(one.behind.system, bank)
        ]  # fmt: skip
        _indexes[key] = Index([_place(one) for one in offered])
    return _indexes[key]


def _place(one: Definition) -> Place:
    tone = TONES.get(one.cloud, "brand")
    place = Place(page_id(one.key), one.name.model_dump(), one.about.model_dump(), icon_of(one.icon), tone)
    place.call(one.name.zh, one.name.en, *one.words)
    return place
