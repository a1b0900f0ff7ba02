"""What a page may not do: name an operation, page, sheet or value that is not there, or speak one language
only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from fengshou.pages import actions as a
from fengshou.pages import blocks as b
from fengshou.pages.expr import HOLE, compiled, holes
from fengshou.pages.inputs import Input
from fengshou.pages.page import Page
from fengshou.pages.parts import Bilingual, Part
from fengshou.pages.syntax import ExpressionError, Node
from fengshou.pages.walk import members

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{4,}")
_ALWAYS = frozenset({"params", "form", "state", "me", "env", "item", "index", "value", "result", "error"})


@dataclass(frozen=True)
class Problem:
    """One thing to mend: the page, the place in it, and a sentence."""

    page: str
    at: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.at}: {self.text}"


def lint(page: Page, *, pages: Set[str], ops: Set[str] | None = None) -> list[Problem]:
    """Every problem of `page`. `pages` are the ids that exist; `ops` the operations, None when not known."""
    found = [Problem(page.id, at, text) for at, text in _problems(page, pages, ops)]
    found += [Problem(page.id, "blocks", "more than one hero") for n in [_heroes(page)] if n > 1]
    return found


def _heroes(page: Page) -> int:
    return sum(isinstance(block, b.Hero) and block.show is None for block in page.blocks)


def _problems(page: Page, pages: Set[str], ops: Set[str] | None) -> Iterator[tuple[str, str]]:
    names = _ALWAYS | set(page.data)
    for at, part, name, kind, value in members(page):
        if name == "op" and ops is not None and value not in ops:
            yield at, f"no operation {value!r}"
        if isinstance(part, a.Go) and name == "page" and "{{" not in part.page and part.page not in pages:
            yield at, f"no page {value!r}"
        if isinstance(part, a.OpenSheet) and name == "open" and value not in _sheets(page):
            yield at, f"no sheet {value!r}"
        if isinstance(part, a.Reload) and name == "data":
            yield from ((at, f"no data {missing!r}") for missing in part.data if missing not in page.data)
        yield from ((at, text) for text in _languages(kind, value))
        for source in _sources(kind, value):
            yield from ((at, text) for text in _scope(source, names, page))
        for path in _paths(part, name, value):
            if not _declared(path, page):
                yield at, f"{path!r} is not declared in the page's state"


def _sheets(page: Page) -> set[str]:
    elder = page.variants.elder
    return set(page.sheets) | set(elder.sheets or {} if elder else {})


def _languages(kind: str, value: object) -> Iterator[str]:
    if isinstance(value, Bilingual):
        if not value.zh.strip() or not value.en.strip():
            yield "one of the two languages is empty"
        if _HAN.search(value.en):
            yield "the English text holds Chinese"
    elif kind == "text" and isinstance(value, str) and _one_tongued(value):
        yield f"words need both languages: {value!r}"


def _one_tongued(text: str) -> bool:
    """Whether a bare text says words. Inside a hole they may stand where `pick` offers them in both languages."""
    outside = HOLE.sub("", text)
    spoken = any(_HAN.search(hole[1]) and "pick(" not in hole[1] for hole in HOLE.finditer(text))
    return spoken or bool(_HAN.search(outside) or _WORD.search(outside))


def _sources(kind: str, value: object) -> Iterator[str]:
    """The expressions in one member; JSON values are searched to the bottom."""
    if isinstance(value, Bilingual):
        yield from holes(value.zh)
        yield from holes(value.en)
    elif kind == "expr" and isinstance(value, str):
        yield value
    elif isinstance(value, str) and "{{" in value:
        yield from (hole[1] for hole in HOLE.finditer(value))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _sources("other", item)
    elif isinstance(value, list):
        for item in value:
            yield from _sources("other", item)


def _scope(source: str, names: Set[str], page: Page) -> Iterator[str]:
    try:
        tree = compiled(source)
    except ExpressionError as error:
        yield f"{source!r}: {error}"
        return
    for missing in sorted(_names(tree) - names):
        yield f"{source!r} reads {missing!r}, which is nothing here"
    for path in sorted(_reads(tree)):
        if not _declared(path, page):
            yield f"{source!r} reads {path!r}, which is not declared in the page's state or params"


def _names(node: Node) -> set[str]:
    own = {str(node.value)} if node.op == "name" else set()
    return own.union(*(_names(kid) for kid in node.kids)) if node.kids else own


def _reads(node: Node) -> set[str]:
    """`form.x`, `state.x` and `params.x` read anywhere in the tree."""
    found: set[str] = set()
    if node.op == "get":
        box, key = node.kids
        if box.op == "name" and box.value in ("form", "state", "params") and key.op == "value":
            found.add(f"{box.value}.{key.value}")
    return found.union(*(_reads(kid) for kid in node.kids)) if node.kids else found


def _paths(part: Part, name: str, value: object) -> Iterator[str]:
    if name == "into" and isinstance(value, str):
        yield value
    elif name == "to" and isinstance(part, a.Set):
        yield from part.to
    elif name in ("bind", "same_as") and isinstance(value, str) and isinstance(part, (Input, b.Tabs, Part)):
        yield value


def _declared(path: str, page: Page) -> bool:
    root, first = path.split(".")[:2]
    if root == "params":
        return first in page.params
    if root == "state":
        return first in page.state
    form = page.state.get("form")
    return isinstance(form, dict) and first in form
