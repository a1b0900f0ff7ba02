"""The language of rules: small, typed, and deaf to anything else."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.catalog import Rule
from fengshou.risk import FEATURES, RuleBroken
from fengshou.risk.conditions import CompiledRule, compile_rule
from fengshou.risk.features import Vector, plain

LISTS = {"scam_words": ("刷单", "Safe Account")}


def rule(
    *when: Any, action: str = "observe", scope: str = "transfer", params: Mapping[str, int] | None = None
) -> Rule:
    words = {"zh": "因", "en": "why"}
    more: dict[str, Any] = {"challenge_level": 2} if action == "challenge" else {}
    if action == "hold":
        more = {"hold": {"minutes": 5, "desk": "fraud"}}
    return Rule.model_validate(
        {
            "key": "TEST-001", "name": words, "typology": "scam", "scope": [scope], "severity": "low",
            "status": "live", "when": when, "score": 1, "action": action, "owner": "risk-center",
            "params": {n: {"value": v, "unit": "count", "min": v, "max": v} for n, v in (params or {}).items()},
            "reason": {"code": "R-TEST", "customer": words, "inner": words}, "review_by": "2027-01-01",
            "tests": [{"features": {}, "expect": "hit"}, {"features": {}, "expect": "miss"}], **more,
        }
    )  # fmt: skip


def compiled(*when: Any, **params: int) -> CompiledRule:
    return compile_rule(rule(*when, params=params), LISTS)


@pytest.mark.parametrize(
    ("text", "vector", "hit"),
    [
        ("amount_fen >= 500", {"amount_fen": 500}, True),
        ("amount_fen >= 500", {"amount_fen": 499}, False),
        ("amount_fen < 500", {"amount_fen": 499}, True),
        ("amount_fen   !=   500", {"amount_fen": 500}, False),
        ("hour in 0, 1, 2", {"hour": 1}, True),
        ("hour in 0, 1, 2", {"hour": 12}, False),
        ("reach == outside", {"reach": "outside"}, True),
        ("reach != own", {"reach": "own"}, False),
        ("payee_name_match in mismatch, unknown", {"payee_name_match": "unknown"}, True),
        ("payee_new", {"payee_new": True}, True),
        ("not payee_new", {"payee_new": True}, False),
        ("not payee_new", {"payee_new": False}, True),
        ("not payee_new", {"payee_new": None}, False),
        ("amount_fen < 500", {}, False),
        ("memo has scam_words", {"memo": plain("刷 单")}, True),
        ("memo has scam_words", {"memo": plain("ＳＡＦＥ－account")}, True),
        ("memo has scam_words", {"memo": plain("刷墙")}, False),
    ],
)
def test_a_condition_says_what_it_says(text: str, vector: Vector, hit: bool) -> None:
    assert compiled(text).hits(vector)[0] is hit


def test_all_groups_must_hold_and_one_of_any() -> None:
    both = compiled("payee_new", {"any": ["amount_fen >= $big", "customer_age >= 60"]}, big=900)

    assert both.hits({"payee_new": True, "amount_fen": 900})[0]
    assert both.hits({"payee_new": True, "amount_fen": 1, "customer_age": 60})[0]
    assert not both.hits({"payee_new": True, "amount_fen": 1, "customer_age": 59})[0]
    assert not both.hits({"payee_new": False, "amount_fen": 900})[0]


def test_what_is_unknown_is_reported_and_stops_nobody() -> None:
    either = compiled({"any": ["device_age_hours < 24", "amount_fen >= 5"]})

    assert either.hits({"amount_fen": 5}) == (True, {"device_age_hours"})
    assert either.hits({}) == (False, {"device_age_hours", "amount_fen"})


HOSTILE = [
    "__import__('os').system('id')", "amount_fen.__class__", "amount_fen >= __import__", "().__class__.__bases__",
    "amount_fen >= 9**9**9", "amount_fen >= 9999999999999999", "amount_fen >= 1e9", "amount_fen >= 0x10",
    "amount_fen >= 1.5", "amount_fen >= ５００", "amount_fen >= ", "amount_fen => 5", "amount_fen = 5",
    "amount_fen > > 5",
    "lambda: 0", "payee_new; payee_new", "payee_new and payee_denied", "payee_new or 1", "not not payee_new",
    "not amount_fen", "amount_fen", "nothing >= 5", "no_such_flag", "payee_new == true", "payee_new >= 1",
    "reach >= own", "reach == 'own'", "reach == own outside", "reach has nothing", "amount_fen has scam_words",
    "memo in $words", "amount_fen >= $missing", "reach == $amount", "memo has scam_words, others", "memo has",
    "hour in 1, two", "hour in ", "hour in 1,,2", "amount_fen >= -", "amount_fen >= - 5", "payee_new\npayee_new x",
    "\x00payee_new", "payee_new#", "{payee_new}", "{0.__class__}", "%s", "${amount}", "amount_fen >= $amount$", "🌾",
    "exec('1')", "eval(memo)", "open('/etc/passwd')", "[x for x in ()]", "(payee_new)", "payee_new if 1 else 0",
    "amount_fen >= amount_fen", "Payee_new", "PAYEE_NEW", "payee_new ==", "device_known", "addresses_1h >= 3",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken):
        compiled(text)


@given(st.text(max_size=120).filter(lambda text: bool(text.strip())))
def test_no_text_crashes_the_compiler(text: str) -> None:
    try:
        made = compiled(text)
    except RuleBroken:
        return
    assert {c.feature for group in made.groups for c in group} <= set(FEATURES)


def test_a_rule_must_fit_its_events_and_use_its_parameters() -> None:
    with pytest.raises(RuleBroken, match="used by no condition"):
        compiled("payee_new", amount=5)
    with pytest.raises(RuleBroken, match="unknown for transfer"):
        compiled("device_known")
    with pytest.raises(RuleBroken, match="cannot be held"):
        compile_rule(rule("device_known", action="hold", scope="login"), LISTS)
    with pytest.raises(RuleBroken, match="no list"):
        compile_rule(rule("memo has scam_words"), {})


values = st.one_of(st.none(), st.integers(-5, 10**12), st.booleans(), st.text(max_size=9))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FEATURES, values)))
def test_no_vector_of_the_right_types_crashes_a_rule(found: dict[str, Any]) -> None:
    vector: dict[str, Any] = {n: v for n, v in found.items() if v is None or type(v) is FEATURES[n].type}
    made = compiled(
        "payee_new",
        {"any": ["amount_fen >= 5", "memo has scam_words"]},
        {"any": ["reach == own", "not payee_denied"]},
    )
    hit, missing = made.hits(vector)

    wanted = vector.get("payee_new") and (
        (vector.get("amount_fen") or 0) >= 5 or any(plain(w) in (vector.get("memo") or "") for w in LISTS["scam_words"])
    ) and (vector.get("reach") == "own" or vector.get("payee_denied") is False)  # fmt: skip
    assert hit is bool(wanted)
    assert all(vector.get(name) is None for name in missing)
