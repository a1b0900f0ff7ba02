"""Many payments at once (`vector.decide`) against one after the other, the short way and the long way."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.kernel import FEN_MAX, BankError, new_id
from fengshou.ledger import AccountFlag, AccountRef, Entry, Posting, packs, vector
from fengshou.ledger.book import Book
from fengshou.ledger.packs import Pack
from fengshou.ledger.plan import Account, Plan, Request

pytestmark = pytest.mark.law

BANKS = (109, 1127)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CASH = 1001
NUMBERS = [CASH, *range(10_000_000, 10_000_008)]
LAST_CODE = (1 << 31) - 1


def open_book(strange: bool) -> Book:
    """Two banks; in a strange one an account of each kind that the vector way leaves to the book."""
    book = Book()
    for bank in BANKS:
        for number in NUMBERS:
            ref = AccountRef(bank, number)
            floor = None if number == CASH else 0
            book.accounts[ref] = Account(ref, "2111", "CNY", floor, 0, balance=0 if number == CASH else 100)
    if strange:
        first = [book.accounts[AccountRef(109, number)] for number in NUMBERS]
        first[1].flags = int(AccountFlag.FROZEN_OUT)
        first[2].flags = int(AccountFlag.FROZEN_IN)
        first[3].flags = int(AccountFlag.CLOSED)
        first[4].currency = "USD"
        first[5].balance = FEN_MAX - 30
        first[6].floor = -100
        first[7].held = 90
        first[0].balance = 30 - FEN_MAX
    return book


@st.composite
def many(draw: st.DrawFn) -> list[list[Entry]]:
    """Packs of plain payments, many of them from accounts that cannot pay them all."""
    moves = st.tuples(
        st.sampled_from(BANKS), st.sampled_from([*NUMBERS, 77]), st.sampled_from(NUMBERS),
        st.one_of(st.integers(1, 60), st.sampled_from((1, 10**12, FEN_MAX))),
        st.sampled_from((0, 1, -1, LAST_CODE, -LAST_CODE - 1)),
    ).filter(lambda move: move[1] != move[2])  # fmt: skip
    return [
        [
            Entry(new_id(bank), (Posting(AccountRef(bank, debit), AccountRef(bank, credit), fen, code=code),))
            for bank, debit, credit, fen, code in batch
        ]
        for batch in draw(st.lists(st.lists(moves, min_size=1, max_size=40), min_size=1, max_size=4))
    ]


def state(book: Book) -> object:
    return {ref: account.save() for ref, account in book.accounts.items()}, book.positions


def saved(plan: Plan) -> object:
    return {account.ref: before for account, before in plan.touched.items()}, plan.positions


def told(outcome: object) -> object:
    return (type(outcome), outcome.facts) if isinstance(outcome, BankError) else outcome


def by_bank(plan: Plan) -> dict[bytes, bytes]:
    """All bytes of each bank in the order of their positions: what is hashed and copied."""
    joined: dict[bytes, bytes] = {}
    for piece in plan.rows:
        joined[piece[6:8]] = joined.get(piece[6:8], b"") + piece
    return joined


def decide_pack(book: Book, batch: list[Entry]) -> tuple[Plan, Pack]:
    pack = Pack(packs.pack(batch), None)
    packs.check(pack.rows)
    plan = book.begin(NOW)
    vector.decide(book, plan, pack, np.arange(len(batch)))
    pack.at[-1] = NOW
    return plan, pack


@settings(max_examples=400, deadline=None)
@given(many(), st.booleans(), st.booleans())
def test_the_vector_way_is_the_long_way_and_the_short_way(
    history: list[list[Entry]], strange: bool, long_way: bool
) -> None:
    ours, theirs = open_book(strange), open_book(strange)
    for batch in history:
        one_by_one = [Request(entry, None) for entry in batch]
        for request in one_by_one if long_way else ():
            request.single = None
        plan, pack = decide_pack(ours, batch)
        slow = theirs.decide(one_by_one, NOW)

        assert [told(x) for x in pack.outcomes()] == [told(q.outcome) for q in one_by_one]
        assert by_bank(plan) == by_bank(slow)
        assert saved(plan) == saved(slow)
        assert state(ours) == state(theirs)
        assert {q.key for q in plan.refused} == {q.key for q in slow.refused}
        ours.done(plan)
        theirs.done(slow)


@settings(max_examples=100, deadline=None)
@given(many(), st.booleans())
def test_a_pack_taken_back_leaves_no_trace(history: list[list[Entry]], strange: bool) -> None:
    book = open_book(strange)
    for batch in history:
        before = state(book)
        first, pack = decide_pack(book, batch)
        outcomes = [told(x) for x in pack.outcomes()]
        book.undo(first)
        assert {k: v for k, v in book.positions.items() if v} == {k: v for k, v in before[1].items() if v}  # type: ignore[index]  # it is a pair of state and positions
        assert state(book)[0] == before[0]  # type: ignore[index]  # it is a pair of state and positions

        again = book.begin(NOW)
        vector.decide(book, again, pack, np.arange(len(batch)))
        assert [told(x) for x in pack.outcomes()] == outcomes
        assert again.rows == first.rows
        book.done(again)


def test_the_vector_way_is_taken() -> None:
    """The laws above compare two ways: ordinary rows are never left to the book."""
    book = open_book(strange=False)
    book.decide_one = None  # type: ignore[assignment, method-assign]  # calling it would fail
    batch = [
        Entry(new_id(109), (Posting(AccountRef(109, CASH), AccountRef(109, n), 5),)) for n in NUMBERS[1:]
    ]

    plan, pack = decide_pack(book, batch)

    assert pack.position.tolist() == list(range(1, len(batch) + 1))
    assert len(plan.rows) == 1


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 63))
def test_ids_that_differ_in_one_bit_are_told_apart(picks: list[int], bit: int) -> None:
    """Whole ids are compared: a tail that callers choose collides with nothing."""
    base = new_id(109).int & ~(1 << 70) & ~(1 << (26 + bit % 36))
    ids = [base ^ (pick & 1) << 70 ^ (pick >> 1) << (26 + bit % 36) for pick in picks]
    rows = np.zeros(len(ids), packs.PACKED)
    rows["hi"], rows["lo"] = [i >> 64 for i in ids], [i & (1 << 64) - 1 for i in ids]

    first, again = packs.first_of_each(rows, np.arange(len(ids)))

    assert [ids[at] for at in first] == list(dict.fromkeys(ids))
    assert sorted([*first, *again]) == list(range(len(ids)))
    block = packs.Block(Pack(rows, None), first)
    assert [block.find(i) is not None for i in ids] == [True] * len(ids)
    assert block.find(base ^ 1 << 69) is None
    low, high = packs.older_rows(rows, base)
    assert [ids[at] <= base for at in low] == [True] * len(low)
    assert [ids[at] > base for at in high] == [True] * len(high)
