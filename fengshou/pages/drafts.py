"""What a draft would make of the pages: read, checked, laid over the layers below, and shown beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from fengshou.pages.compile import digest_of, lint_shell, not_protocol, source_of
from fengshou.pages.errors import LintFailed, SourceRefused, VersionMissing
from fengshou.pages.findings import Problem, problem
from fengshou.pages.hostile import SOURCE_MAX, refuse_hostile
from fengshou.pages.layers import Override, Theme, lay, mark
from fengshou.pages.lint import lint
from fengshou.pages.page import Page, Shell
from fengshou.pages.previews import LASTS, Preview
from fengshou.pages.resolve import LOCALES, body_of, canonical, resolve
from fengshou.pages.room import Room
from fengshou.pages.versions import Kind
from fengshou.pages.world import Reader

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Which item of which layer: `bank` 1 is the province."""

    bank: int
    kind: Kind
    item: str
    branch: str = ""


@dataclass
class Made:
    """What a source makes: the page or shell or theme it stands for, or only problems."""

    source: Json
    problems: list[Problem] = field(default_factory=list)
    page: Page | None = None
    shell: Shell | None = None
    theme: str | None = None

    @property
    def errors(self) -> list[Problem]:
        """What keeps it from review."""
        return [one for one in self.problems if one.level == "error"]

    def must_be_sound(self) -> None:
        """Raises LintFailed with the first error."""
        if self.errors:
            first = self.errors[0]
            raise LintFailed(count=len(self.errors), at=first.at, text=f"{first.text} / {first.zh}"[:300])


def text_of(source: Json) -> str:
    """A source as it is kept: canonical JSON. Raises SourceRefused when it is hostile or too big."""
    refuse_hostile(source)
    text = canonical(source).decode()
    if len(text.encode()) > SOURCE_MAX:
        raise SourceRefused(at="", reason="size")
    return text


class Drafts:
    """Reading drafts against what is shown in this process."""

    def __init__(self, pages: Room) -> None:
        self._pages = pages

    def below(self, place: Place) -> dict[str, Page]:
        """The pages that a layer lies over: the province's own for the province."""
        world = self._pages.world
        if place.branch:
            return world.pages(Reader(place.bank))[0]
        return world.province()

    def below_page(self, place: Place) -> Page:
        """The page under an override. Raises VersionMissing."""
        found = self.below(place).get(place.item)
        if found is None:
            raise VersionMissing()
        return found

    def base(self, place: Place) -> str:
        """The hash of what a draft begins from: the shipped page, or the page below; empty for a new page."""
        if place.kind == "override":
            return digest_of(source_of(self.below_page(place)))
        shipped = self.shipped(place)
        return "" if shipped is None else digest_of(shipped)

    def shipped(self, place: Place) -> Json | None:
        """What this build brought for an item."""
        base = self._pages.world.base
        if place.kind == "shell":
            return source_of(base.shell)
        found = base.pages.get(place.item) if place.kind == "page" else None
        return None if found is None else source_of(found)

    def shown(self, place: Place) -> Json:
        """What stands in a layer now; an empty change where it has nothing. Raises VersionMissing."""
        world = self._pages.world
        live = world.live.get((place.kind, place.item, (place.bank, place.branch)))
        if live is not None:
            found: Json = orjson.loads(live.source)
            return found
        if place.kind == "theme":
            return {"v": 1, "theme": "default"}
        if place.kind == "override":
            return {"page": self.below_page(place).id, "blocks": [], "texts": []}
        shipped = self.shipped(place)
        if shipped is None:
            raise VersionMissing()
        return shipped

    def blank(self, place: Place) -> Json:
        """A source to begin from nothing with."""
        if place.kind != "page":
            return self.shown(place)
        name = {"zh": "新页面", "en": "New page"}
        return {"id": place.item, "title": name, "blocks": [{"t": "section", "title": name}]}

    def read(self, place: Place, source: Json) -> Made:
        """What `source` makes at a place, with every problem."""
        refuse_hostile(source)
        try:
            if place.kind == "theme":
                return Made(source, theme=Theme.model_validate(source).theme)
            if place.kind == "shell":
                shell = Shell.model_validate(source)
                return Made(source, lint_shell(shell, self.below(place).keys()), shell=shell)
            if place.kind == "override":
                return self._override(place, source)
            page = Page.model_validate(source)
        except ValidationError as error:
            return Made(source, not_protocol(place.item, error))
        return Made(source, self._lint(place, page), page)

    def _override(self, place: Place, source: Json) -> Made:
        base = source_of(self.below_page(place))
        marked = mark(source, base)
        over = Override.model_validate(marked)
        if over.page != place.item:
            return Made(source, [problem(place.item, "page", "file_name", file=place.item, name=over.page)])
        plain = over.model_dump(mode="json", exclude_defaults=True)
        made, told = lay(base, plain, place.item)
        page = Page.model_validate(made)
        return Made(marked, [*told, *self._lint(place, page)], page)

    def _lint(self, place: Place, page: Page) -> list[Problem]:
        wrong = (
            []
            if page.id == place.item
            else [problem(place.item, "id", "file_name", file=place.item, name=page.id)]
        )
        ops = self._pages.ops
        allowed = None if ops is None else ops["console" if page.surface == "console" else "app"].keys()
        ids = self.below(place).keys() | {place.item}
        pictures = None if self._pages.pictures is None else self._pages.pictures.keys()
        return wrong + lint(page, pages=ids, ops=allowed, pictures=pictures)

    def preview(self, place: Place, made: Made, bank: int, now: datetime) -> tuple[str, Preview]:
        """All that a phone of `bank` would be shown with this draft; raises LintFailed when it makes no page."""
        if made.page is None and made.shell is None and made.theme is None:
            made.must_be_sound()
        world = self._pages.world
        reader = Reader(bank, place.branch if place.bank == bank else "")
        pages = dict(world.pages(reader)[0])
        if made.page is not None:
            pages[place.item] = made.page
        shown = Preview(
            pages,
            made.shell or world.shell(reader),
            bank,
            made.theme or world.theme(reader),
            place.item,
            now + LASTS,
        )
        return self._pages.previews.add(shown), shown


def wire_of(page: Page) -> dict[str, Any]:
    """A page as clients of the newest kit get it, by language and, for elders, `zh-CN/elder`."""
    found: dict[str, Any] = {}
    for locale in LOCALES:
        found[locale] = body_of(page, locale)
        if page.variants.elder is not None:
            found[f"{locale}/elder"] = body_of(page, locale, elder=True)
    return found


def hash_of(page: Page | None) -> str:
    """The hash of a page in Chinese; empty for none."""
    return "" if page is None else resolve(page, "zh-CN").hash
