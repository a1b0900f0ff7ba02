"""The registry of blocks and actions: for the designer's palette and properties form, and for the reference page.

Everything is read from the models: a member's widget follows from how it is declared. Names for people stand in
`registry.json`, examples in `examples.json`; a test keeps both complete.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from fengshou.pages import parts
from fengshou.pages.functions import FUNCTIONS
from fengshou.pages.layers import THEMES
from fengshou.pages.page import ACTION_MODELS, BLOCK_MODELS, KIT, KITS, PROTOCOL, AnyBlock
from fengshou.pages.parts import Part
from fengshou.pages.walk import kind_of

Json = dict[str, Any]
_BY_NAME = {
    "icon": "icon", "note_icon": "icon", "note2_icon": "icon", "button_icon": "icon", "picture": "picture",
    "op": "op", "page": "page", "bind": "path", "into": "path", "same_as": "path", "open": "sheet",
    "tone": "tone", "chip_tone": "tone", "note_tone": "tone", "value_tone": "tone",
}  # fmt: skip
_LISTS = {"tap": "actions", "then": "actions", "fail": "actions", "otherwise": "actions", "switch_tap": "actions",
          "kids": "blocks", "blocks": "blocks", "foot": "blocks"}  # fmt: skip


@lru_cache(maxsize=1)
def _words() -> Json:
    found: Json = json.loads(files("fengshou.pages").joinpath("registry.json").read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def _registry() -> Json:
    defs = _defs()
    return {
        "protocol": PROTOCOL,
        "kit": KIT,
        "kits": list(KITS),
        "blocks": [_entry(name, model, "blocks", defs) for name, model in BLOCK_MODELS.items()],
        "actions": [_entry(name, model, "actions", defs) for name, model in ACTION_MODELS.items()],
        "defs": defs,
        "functions": [
            {
                "name": name,
                "args": _words()["functions"][name]["args"],
                "about": _about(_words()["functions"][name]),
            }
            for name in FUNCTIONS
        ],
        "scope": [{"name": name, "about": _about(words)} for name, words in _words()["scope"].items()],
        "icons": sorted(parts.ICONS),
        "tones": list(parts.TONES),
        "themes": [{"name": name, "title": _about(_words()["themes"][name])} for name in THEMES],
    }


def block_registry() -> Json:
    """Everything the designer needs to know of the protocol; a copy of its own for each caller."""
    return deepcopy(_registry())


def _about(words: Json) -> Json:
    return {"zh": words["zh"], "en": words["en"]}


def _entry(name: str, model: type[Part], what: str, defs: Json) -> Json:
    words = _words()[what][name]
    schema = defs.pop(model.__name__)
    return {
        "name": name,
        "surface": words.get("surface", "mobile"),
        "group": words.get("group", "act"),
        "icon": words["icon"],
        "title": _about(words),
        "about": {"zh": words["about_zh"], "en": _first_line(model)},
        "min": model.model_fields["min"].default if "min" in model.model_fields else 1,
        "schema": schema,
        "example": words["example"],
    }


def _first_line(model: type[Part]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _defs() -> Json:
    """The schema of every part by the name of its model, with widgets."""
    defs: Json = TypeAdapter[Part](AnyBlock).json_schema(ref_template="#/defs/{model}")["$defs"]
    models = {model.__name__: model for model in _models()}
    for name, schema in defs.items():
        if name in models:
            for member, rule in schema.get("properties", {}).items():
                widget = _widget(models[name], member, rule)
                if widget:
                    rule["x-widget"] = widget
                rule["x-title"] = _words()["members"].get(
                    member, {"zh": member, "en": member.replace("_", " ")}
                )
    return defs


def _models() -> list[type[Part]]:
    found: list[type[Part]] = []
    waiting: list[type[Part]] = [Part]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += one.__subclasses__()
    return found


def _widget(model: type[Part], member: str, rule: Json) -> str | None:
    """How a member is edited."""
    if member in ("t", "do"):
        return None
    if member == "fallback":
        return "blocks"
    if member in _LISTS:
        return _LISTS[member]
    if rule.get("type") == "array":
        return "parts" if "$ref" in rule.get("items", {}) else "json"
    if rule.get("type") == "object":
        return "json"
    kind = kind_of(model.model_fields[member])
    by_name = _BY_NAME.get(member)
    if by_name and kind != "text":
        return by_name
    if kind in ("text", "expr", "template"):
        return kind
    return None
