"""The grammar of page expressions: text in, a small tree out.

The language has values, names, members, calls and operators; it has no loops, no assignment and no way to
reach the host.
`web/src/core/syntax.ts` reads the same grammar; `vectors.json` is run by both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

LENGTH_MAX = 600
DEPTH_MAX = 40

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<string>'[^']*'|\"[^\"]*\")|(?P<mark>\?\?|&&|\|\||[=!<>]=|[-+*<>!?:.,()\[\]]))"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("??",),
    ("||",),
    ("&&",),
    ("==", "!=", "in"),
    ("<=", ">=", "<", ">"),
    ("+", "-"),
    ("*",),
)
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


class ExpressionError(ValueError):
    """The text is not an expression of the page language."""


@dataclass(frozen=True)
class Node:
    """One node of a parsed expression: `op` says what it is, `value` and `kids` what it holds."""

    op: str
    value: object = None
    kids: tuple[Node, ...] = ()


def tokens(text: str) -> list[tuple[str, str]]:
    """Split `text` into (kind, text) pairs; raise ExpressionError at the first sign that is not of the
    language.
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionError(f"longer than {LENGTH_MAX} signs")
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"cannot read {text[at : at + 12]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def parse(text: str) -> Node:
    """Return the tree of `text`, or raise ExpressionError."""
    reader = _Reader(tokens(text))
    node = reader.choice(0)
    if reader.peek() is not None:
        raise ExpressionError(f"did not expect {reader.peek()!r}")
    return node


class _Reader:
    def __init__(self, found: list[tuple[str, str]]) -> None:
        self.found = found
        self.at = 0

    def peek(self) -> str | None:
        """The next mark or name as text; None at the end and for string literals, which are never syntax."""
        if self.at >= len(self.found):
            return None
        kind, text = self.found[self.at]
        return f"string {text}" if kind == "string" else text

    def take(self, *wanted: str) -> str | None:
        text = self.peek()
        if text is not None and text in wanted:
            self.at += 1
            return text
        return None

    def need(self, wanted: str) -> None:
        if self.take(wanted) is None:
            raise ExpressionError(f"expected {wanted!r}, found {self.peek()!r}")

    def choice(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise ExpressionError("nested too deeply")
        test = self.level(0, depth)
        if self.take("?") is None:
            return test
        yes = self.choice(depth + 1)
        self.need(":")
        return Node("?", None, (test, yes, self.choice(depth + 1)))

    def level(self, index: int, depth: int) -> Node:
        if index == len(_LEVELS):
            return self.unary(depth)
        left = self.level(index + 1, depth)
        while (op := self.take(*_LEVELS[index])) is not None:
            left = Node(op, None, (left, self.level(index + 1, depth)))
        return left

    def unary(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise ExpressionError("nested too deeply")
        op = self.take("!", "-")
        if op is not None:
            return Node("not" if op == "!" else "neg", None, (self.unary(depth + 1),))
        return self.tail(self.atom(depth), depth)

    def tail(self, node: Node, depth: int) -> Node:
        while True:
            if self.take(".") is not None:
                node = Node("get", None, (node, Node("value", self.name())))
            elif self.take("[") is not None:
                key = self.choice(depth + 1)
                self.need("]")
                node = Node("get", None, (node, key))
            else:
                return node

    def name(self) -> str:
        if self.at < len(self.found) and self.found[self.at][0] == "name":
            self.at += 1
            return self.found[self.at - 1][1]
        raise ExpressionError("expected a name after '.'")

    def atom(self, depth: int) -> Node:
        if self.at >= len(self.found):
            raise ExpressionError("ended too early")
        kind, text = self.found[self.at]
        self.at += 1
        if kind == "number":
            return Node("value", Decimal(text))
        if kind == "string":
            return Node("value", text[1:-1])
        if kind == "name":
            if text in _WORDS:
                return Node("value", _WORDS[text])
            if self.take("(") is not None:
                return Node("call", text, self.many(")", depth))
            return Node("name", text)
        if text == "(":
            inner = self.choice(depth + 1)
            self.need(")")
            return inner
        if text == "[":
            return Node("list", None, self.many("]", depth))
        raise ExpressionError(f"did not expect {text!r}")

    def many(self, end: str, depth: int) -> tuple[Node, ...]:
        kids: list[Node] = []
        while self.take(end) is None:
            if kids:
                self.need(",")
            kids.append(self.choice(depth + 1))
        return tuple(kids)
