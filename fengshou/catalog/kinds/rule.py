"""Risk rules, the lists of words they use, and what happens when they cannot be asked.

Only their shape is known here. What a condition means, and which features there are, is risk's:
it adds a check of its own, which also runs each rule's tests.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from fengshou.catalog.kinds.base import Content, Fen, Key, Kind, Words

Action: TypeAlias = Literal["observe", "challenge", "hold", "deny"]
EventType: TypeAlias = Literal["transfer", "login"]
ConditionText: TypeAlias = Annotated[str, Field(min_length=1, max_length=120)]


class AnyOf(Content):
    """At least one of the conditions."""

    any: tuple[ConditionText, ...] = Field(min_length=2, max_length=20)


class Param(Content):
    """A figure a bank may move between its bounds without touching the rule."""

    value: int
    unit: Literal["fen", "hours", "minutes", "days", "years", "count"]
    min: int
    max: int

    @model_validator(mode="after")
    def _bounded(self) -> Param:
        if not self.min <= self.value <= self.max:
            raise ValueError(f"value {self.value} is outside {self.min}..{self.max}")
        return self


class Reason(Content):
    """Outward a coarse sentence, inward the exact one: telling the rule teaches the attacker."""

    code: str = Field(pattern=r"^R-[A-Z0-9-]+$")
    customer: Words
    inner: Words


class Hold(Content):
    """How long the funds stay reserved, and whose desk decides."""

    minutes: int = Field(ge=1, le=60 * 24 * 3)
    desk: Key


class RuleTest(Content):
    """Features of an imagined event, and whether the rule must hit. Features left out are unknown."""

    features: dict[str, Any]
    expect: Literal["hit", "miss"]


class Rule(Content):
    """One rule. All conditions of `when` must hold."""

    key: str = Field(pattern=r"^[A-Z]{2,6}-[0-9]{3}$")
    name: Words
    typology: Literal["ato", "scam", "mule", "aml", "gambling", "card", "merchant", "list"]
    scope: tuple[EventType, ...] = Field(min_length=1)
    severity: Literal["low", "medium", "high", "critical"]
    status: Literal["draft", "shadow", "live", "retired"]
    params: dict[str, Param] = Field(default_factory=dict)
    when: tuple[ConditionText | AnyOf, ...] = Field(min_length=1, max_length=12)
    score: int = Field(ge=0, le=100)
    action: Action
    challenge_level: int | None = Field(default=None, ge=1, le=5)
    hold: Hold | None = None
    reason: Reason
    basis: str = ""
    owner: Key
    review_by: date
    tests: tuple[RuleTest, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if (self.action == "challenge") != (self.challenge_level is not None):
            raise ValueError("challenge_level is given by rules whose action is challenge, and by them alone")
        if (self.action == "hold") != (self.hold is not None):
            raise ValueError("hold (minutes, desk) is given by rules whose action is hold, and by them alone")
        if {test.expect for test in self.tests} != {"hit", "miss"}:
            raise ValueError("tests need at least one hit and one miss")
        return self


class WordList(Content):
    """Words a condition may look for: `memo has scam_words`."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Words
    words: tuple[str, ...] = Field(min_length=1, max_length=2000)
    owner: Key


class FailSafe(Content):
    """What is done when the rules cannot be asked in time: never a silent approval of a large payment."""

    hold_from_fen: Fen
    hold: Hold
    customer: Words


class RiskPolicy(Content):
    """Figures of the whole room.

    deadline_ms     how long a decision may take before the fail-safe answers
    ticket_minutes  how long a decision may be spent
    """

    key: Literal["policy"] = "policy"
    deadline_ms: int = Field(ge=5, le=5_000)
    ticket_minutes: int = Field(ge=1, le=60)
    fail_safe: FailSafe
    desks: dict[Key, Words] = Field(min_length=1)


RULE = Kind("rule", ("rules/*.yaml",), Rule)
WORD_LIST = Kind("word_list", ("rules/words.yaml",), WordList)
RISK_POLICY = Kind("risk_policy", ("rules/policy.yaml",), RiskPolicy)
