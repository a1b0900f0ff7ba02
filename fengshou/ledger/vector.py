"""The decision about many plain postings at once: the same as one after the other, in numpy.

A payment that has nothing against it is one whose payer can pay all it owes in this pack from what it holds
before it. Those are sure whatever becomes of the others. Where that is not so, the payments of that account, and
those to it, are gone through one by one; what touches an account that has anything special is left to the book.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import numpy as np

from fengshou.kernel import FEN_MAX
from fengshou.ledger import errors, packs, row_many
from fengshou.ledger.book import Book
from fengshou.ledger.model import AccountRef, Receipt
from fengshou.ledger.packs import Ints, Mask, Pack, Packed
from fengshou.ledger.plan import Account, Plan, Request

_NO_FLOOR = -(1 << 62)
_NOBODY = Account(AccountRef(0, 0), "", "", None, flags=1)


def decide(book: Book, plan: Plan, pack: Pack, at: Ints) -> None:
    """Apply the rows `at` of a pack to the book, in order; the plan can take them back.

    Banks do not touch each other in plain postings, so each bank's rows are decided by themselves.
    """
    plan.packs.append((pack, at))
    for again in at.tolist() if pack.refused else ():
        pack.refused.pop(again, None)  # of a plan that was taken back
    bank = pack.rows["bank"][at]
    if (bank == bank[0]).all():
        _decide_bank(book, plan, pack, at)
        return
    for one in np.unique(bank):
        _decide_bank(book, plan, pack, at[bank == one])


def _decide_bank(book: Book, plan: Plan, pack: Pack, at: Ints) -> None:
    """Runs of ordinary rows at once; a row that touches an extraordinary account by the book, in its turn."""
    while len(at):
        field = _Field(book, pack.rows[at])
        odd = field.odd_rows()
        run = int(np.argmax(odd)) if odd.any() else len(at)
        if run:
            if run < len(at):
                field = _Field(book, pack.rows[at[:run]])
            _decide_run(book, plan, pack, at[:run], field)
        if run < len(at):
            _by_the_book(book, plan, pack, int(at[run]))
        at = at[run + 1 :]


def _by_the_book(book: Book, plan: Plan, pack: Pack, at: int) -> None:
    request = Request(packs.entry_at(pack.rows, at), None)
    outcome = book.decide_one(plan, request)
    pack.put(at, outcome)
    if not isinstance(outcome, Receipt):
        plan.refused.append(request)


@dataclass(slots=True)
class _Field:
    """The accounts that some rows touch, each once, with their state in arrays."""

    accounts: list[Account | None]
    ends: Ints  # shape (rows, 2): the index of the debit and of the credit account
    fen: Ints
    balance: Ints
    held: Ints
    floor: Ints
    seq: Ints
    last: Ints
    flags: Ints

    def __init__(self, book: Book, rows: Packed) -> None:
        bank = int(rows["bank"][0])
        ids, inverse = np.unique(np.stack((rows["debit"], rows["credit"]), axis=1), return_inverse=True)
        get = book.accounts.get
        # Plain pairs are equal to AccountRefs, and made in a third of the time.
        self.accounts = [get(pair) for pair in zip(repeat(bank), ids.tolist())]  # type: ignore[call-overload]  # see above
        self.ends = inverse.reshape(-1, 2)
        self.fen = rows["fen"].astype(np.int64)
        there = [account or _NOBODY for account in self.accounts]
        self.balance, self.held, self.seq, self.last, self.flags, self.floor = (
            np.array(column, np.int64)
            for column in (
                [a.balance for a in there], [a.held for a in there], [a.seq for a in there],
                [a.last for a in there], [a.flags for a in there],
                [a.floor if a.floor is not None else _NO_FLOOR for a in there],
            )
        )  # fmt: skip

    def odd_rows(self) -> Mask:
        """Rows with an account that is not there, or that has anything special; or where sums could run over."""
        odd = self.flags != 0
        if len({account.currency for account in self.accounts if account}) > 1:
            odd |= True  # rare: the book compares the currencies of each
        odd |= self.balance + self.sums(1) > FEN_MAX
        odd |= self.balance - self.sums(0) < -FEN_MAX
        return np.asarray(odd[self.ends].any(axis=1))

    def sums(self, side: int) -> Ints:
        """What each account pays (side 0) or takes in (side 1) in these rows."""
        total = np.zeros(len(self.accounts), np.int64)
        np.add.at(total, self.ends[:, side], self.fen)
        return total

    def posted(self) -> Mask:
        """Which rows are posted; the others' payers cannot cover them in their turn."""
        room = np.where(self.floor == _NO_FLOOR, FEN_MAX * 4, self.balance - self.held - self.floor)
        poor = room < self.sums(0)
        done = np.ones(len(self.fen), np.bool_)
        if not poor.any():
            return done
        left = {int(i): int(room[i]) for i in np.flatnonzero(poor)}
        for at in np.flatnonzero(poor[self.ends].any(axis=1)).tolist():
            (debit, credit), fen = self.ends[at].tolist(), int(self.fen[at])
            if debit in left:
                if left[debit] < fen:
                    done[at] = False
                    continue
                left[debit] -= fen
            if credit in left:
                left[credit] += fen
        return done


