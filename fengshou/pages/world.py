"""What is shown to whom: the layers shipped < province < bank < branch, and the gray runs a reader is in.

A `World` is built when something was published and never changed; a manifest is looked up in it without asking anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from fengshou.kernel import CENTRE
from fengshou.pages.compile import Edition, Press, digest_of, source_of
from fengshou.pages.findings import Problem
from fengshou.pages.layers import lay
from fengshou.pages.page import KITS, Page, Shell
from fengshou.pages.resolve import LOCALES, Locale
from fengshou.pages.versions import Version

_RUN_SIGNS = 12
_PAGES_KEPT = 4_096


@dataclass(frozen=True)
class Reader:
    """To whom something is shown: a bank (1: nobody in particular), a branch, the gray runs they are in."""

    bank: int = CENTRE
    branch: str = ""
    runs: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The name of this cohort on the wire: `109`, `109.002`, `109+0193ab…`; empty for everybody."""
        place = (
            ""
            if self.bank == CENTRE and not self.runs
            else f"{self.bank}{'.' if self.branch else ''}{self.branch}"
        )
        return "+".join([place, *sorted(self.runs)])


def run_name(id_: UUID) -> str:
    """A gray run on the wire."""
    return id_.hex[-_RUN_SIGNS:]


@dataclass(frozen=True)
class Base:
    """A release of the folder as one pointer shows it."""

    release: str
    pages: Mapping[str, Page]
    shell: Shell
    kill: tuple[str, ...] = ()


@dataclass
class Kept:
    """What outlives a world: parsed sources and laid pages by the hashes of what they were made from."""

    press: Press = field(default_factory=Press)
    parsed: dict[str, Page | Shell] = field(default_factory=dict)
    laid: dict[tuple[str, str], tuple[Page, list[Problem]]] = field(default_factory=dict)

    def trim(self) -> None:
        """Forget all when it has grown: everything can be made again."""
        if len(self.parsed) + len(self.laid) > _PAGES_KEPT:
            self.parsed.clear()
            self.laid.clear()

    def page(self, version: Version) -> Page:
        """A version's page."""
        if version.digest not in self.parsed:
            self.parsed[version.digest] = Page.model_validate(orjson.loads(version.source))
        found = self.parsed[version.digest]
        assert isinstance(found, Page)
        return found

    def shell(self, version: Version) -> Shell:
        """A version's tab bar."""
        if version.digest not in self.parsed:
            self.parsed[version.digest] = Shell.model_validate(orjson.loads(version.source))
        found = self.parsed[version.digest]
        assert isinstance(found, Shell)
        return found

    def lay(self, page: Page, source: str, digest: str) -> tuple[Page, list[Problem]]:
        """A page with an override over it. One that no longer makes a page is left out as a whole."""
        key = (digest_of(source_of(page)), digest)
        if key not in self.laid:
            made, told = lay(source_of(page), orjson.loads(source), page.id)
            self.laid[key] = (Page.model_validate(made), told)
        return self.laid[key]


