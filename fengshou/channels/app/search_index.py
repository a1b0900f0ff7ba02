"""What can be found: every place of the published pages that leads somewhere, under all the names it is called by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fengshou.channels.app.search_words import Form, others, score
from fengshou.pages import Pages

_LATER = 12
_LEAST = 30
_NAMES = ("text", "title", "label")


@dataclass
class Place:
    """Something to open: a page, by the names and notes of what leads there. `later`: not open yet."""

    page: str
    title: dict[str, str]
    note: dict[str, str] = field(default_factory=dict)
    icon: str = "doc"
    tone: str = "neutral"
    later: bool = False
    forms: set[Form] = field(default_factory=set)

    def call(self, *names: str) -> None:
        """Give it more names."""
        self.forms |= {Form.of(name) for name in names if name and "{{" not in name}


@dataclass(frozen=True, slots=True)
class Hit:
    """A place and how well it fits."""

    place: Place
    score: int


class Index:
    """All places of one release, in both languages at once."""

    def __init__(self, places: list[Place]) -> None:
        self._places = places

    def find(self, query: str, limit: int) -> list[Hit]:
        """The best first; what is not open yet after what is."""
        words = others(query)
        hits = [Hit(place, _fit(query, words, place)) for place in self._places]
        return sorted((h for h in hits if h.score >= _LEAST), key=lambda h: -h.score)[:limit]


def _fit(query: str, words: tuple[str, ...], place: Place) -> int:
    own = max((score(query, form) for form in place.forms), default=0)
    # Another word for it counts less; one that is another word and misspelt would never count enough.
    meant = max((score(word, form, slips=False) - 25 for word in words for form in place.forms), default=0)
    return max(own, meant) - (_LATER if place.later else 0)


async def build(pages: Pages, cohort: str) -> Index:
    """Read the pages that are shown."""
    read: dict[str, list[dict[str, Any]]] = {}
    for locale in ("zh-CN", "en"):
        facts = json.loads(pages.manifest(locale, cohort).body)
        for name, page_hash in facts["pages"].items():
            read.setdefault(name, []).append(json.loads(await pages.page(page_hash)))
    both = {name: (bodies[0], bodies[-1]) for name, bodies in read.items()}
    places: dict[tuple[str, str], Place] = {}
    plainly = {
        to for zh, _ in both.values() for part in _parts(zh["blocks"]) if (to := _goes(part["tap"][0]))
    }
    for name, (zh, en) in both.items():
        if (
            (not zh.get("params") or name in plainly)
            and "{{" not in zh["title"]
            and zh.get("surface") != "console"
        ):
            places[name, ""] = Place(name, {"zh": zh["title"], "en": en["title"]})
    for name, (zh, en) in both.items():
        if (name, "") in places:
            for one, other in zip(_parts(zh["blocks"]), _parts(en["blocks"]), strict=False):
                _learn(places, name, one, other)
    for place in places.values():
        place.call(place.title["zh"], place.title["en"])
    return Index(list(places.values()))


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every part that can be touched, in the page's order."""
    if isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("tap"), list) and value["tap"]:
            yield value
        for name, item in value.items():
            if name not in ("tap", "then", "fail"):
                yield from _parts(item)


def _goes(tap: dict[str, Any]) -> str | None:
    """Where an action leads without being told more."""
    return str(tap["page"]) if tap.get("do") == "go" and not tap.get("params") else None


def _learn(places: dict[tuple[str, str], Place], here: str, zh: dict[str, Any], en: dict[str, Any]) -> None:
    """What one touchable part says of the place it leads to, or of itself when it opens a sheet."""
    name = next((str(zh[n]) for n in _NAMES if zh.get(n)), "")
    said = next((str(en[n]) for n in _NAMES if en.get(n)), "")
    if not name or "{{" in name:
        return
    tap = zh["tap"][0]
    to = None if zh.get("later") else _goes(tap)
    target = (to, "") if to else (here, name)
    if (to and target not in places) or (not to and tap.get("do") == "go" and tap.get("params")):
        return
    place = places.setdefault(target, Place(here, {"zh": name, "en": said}, later=bool(zh.get("later"))))
    place.call(name, said)
    if not place.note and zh.get("note") and "{{" not in str(zh["note"]):
        place.note = {"zh": str(zh["note"]), "en": str(en.get("note", ""))}
    icon = str(zh.get("icon", ""))
    if icon and "{{" not in icon and place.icon == "doc":
        place.icon, place.tone = icon, str(zh.get("tone", "brand"))
