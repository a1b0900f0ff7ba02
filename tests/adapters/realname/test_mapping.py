"""Reading the register's answer fails closed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.adapters.realname.mapping import RealNameResult, answer_from

GOOD = {
    "request_id": "q",
    "result": "MATCH",
    "evidence_no": "RN1",
    "checked_at": "2026-03-02T02:30:00+00:00",
}


def read(said: Any, status: int = 200) -> RealNameResult | None:
    answer = answer_from(status, json.dumps(said).encode(), "q")
    return answer.result if answer else None


def test_the_agreed_answer_is_understood() -> None:
    assert read(GOOD) is RealNameResult.MATCH
    assert read(GOOD | {"result": "NOT_FOUND"}) is RealNameResult.NOT_FOUND


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": "another question"},
        {"result": "match"},
        {"result": "UNAVAILABLE"},
        {"result": None},
        {"result": ["MATCH"]},
        {"evidence_no": ""},
        {"evidence_no": "9" * 65},
        {"evidence_no": 7},
        {"checked_at": "2026-03-02T02:30:00"},
        {"checked_at": "yesterday"},
        {"checked_at": None},
    ],
)
def test_anything_else_is_no_answer(change: dict[str, Any]) -> None:
    assert read(GOOD | change) is None


@pytest.mark.parametrize("status", [201, 204, 301, 400, 404])
def test_only_an_ok_answers(status: int) -> None:
    assert read(GOOD, status) is None


@given(st.binary(max_size=200))
def test_noise_is_never_a_match(noise: bytes) -> None:
    assert answer_from(200, noise, "q") is None
