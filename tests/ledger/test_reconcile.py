"""Reconciliation against a naive comparison of two dictionaries; any order, any number."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.ledger.reconciliation import (
    Finding,
    Item,
    NotInOrder,
    Outcome,
    RowProblem,
    Sorter,
    in_order,
    read_csv,
    reconcile,
    tally,
)

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 3))
ITEMS = st.builds(Item, st.text("abc", min_size=1, max_size=3), st.integers(-3, 3), DAYS)
MANY = st.lists(ITEMS, max_size=30)


@given(st.lists(ITEMS, unique_by=lambda x: x.key), st.lists(ITEMS, unique_by=lambda x: x.key))
def test_it_finds_what_a_comparison_of_two_dictionaries_finds(ours: list[Item], theirs: list[Item]) -> None:
    mine, his = {x.key: x for x in ours}, {x.key: x for x in theirs}
    expected: dict[str, tuple[Outcome, tuple[str, ...]]] = {}
    for key in mine | his:
        a, b = mine.get(key), his.get(key)
        if a == b:
            expected[key] = (Outcome.MATCHED, ())
        elif a is None:
            expected[key] = (Outcome.MISSING_HERE, ())
        elif b is None:
            expected[key] = (Outcome.MISSING_THERE, ())
        else:
            reasons = [word for word, apart in (("amount", a.fen != b.fen), ("day", a.on != b.on)) if apart]
            expected[key] = (Outcome.DIFFERENT, tuple(reasons))

    found = list(reconcile(in_order(ours), in_order(theirs)))

    assert {f.key: (f.outcome, f.reasons) for f in found} == expected
    assert [f.key for f in found] == sorted(mine | his)


@given(MANY, MANY)
def test_no_row_is_lost_or_told_twice(ours: list[Item], theirs: list[Item]) -> None:
    found = list(reconcile(in_order(ours), in_order(theirs)))

    assert Counter(f.ours for f in found if f.ours) == Counter(ours)
    assert Counter(f.theirs for f in found if f.theirs) == Counter(theirs)
    matched = Counter(f.ours for f in found if f.outcome is Outcome.MATCHED)
    assert matched == Counter(ours) & Counter(theirs)
    result = tally(found)
    assert (result.ours_fen, result.theirs_fen) == (sum(x.fen for x in ours), sum(x.fen for x in theirs))
    assert result.clean == (Counter(ours) == Counter(theirs))


@given(MANY)
def test_a_sorter_of_little_memory_sorts(items: list[Item]) -> None:
    sorter = Sorter(run=3)
    for item in items:
        sorter.add(item)
    assert list(sorter) == sorted(items)


def test_many_runs_are_merged_in_between() -> None:
    sorter = Sorter(run=2)
    items = [Item(f"{n * 7919 % 1000:04}", n, date(2026, 1, 1)) for n in range(1000)]
    for item in items:
        sorter.add(item)
    assert list(sorter) == sorted(items)


def test_a_side_out_of_order_is_refused() -> None:
    day = date(2026, 1, 1)
    with pytest.raises(NotInOrder):
        list(reconcile([Item("b", 1, day), Item("a", 1, day)], []))


def test_the_same_key_twice_says_so() -> None:
    day = date(2026, 1, 1)
    a, b = Item("k", 1, day), Item("k", 2, day)
    assert list(reconcile([a, b], [b])) == [
        Finding(Outcome.MATCHED, "k", b, b),
        Finding(Outcome.MISSING_THERE, "k", a, None, ("double",)),
    ]


def test_a_partners_file_is_read_with_its_own_words() -> None:
    text = "流水号,金额,日期\nA1,-12.30,2026-01-02\nA2,5,2026-01-03T10:00:00\n"
    columns = {"key": "流水号", "amount": "金额", "date": "日期"}
    assert list(read_csv(io.StringIO(text), columns, sign=-1)) == [
        Item("A1", 12_30, date(2026, 1, 2)),
        Item("A2", -5_00, date(2026, 1, 3)),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [(",1.00,2026-01-01", "key"), ("a,1.001,2026-01-01", "amount"), ("a,1,yesterday", "date")],
)
def test_a_row_that_cannot_be_read_is_named(row: str, column: str) -> None:
    with pytest.raises(RowProblem) as refused:
        list(read_csv(io.StringIO(f"key,amount,date\nx,1.00,2026-01-01\n{row}\n")))
    assert (refused.value.facts["row"], refused.value.facts["column"]) == (3, column)
    assert "3" in refused.value.messages["zh"]
