"""A form is checked again where it arrives: the rules of the very page it was sent from, over what was sent.

A request carries what its page's `submit` made of the form. Where an argument is a field as it stands, the field's
value is known here, and every rule that needs nothing else is evaluated again. Rules over the bank's data are the
operation's own to hold: it knows the data better than any page.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from fengshou.pages.errors import FormRefused
from fengshou.pages.expr import compiled, evaluate, fill, holes, truthy
from fengshou.pages.functions import Setting
from fengshou.pages.syntax import ExpressionError, Node

_GUARDS_MAX = 1_024
_FIELD = re.compile(r"\{\{\s*(?:trim\(\s*)?form\.([a-z][a-z0-9_]*)\s*\)?\s*\}\}")
_LINES = {
    "phone": re.compile(r"1[3-9]\d{9}"),
    "id_number": re.compile(r"\d{17}[\dX]"),
    "account": re.compile(r"\d{12,19}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "digits": re.compile(r"\d*"),
}
_SAY = {
    "required": {"zh-CN": "请填写{label}", "en": "Please fill in: {label}"},
    "wrong": {"zh-CN": "{label}不对，请再看一遍", "en": "Please check: {label}"},
}


@dataclass(frozen=True)
class _Asked:
    """One asking block with the conditions it stands under."""

    field: str
    block: dict[str, Any]
    shows: tuple[str, ...]


@dataclass(frozen=True)
class _Submit:
    """One way a page sends a form: body path to field, None for the whole form as it is."""

    fields: dict[tuple[str, ...], str] | None


class FormGuards:
    """The guards of pages by hash, made when first needed."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, tuple[dict[str, list[_Submit]], list[_Asked]]] = OrderedDict()

    def check(
        self, page_hash: str, body: bytes, op: str, request: bytes, locale: str, today: Callable[[], str]
    ) -> None:
        """Raises FormRefused with the words of the first rule that the request breaks."""
        submits, asked = self._guard(page_hash, body)
        ways = submits.get(op)
        if not ways:
            return
        sent = orjson.loads(request or b"{}")  # it was read by the operation's own model before
        setting, refused = Setting(locale, today()), None
        for way in ways:
            form = _form_of(way, sent, asked)
            refused = next((said for one in asked if (said := _wrong(one, form, setting))), None)
            if refused is None:
                return
        if refused is not None:
            field, text = refused
            raise FormRefused(field=field, text_zh=text, text_en=text)

    def _guard(self, page_hash: str, body: bytes) -> tuple[dict[str, list[_Submit]], list[_Asked]]:
        if page_hash not in self._made:
            page = orjson.loads(body)
            submits: dict[str, list[_Submit]] = {}
            for action in _dicts(page, "do", "submit"):
                if action.get("form", "form") == "form":
                    submits.setdefault(action["op"], []).append(_Submit(_fields(action.get("args"))))
            if len(self._made) >= _GUARDS_MAX:
                self._made.popitem(last=False)
            self._made[page_hash] = (submits, list(_asking(page)))
        return self._made[page_hash]


def _dicts(value: Any, name: str, wanted: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get(name) == wanted:
            yield value
        for part in value.values():
            yield from _dicts(part, name, wanted)
    elif isinstance(value, list):
        for part in value:
            yield from _dicts(part, name, wanted)


def _fields(args: Any) -> dict[tuple[str, ...], str] | None:
    """Where in the request each field stands as it is."""
    if args is None:
        return None
    found: dict[tuple[str, ...], str] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((), args)]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*at, name), part) for name, part in value.items()]
        elif isinstance(value, str) and (field := _FIELD.fullmatch(value)):
            found[at] = field[1]
    return found


