"""The short way through the book (`short.run`) against the long one (`Book._apply`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.kernel import FEN_MAX, BankError, new_id
from fengshou.ledger import Entry, Posting, short
from fengshou.ledger.book import Book
from fengshou.ledger.plan import Plan, Request
from tests.laws.test_book import BANK, CASH, NOW, REFS, histories, open_book

pytestmark = pytest.mark.law

instants = st.none() | st.timedeltas(timedelta(0), timedelta(days=9_000)).map(lambda ago: NOW - ago)
ids = st.none() | st.uuids()


@st.composite
def dressed(draw: st.DrawFn) -> list[list[Entry]]:
    """Histories whose entries carry what a row may or may not have."""
    return [
        [
            replace(
                entry,
                evidence=draw(ids), decision=draw(ids), event_at=draw(instants),
                mandate=draw(st.none() | st.sampled_from(("", "利息", "hold.expiry"))),
            )
            if draw(st.booleans())
            else entry
            for entry in batch
        ]
        for batch in draw(histories())
    ]  # fmt: skip


def strange_book() -> Book:
    """One account in another currency, one nearly full, one that may go below zero."""
    book = open_book()
    book.accounts[REFS[2]].currency = "USD"
    book.accounts[REFS[3]].balance = FEN_MAX - 30
    book.accounts[REFS[4]].floor = -100
    book.accounts[CASH].balance = 30 - FEN_MAX
    return book


def told(request: Request) -> object:
    outcome = request.outcome
    return (type(outcome), outcome.facts) if isinstance(outcome, BankError) else outcome


def state(book: Book) -> object:
    return {ref: account.save() for ref, account in book.accounts.items()}, book.holds, book.positions


def before(plan: Plan) -> dict[object, object]:
    return {account.ref: saved for account, saved in plan.touched.items()}


@settings(max_examples=400, deadline=None)
@given(dressed(), st.booleans())
def test_the_short_way_and_the_long_way_are_one(history: list[list[Entry]], strange: bool) -> None:
    make = strange_book if strange else open_book
    book, long = make(), make()
    for batch in history:
        quick, slow = [Request(e, None) for e in batch], [Request(e, None) for e in batch]
        for request in slow:
            request.single = None
        ours, theirs = book.decide(quick, NOW), long.decide(slow, NOW)

        assert ours.rows == theirs.rows
        assert [told(q) for q in quick] == [told(q) for q in slow]
        assert ours.positions == theirs.positions
        assert before(ours) == before(theirs)
        assert state(book) == state(long)
        book.done(ours)
        long.done(theirs)


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law above compares two ways, not one way with itself."""
    taken: list[int] = []
    short_way = short.run

    def watch(book: Book, plan: Plan, requests: list[Request], begin: int = 0) -> int:
        end = short_way(book, plan, requests, begin)
        taken.append(end - begin)
        return end

    monkeypatch.setattr(short, "run", watch)
    paid, poor = Posting(CASH, REFS[1], 5), Posting(REFS[2], REFS[1], 5)
    open_book().decide([Request(Entry(new_id(BANK), (leg,)), None) for leg in (paid, paid, poor, paid)], NOW)

    assert taken == [2, 1]
