"""Laws of the book, against a sequential model, without a database.

The model is as plain as it can be: dictionaries, one entry at a time. The book decides the same
entries in batches, some of which are taken back and decided again, as the writer does after a rider
came back short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.kernel import BankError, new_id
from fengshou.ledger import PEND, POST, SETTLE, VOID, AccountFlag, AccountRef, Entry, FlagChange, Posting, row
from fengshou.ledger.book import Book
from fengshou.ledger.plan import Account, Request

pytestmark = pytest.mark.law

BANK = 109
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CASH = AccountRef(BANK, 1001)
REFS = [CASH, *(AccountRef(BANK, 10_000_000 + i) for i in range(4))]


@dataclass
class Model:
    """Balances, holds and flags by account, and nothing else."""

    balance: dict[AccountRef, int] = field(default_factory=lambda: dict.fromkeys(REFS, 0))
    flags: dict[AccountRef, int] = field(default_factory=lambda: dict.fromkeys(REFS, 0))
    holds: dict[UUID, Posting] = field(default_factory=dict)

    def held(self, ref: AccountRef) -> int:
        return sum(h.fen for h in self.holds.values() if h.debit == ref)

    def post(self, entry: Entry) -> bool:
        """Whether the entry is posted; when not, nothing changed."""
        before = dict(self.balance), dict(self.flags), dict(self.holds)
        if all(self._flag(f) for f in entry.flags) and all(self._leg(entry, leg) for leg in entry.postings):
            return True
        self.balance, self.flags, self.holds = before
        return False

    def _flag(self, change: FlagChange) -> bool:
        if self.flags[change.ref] & AccountFlag.CLOSED:
            return False
        if change.set & AccountFlag.CLOSED and (self.balance[change.ref] or self.held(change.ref)):
            return False
        self.flags[change.ref] = (self.flags[change.ref] | change.set) & ~change.clear
        return True

    def _leg(self, entry: Entry, leg: Posting) -> bool:
        if leg.kind in (SETTLE, VOID):
            return self._close(leg)
        out, into = self.flags[leg.debit], self.flags[leg.credit]
        if out & (AccountFlag.FROZEN_OUT | AccountFlag.CLOSED) or into & (
            AccountFlag.FROZEN_IN | AccountFlag.CLOSED
        ):
            return False
        if leg.debit != CASH and self.balance[leg.debit] - self.held(leg.debit) < leg.fen:
            return False
        if leg.kind is PEND:
            self.holds[entry.id] = leg
        else:
            self._move(leg)
        return True

    def _close(self, leg: Posting) -> bool:
        assert leg.hold is not None
        hold = self.holds.get(leg.hold)
        if hold is None or (hold.debit, hold.credit) != (leg.debit, leg.credit) or leg.fen > hold.fen:
            return False
        if leg.kind is SETTLE:
            if self.flags[leg.credit] & (AccountFlag.FROZEN_IN | AccountFlag.CLOSED):
                return False
            self._move(leg)
        del self.holds[leg.hold]
        return True

    def _move(self, leg: Posting) -> None:
        self.balance[leg.debit] -= leg.fen
        self.balance[leg.credit] += leg.fen


amounts = st.integers(1, 60)
pairs = st.permutations(range(len(REFS))).map(lambda p: (REFS[p[0]], REFS[p[1]]))
legs = st.builds(lambda pair, fen: Posting(pair[0], pair[1], fen), pairs, amounts)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Entry]]:
    """Batches of entries: payments, chains, holds and what closes them, flags."""
    batches: list[list[Entry]] = []
    pends: list[tuple[UUID, Posting]] = []
    for _ in range(draw(st.integers(1, 6))):
        batch = []
        for _ in range(draw(st.integers(1, 12))):
            what = draw(st.sampled_from(("pay", "pay", "fund", "chain", "pend", "settle", "void", "flag")))
            id_ = new_id(BANK)
            if what == "fund":
                entry = Entry(id_, (Posting(CASH, draw(st.sampled_from(REFS[1:])), draw(amounts)),))
            elif what == "chain":
                entry = Entry(id_, tuple(draw(st.lists(legs, min_size=2, max_size=4))))
            elif what == "pend":
                leg = draw(legs)._replace(kind=PEND)
                pends.append((id_, leg))
                entry = Entry(id_, (leg,))
            elif what in ("settle", "void") and pends:
                hold, leg = draw(st.sampled_from(pends))
                kind = SETTLE if what == "settle" else VOID
                tail = tuple(draw(st.lists(legs, max_size=1)))
                entry = Entry(
                    id_, (leg._replace(kind=kind, hold=hold, fen=draw(st.integers(1, leg.fen + 2))), *tail)
                )
            elif what == "flag":
                flags = st.sampled_from(list(AccountFlag))
                change = FlagChange(draw(st.sampled_from(REFS[1:])), draw(flags), draw(flags), "law")
                entry = Entry(id_, flags=(change,))
            else:
                entry = Entry(id_, (draw(legs),))
            batch.append(entry)
        batches.append(batch)
    return batches


def open_book() -> Book:
    book = Book()
    for ref in REFS:
        book.accounts[ref] = Account(ref, "2111", "CNY", None if ref == CASH else 0, 0)
    return book


def requests(batch: list[Entry]) -> list[Request]:
    return [Request(entry, None) for entry in batch]


@settings(max_examples=400, deadline=None)
@given(histories())
def test_the_book_decides_as_one_entry_at_a_time_would(history: list[list[Entry]]) -> None:
    book, model = open_book(), Model()
    for batch in history:
        plan = book.decide(requests(batch), NOW)
        posted = {q.entry.id for q in plan.posted}
        for entry in batch:
            assert (entry.id in posted) == model.post(entry)
        book.done(plan)
        for ref in REFS:
            state = book.committed(ref)
            assert state is not None
            assert (state.posted_fen, state.held_fen, int(state.flags)) == (
                model.balance[ref], model.held(ref), model.flags[ref],
            )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(histories())
def test_a_plan_taken_back_leaves_no_trace(history: list[list[Entry]]) -> None:
    book, twin = open_book(), open_book()
    for batch in history:
        book.undo(book.decide(requests(batch), NOW))
        once, again = twin.decide(requests(batch), NOW), book.decide(requests(batch), NOW)
        assert again.rows == once.rows
        book.done(again)
        twin.done(once)
        assert {r: a.save() for r, a in book.accounts.items()} == {
            r: a.save() for r, a in twin.accounts.items()
        }
        assert book.holds == twin.holds
        assert book.positions == twin.positions


@settings(max_examples=200, deadline=None)
@given(histories())
def test_money_is_conserved_and_sequences_have_no_gap(history: list[list[Entry]]) -> None:
    book = open_book()
    rows: list[bytes] = []
    for batch in history:
        plan = book.decide(requests(batch), NOW)
        rows += plan.rows
        book.done(plan)
        assert sum(a.balance for a in book.accounts.values()) == 0
        assert all(a.floor is None or a.balance - a.held >= a.floor for a in book.accounts.values())
    unpacked = [row.unpack(packed) for packed in rows]
    assert [r["position"] for r in unpacked] == list(range(1, len(rows) + 1))
    for ref in REFS:
        ours = [r for r in unpacked if ref.id in (r["debit"], r["credit"]) and r["debit_seq"]]
        seqs = [r["debit_seq"] if r["debit"] == ref.id else r["credit_seq"] for r in ours]
        assert seqs == list(range(1, len(seqs) + 1))


@settings(max_examples=100, deadline=None)
@given(histories())
def test_what_others_read_is_what_was_committed(history: list[list[Entry]]) -> None:
    """Two plans may be on their way: readers see neither, then the first, then both."""
    book = open_book()
    book.positions[BANK] = 0

    def view() -> tuple[object, object]:
        return {ref: book.committed(ref) for ref in REFS}, book.committed_positions()

    before, plans = view(), []
    for batch in history[:2]:
        plans.append(book.decide(requests(batch), NOW))
        assert view() == before
    twin = open_book()
    for plan, batch in zip(plans, history, strict=False):
        twin.done(twin.decide(requests(batch), NOW))
        book.done(plan)
        assert {ref: book.committed(ref) for ref in REFS} == {ref: twin.committed(ref) for ref in REFS}
        assert book.committed_positions()[BANK] == twin.committed_positions().get(BANK, 0)


def test_the_model_can_fail() -> None:
    """The comparison is not empty: a book that forgot its floor would be caught."""
    book, model = open_book(), Model()
    book.accounts[REFS[1]].floor = None
    entry = Entry(new_id(BANK), (Posting(REFS[1], REFS[2], 5, POST),))
    posted = not isinstance(book.decide(requests([entry]), NOW).posted[0].outcome, BankError)
    assert posted
    assert not model.post(entry)
