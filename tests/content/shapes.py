"""Follow what a page reads into the shapes of the operations it reads from.

A page binds `quote.fee_fen` by name only. Here every such path is walked through the JSON schema of the operation's
answer, so that a member that was renamed or never existed is found without drawing the page.
"""

from collections.abc import Iterator
from typing import Any

from fengshou import pages
from fengshou.channels.app import OPS
from fengshou.pages import actions as a
from fengshou.pages import blocks as b
from fengshou.pages.expr import HOLE, compiled
from fengshou.pages.parts import Bilingual, Part
from fengshou.pages.syntax import Node
from fengshou.pages.walk import kind_of

Shape = dict[str, Any] | None  # a JSON schema with its definitions beside it; None: not known, anything goes
Scope = dict[str, Shape]
_ROWS = ("item", "kids", "value", "text", "note", "into", "then", "title", "shown_note")


def answer(op: str) -> Shape:
    """The shape of an operation's answer."""
    return OPS.all[op].answers.model_json_schema(by_alias=True, mode="serialization")


def misread(page: pages.Page) -> list[str]:
    """Each path of `page` that is not in the answer it is read from."""
    scope: Scope = {name: answer(data.op) for name, data in page.data.items()}
    scope["me"] = answer("session.me")
    return sorted(set(_part(page, scope)))


def _part(part: Part, scope: Scope) -> Iterator[str]:
    inner = _row(part, scope)
    then = _result(part, scope)
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        here = then if name == "then" else inner if name in _ROWS else scope
        if isinstance(value, str) and kind_of(field) == "expr":
            yield from _expr(value, here)
        else:
            yield from _value(value, here)


def _value(value: object, scope: Scope) -> Iterator[str]:
    if isinstance(value, Bilingual):
        yield from _holes(value.zh, scope)
        yield from _holes(value.en, scope)
    elif isinstance(value, Part):
        yield from _part(value, scope)
    elif isinstance(value, str):
        yield from _holes(value, scope)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _value(one, scope)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _value(one, scope)


def _row(part: Part, scope: Scope) -> Scope:
    """With `item`, inside something that repeats."""
    repeat = getattr(part, "repeat", None)
    if isinstance(part, b.Statement):
        rows = _member(answer(part.op), part.rows, [])
        return {**scope, "item": _items(rows)}
    if repeat is None:
        return scope
    return {**scope, "item": _items(_shape(compiled(repeat), scope, []))}


def _result(part: Part, scope: Scope) -> Scope:
    """With `result`, after an operation has answered; what other code answers is not known."""
    if isinstance(part, (a.Call, a.Submit)):
        return {**scope, "result": answer(part.op)}
    return {**scope, "result": None} if isinstance(part, a.Host) else _row(part, scope)


def _holes(text: str, scope: Scope) -> Iterator[str]:
    for hole in HOLE.finditer(text):
        yield from _expr(hole[1], scope)


def _expr(source: str, scope: Scope) -> Iterator[str]:
    wrong: list[str] = []
    _shape(compiled(source), scope, wrong)
    yield from (f"{source}: {what}" for what in wrong)


def _shape(node: Node, scope: Scope, wrong: list[str]) -> Shape:
    """The shape of an expression's value; what is read and not there goes to `wrong`."""
    if node.op == "name":
        return scope.get(str(node.value))
    kids = [_shape(kid, scope, wrong) for kid in node.kids]
    match node.op, node.value:
        case "get", _ if node.kids[1].op == "value" and isinstance(node.kids[1].value, str):
            return _member(kids[0], node.kids[1].value, wrong)
        case "get", _:
            return _items(kids[0])
        case "call", "find" | "first":
            return _items(kids[0])
        case "call", "where":
            return kids[0]
        case "call", "lang":
            for name in ("zh", "en"):
                _member(kids[0], name, wrong)
    return None


def _member(shape: Shape, name: str, wrong: list[str]) -> Shape:
    found = _known(shape)
    if found is None or found.get("type") != "object" or "properties" not in found:
        return None
    if name not in found["properties"]:
        wrong.append(f"{found.get('title')} has no {name!r}")
        return None
    return {**found["properties"][name], "$defs": found.get("$defs", {})}


def _items(shape: Shape) -> Shape:
    found = _known(shape)
    if found is None or found.get("type") != "array":
        return None
    return {**found.get("items", {}), "$defs": found.get("$defs", {})}


def _known(shape: Shape) -> Shape:
    """Behind references and `or null`."""
    while shape is not None:
        defs = shape.get("$defs", {})
        if "$ref" in shape:
            shape = {**defs[shape["$ref"].rsplit("/", 1)[1]], "$defs": defs}
            continue
        either = [one for one in shape.get("anyOf", ()) if one.get("type") != "null"]
        if len(either) != 1:
            return None if either else shape
        shape = {**either[0], "$defs": defs}
    return None
