"""Reconciliation against a naive comparison of two dictionaries; any order, any number."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import Clock, new_id
from fengshou.ledger import PEND, Entry, Ledger, Posting, journal_items
from fengshou.ledger.reconciliation import (
    Finding,
    HeaderProblem,
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
from tests.support.book import XIAOSHAN, make_accounts, pay

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 3))
KEYS, CURRENCIES = st.text("abc", min_size=1, max_size=3), st.sampled_from(["CNY", "USD"])
ITEMS = st.builds(Item, KEYS, st.integers(-3, 3), DAYS, CURRENCIES)
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
            apart = {"amount": a.fen != b.fen, "day": a.on != b.on, "currency": a.currency != b.currency}
            reasons = [word for word, so in apart.items() if so]
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
    for currency in ("CNY", "USD"):  # each by itself
        assert result.ours[currency] == sum(x.fen for x in ours if x.currency == currency)
        assert result.theirs[currency] == sum(x.fen for x in theirs if x.currency == currency)
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


def test_a_key_that_comes_twice_on_their_side_is_paired_once() -> None:
    a = Item("k", 1_00, date(2026, 1, 1))
    assert list(reconcile([a], in_order([a, a]))) == [
        Finding(Outcome.MATCHED, "k", a, a),
        Finding(Outcome.MISSING_HERE, "k", None, a, ("double",)),
    ]


def test_the_same_amount_of_another_currency_is_another_amount() -> None:
    ours, theirs = Item("k", 1_00, date(2026, 1, 1)), Item("k", 1_00, date(2026, 1, 1), "USD")
    (found,) = reconcile([ours], [theirs])
    assert (found.outcome, found.reasons) == (Outcome.DIFFERENT, ("currency",))
    assert not tally([found]).clean


def test_what_is_missing_at_the_border_of_the_days_says_so() -> None:
    first, middle, last = (date(2026, 1, n) for n in (1, 2, 3))
    ours = [Item("a", 1, first), Item("b", 1, middle), Item("c", 1, last), Item("d", 1, last)]
    theirs = [Item("d", 2, last), Item("e", 1, last)]

    found = {f.key: f.reasons for f in reconcile(ours, theirs, border={first, last})}

    assert found == {"a": ("border",), "b": (), "c": ("border",), "d": ("amount",), "e": ("border",)}


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ("2026-01-01", 1),
        ("20260101", 1),
        ("2026-01-01T23:59:59", 1),
        ("2026-01-01 23:59:59", 1),
        ("2026-01-01T15:59:59Z", 1),
        ("2026-01-01T16:00:00Z", 2),  # midnight in Shanghai
        ("2026-01-02T00:30:00+09:00", 1),
    ],
)
def test_an_instant_counts_on_its_day_in_shanghai(said: str, on: int) -> None:
    (item,) = read_csv(io.StringIO(f"key,amount,date\nx,1.00,{said}\n"))
    assert item.on == date(2026, 1, on)


@pytest.mark.parametrize(
    ("said", "fen"),
    [("0", 0), ("0.00", 0), ("-0.00", 0), ("+12.30", 12_30), ("-5", -5_00), ("10000000000000.01", None)],
)
def test_amounts_with_their_signs(said: str, fen: int | None) -> None:
    text = f"key,amount,date\nx,{said},2026-01-01\n"
    if fen is None:
        with pytest.raises(RowProblem):
            list(read_csv(io.StringIO(text)))
    else:
        assert [x.fen for x in read_csv(io.StringIO(text))] == [fen]


def test_every_faulty_row_is_told_in_both_languages_and_the_others_are_read() -> None:
    rows = {
        "good,1.00,2026-01-01,CNY": None,
        ",1.00,2026-01-01,CNY": "key",
        "a,1.001,2026-01-01,CNY": "amount",
        "b,--1,2026-01-01,CNY": "amount",
        "c,,2026-01-01,CNY": "amount",
        "d,NaN,2026-01-01,CNY": "amount",
        "e,１.00,2026-01-01,CNY": "amount",
        "f,1.00,2026-02-30,CNY": "date",
        "g,1.00,2026-01-01x,CNY": "date",
        "h,1.00,2026-01-01,yuan": "currency",
        "i,1.00,2026-01-01,人民币": "currency",
        "j,1,234.00,2026-01-01,CNY": "+",
        "k,1.00": "date",
        '"l"x,1.00,2026-01-01,CNY': "CSV",
        "last,2.00,2026-01-02,USD": None,
    }
    text = "key,amount,date,currency\n" + "\n".join(rows)
    faults: list[RowProblem] = []

    items = list(read_csv(io.StringIO(text), {"currency": "currency"}, faults=faults))

    assert items == [
        Item("good", 1_00, date(2026, 1, 1)),
        Item("last", 2_00, date(2026, 1, 2), "USD"),
    ]
    wrong = [(n, column) for n, column in enumerate(rows.values(), start=2) if column]
    assert [(f.facts["row"], f.facts["column"]) for f in faults] == wrong
    for fault in faults:
        assert f"第 {fault.facts['row']} 行" in fault.messages["zh"]
        assert f"Row {fault.facts['row']} " in fault.messages["en"]


def test_a_header_without_what_is_needed_says_what() -> None:
    with pytest.raises(HeaderProblem) as refused:
        list(read_csv(io.StringIO("a,b\n1,2\n"), {"amount": "金额"}))
    assert refused.value.facts["columns"] == "key, 金额, date"


async def test_our_side_is_the_journal_of_an_account(ledger: Ledger, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    day = clock.today()
    out, back = pay(ming, he, 30_00), pay(he, ming, 1_00)
    late = Entry(new_id(XIAOSHAN), pay(ming, he, 5_00).postings, event_at=clock.now(), mandate="late")
    clock.shift(timedelta(days=1))
    held = Entry(new_id(XIAOSHAN), (Posting(ming, he, 2_00, PEND),), mandate="test")  # moves nothing
    for entry in (out, back, late, held):
        await ledger.post(entry)

    async def ours(since: date, until: date) -> list[Item]:
        return sorted([x async for x in journal_items(ledger.reports, ming, since, until)])

    following = day + timedelta(days=1)
    moved = [
        Item(str(out.id), -30_00, following),
        Item(str(back.id), 1_00, following),
        Item(str(late.id), -5_00, day),  # on the day it happened
    ]
    assert [x for x in await ours(day, following) if x.fen != 100_00] == sorted(moved)
    assert await ours(following, following) == sorted(moved[:2])
    theirs = [Item(str(out.id), -30_00, following), Item(str(back.id), 1_01, following)]
    found = list(reconcile(in_order(await ours(following, following)), in_order(theirs)))
    assert {f.key: f.reasons for f in found} == {str(out.id): (), str(back.id): ("amount",)}


@pytest.mark.parametrize(
    ("row", "column"),
    [(",1.00,2026-01-01", "key"), ("a,1.001,2026-01-01", "amount"), ("a,1,yesterday", "date")],
)
def test_a_row_that_cannot_be_read_is_named(row: str, column: str) -> None:
    with pytest.raises(RowProblem) as refused:
        list(read_csv(io.StringIO(f"key,amount,date\nx,1.00,2026-01-01\n{row}\n")))
    assert (refused.value.facts["row"], refused.value.facts["column"]) == (3, column)
    assert "3" in refused.value.messages["zh"]
