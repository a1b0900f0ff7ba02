"""Page expressions: the vectors both languages run, and that nothing but the language gets through."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import Money
from fengshou.pages.expr import evaluate, fill
from fengshou.pages.functions import Setting, capitals, fen_text
from fengshou.pages.syntax import ExpressionError

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    files("fengshou.pages").joinpath("vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["expressions"], ids=lambda v: v["expr"][:60])
def test_every_vector(vector: dict[str, Any]) -> None:
    setting = Setting(vector.get("locale", "zh-CN"), vector.get("today", ""))

    if vector.get("error"):
        with pytest.raises(ExpressionError):
            evaluate(vector["expr"], {}, setting)
        return
    found = evaluate(vector["expr"], vector["scope"], setting)

    assert (type(found), found) == (type(vector["value"]), vector["value"])


@pytest.mark.parametrize("vector", VECTORS["templates"], ids=lambda v: v["template"])
def test_every_template(vector: dict[str, Any]) -> None:
    assert fill(vector["template"], vector["scope"]) == vector["value"]


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        evaluate(source, {"a": 1})
    except ExpressionError:
        return


@given(st.integers(min_value=0, max_value=10**13))
def test_money_is_written_as_the_kernel_writes_it(fen: int) -> None:
    assert capitals(fen) == Money(fen).capitals
    assert fen_text(fen).replace(",", "") == Money(fen).text
