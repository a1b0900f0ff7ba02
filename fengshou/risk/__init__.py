"""Risk: may this happen? Asked in line before money leaves and before somebody is let in.

Promises: one question, `decide(event)`, with one of five answers: approve, observe, challenge, hold,
deny; the strongest of the rules that hit wins. The same event is answered the same way. Every answer
is stored with its reasons and the features it saw, is good for one use bound to one payment, and
can be judged again. When the rules cannot answer in time a static table does, never a silent yes.
Held payments become cases with a desk and a clock.

Rules are content (`content/rules/`); importing this room teaches the linter what they may say.
"""

from fengshou.risk.cases import Case, CaseEnd, CaseEvent, CaseState
from fengshou.risk.decision import Action, Decision, Reason
from fengshou.risk.errors import (
    CaseClaimed,
    CaseClosed,
    CaseMissing,
    Challenge,
    DecisionSpent,
    Denied,
    EventConflict,
    NotRiskStaff,
    RuleBroken,
)
from fengshou.risk.events import LogIn, NameMatch, Outflow, Reach, RiskEvent
from fengshou.risk.features import FEATURES, Feature
from fengshou.risk.lists import ListEntry, ListName
from fengshou.risk.replay import Replay
from fengshou.risk.risk import OUTCOME_TOPIC, Risk

__all__ = [
    "FEATURES",
    "OUTCOME_TOPIC",
    "Action",
    "Case",
    "CaseClaimed",
    "CaseClosed",
    "CaseEnd",
    "CaseEvent",
    "CaseMissing",
    "CaseState",
    "Challenge",
    "Decision",
    "DecisionSpent",
    "Denied",
    "EventConflict",
    "Feature",
    "ListEntry",
    "ListName",
    "LogIn",
    "NameMatch",
    "NotRiskStaff",
    "Outflow",
    "Reach",
    "Reason",
    "Replay",
    "Risk",
    "RiskEvent",
    "RuleBroken",
]
