"""Read a folder of page files, check them together, and compile each for every language and variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from fengshou.pages.findings import Problem, problem
from fengshou.pages.kits import for_kit
from fengshou.pages.lint import lint
from fengshou.pages.page import ACTION_MODELS, BLOCK_MODELS, KIT, KITS, Page, Shell
from fengshou.pages.parts import Part
from fengshou.pages.resolve import LOCALES, Locale, body_of, canonical, seal, wire

SHELL = "shell"


class PagesRefused(Exception):
    """The folder holds pages that may not be published; `problems` says which and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Edition:
    """All pages in one language: page id to hash, those with an elder variant again under `elder`, and the
    shell.
    """

    pages: dict[str, str]
    elder: dict[str, str]
    shell: str


@dataclass(frozen=True)
class Compiled:
    """What a release of pages is made of. `bodies` maps each hash to its canonical JSON."""

    editions: dict[Locale, Edition]
    bodies: dict[str, bytes]
    sources: dict[str, Page] = field(compare=False)
    shell: Shell = field(compare=False)

    @property
    def id(self) -> str:
        """The hash of the whole set: the same content is the same release."""
        return seal("release", {locale: vars(edition) for locale, edition in self.editions.items()}).hash


def load(folder: Path, *, ops: Set[str] | None = None, more: Iterable[Page] = ()) -> Compiled:
    """Compile every `*.yaml` under `folder`, and `more` that a room made; raise PagesRefused with all problems."""
    pages, shell, problems = read(folder)
    pages |= {page.id: page for page in more if page.id not in pages}  # a page that somebody wrote goes first
    ids = set(pages)
    for page in pages.values():
        problems += lint(page, pages=ids, ops=ops)
    if shell is None:
        problems.append(problem(SHELL, "", "shell_missing"))
    else:
        problems += lint_shell(shell, ids)
    if problems or shell is None:
        raise PagesRefused(problems)
    return compile_pages(pages, shell)


def read(folder: Path) -> tuple[dict[str, Page], Shell | None, list[Problem]]:
    """The pages of `folder` by id, its shell, and what could not be read."""
    pages: dict[str, Page] = {}
    shell: Shell | None = None
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        try:
            source = yaml.safe_load(path.read_text("utf-8"))
            if name == SHELL:
                shell = Shell.model_validate(source)
                continue
            page = Page.model_validate(source)
        except ValidationError as error:
            problems += not_protocol(name, error)
            continue
        except yaml.YAMLError as error:
            problems.append(problem(name, "", "not_yaml", reason=error))
            continue
        if page.id != name:
            problems.append(problem(name, "id", "file_name", file=name, name=page.id))
        pages[name] = page
    return pages, shell, problems


def lint_shell(shell: Shell, pages: Set[str]) -> list[Problem]:
    """Tabs that lead nowhere."""
    wanted = {tab.page for tab in (*shell.tabs, *shell.elder_tabs)} | {shell.home, shell.sign_in}
    return [problem(SHELL, "", "tab_page", name=page) for page in sorted(wanted - pages)]


_MENTIONED_MAX = 50


def not_protocol(item: str, error: ValidationError) -> list[Problem]:
    """What the models refuse, with the place as lint writes places."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [problem(item, _where(e["loc"]), "not_protocol", reason=e["msg"]) for e in found[:_MENTIONED_MAX]]


def _where(loc: tuple[int | str, ...]) -> str:
    """`blocks.0.list.items.1` as `blocks[0].items[1]`: what a union calls its choices is no part of the place."""
    place = ""
    for index, step in enumerate(loc):
        if isinstance(step, int):
            place += f"[{step}]"
        elif not (index and isinstance(loc[index - 1], int) and step in _TAGS) and step not in _BRANCHES:
            place += f".{step}" if place else step
    return place


_TAGS = BLOCK_MODELS.keys() | ACTION_MODELS.keys()
_BRANCHES = frozenset({"Bilingual", "function-after[_template(), str]"})


def source_of(part: Part) -> dict[str, Any]:
    """A page, shell or override as its author sees it: JSON in both languages, defaults left out."""
    found: dict[str, Any] = part.model_dump(mode="json", exclude_defaults=True)
    return found


def digest_of(source: object) -> str:
    """The hash of a source."""
    return sha256(canonical(source)).hexdigest()


class Press:
    """Compiles pages and remembers what it made: one body for each page, language, variant and kit.

    `bodies` maps each hash to (item, body); the same body is one hash however many kits show it.
    """

    def __init__(self) -> None:
        self.bodies: dict[str, tuple[str, bytes]] = {}
        self._made: dict[tuple[str, Locale, bool, int], str] = {}
        self._digests: dict[int, tuple[Page, str]] = {}

    def page(self, page: Page, locale: Locale, kit: int, *, elder: bool = False) -> str:
        """The hash of `page` for a language and kit."""
        key = (self._digest(page), locale, elder, kit)
        if key not in self._made:
            body = for_kit(body_of(page, locale, elder=elder), kit, locale)
            self._made[key] = self._keep(page.id, body)
        return self._made[key]

    def edition(self, pages: Mapping[str, Page], shell: Shell, locale: Locale, kit: int) -> Edition:
        """All pages in one language for one kit."""
        return Edition(
            pages={page.id: self.page(page, locale, kit) for page in pages.values()},
            elder={
                page.id: self.page(page, locale, kit, elder=True)
                for page in pages.values()
                if page.variants.elder is not None
            },
            shell=self.shell(shell, locale),
        )

    def shell(self, shell: Shell, locale: Locale) -> str:
        """The hash of the tab bar in one language."""
        shown = wire(shell, locale)
        assert isinstance(shown, dict)
        return self._keep(SHELL, shown)

    def _keep(self, item: str, body: dict[str, Any]) -> str:
        made = seal(item, body)
        self.bodies[made.hash] = (item, made.body)
        return made.hash

    def _digest(self, page: Page) -> str:
        # Pages are frozen, so one object is one text; the object is kept so that its id stays its own.
        if id(page) not in self._digests:
            self._digests[id(page)] = (page, digest_of(source_of(page)))
        return self._digests[id(page)][1]


def compile_pages(pages: dict[str, Page], shell: Shell) -> Compiled:
    """Pages and a tab bar compiled as they are: who calls has linted them, or means to see what happens."""
    press = Press()
    for kit in KITS[:-1]:
        for locale in LOCALES:
            press.edition(pages, shell, locale, kit)
    editions = {locale: press.edition(pages, shell, locale, KIT) for locale in LOCALES}
    return Compiled(editions, {h: body for h, (_, body) in press.bodies.items()}, pages, shell)
