"""Layers: what a bank or a branch changes of the province's pages without copying them.

An override names blocks and texts of a page and says what stands there instead. It holds on to what it was written
for by a fingerprint: when the province moves a block the override follows it; when the block is gone or became another
one the override is left out and told, never applied to whatever stands in its place.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Literal

from pydantic import Field

from fengshou.pages.lint import Problem, problem
from fengshou.pages.page import AnyBlock
from fengshou.pages.parts import Bilingual, PageId, Part
from fengshou.pages.places import blocks, fingerprint, texts, value_at

Json = Any
THEMES = ("default", "haitang", "chaxiang", "juzhou")


class BlockChange(Part):
    """One block of the page below: replaced, hidden, or with another before or after it."""

    at: str = Field(max_length=120)
    do: Literal["replace", "hide", "before", "after"]
    block: AnyBlock | None = None
    was: str = Field(default="", max_length=12)


class TextChange(Part):
    """One text of the page below in other words."""

    at: str = Field(max_length=160)
    text: Bilingual
    was: Bilingual | None = None


class Override(Part):
    """What one layer changes of one page."""

    v: Literal[1] = 1
    page: PageId
    blocks: tuple[BlockChange, ...] = Field(default=(), max_length=60)
    texts: tuple[TextChange, ...] = Field(default=(), max_length=200)


class Theme(Part):
    """The colours of a bank, by name: every theme's contrasts are computed where themes are made."""

    v: Literal[1] = 1
    theme: Literal["default", "haitang", "chaxiang", "juzhou"]


def mark(override: dict[str, Json], base: Json) -> dict[str, Json]:
    """`override` with the fingerprints of what stands in `base` filled in where they are missing."""
    marked = deepcopy(override)
    for change in _dicts(marked.get("blocks")):
        if not change.get("was") and isinstance(change.get("at"), str):
            found = value_at(base, change["at"])
            if isinstance(found, dict) and "t" in found:
                change["was"] = fingerprint(found)
    for change in _dicts(marked.get("texts")):
        if not change.get("was") and isinstance(change.get("at"), str):
            found = value_at(base, change["at"])
            if isinstance(found, dict) and set(found) == {"zh", "en"}:
                change["was"] = dict(found)
    return marked


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def lay(base: dict[str, Json], over: dict[str, Json], item: str) -> tuple[dict[str, Json], list[Problem]]:
    """`base` with the changes of `over`; and what could not be laid, as warnings."""
    made = deepcopy(base)
    told: list[Problem] = []
    words = [(change, _text(made, change)) for change in over.get("texts", [])]
    wanted = [(change, _block(made, change)) for change in over.get("blocks", [])]
    for index, (change, text) in enumerate(words):
        if text is None:
            told.append(problem(item, f"texts[{index}]", "override_text_gone", place=change["at"]))
        else:
            text.update(change["text"])
    for index, (change, block) in enumerate(wanted):
        if block is None:
            told.append(problem(item, f"blocks[{index}]", "override_gone", place=change["at"]))
        else:
            _change(made, block, change)
    return made, told


def _block(source: Json, change: dict[str, Json]) -> dict[str, Json] | None:
    here = value_at(source, change["at"])
    is_block = isinstance(here, dict) and "t" in here
    was = change.get("was")
    if is_block and (not was or change["at"].startswith("@") or fingerprint(here) == was):
        found: dict[str, Json] = here
        return found
    moved = [block for _, block in blocks(source) if was and fingerprint(block) == was]
    return moved[0] if len(moved) == 1 else None


def _text(source: Json, change: dict[str, Json]) -> dict[str, str] | None:
    here, was = value_at(source, change["at"]), change.get("was")
    if isinstance(here, dict) and set(here) == {"zh", "en"} and (not was or here == was):
        return here
    moved = [text for _, text in texts(source) if was and text == was]
    return moved[0] if len(moved) == 1 else None


def _change(source: Json, block: dict[str, Json], change: dict[str, Json]) -> None:
    """Carry `change` out where `block` itself, not one like it, stands."""
    for box in _lists(source):
        at = next((index for index, part in enumerate(box) if part is block), None)
        if at is None:
            continue
        new = [deepcopy(change["block"])] if change.get("block") else []
        box[at : at + 1] = {"replace": new, "hide": [], "before": [*new, block], "after": [block, *new]}[
            change["do"]
        ]
        return


def _lists(source: Json) -> list[list[Json]]:
    found: list[list[Json]] = []
    waiting: list[Json] = [source]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            found.append(part)
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
    return found
