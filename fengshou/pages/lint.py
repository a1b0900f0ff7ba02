"""What a page may not do: name an operation, page, sheet or value that is not there, or speak one language
only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import lru_cache

from fengshou.pages import actions as a
from fengshou.pages import blocks as b
from fengshou.pages.expr import HOLE, compiled, holes
from fengshou.pages.findings import Problem, problem
from fengshou.pages.inputs import Input
from fengshou.pages.page import Page
from fengshou.pages.parts import Bilingual, Part
from fengshou.pages.syntax import ExpressionError, Node
from fengshou.pages.walk import members

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{4,}")
__all__ = ["Problem", "lint", "problem"]

_ALWAYS = frozenset({"params", "form", "state", "me", "env", "item", "index", "value", "result", "error"})


# Above this a phone takes long to draw a page and its author loses the overview.
BLOCKS_MAX = 200
PROOF = "prove"
"""The page where a customer proves again who they are; without one of these no act that asks for it could go on."""
PROOF_OPS = frozenset(
    {"stepup.password", "stepup.sms", "stepup.code", "stepup.passkey_options", "stepup.passkey"}
)
CALLS_MAX = 24


def lint(
    page: Page, *, pages: Set[str], ops: Set[str] | None = None, pictures: Set[str] | None = None
) -> list[Problem]:
    """Every problem of `page`.

    `pages` are the ids that exist; `ops` the operations and `pictures` the pictures, None when not known.
    """
    found = [problem(page.id, at, code, **facts) for at, code, facts in _problems(page, pages, ops, pictures)]
    if _heroes(page) > 1:
        found.append(problem(page.id, "blocks", "heroes"))
    return found


def _heroes(page: Page) -> int:
    return sum(isinstance(block, b.Hero) and block.show is None for block in page.blocks)


_Finding = tuple[str, str, dict[str, object]]


def _problems(
    page: Page, pages: Set[str], ops: Set[str] | None, pictures: Set[str] | None
) -> Iterator[_Finding]:
    names = _ALWAYS | set(page.data)
    said: set[object] = set()
    sheets, count = _sheets(page), 0
    for at, part, name, kind, value in members(page):
        count += name == "t"
        said |= {value} if name in ("op", "do") else set()
        if name == "do" and value == "proved" and page.id != PROOF:
            yield at, "proved_elsewhere", {"name": PROOF}
        yield from ((at, code, {"name": missing}) for code, missing in _gone(part, name, value, page, sheets))
        if isinstance(part, a.Go) and name == "page" and "{{" not in part.page and part.page not in pages:
            yield at, "page_missing", {"name": value}
        if name == "op" and ops is not None and value is not None and value not in ops:
            yield at, "op_missing", {"name": value}
        if name == "picture" and pictures is not None and value not in pictures:
            yield at, "picture_missing", {"name": value}
        yield from ((at, code, facts) for code, facts in _languages(kind, value))
        for source in _sources(kind, value):
            yield from ((at, code, facts) for code, facts in _scope(source, names, page))
    if page.id == PROOF:
        lacking = sorted({*PROOF_OPS, "proved"} - said)
        for one in lacking:
            yield "blocks", "proof_lacking", {"name": one}
    if count > BLOCKS_MAX:
        yield "blocks", "too_many_blocks", {"count": count, "most": BLOCKS_MAX}


def _gone(part: Part, name: str, value: object, page: Page, sheets: Set[str]) -> Iterator[tuple[str, object]]:
    """What a member names inside its own page and is not there."""
    if isinstance(part, a.OpenSheet) and name == "open" and value not in sheets:
        yield "sheet_missing", value
    if isinstance(part, a.Reload) and name == "data":
        yield from (("data_missing", missing) for missing in part.data if missing not in page.data)
    yield from (("undeclared", path) for path in _paths(part, name, value) if not _declared(path, page))


def _sheets(page: Page) -> set[str]:
    elder = page.variants.elder
    return set(page.sheets) | set(elder.sheets or {} if elder else {})


def _languages(kind: str, value: object) -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(value, Bilingual):
        if not value.zh.strip() or not value.en.strip():
            yield "one_language_empty", {}
        if _HAN.search(value.en):
            yield "english_chinese", {}
    elif kind == "text" and isinstance(value, str) and _one_tongued(value):
        yield "both_languages", {"name": value}


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


def _scope(source: str, names: Set[str], page: Page) -> Iterator[tuple[str, dict[str, object]]]:
    try:
        named, read, calls = _facts(source)
    except ExpressionError as error:
        yield "expression", {"source": source, "reason": str(error)}
        return
    for missing in named:
        if missing not in names:
            yield "unknown_name", {"source": source, "name": missing}
    for path in read:
        if not _declared(path, page):
            yield "undeclared_read", {"source": source, "name": path}
    if calls > CALLS_MAX:
        yield "template_costly", {"source": source, "count": calls}


@lru_cache(maxsize=8192)
def _facts(source: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Names read, declared places read, and how many functions are called."""
    tree = compiled(source)
    return tuple(sorted(_names(tree))), tuple(sorted(_reads(tree))), _calls(tree)


def _calls(node: Node) -> int:
    return (node.op == "call") + sum(map(_calls, node.kids))


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
