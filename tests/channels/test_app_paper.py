"""Paper: what is printed can be read again, and never runs, overflows or vanishes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fengshou.channels.app.paper.ink import Sheet, fitted, printable, width
from fengshou.channels.app.paper.statement import _plain

COUNTIES = "青禾农商银行茶乡海棠橘洲杭州市萧山区安吉县淳安桐庐临安建德永嘉苍南泰顺嵊泗岱山景宁畲族"
CAPITALS = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整负"


def test_the_font_sets_every_sign_of_money_and_every_county() -> None:
    text = f"{COUNTIES}{CAPITALS}0123456789 ¥ , . − + — ⅠⅡⅢ * abc ABC （）：，。"

    assert printable(text) == text


def test_a_character_the_font_lacks_shows_as_a_gap_that_is_seen() -> None:
    assert printable("周\U0002a700明") == "周〓明"


@given(st.text(max_size=80), st.floats(min_value=10, max_value=120))
def test_a_line_never_leaves_its_column(text: str, most_mm: float) -> None:
    assert width(fitted(text, 9, most_mm), 9) <= most_mm


@given(st.text(max_size=40))
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert not _plain(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_same_page_is_the_same_bytes() -> None:
    def draw() -> bytes:
        sheet = Sheet("回单")
        sheet.text(20, 20, "周明 1,200.00")
        sheet.seal(100, 100, "青禾农商银行", "业务办讫")
        return sheet.done()

    assert draw() == draw()
