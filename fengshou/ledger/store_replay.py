"""The SQL of recovery: what the journal has after the checkpoint, read as arrays and put on the accounts.

Twenty million rows come out of the server as binary COPY and are never objects: of each account only its newest
movement counts, and its sequence number tells which that is, in whatever order the rows come.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fengshou.kernel import Connection
from fengshou.ledger.book import Book
from fengshou.ledger.plan import Account

_Ints: TypeAlias = NDArray[np.int64]
_TAIL = (
    "SELECT position, debit, credit, debit_balance, credit_balance, debit_seq, credit_seq"
    " FROM ledger.journal WHERE institution_id = $1 AND position > $2"
)
_COLUMNS = ("position", "debit", "credit", "debit_balance", "credit_balance", "debit_seq", "credit_seq")
# A row of binary COPY: how many columns, then for each its length and value; none of these may be missing.
_ROW = np.dtype([("n", ">i2")] + [pair for c in _COLUMNS for pair in ((f"{c}_length", ">i4"), (c, ">i8"))])
READ_S = 1_800  # a whole book takes longer than any other question may
_HEADER_BYTES, _TRAILER = 19, b"\xff\xff"
_PAGE_BYTES = 1 << 26
_SPARSE = 32  # with fewer ids in use than one in so many, they are found by halving instead of in a table


async def replay(db: Connection, book: Book, banks: list[int]) -> set[Account]:
    """Bring accounts that stand as checkpointed to the journal's end; returns those that the journal speaks of."""
    checked = {r[0]: r[1] for r in await db.fetch("SELECT institution_id, position FROM ledger.checkpoint")}
    accounts = defaultdict[int, list[Account]](list)
    for ref, account in book.accounts.items():
        accounts[ref.bank].append(account)
    ahead: set[Account] = set()
    for bank in banks:
        tail = _Tail(accounts[bank])
        await db.copy_from_query(
            _TAIL, bank, checked.get(bank, 0), output=tail.take, format="binary", timeout=READ_S
        )
        ahead |= tail.settle()
    return ahead


class _Tail:
    """The journal's end at one bank, as it comes in."""

    def __init__(self, accounts: list[Account]) -> None:
        self._accounts = accounts
        self._held, self._size, self._begun = list[bytes](), 0, False
        self._ids: _Ints | None = None
        self._table: NDArray[np.int32] | None = None

    async def take(self, data: bytes) -> None:
        """A piece of the stream; rows are looked at when there are many."""
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size >= _PAGE_BYTES:
            self._look()

    def settle(self) -> set[Account]:
        """Put what was found on the accounts; which were spoken of."""
        self._look()
        assert not self._size, "a row was cut off"
        if self._ids is None:
            return set()
        found = np.flatnonzero(self._spoken_of)
        accounts = [self._accounts[at] for at in found.tolist()]
        states = zip(
            *(column[found].tolist() for column in (self._seq, self._balance, self._last)), strict=True
        )
        for account, (seq, balance, last) in zip(accounts, states, strict=True):
            # The checkpoint is fuzzy: an account may be ahead of it, never ahead of its own sequence.
            if seq > account.seq:
                account.balance, account.seq, account.last = balance, seq, last
        return set(accounts)

    def _look(self) -> None:
        data = b"".join(self._held)
        if not self._begun:
            self._begun, data = True, data[_HEADER_BYTES:]
        whole = len(data) // _ROW.itemsize * _ROW.itemsize
        if whole:
            self._newest(np.frombuffer(data[:whole], _ROW))
        rest = data[whole:]
        self._held, self._size = ([], 0) if rest in (b"", _TRAILER) else ([rest], len(rest))

    def _newest(self, rows: NDArray[Any]) -> None:
        at = self._find(_both(rows["debit"], rows["credit"]))
        self._spoken_of[at] = True
        seq = _both(rows["debit_seq"], rows["credit_seq"])
        balance = _both(rows["debit_balance"], rows["credit_balance"])
        last = _both(rows["position"], rows["position"])
        moved = np.flatnonzero(seq > self._seq[at])
        at, seq, balance, last = at[moved], seq[moved], balance[moved], last[moved]
        self._seq[at] = seq  # of one account the last one put stays: the newest, when rows come in order
        if (seq > self._seq[at]).any():
            order = np.argsort(seq, kind="stable")
            at, seq, balance, last = at[order], seq[order], balance[order], last[order]
            self._seq[at] = seq
        self._balance[at], self._last[at] = balance, last

    def _find(self, ids: _Ints) -> NDArray[np.intp]:
        """Where in `_accounts` each id stands."""
        if self._ids is None:
            self._begin()
        assert self._ids is not None
        top = len(self._ids) - 1
        if self._table is None:
            at = np.searchsorted(self._ids, ids).clip(max=top)
        else:
            at = self._table[ids.clip(max=len(self._table) - 1)].astype(np.intp)
        assert np.array_equal(self._ids[at], ids), "a row of nobody's account"
        return at

    def _begin(self) -> None:
        self._accounts.sort(key=lambda account: account.ref.id)
        self._ids = ids = np.array([account.ref.id for account in self._accounts], np.int64)
        if ids[-1] < _SPARSE * len(ids):
            self._table = np.zeros(int(ids[-1]) + 1, np.int32)
            self._table[ids] = np.arange(len(ids), dtype=np.int32)
        self._seq, self._balance, self._last = (np.zeros(len(ids), np.int64) for _ in range(3))
        self._spoken_of = np.zeros(len(ids), np.bool_)


def _both(debit: NDArray[Any], credit: NDArray[Any]) -> _Ints:
    """What rows say of their two sides, in the rows' order."""
    both = np.empty(2 * len(debit), np.int64)
    both[::2], both[1::2] = debit, credit
    return both
