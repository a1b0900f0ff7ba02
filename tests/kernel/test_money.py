"""Money: whole fen, strict reading, capital numerals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import FEN_MAX, BadAmount, Money


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (120000, "壹仟贰佰元整"),
        (10, "壹角整"),
        (1, "壹分"),
        (10005, "壹佰元零伍分"),
        (100100, "壹仟零壹元整"),
        (10000000, "壹拾万元整"),
        (1000050, "壹万元零伍角整"),
        (168032, "壹仟陆佰捌拾元零叁角贰分"),
        (10700053, "壹拾万柒仟元零伍角叁分"),
        (640995, "陆仟肆佰零玖元玖角伍分"),
        (1000000000100, "壹佰亿零壹元整"),
        (0, "零元整"),
        (-12345, "负壹佰贰拾叁元肆角伍分"),
    ],
)
def test_capitals_as_on_a_bank_form(fen: int, words: str) -> None:
    assert Money(fen).capitals == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0.00",
        "-1",
        "+1",
        "1.234",
        "1e3",
        "１２",
        "1,000",
        " 1",
        "1 ",
        "NaN",
        "inf",
        "01",
        ".5",
        "5.",
        "9" * 14,
        "一",
    ],
)
def test_what_is_not_an_amount_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(BadAmount) as caught:
        Money.parse(text)
    assert all(caught.value.messages.values())


@given(st.integers(1, FEN_MAX))
def test_text_reads_back(fen: int) -> None:
    if fen // 100 < 10**13:
        assert Money.parse(Money(fen).text) == Money(fen)


@given(st.integers(-FEN_MAX // 2, FEN_MAX // 2), st.integers(-FEN_MAX // 2, FEN_MAX // 2))
def test_adding_and_taking_away(a: int, b: int) -> None:
    assert (Money(a) + Money(b)) - Money(b) == Money(a)
    assert Money(0) - -Money(a) == Money(a)


def test_a_float_or_two_currencies_do_not_pass() -> None:
    with pytest.raises(AssertionError):
        Money(1.0)  # type: ignore[arg-type]  # what the type checker would stop, the class stops too
    with pytest.raises(ValueError, match="do not add up"):
        Money(1) + Money(1, "USD")


@given(st.integers(0, FEN_MAX))
def test_capitals_never_double_a_zero_and_end_rightly(fen: int) -> None:
    words = Money(fen).capitals
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert not words.startswith("零") or fen == 0
