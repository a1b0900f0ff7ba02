"""Read a folder of page files, check them together, and compile each for every language and variant."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

from fengshou.pages.lint import Problem, lint
from fengshou.pages.page import Page, Shell
from fengshou.pages.resolve import LOCALES, Locale, Resolved, resolve, seal, wire

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

    @property
    def id(self) -> str:
        """The hash of the whole set: the same content is the same release."""
        return seal("release", {locale: vars(edition) for locale, edition in self.editions.items()}).hash


def load(folder: Path, *, ops: Set[str] | None = None) -> Compiled:
    """Compile every `*.yaml` under `folder`; raise PagesRefused with all problems at once."""
    pages, shell, problems = read(folder)
    ids = set(pages)
    for page in pages.values():
        problems += lint(page, pages=ids, ops=ops)
    if shell is None:
        problems.append(Problem(SHELL, "", "shell.yaml is missing"))
    else:
        wanted = {tab.page for tab in (*shell.tabs, *shell.elder_tabs)} | {shell.home, shell.sign_in}
        problems += [Problem(SHELL, "", f"no page {page!r}") for page in sorted(wanted - ids)]
    if problems or shell is None:
        raise PagesRefused(problems)
    return _compile(pages, shell)


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
            problems += [Problem(name, _where(e["loc"]), e["msg"]) for e in error.errors(include_url=False)]
            continue
        except yaml.YAMLError as error:
            problems.append(Problem(name, "", f"not YAML: {error}"))
            continue
        if page.id != name:
            problems.append(Problem(name, "id", f"the file is {name!r}, the id {page.id!r}"))
        pages[name] = page
    return pages, shell, problems


def _where(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in loc)


def _compile(pages: dict[str, Page], shell: Shell) -> Compiled:
    bodies: dict[str, bytes] = {}

    def keep(page: Resolved) -> str:
        bodies[page.hash] = page.body
        return page.hash

    editions: dict[Locale, Edition] = {}
    for locale in LOCALES:
        shown = wire(shell, locale)
        assert isinstance(shown, dict)
        editions[locale] = Edition(
            pages={page.id: keep(resolve(page, locale)) for page in pages.values()},
            elder={
                page.id: keep(resolve(page, locale, elder=True))
                for page in pages.values()
                if page.variants.elder is not None
            },
            shell=keep(seal(SHELL, shown)),
        )
    return Compiled(editions, bodies, pages)
