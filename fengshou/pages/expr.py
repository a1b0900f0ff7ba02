"""Evaluate page expressions and the `{{expr}}` templates they stand in.

Numbers are decimals on both sides, members are read only when an object has them itself, and nothing is ever
handed to the
host's own evaluator. What leaves an expression is plain JSON: a whole number within 2**53 as a number, any
other as its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

from fengshou.pages.functions import FUNCTIONS, Setting, member, number, plain, same, text
from fengshou.pages.syntax import ExpressionError, Node, parse

HOLE = re.compile(r"\{\{((?:(?!\}\}).)*)\}\}", re.DOTALL)
SAFE_MAX = 2**53 - 1
TEXT_MAX = 10_000
# Exact, as on a phone: an expression of 600 signs over 30-digit texts cannot need more.
_EXACT = Context(prec=20_000, traps=[])


@lru_cache(maxsize=4096)
def compiled(source: str) -> Node:
    """Parse `source` once and check that every function it calls exists."""
    node = parse(source)
    _known(node)
    return node


def _known(node: Node) -> None:
    if node.op == "call" and node.value not in FUNCTIONS:
        raise ExpressionError(f"no function {node.value!r}")
    for kid in node.kids:
        _known(kid)


def evaluate(source: str, scope: Mapping[str, object], setting: Setting | None = None) -> object:
    """The value of `source` over `scope`; a name that is missing is null."""
    return _out(_value(compiled(source), scope, setting or Setting()))


def fill(template: str, scope: Mapping[str, object], setting: Setting | None = None) -> object:
    """`template` with its holes filled. A template that is one whole hole keeps the value's type."""
    whole = HOLE.fullmatch(template)
    if whole is not None:
        return evaluate(whole[1], scope, setting)
    return HOLE.sub(lambda hole: text(evaluate(hole[1], scope, setting)), template)


def holes(template: str) -> list[str]:
    """The expressions inside `template`; raise ExpressionError for one that does not compile."""
    found = [hole[1] for hole in HOLE.finditer(template)]
    for source in found:
        compiled(source)
    return found


def bounded(value: object) -> object:
    """A text no longer than any page needs: what is joined from joined texts would grow without end."""
    return value[:TEXT_MAX] if isinstance(value, str) else value


def names_of(source: str) -> frozenset[str]:
    """The names an expression reads; raises ExpressionError."""
    found: set[str] = set()
    waiting = [compiled(source)]
    while waiting:
        node = waiting.pop()
        if node.op == "name":
            found.add(str(node.value))
        waiting += node.kids
    return frozenset(found)


def truthy(value: object) -> bool:
    """What counts as yes: everything but null, false, zero, the empty text and the empty list."""
    if value is None or value is False or value == "" or value == []:
        return False
    return not (isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value == 0)


def _out(value: object) -> object:
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) <= SAFE_MAX:
            return int(value)
        return plain(value)
    if isinstance(value, list):
        return [_out(item) for item in value]
    return value


def _value(node: Node, scope: Mapping[str, object], setting: Setting) -> object:
    match node.op:
        case "value":
            return node.value
        case "name":
            return scope.get(str(node.value))
        case "list":
            return [_value(kid, scope, setting) for kid in node.kids]
        case "call":
            return bounded(
                FUNCTIONS[str(node.value)](setting, [_value(kid, scope, setting) for kid in node.kids])
            )
        case "not":
            return not truthy(_value(node.kids[0], scope, setting))
        case "neg":
            found = number(_value(node.kids[0], scope, setting))
            return None if found is None else -found
        case "?":
            test = truthy(_value(node.kids[0], scope, setting))
            return _value(node.kids[1 if test else 2], scope, setting)
    return _binary(node, scope, setting)


def _binary(node: Node, scope: Mapping[str, object], setting: Setting) -> object:
    left = _value(node.kids[0], scope, setting)
    if (
        (node.op == "&&" and not truthy(left))
        or (node.op == "||" and truthy(left))
        or (node.op == "??" and left is not None)
    ):
        return left
    right = _value(node.kids[1], scope, setting)
    match node.op:
        case "&&" | "||" | "??":
            return right
        case "get":
            return member(left, right)
        case "==":
            return same(left, right)
        case "!=":
            return not same(left, right)
        case "in":
            return isinstance(right, list) and any(same(item, left) for item in right)
        case "+" if isinstance(left, str) or isinstance(right, str):
            return bounded(text(left) + text(right))
    return _numeric(node.op, left, right)


# Both sides are of one ordered type by then, which `_numeric` makes sure of.
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _numeric(op: str, left: object, right: object) -> object:
    if op in _COMPARE and isinstance(left, str) and isinstance(right, str):
        return _COMPARE[op](left, right)
    # A text is never silently a number: dec() and to_fen() say so in the page.
    if isinstance(left, str) or isinstance(right, str):
        return False if op in _COMPARE else None
    first, second = number(left), number(right)
    if first is None or second is None:
        return False if op in _COMPARE else None
    if op in _COMPARE:
        return _COMPARE[op](first, second)
    if op == "*":
        return _EXACT.multiply(first, second)
    return _EXACT.add(first, second) if op == "+" else _EXACT.subtract(first, second)
