"""Rules of a release, compiled once for a bank and kind of event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fengshou.catalog import KINDS, Edition, Rule, See, WordList
from fengshou.risk.conditions import CompiledRule, Lists, compile_rule
from fengshou.risk.errors import RuleBroken
from fengshou.risk.features import FEATURES, Vector, plain

_ASKED = ("live", "shadow")


@dataclass(frozen=True, slots=True)
class Pack:
    """What is asked about an event, and the release it comes from."""

    ruleset: str
    rules: tuple[CompiledRule, ...]
    lists: Lists

    def words_in(self, memo: str) -> str:
        """The listed words a memo holds: enough to judge it again, and no more is kept of what people write."""
        words = sorted({plain(word) for listed in self.lists.values() for word in listed})
        return " ".join(word for word in words if word in memo)


def make_pack(edition: Edition, bank: int, event_type: str, on: date) -> Pack:
    """Compile the rules a bank has for a type of event on a day."""
    lists = {
        key: edition.typed(WordList, "word_list", key, on=on, bank=bank).words
        for key in edition.keys("word_list", on=on, bank=bank)
    }
    rules = [
        edition.typed(Rule, "rule", key, on=on, bank=bank) for key in edition.keys("rule", on=on, bank=bank)
    ]
    asked = [rule for rule in rules if rule.status in _ASKED and event_type in rule.scope]
    return Pack(edition.id, tuple(compile_rule(rule, lists) for rule in asked), lists)


def check_rules(items: dict[str, Rule], see: See) -> Iterator[tuple[str, str]]:
    """The linter's part that needs to know features: every rule compiles and passes its own tests."""
    lists: Lists = {key: item.words for key, item in see("word_list").items()}
    desks = {desk for policy in see("risk_policy").values() for desk in policy.desks}
    for key, rule in items.items():
        if rule.hold and rule.hold.desk not in desks:
            yield key, f"hold.desk is `{rule.hold.desk}`, which is no desk of rules/policy.yaml"
        try:
            compiled = compile_rule(rule, lists)
        except RuleBroken as trouble:
            yield key, str(trouble)
            continue
        yield from ((key, what) for what in _failed_tests(compiled))


def _failed_tests(compiled: CompiledRule) -> Iterator[str]:
    for place, test in enumerate(compiled.rule.tests):
        unknown = sorted(set(test.features) - set(FEATURES))
        if unknown:
            yield f"tests.{place} names `{unknown[0]}`, which is no feature"
            continue
        vector: Vector = {n: plain(v) if n == "memo" else v for n, v in test.features.items()}
        hit, missing = compiled.hits(vector)
        if hit != (test.expect == "hit"):
            why = f"; unknown: {', '.join(sorted(missing))}" if missing else ""
            yield f"tests.{place} expects a {test.expect} and the rule does not agree{why}"


KINDS.check_also("rule", check_rules)