class World:
    """All layers at one moment."""

    def __init__(
        self, kept: Kept, base: Base, shown: list[Version], kills: Mapping[int, tuple[str, ...]]
    ) -> None:
        self._kept, self.base, self._kills = kept, base, kills
        self.live = {_place(v): v for v in shown if v.state == "live"}
        self.runs = {run_name(v.id): v for v in shown if v.state == "gray"}

    def _shown(self) -> list[Version]:
        return [*self.live.values(), *self.runs.values()]

    def kill_list(self, bank: int) -> list[str]:
        """What a bank's phones must not run."""
        return sorted({*self.base.kill, *self._kills.get(CENTRE, ()), *self._kills.get(bank, ())})

    def reader(self, key: str) -> Reader:
        """A cohort's key as a reader; what is over or unknown in it is dropped."""
        place, *runs = key.split("+")
        bank, _, branch = place.partition(".")
        number = int(bank) if bank.isascii() and bank.isdigit() and len(bank) <= 4 else CENTRE
        known = frozenset(run for run in runs[:20] if run in self.runs)
        # A bank that has nothing of its own sees what everybody sees: one manifest less to make and keep.
        own = any(v.bank == number for v in self._shown()) or number in self._kills
        branch = branch if branch.isascii() and branch.isdigit() and len(branch) == 3 else ""
        if branch and not any(v.layer == (number, branch) for v in self._shown()):
            branch = ""
        return Reader(number if own else CENTRE, branch if own else "", known)

    def _version(self, kind: str, item: str, layer: tuple[int, str], runs: frozenset[str]) -> Version | None:
        for run in runs:
            found = self.runs[run]
            if (found.kind, found.item, found.layer) == (kind, item, layer):
                return found
        return self.live.get((kind, item, layer))

    def province(self, runs: frozenset[str] = frozenset()) -> dict[str, Page]:
        """The pages of the province, with those of gray runs."""
        pages = dict(self.base.pages)
        wanted = {v.item for v in (*self.live.values(), *(self.runs[r] for r in runs)) if v.kind == "page"}
        for item in wanted:
            found = self._version("page", item, (CENTRE, ""), runs)
            if found is not None:
                pages[item] = self._kept.page(found)
        return pages

    def pages(self, reader: Reader) -> tuple[dict[str, Page], list[Problem]]:
        """The pages a reader is shown, and what of the layers could not be laid."""
        pages, told = self.province(reader.runs), []
        for layer in _layers(reader):
            items = {v.item for v in self._shown() if v.kind == "override" and v.layer == layer}
            for item in sorted(items & pages.keys()):
                over = self._version("override", item, layer, reader.runs)
                if over is not None:
                    pages[item], problems = self._kept.lay(pages[item], over.source, over.digest)
                    told += problems
        return pages, told

    def theme(self, reader: Reader) -> str | None:
        """The theme a bank chose here; None leaves the one of its brand."""
        chosen = None
        for layer in _layers(reader):
            found = self._version("theme", "theme", layer, reader.runs)
            if found is not None:
                chosen = str(orjson.loads(found.source)["theme"])
        return chosen

    def shell(self, reader: Reader) -> Shell:
        """The five sections."""
        found = self._version("shell", "shell", (CENTRE, ""), reader.runs)
        return self.base.shell if found is None else self._kept.shell(found)

    def shell_of_everyone(self) -> Shell:
        """The five sections outside any run."""
        return self.shell(Reader())

    def edition(self, reader: Reader, locale: Locale, kit: int) -> Edition:
        """Everything a reader's manifest names."""
        return self._kept.press.edition(self.pages(reader)[0], self.shell(reader), locale, kit)

    def everyone(self) -> Iterator[Reader]:
        """A reader of each kind there is, in no run, in each one, in all: who could ask for a body of their own."""
        layers = {v.layer for v in self._shown()} | {(CENTRE, "")}
        for runs in {frozenset[str](), frozenset(self.runs), *(frozenset({run}) for run in self.runs)}:
            for bank, branch in layers:
                yield Reader(bank, branch, runs)

    def hashes(self) -> set[str]:
        """Compile for all of them; the hashes that are published now."""
        found: set[str] = set()
        for reader in self.everyone():
            for locale in LOCALES:
                for kit in KITS:
                    edition = self.edition(reader, locale, kit)
                    found.update(edition.pages.values(), edition.elder.values(), [edition.shell])
        return found

    def hashes_of(self, version: Version) -> list[str]:
        """The bodies that only a version's readers get: what their health is measured by."""
        shown = Reader(version.bank, version.branch, frozenset({run_name(version.id)}) & self.runs.keys())
        before = Reader(version.bank, version.branch)
        found: set[str] = set()
        for locale in LOCALES:
            for kit in KITS:
                mine, others = self.edition(shown, locale, kit), self.edition(before, locale, kit)
                found.update(set(_bodies(mine)) - set(_bodies(others)))
        return sorted(found)


def _bodies(edition: Edition) -> list[str]:
    return [*edition.pages.values(), *edition.elder.values(), edition.shell]


def _place(version: Version) -> tuple[str, str, tuple[int, str]]:
    return version.kind, version.item, version.layer


def _layers(reader: Reader) -> list[tuple[int, str]]:
    """The layers over the province's, lowest first."""
    if reader.bank == CENTRE:
        return []
    return [(reader.bank, ""), *([(reader.bank, reader.branch)] if reader.branch else [])]
