"""Places in a source: `blocks[2].items[0].text`, or `@id` for the block of that id, read, found and listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from fengshou.pages.resolve import canonical

Json = Any
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,4})\]")
_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[\d{1,4}\])*")


def steps(place: str) -> list[str | int]:
    """The names and numbers of a place; an empty list when it is not one."""
    if not _PLACE.fullmatch(place):
        return []
    return [name or int(number) for name, number in _STEP.findall(place)]


def value_at(source: Json, place: str) -> Json:
    """What stands at `place`, or None."""
    if place.startswith("@"):
        return next((block for _, block in blocks(source) if block.get("id") == place[1:]), None)
    wanted = steps(place)
    for step in wanted:
        if isinstance(step, str) and isinstance(source, dict):
            source = source.get(step)
        elif isinstance(step, int) and isinstance(source, list) and step < len(source):
            source = source[step]
        else:
            return None
    return source if wanted else None


def blocks(source: Json, at: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
    """Every block of a source with its place, outermost first; not those inside a fallback."""
    if isinstance(source, dict):
        if at and isinstance(source.get("t"), str):
            yield at, source
        for name, part in source.items():
            if name not in ("state", "data", "args", "fallback"):
                yield from blocks(part, f"{at}.{name}" if at else name)
    elif isinstance(source, list):
        for index, part in enumerate(source):
            yield from blocks(part, f"{at}[{index}]")


def texts(source: Json, at: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text in two languages with its place."""
    if isinstance(source, dict):
        if set(source) == {"zh", "en"}:
            yield at, source
            return
        for name, part in source.items():
            yield from texts(part, f"{at}.{name}" if at else name)
    elif isinstance(source, list):
        for index, part in enumerate(source):
            yield from texts(part, f"{at}[{index}]")


def fingerprint(value: Json) -> str:
    """Twelve signs that tell one part of a source from another."""
    return sha256(canonical(value)).hexdigest()[:12]
