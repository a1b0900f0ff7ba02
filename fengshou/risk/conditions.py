"""Conditions: the small language in which content says when a rule hits.

    device_age_hours < 24            a number against a number or a parameter
    amount_fen >= $amount
    reach == outside                 text against a word
    payee_name_match in mismatch, unknown
    memo has scam_words              a text holds a word of a list
    payee_new        not payee_new   yes or no

An unknown feature makes its condition false and is reported as missing: it never stops the others.
Nothing is executed: a condition is taken apart once and becomes a closure over these few operators.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fengshou.catalog import AnyOf, Rule
from fengshou.risk.errors import RuleBroken
from fengshou.risk.features import FEATURES, Feature, Value, Vector, plain

_SHAPE = re.compile(
    r"(?:(?P<negated>not) )?(?P<flag>[a-z][a-z0-9_]*)"
    r"|(?P<name>[a-z][a-z0-9_]*) (?P<op><=|>=|==|!=|<|>|in|has) (?P<value>[$\w ,.-]{1,80})"
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_OPERATORS = {int: {*_ORDER, "in"}, str: {"==", "!=", "in", "has"}, bool: set[str]()}

Lists = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: the feature it asks, and whether a known value satisfies it."""

    text: str
    feature: str
    test: Callable[[Any], bool]

    def holds(self, vector: Vector, missing: set[str]) -> bool:
        """Whether it holds; an unknown feature is noted and does not."""
        value = vector.get(self.feature)
        if value is None:
            missing.add(self.feature)
            return False
        return self.test(value)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to be asked: every group needs one condition that holds."""

    rule: Rule
    groups: tuple[tuple[Condition, ...], ...]

    def hits(self, vector: Vector) -> tuple[bool, set[str]]:
        """Whether the rule hits, and the features it wanted that are unknown."""
        missing: set[str] = set()
        for group in self.groups:
            if not any(condition.holds(vector, missing) for condition in group):
                return False, missing
        return True, missing

    def values(self, vector: Vector) -> dict[str, Value]:
        """What the rule looked at: for people who ask why."""
        return {
            c.feature: vector.get(c.feature) for group in self.groups for c in group if c.feature != "memo"
        }


def compile_rule(rule: Rule, lists: Lists) -> CompiledRule:
    """Take a rule's conditions apart. Raises `RuleBroken` saying which and why."""
    texts = [part.any if isinstance(part, AnyOf) else (part,) for part in rule.when]
    params = {name: param.value for name, param in rule.params.items()}
    groups = tuple(tuple(_condition(text, rule, params, lists) for text in group) for group in texts)
    unused = set(params) - set(re.findall(r"\$(\w+)", " ".join(text for group in texts for text in group)))
    if unused:
        raise RuleBroken(f"parameter {min(unused)} is used by no condition; remove it")
    if "login" in rule.scope and rule.action == "hold":
        raise RuleBroken("a log-in cannot be held; observe, challenge or deny it")
    return CompiledRule(rule, groups)


def _condition(text: str, rule: Rule, params: Mapping[str, int], lists: Lists) -> Condition:
    found = _SHAPE.fullmatch(" ".join(text.split()))
    if found is None:
        raise RuleBroken(f"`{text}` is no condition; write `feature`, `not feature` or `feature >= 5`")
    name = found["flag"] or found["name"]
    feature = FEATURES.get(name)
    if feature is None:
        raise RuleBroken(f"`{name}` is no feature; the list is in fengshou/risk/features.py")
    if not set(rule.scope) <= feature.scopes:
        raise RuleBroken(f"`{name}` is unknown for {', '.join(sorted(set(rule.scope) - feature.scopes))}")
    if found["flag"]:
        return _flag(text, name, feature, negated=bool(found["negated"]))
    if found["op"] not in _OPERATORS[feature.type]:
        raise RuleBroken(f"`{text}`: {name} is {feature.type.__name__}, which has no `{found['op']}`")
    return Condition(text, name, _test(text, feature, found["op"], found["value"].strip(), params, lists))


def _flag(text: str, name: str, feature: Feature, *, negated: bool) -> Condition:
    if feature.type is not bool:
        raise RuleBroken(f"`{text}`: {name} is not yes or no; compare it with something")
    return Condition(text, name, operator.not_ if negated else bool)


def _test(
    text: str, feature: Feature, op: str, value: str, params: Mapping[str, int], lists: Lists
) -> Callable[[Any], bool]:
    if op == "has":
        if value not in lists:
            raise RuleBroken(f"`{text}`: there is no list `{value}`; see rules/words.yaml")
        words = tuple(plain(word) for word in lists[value])
        return lambda found: any(word in found for word in words)
    if op == "in":
        options = frozenset(_literal(text, feature, part.strip(), params) for part in value.split(","))
        return lambda found: found in options
    wanted, compare = _literal(text, feature, value, params), _ORDER[op]
    return lambda found: compare(found, wanted)


def _literal(text: str, feature: Feature, value: str, params: Mapping[str, int]) -> int | str:
    if value.startswith("$"):
        if value[1:] not in params:
            raise RuleBroken(f"`{text}`: the rule has no parameter `{value[1:]}`; add it under params")
        if feature.type is not int:
            raise RuleBroken(f"`{text}`: a parameter is a number, and the feature is text")
        return params[value[1:]]
    if feature.type is int:
        if not re.fullmatch(r"-?[0-9]{1,15}", value, re.ASCII):
            raise RuleBroken(f"`{text}`: `{value}` is not a whole number")
        return int(value)
    if not re.fullmatch(r"[\w.-]+", value):
        raise RuleBroken(f"`{text}`: `{value}` is not one word")
    return value