def _asking(value: Any, shows: tuple[str, ...] = ()) -> Iterator[_Asked]:
    if isinstance(value, list):
        for part in value:
            yield from _asking(part, shows)
    elif isinstance(value, dict):
        if "t" in value and value.get("show"):
            shows = (*shows, value["show"])
        if "t" in value and value.get("repeat"):
            return  # blocks drawn once for each item read `item`, which is not known here
        bind = value.get("bind")
        if isinstance(bind, str) and bind.startswith("form.") and "t" in value and bind.count(".") == 1:
            yield _Asked(bind[5:], value, shows)
        for name, part in value.items():
            if name not in ("fallback", "state", "data"):
                yield from _asking(part, shows)


def _form_of(way: _Submit, sent: dict[str, Any], asked: list[_Asked]) -> dict[str, Any]:
    """The fields that the request shows. An argument that is null was not sent."""
    if way.fields is None:
        return {one.field: sent.get(one.field) for one in asked}
    form: dict[str, Any] = {}
    for path, field in way.fields.items():
        value: Any = sent
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        form[field] = value
    return form


def _wrong(one: _Asked, form: Mapping[str, Any], setting: Setting) -> tuple[str, str] | None:
    """(field, sentence) when what was sent for a block breaks it; None when it holds or cannot be known."""
    block, scope = one.block, {"form": form, "value": form.get(one.field)}
    if one.field not in form or block["t"] == "password":
        return None
    for show in one.shows:
        if not _knowable(show, form):
            return None
        if not truthy(evaluate(show, scope, setting)):
            return None
    value = form[one.field]
    if value in (None, "", False):
        return _said(one, "required", setting) if block.get("required") else None
    if not _fits(block, value):
        return _said(one, "wrong", setting)
    for rule in block.get("rules", ()):
        if _knowable(rule["test"], form) and not truthy(evaluate(rule["test"], scope, setting)):
            said = all(_knowable(source, form) for source in holes(rule["text"]))
            return (
                (one.field, str(fill(rule["text"], scope, setting))) if said else _said(one, "wrong", setting)
            )
    return None


def _said(one: _Asked, what: str, setting: Setting) -> tuple[str, str]:
    label = one.block.get("label") or one.block.get("text") or one.field
    shown = label if "{{" not in label else one.field
    return one.field, _SAY[what]["zh-CN" if setting.zh else "en"].format(label=shown)


def _fits(block: dict[str, Any], value: Any) -> bool:
    """The check that a kind of block brings along."""
    kind = block["t"]
    if kind == "field":
        line = _LINES.get(block.get("kind", "text"))
        return (
            isinstance(value, str)
            and len(value) <= block["max"]
            and (line is None or bool(line.fullmatch(value)))
        )
    if kind == "stepper":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and block["least"] <= value <= block["most"]
    if kind == "select" and block.get("options") and not block.get("repeat"):
        return value in [option["value"] for option in block["options"]]
    if kind == "date":
        return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value))
    if kind == "upload":
        return isinstance(value, list) and len(value) <= block["most"]
    return True


def _knowable(source: str, form: Mapping[str, Any]) -> bool:
    """Whether an expression reads nothing but the value and the fields that were sent."""
    names, fields, other = _needs(source)
    return not other and names <= {"value", "form"} and all(field in form for field in fields)


@lru_cache(maxsize=2048)
def _needs(source: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Names read, fields of the form read, and whether the form is read in a way that cannot be followed."""
    try:
        tree = compiled(source)
    except ExpressionError:
        return frozenset(), frozenset(), True
    names: set[str] = set()
    fields: set[str] = set()
    followed = _follow(tree, names, fields)
    return frozenset(names), frozenset(fields), not followed


def _follow(node: Node, names: set[str], fields: set[str]) -> bool:
    if node.op == "get" and node.kids[0].op == "name" and node.kids[0].value == "form":
        names.add("form")
        if node.kids[1].op != "value":
            return False
        fields.add(str(node.kids[1].value))
        return True
    if node.op == "name":
        names.add(str(node.value))
        return node.value != "form"
    followed = [
        _follow(kid, names, fields) for kid in node.kids
    ]  # every kid is looked at, also after a bad one
    return all(followed)
