"""The SQL of recovery: what the journal has after the checkpoint, read as arrays and put on the accounts.

Twenty million rows come out of the server as binary COPY and are never objects: of each account only its newest
movement counts, and its sequence number tells which that is, in whatever order the rows come.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fengshou.kernel import Connection
from fengshou.ledger.book import Book
from fengshou.ledger.model import AccountRef
from fengshou.ledger.plan import Account

_Ints: TypeAlias = NDArray[np.int64]
_TAIL = (
    "SELECT position, debit, credit, debit_balance, credit_balance, debit_seq, credit_seq"
    " FROM ledger.journal WHERE institution_id = $1 AND position > $2"
)
_COLUMNS = ("position", "debit", "credit", "debit_balance", "credit_balance", "debit_seq", "credit_seq")
# A row of binary COPY: how many columns, then for each its length and value; none of these may be missing.
_ROW = np.dtype([("n", ">i2")] + [pair for c in _COLUMNS for pair in ((f"{c}_length", ">i4"), (c, ">i8"))])
_HEADER_BYTES, _TRAILER = 19, b"\xff\xff"
_PAGE_BYTES = 1 << 26


async def replay(db: Connection, book: Book, banks: list[int]) -> set[Account]:
    """Bring accounts that stand as checkpointed to the journal's end; returns those that the journal speaks of."""
    checked = {r[0]: r[1] for r in await db.fetch("SELECT institution_id, position FROM ledger.checkpoint")}
    ahead: set[Account] = set()
    for bank in banks:
        tail = _Tail(book, bank)
        await db.copy_from_query(_TAIL, bank, checked.get(bank, 0), output=tail.take, format="binary")
        ahead |= tail.settle()
    return ahead


class _Tail:
    """The journal's end at one bank, as it comes in."""

    def __init__(self, book: Book, bank: int) -> None:
        self._book, self._bank = book, bank
        self._held, self._size, self._begun = list[bytes](), 0, False
        self._ids: _Ints | None = None

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
        accounts = [self._book.accounts[AccountRef(self._bank, id_)] for id_ in self._ids[found].tolist()]
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
        if self._ids is None:
            self._begin()
        assert self._ids is not None
        ids = np.concatenate([rows["debit"], rows["credit"]]).astype(np.int64)
        seq = np.concatenate([rows["debit_seq"], rows["credit_seq"]]).astype(np.int64)
        balance = np.concatenate([rows["debit_balance"], rows["credit_balance"]]).astype(np.int64)
        last = np.concatenate([rows["position"], rows["position"]]).astype(np.int64)
        at = np.searchsorted(self._ids, ids)
        assert np.array_equal(self._ids[at.clip(max=len(self._ids) - 1)], ids), "a row of nobody's account"
        self._spoken_of[at] = True
        moved = np.flatnonzero(seq > self._seq[at])
        moved = moved[
            np.argsort(seq[moved], kind="stable")
        ]  # of one account the newest is put last, and stays
        at = at[moved]
        self._seq[at], self._balance[at], self._last[at] = seq[moved], balance[moved], last[moved]

    def _begin(self) -> None:
        self._ids = np.array(sorted(r.id for r in self._book.accounts if r.bank == self._bank), np.int64)
        self._seq, self._balance, self._last = (np.zeros(len(self._ids), np.int64) for _ in range(3))
        self._spoken_of = np.zeros(len(self._ids), np.bool_)