def _decide_run(book: Book, plan: Plan, pack: Pack, at: Ints, field: _Field) -> None:
    done = field.posted()
    if not done.all():
        for refused in at[~done].tolist():
            request = Request(packs.entry_at(pack.rows, refused), None)
            request.outcome = pack.refused[refused] = errors.InsufficientFunds()
            plan.refused.append(request)
        at, field.ends, field.fen = at[done], field.ends[done], field.fen[done]
    if len(at):
        _post(book, plan, pack, at, field)


def _post(book: Book, plan: Plan, pack: Pack, at: Ints, field: _Field) -> None:
    """Balances, sequences and pointers of rows that are posted, from one stable sort by account."""
    rows, n = pack.rows[at], len(at)
    bank = int(rows["bank"][0])
    before = book.positions.get(bank, 0)
    plan.positions.setdefault(bank, before)
    book.positions[bank] = before + n
    position = np.arange(before + 1, before + n + 1, dtype=np.int64)

    moves = _Moves(field, position)
    shape = (n, 2)
    balance, seq, prev = (moves.unsorted(x).reshape(shape) for x in (moves.balance, moves.seq, moves.prev))
    pack.position[at] = position
    pack.debit_balance[at], pack.credit_balance[at] = balance[:, 0], balance[:, 1]
    moves.put_back(plan)
    plan.rows += row_many.pack(rows, position, balance, seq, prev, plan.now_us)


class _Moves:
    """Each posting is two movements; sorted by account, an account's stand together in their order."""

    def __init__(self, field: _Field, position: Ints) -> None:
        self.field = field
        owner = field.ends.reshape(-1)
        self.order = np.argsort(owner, kind="stable")
        sorted_ = owner[self.order]
        delta = np.stack((-field.fen, field.fen), axis=1).reshape(-1)[self.order]
        begins = np.ones(len(owner), np.bool_)
        begins[1:] = sorted_[1:] != sorted_[:-1]
        first = np.flatnonzero(begins)
        self.touched = sorted_[first]
        self.final = np.append(first[1:], len(owner)) - 1  # each account's last movement
        length = self.final - first + 1

        running = np.cumsum(delta)
        base = field.balance[self.touched] - (running[first] - delta[first])
        self.balance = running + np.repeat(base, length)
        self.seq = np.arange(1, len(owner) + 1) + np.repeat(field.seq[self.touched] - first, length)
        self.position = np.repeat(position, 2)[self.order]
        self.prev = np.empty_like(self.position)
        self.prev[1:] = self.position[:-1]
        self.prev[first] = field.last[self.touched]

    def unsorted(self, column: Ints) -> Ints:
        """Back in the order of the rows: debit, credit, debit, credit."""
        back = np.empty_like(column)
        back[self.order] = column
        return back

    def put_back(self, plan: Plan) -> None:
        """The accounts are now as after the last movement of each."""
        saved, field, touched = plan.touched, self.field, self.touched
        accounts = [field.accounts[i] for i in touched.tolist()]
        columns = (field.balance, field.held, field.seq, field.last, field.flags)
        before = zip(*(column[touched].tolist() for column in columns), strict=True)
        after = (column[self.final].tolist() for column in (self.balance, self.seq, self.position))
        for account, state, balance, seq, last in zip(accounts, before, *after, strict=True):
            assert account
            if account not in saved:
                saved[account] = state
            account.balance, account.seq, account.last = balance, seq, last
