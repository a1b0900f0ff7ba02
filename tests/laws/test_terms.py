"""Laws of everything an entry can ask for, against the plain book of the drill, without a database."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.kernel import BankError
from fengshou.ledger import Entry, Receipt
from fengshou.ledger.book import Book
from fengshou.ledger.plan import Account, Request
from fengshou.runtime.drill.plain_book import Outcome, PlainBook
from fengshou.runtime.drill.wild import Wild, own_accounts

pytestmark = pytest.mark.law

BEGINS = datetime(2026, 11, 23, tzinfo=UTC)
chances = st.randoms(use_true_random=False)


class Both:
    """The book and the plain one, told the same."""

    def __init__(self, chance: Random) -> None:
        self.now = BEGINS
        self.chance, self.book, self.plain = chance, Book(), PlainBook()
        self.wild = Wild(chance, self.plain, lambda: self.now)
        for new in own_accounts():
            self.book.accounts[new.ref] = Account(new.ref, new.subject, new.currency, None, 0)
            self.plain.post(Entry(self.wild.id(109), opens=(new,)), self.now)
        self.decide(self.wild.opening())

    def batch(self) -> list[Entry]:
        """Wild entries; riders are the writer's business, and so are keys that come again."""
        drawn = [self.wild.entry(again=False) for _ in range(self.chance.randint(1, 12))]
        return [entry for entry in drawn if not entry.riders]

    def decide(self, batch: list[Entry]) -> None:
        """In one batch there, one by one here; the same answers."""
        requests = [Request(entry, None) for entry in batch]
        plan = self.book.decide(requests, self.now)
        for request in requests:
            assert said(request) == self.plain.post(request.entry, self.now), request.entry
        self.book.done(plan)

    def same(self) -> None:
        """What both say of every account."""
        books = self.plain.books
        for ref, purse in books.purses.items():
            found = self.book.committed(ref)
            assert found is not None
            assert (
                found.posted_fen, found.held_fen, found.floor_fen, found.ceiling_fen, found.frozen_fen, found.flags
            ) == (
                purse.balance, books.held(ref), purse.floor, purse.ceiling, books.frozen(ref),
                purse.flags | books.ordered(ref),
            )  # fmt: skip
        assert {id_: hold.fen for id_, hold in self.book.holds.items()} == {
            id_: hold.left for id_, hold in books.holds.items()
        }


def said(request: Request) -> Outcome:
    outcome = request.outcome
    if isinstance(outcome, BankError):
        return outcome.code
    assert isinstance(outcome, Receipt)
    return tuple((leg.fen, leg.debit_balance_fen, leg.credit_balance_fen) for leg in outcome.legs)


def trace(book: Book) -> object:
    return (
        {ref: (account.save(), account.bounds) for ref, account in book.accounts.items()},
        dict(book.holds), {bank: position for bank, position in book.positions.items() if position},
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(chances)
def test_batches_decide_as_one_entry_at_a_time_would(chance: Random) -> None:
    both = Both(chance)
    for _ in range(6):
        both.decide(both.batch())
        both.same()
        if chance.random() < 0.2:
            both.now += timedelta(minutes=4)  # holds run out, and nobody has ended them yet


@settings(max_examples=100, deadline=None)
@given(chances)
def test_a_batch_taken_back_leaves_no_trace_and_is_decided_the_same_again(chance: Random) -> None:
    both = Both(chance)
    for _ in range(5):
        batch, before = both.batch(), trace(both.book)
        seen = {ref: both.book.committed(ref) for ref in both.book.accounts}
        plan = both.book.decide([Request(entry, None) for entry in batch], both.now)
        assert {ref: both.book.committed(ref) for ref in seen} == seen  # nobody sees what is not durable
        rows = plan.rows
        both.book.undo(plan)
        assert trace(both.book) == before
        again = both.book.decide([Request(entry, None) for entry in batch], both.now)
        assert again.rows == rows
        both.book.undo(again)
        both.decide(batch)


@settings(max_examples=100, deadline=None)
@given(chances)
def test_each_currency_of_each_bank_sums_to_zero_within_its_bounds(chance: Random) -> None:
    both = Both(chance)
    for _ in range(5):
        both.decide(both.batch())
        sums: dict[tuple[int, str], int] = defaultdict(int)
        for ref, account in both.book.accounts.items():
            sums[ref.bank, account.currency] += account.balance
            assert account.floor is None or account.balance - account.held >= account.floor
            assert account.ceiling is None or account.balance <= account.ceiling
            assert account.held == sum(h.fen for h in both.book.holds.values() if h.debit == ref)
        assert not any(sums.values())


@settings(max_examples=60, deadline=None)
@given(chances)
def test_the_clock_ends_what_is_due_and_nothing_else(chance: Random) -> None:
    both = Both(chance)
    for _ in range(4):
        both.decide(both.batch())
        both.now += timedelta(minutes=chance.choice((1, 6)))
        rung = both.book.timers.due(both.now)
        open_ = {t.id for t in rung if t.account is None} & set(both.book.holds)
        due = {id_ for id_, hold in both.plain.books.holds.items() if hold.until and hold.until <= both.now}
        assert open_ == due
        stops = {t.id for t in rung if t.account is not None} & set(both.plain.books.stops)
        assert stops == {
            id_ for id_, stop in both.plain.books.stops.items() if stop.until and stop.until <= both.now
        }
        for timer in rung:
            both.book.timers.add(timer)
