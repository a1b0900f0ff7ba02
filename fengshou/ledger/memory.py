"""What was answered to which key, for keys young enough to be in memory.

A key's age is in the key: ids below the horizon may have been answered by a process that is gone,
or been dropped from here, so the writer looks those up in the database. Younger ones are all
here, and cost one or two dictionary look-ups by `UUID.int`.

An answer is kept as the packed row that tells it, or as a flat tuple of plain values: the garbage collector does not
look at those, and hundreds of thousands of them cost it nothing. A refusal is kept as its class and facts, never as
the exception that was raised: that one holds on to the frames it went through.
"""

from __future__ import annotations

from collections import deque
from typing import Any, TypeAlias
from uuid import UUID

from fengshou.kernel import BankError
from fengshou.ledger import row
from fengshou.ledger.model import AccountRef, Entry, Leg, Posting, Receipt
from fengshou.ledger.packs import Block, entry_at, find

Answer: TypeAlias = tuple[int, Receipt | BankError]  # digest, outcome


class Memory:
    """Answers by key. Two generations of at most `size`: when the younger is full, the elder is dropped.

    newest   the greatest key that was answered before this memory began; ids begin with their time
    horizon  keys below it that are not here may have been answered all the same
    """

    def __init__(self, newest: int = 0, size: int = 150_000) -> None:
        self.horizon = newest + 1
        self.blocks: deque[Block] = deque()  # of packs, youngest first
        self._blocks_top, self._blocks_rows = 0, 0
        self._size = size
        self._young: dict[int, tuple[Any, ...] | bytes] = {}
        self._elder: dict[int, tuple[Any, ...] | bytes] = {}

    def get(self, key: int) -> Answer | None:
        """Digest and answer of the id whose `int` is `key`, or None when not known here."""
        kept = self._young.get(key) or self._elder.get(key)
        if kept is None:
            return self._of_block(key)
        if isinstance(kept, bytes):
            return _of_row(kept)
        digest, first, *legs = kept
        if isinstance(first, type):
            return digest, refusal(first, legs[0])
        rows = tuple(Leg(*legs[at : at + 5]) for at in range(0, len(legs), 5))
        return digest, Receipt(UUID(int=key), first, rows)

    def _of_block(self, key: int) -> Answer | None:
        found = find(self.blocks, key) if key <= self._blocks_top else None
        if found is None:
            return None
        pack, at = found
        return entry_at(pack.rows, at).digest, pack.outcome(at)

    def __contains__(self, key: int) -> bool:
        if key in self._young or key in self._elder:
            return True
        return key <= self._blocks_top and find(self.blocks, key) is not None

    def must_ask(self, key: int) -> bool:
        """Whether only the database can say if this key was answered."""
        return key < self.horizon and key not in self

    def put(self, key: int, digest: int, answer: Receipt | BankError) -> None:
        """Remember an answer that is on disk."""
        if isinstance(answer, Receipt):
            self._young[key] = (digest, answer.posted_at, *(value for leg in answer.legs for value in leg))
        else:
            self._young[key] = (digest, type(answer), answer.facts)
        if len(self._young) >= self._size:
            self._turn()

    def put_rows(self, rows: dict[int, bytes]) -> None:
        """`put` for receipts whose packed rows tell all of them and what was asked for, the common ones."""
        self._young.update(rows)
        if len(self._young) >= self._size:
            self._turn()

    def put_block(self, block: Block) -> None:
        """Remember the rows of a pack that were posted."""
        self.blocks.appendleft(block)
        self._blocks_top = max(self._blocks_top, block.last)
        self._blocks_rows += len(block)
        while self._blocks_rows > 2 * self._size:
            gone = self.blocks.pop()
            self._blocks_rows -= len(gone)
            self.horizon = max(self.horizon, gone.last + 1)

    def _turn(self) -> None:
        """Drop the elder generation; nothing may be thought new that was in it."""
        if self._elder:
            self.horizon = max(self.horizon, max(self._elder) + 1)
        self._elder, self._young = self._young, {}


def _of_row(packed: bytes) -> Answer:
    """Digest and answer of an entry that its packed row tells all of."""
    r = row.unpack(packed)
    bank, debit, credit = r["institution_id"], r["debit"], r["credit"]
    posting = Posting(AccountRef(bank, debit), AccountRef(bank, credit), r["amount"], code=r["code"])
    leg = Leg(bank, r["position"], r["debit_balance"], r["credit_balance"], r["amount"])
    return Entry(r["id"], (posting,)).digest, Receipt(r["id"], row.instant(r["posted_at"]), (leg,))


def refusal(kind: type[BankError], facts: dict[str, Any]) -> BankError:
    """A refusal made again from what was kept of it, whatever its class wants to be built with."""
    error = kind.__new__(kind)
    BankError.__init__(error, **facts)
    return error
