"""What every kind of content is built from, and the register of kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

# Looks at another kind as the same layer sees it: `see("word_list")` is key -> object.
See: TypeAlias = Callable[[str], dict[str, Any]]
# A check over all items of a kind as one layer sees them: key -> object in, (key, sentence) out.
CheckAll: TypeAlias = Callable[[dict[str, Any], See], Iterable[tuple[str, str]]]
# A check of a bank's item against the province's it replaces.
CheckLayer: TypeAlias = Callable[[Any, Any], Iterable[str]]

Fen: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Key: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]


class Content(BaseModel):
    """The base of typed items: frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Words(Content):
    """A text in both languages; an item that lacks one does not publish."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, locale: str) -> str:
        """The text for a locale such as `zh-CN` or `en`."""
        return self.en if locale.startswith("en") else self.zh


class Source(Content):
    """The document that sets a figure: who reads a limit must be able to look it up."""

    document: str = Field(min_length=4)
    article: str = ""
    says: str = ""


class Free(BaseModel):
    """An item of a kind whose owner has not given a schema: any fields, read by `item["name"]`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def __getitem__(self, name: str) -> Any:
        return (self.model_extra or {})[name]

    def get(self, name: str, otherwise: Any = None) -> Any:
        """A field or `otherwise`."""
        return (self.model_extra or {}).get(name, otherwise)

    def as_dict(self) -> dict[str, Any]:
        """All fields."""
        return dict(self.model_extra or {})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of content.

    name     what `resolve(kind, …)` is asked for
    where    paths below the folder, as patterns: `bank/fees.yaml`, `rules/*.yaml`, `pages/**`
    model    what an item must be
    key      the field that names an item of a list; a file that is one mapping may do without it
             and is then named by its path
    layered  whether a bank may have its own
    checks   over all items of a layer together
    against  a bank's item against the province's: what may only tighten is checked here
    """

    name: str
    where: tuple[str, ...]
    model: type[BaseModel] = Free
    key: str = "key"
    layered: bool = True
    checks: tuple[CheckAll, ...] = ()
    against: tuple[CheckLayer, ...] = field(default=())

    def claims(self, path: str) -> bool:
        """Whether the file at `path` (below its layer's folder) holds this kind."""
        return any(fnmatchcase(path, pattern) for pattern in self.where)


class Kinds:
    """The register. Rooms above add kinds of their own before content is read."""

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._kinds: dict[str, Kind] = {}
        for kind in kinds:
            self.register(kind)

    def register(self, kind: Kind) -> None:
        """Add a kind, or give one that was free its schema."""
        known = self._kinds.get(kind.name)
        assert known is None or known.model is Free or known == kind, f"two rooms register {kind.name}"
        self._kinds[kind.name] = kind

    def check_also(self, name: str, check: CheckAll) -> None:
        """Let the room that uses a kind add a check (risk knows which features a rule may name)."""
        kind = self._kinds[name]
        if check not in kind.checks:
            self._kinds[name] = Kind(
                kind.name, kind.where, kind.model, kind.key, kind.layered, (*kind.checks, check), kind.against
            )

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def get(self, name: str) -> Kind | None:
        """The kind called `name`, if there is one."""
        return self._kinds.get(name)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def claiming(self, path: str) -> Kind | None:
        """The kind of the file at `path`; exact paths win over patterns, later patterns over earlier."""
        found = [kind for kind in self if kind.claims(path)]
        exact = [kind for kind in found if path in kind.where]
        best = exact or found
        return best[-1] if best else None
