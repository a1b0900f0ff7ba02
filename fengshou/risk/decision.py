"""What risk answers: an action with its reasons, bound to one event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from fengshou.catalog import RiskPolicy
from fengshou.ledger import Rider
from fengshou.risk.conditions import CompiledRule
from fengshou.risk.errors import Challenge, Denied
from fengshou.risk.features import Value, Vector

SPEND = "risk.spend"


class Action(StrEnum):
    """Weakest first. HOLD reserves the funds until people decide; OBSERVE lets it through and notes it."""

    APPROVE = "approve"
    OBSERVE = "observe"
    CHALLENGE = "challenge"
    HOLD = "hold"
    DENY = "deny"

    @property
    def strength(self) -> int:
        """The strongest of all rules that hit is what is done."""
        return list(Action).index(self)


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that hit. `zh` and `en` are for the customer; the inner texts and values for staff."""

    rule: str
    code: str
    zh: str
    en: str
    inner_zh: str
    inner_en: str
    action: str
    score: int
    values: dict[str, Value]
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules make of a feature vector; nothing about time or ids."""

    action: Action
    score: int
    level_needed: int
    hold_minutes: int
    desk: str
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The stored answer to an event; the same for everyone who asks again.

    level_needed  assurance a CHALLENGE asks for
    hold_minutes  how long a HOLD waits for people
    digest        the 32 bytes it is bound to
    degraded      why the fail-safe answered instead of the rules, or None
    proved_level  what the asker has proved; not stored
    """

    id: UUID
    event: UUID
    bank: int
    customer: UUID
    fen: int
    action: Action
    score: int
    level_needed: int
    hold_minutes: int
    desk: str
    reasons: tuple[Reason, ...]
    digest: bytes
    ruleset: str
    degraded: str | None
    decided_at: datetime
    expires_at: datetime
    proved_level: int = 0

    @property
    def why(self) -> dict[str, str]:
        """What the customer is told, in both languages: the sentences of the rules that decided."""
        told = [reason for reason in self.reasons if not reason.shadow and reason.action == self.action]
        return {
            "zh": "；".join(dict.fromkeys(reason.zh for reason in told)),
            "en": " ".join(dict.fromkeys(f"{reason.en}." for reason in told)),
        }

    @property
    def held(self) -> bool:
        """Whether the funds are to be reserved and a case opened instead of paying."""
        return self.action is Action.HOLD

    def require_pass(self) -> None:
        """Raise `Denied`, or `Challenge` while less than `level_needed` is proved. A HOLD is the caller's to see."""
        facts = {"why_zh": self.why["zh"], "why_en": self.why["en"], "decision": str(self.id)}
        if self.action is Action.DENY:
            raise Denied(**facts)
        if self.action is Action.CHALLENGE and self.proved_level < self.level_needed:
            raise Challenge(level=self.level_needed, **facts)

    def spend(self, at: datetime) -> Rider:
        """The rider that uses the decision up at the instant `at`, in the commit of the posting it was made for.

        One that has expired by then is not spent: things may have changed, and risk must be asked again.
        """
        assert self.action is not Action.DENY, "a refusal cannot be spent; call require_pass first"
        return Rider(SPEND, (self.bank, self.id), (self.bank, self.id, self.digest, at))


def judge(rules: Iterable[CompiledRule], vector: Vector, policy: RiskPolicy) -> Verdict:
    """Ask every rule; the strongest action of live rules wins, shadow rules are only noted."""
    reasons, missing = [], set[str]()
    action, level, hold = Action.APPROVE, 0, None
    for compiled in rules:
        hit, unknown = compiled.hits(vector)
        missing |= unknown
        if not hit:
            continue
        rule = compiled.rule
        reasons.append(_reason(compiled, vector))
        if rule.status == "shadow":
            continue
        action = max(action, Action(rule.action), key=lambda a: a.strength)
        level = max(level, rule.challenge_level or 0)
        if rule.hold and (hold is None or rule.hold.minutes > hold.minutes):
            hold = rule.hold
    held = hold if action is Action.HOLD else None
    return Verdict(
        action,
        min(100, sum(reason.score for reason in reasons if not reason.shadow)),
        level,
        held.minutes if held else 0,
        held.desk if held else policy.fail_safe.hold.desk,
        tuple(sorted(reasons, key=lambda reason: (-reason.score, reason.rule))),
        tuple(sorted(missing)),
    )


def fail_safe(event_type: str, fen: int, policy: RiskPolicy, *, denied: bool = False) -> Verdict:
    """The answer when rules cannot be asked: a listed payee is denied, large money waits, small is watched."""
    safe = policy.fail_safe
    action = Action.HOLD if event_type == "transfer" and fen >= safe.hold_from_fen else Action.OBSERVE
    action = Action.DENY if denied else action
    reason = Reason(
        "FAIL-SAFE", "R-FAIL-SAFE", safe.customer.zh, safe.customer.en,
        "规则未能按时给出结论，按兜底策略处理", "The rules gave no answer in time; the fail-safe decided",
        action.value, 0, {},
    )  # fmt: skip
    held = action is Action.HOLD
    return Verdict(action, 0, 0, safe.hold.minutes if held else 0, safe.hold.desk, (reason,), ())


def _reason(compiled: CompiledRule, vector: Vector) -> Reason:
    rule = compiled.rule
    told, inner = rule.reason.customer, rule.reason.inner
    return Reason(
        rule.key, rule.reason.code, told.zh, told.en, inner.zh, inner.en, rule.action, rule.score,
        compiled.values(vector), rule.status == "shadow",
    )  # fmt: skip


def reason_of(stored: dict[str, Any]) -> Reason:
    """A reason as it was written down."""
    return Reason(**stored)
