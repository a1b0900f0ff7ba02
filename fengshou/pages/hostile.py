"""What is never read as a page, whoever wrote it: too big, too deep, or with names and words that only attacks use.

This looks at plain JSON before any model does, with an explicit stack, so that nothing here can be made to recurse.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from fengshou.pages.errors import SourceRefused

SOURCE_MAX = 60_000
DEPTH_MAX = 48
PARTS_MAX = 20_000
TEXT_MAX = 4_000
_NAMES = frozenset({"__proto__", "prototype", "constructor", "__class__"})
_SCRIPT = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|svg|img|style|link|meta|base|form)\b|\bon[a-z]{3,20}\s*=\s*[\"']"
    r"|(?:java|vb)script\s*:|data\s*:\s*text/html",
    re.IGNORECASE,
)
# Spaces and control signs inside `java\tscript:` are skipped by browsers; so they are here.
_BETWEEN = re.compile(r"[\x00-\x20\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def read(text: str | bytes) -> Any:
    """JSON of an author's source. Raises SourceRefused before anything large or deep is built."""
    if len(text) > SOURCE_MAX:
        raise SourceRefused(at="", reason="size")
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError):
        raise SourceRefused(at="", reason="json") from None
    refuse_hostile(value)
    return value


def refuse_hostile(value: object) -> None:
    """Raise SourceRefused naming the first place that no page needs."""
    waiting: list[tuple[object, str, int]] = [(value, "", 0)]
    parts = 0
    while waiting:
        part, at, depth = waiting.pop()
        parts += 1
        if depth > DEPTH_MAX or parts > PARTS_MAX:
            raise SourceRefused(at=at[:120], reason="depth" if depth > DEPTH_MAX else "size")
        if isinstance(part, dict):
            for name, inner in part.items():
                _refuse_name(name, at)
                waiting.append((inner, f"{at}.{name}" if at else str(name), depth + 1))
        elif isinstance(part, (list, tuple)):
            waiting += [(inner, f"{at}[{index}]", depth + 1) for index, inner in enumerate(part)]
        elif isinstance(part, str):
            _refuse_text(part, at)


def _refuse_name(name: object, at: str) -> None:
    if not isinstance(name, str) or name in _NAMES or len(name) > 80:
        raise SourceRefused(at=at[:120], reason="name")


def _refuse_text(text: str, at: str) -> None:
    if len(text) > TEXT_MAX:
        raise SourceRefused(at=at[:120], reason="size")
    if _CONTROL.search(text):
        raise SourceRefused(at=at[:120], reason="control")
    if _SCRIPT.search(text) or _SCRIPT.search(_BETWEEN.sub("", text)):
        raise SourceRefused(at=at[:120], reason="script")
