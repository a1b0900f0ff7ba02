"""Payments by the thousand: the packed form of plain postings, and of what was answered to them.

A pack is a numpy array, one row for each entry of one plain posting; its entries succeed or are refused each
by itself. What was decided stays in arrays, and a receipt is made only for whoever asks for that row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from fengshou.kernel import FEN_MAX, LEGS_MAX, BankError
from fengshou.ledger.errors import EntryMalformed
from fengshou.ledger.model import AccountRef, Entry, Leg, Posting, PostingKind, Receipt

# Native byte order throughout: numpy silently turns foreign order into native when it joins arrays.
PACKED = np.dtype(
    [
        ("hi", np.uint64), ("lo", np.uint64), ("bank", np.int64), ("debit", np.int64), ("credit", np.int64),
        ("fen", np.int64), ("code", np.int32),
    ]
)  # fmt: skip
PACK_MAX = 4_096  # rows; with amounts up to FEN_MAX their running sums stay within 64 bits
Packed: TypeAlias = NDArray[np.void]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
_WORTH_IT = 16  # entries: below it arrays cost more than they save
_LOW = (1 << 64) - 1
_BANK_MASK = np.uint64(0xFFFF)


def is_plain(entry: Entry) -> bool:
    """Whether the packed form can say all of it."""
    if not entry.bare or len(entry.postings) != 1:
        return False
    return entry.postings[0].kind is PostingKind.POST and entry.postings[0].terms is None


def runs(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The entries in order, in pieces: a run of plain ones that is worth packing, or one entry."""
    begin = 0
    for at, entry in enumerate(entries):
        plain = is_plain(entry)
        if not plain or at - begin == PACK_MAX:
            yield from _worth_packing(entries[begin:at])
            begin = at
        if not plain:
            yield [entry]
            begin = at + 1
    yield from _worth_packing(entries[begin:])


def _worth_packing(run: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    if len(run) >= _WORTH_IT:
        yield run
    else:
        yield from ([entry] for entry in run)


def pack(entries: Sequence[Entry]) -> Packed:
    """Plain entries in the packed form, in their order."""
    rows = []
    for entry in entries:
        (bank, debit), (_, credit), fen, _, _, code, *_ = entry.postings[0]
        key = entry.id.int
        rows.append((key >> 64, key & _LOW, bank, debit, credit, fen, code))
    return np.array(rows, PACKED)


def entry_at(rows: Packed, at: int) -> Entry:
    """One row as an entry."""
    hi, lo, bank, debit, credit, fen, code = rows[at].tolist()
    posting = Posting(AccountRef(bank, debit), AccountRef(bank, credit), fen, code=code)
    return Entry(UUID(int=hi << 64 | lo), (posting,))


def key_at(rows: Packed, at: int) -> int:
    """The id of a row, as `UUID.int`."""
    return int(rows["hi"][at]) << 64 | int(rows["lo"][at])


def keys(rows: Packed) -> list[int]:
    """All ids, as `UUID.int`."""
    return [hi << 64 | lo for hi, lo in zip(rows["hi"].tolist(), rows["lo"].tolist(), strict=True)]


def last_key(rows: Packed) -> int:
    """The greatest id, as `UUID.int`."""
    top = rows["hi"].max()
    return int(top) << 64 | int(rows["lo"][rows["hi"] == top].max())


def older_rows(rows: Packed, key: int) -> tuple[Ints, Ints]:
    """Rows whose ids are not above `key`, and those whose are."""
    hi, lo = np.uint64(key >> 64), np.uint64(key & _LOW)
    old = (rows["hi"] < hi) | ((rows["hi"] == hi) & (rows["lo"] <= lo))
    return np.flatnonzero(old), np.flatnonzero(~old)


def first_of_each(rows: Packed, at: Ints) -> tuple[Ints, Ints]:
    """Of the rows `at`: the first of each id, and those whose id came before."""
    hi, lo = rows["hi"][at], rows["lo"][at]
    if ((hi[1:] > hi[:-1]) | ((hi[1:] == hi[:-1]) & (lo[1:] > lo[:-1]))).all():
        return at, at[:0]  # ids made one after the other, as most are
    order = np.lexsort((lo, hi))  # stable: of equal ids the first comes first
    again = np.zeros(len(at), np.bool_)
    again[order[1:]] = (hi[order][1:] == hi[order][:-1]) & (lo[order][1:] == lo[order][:-1])
    return at[~again], at[again]


def check(rows: Packed) -> None:
    """What `Entry.check` says of each. Raises `EntryMalformed`."""
    if rows.dtype != PACKED or rows.ndim != 1 or not 0 < len(rows) <= PACK_MAX:
        raise EntryMalformed(f"a pack is 1 to {PACK_MAX} rows of the packed form")
    fen, debit, credit, bank, lo = (rows[name] for name in ("fen", "debit", "credit", "bank", "lo"))
    wrong = (fen <= 0) | (fen > FEN_MAX) | (debit == credit) | (debit <= 0) | (credit <= 0)
    wrong |= (bank <= 0) | (bank >= 1 << 15) | ((lo & np.uint64(LEGS_MAX)) != 0)
    wrong |= ((lo >> np.uint64(10)) & _BANK_MASK).astype(np.int64) != bank
    if wrong.any():
        raise EntryMalformed(
            f"row {int(np.argmax(wrong))} of the pack is not a plain posting of its id's bank"
        )


def slices(rows: Packed) -> list[int]:
    """One id of each slice of time that the ids are of, as `UUID.int`: for the months."""
    return [int(top) << 100 for top in np.unique(rows["hi"] >> np.uint64(36))]


class Pack:
    """Rows in the queue, and what becomes of each.

    position 0 means not posted; then `refused` has the refusal
    """

    __slots__ = (
        "at",
        "credit_balance",
        "debit_balance",
        "future",
        "left",
        "position",
        "refused",
        "rows",
        "within",
    )

    def __init__(
        self, rows: Packed, future: asyncio.Future[Pack] | None, within: tuple[Pack, Ints] | None = None
    ) -> None:
        self.rows, self.future, self.within = rows, future, within
        n = len(rows)
        self.position, self.debit_balance, self.credit_balance = (np.zeros(n, np.int64) for _ in range(3))
        self.at: dict[int, datetime] = {}  # when it was booked, of rows answered before; -1: of all others
        self.refused: dict[int, BankError] = {}
        self.left = n

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, at: Ints) -> Pack:
        """Some of its rows, to be decided later; their answers come back here."""
        return Pack(self.rows[at], None, (self, at))

    def put(self, at: int, outcome: Receipt | BankError) -> None:
        """The answer to one row."""
        if isinstance(outcome, BankError):
            self.refused[at] = outcome
        else:
            leg = outcome.legs[0]
            self.position[at] = leg.position
            self.debit_balance[at], self.credit_balance[at] = leg.debit_balance_fen, leg.credit_balance_fen
            self.at[at] = outcome.posted_at

    def answered(self, count: int) -> None:
        """So many more rows have their answer; after the last the caller hears."""
        self.left -= count
        if self.left:
            return
        if self.within:
            whole, at = self.within
            for mine, theirs in enumerate(at.tolist()):
                whole.put(theirs, self.outcome(mine))
            whole.answered(len(at))
        elif self.future and not self.future.done():
            self.future.set_result(self)

    def fail(self, problem: BankError) -> None:
        """No row has an answer that is known."""
        if self.within:
            self.within[0].fail(problem)
        elif self.future and not self.future.done():
            self.future.set_exception(problem)

    def outcome(self, at: int) -> Receipt | BankError:
        """What became of a row, as `Ledger.post` would have told."""
        if at in self.refused:
            return self.refused[at]
        leg = Leg(
            int(self.rows["bank"][at]), int(self.position[at]), int(self.debit_balance[at]),
            int(self.credit_balance[at]), int(self.rows["fen"][at]),
        )  # fmt: skip
        return Receipt(UUID(int=key_at(self.rows, at)), self.at.get(at) or self.at[-1], (leg,))

    def outcomes(self) -> list[Receipt | BankError]:
        """What became of each row, in their order."""
        return [self.outcome(at) for at in range(len(self.rows))]


class Block:
    """The ids of some rows, sorted, to find one again."""

    __slots__ = ("first", "last", "order", "pack", "sorted")

    def __init__(self, pack: Pack, at: Ints) -> None:
        hi, lo = pack.rows["hi"][at], pack.rows["lo"][at]
        order = np.lexsort((lo, hi))
        self.pack, self.order, self.sorted = pack, at[order], hi[order]
        self.first = key_at(pack.rows, int(self.order[0]))
        self.last = key_at(pack.rows, int(self.order[-1]))

    def __len__(self) -> int:
        return len(self.order)

    def find(self, key: int) -> int | None:
        """The row of an id, or None."""
        if not self.first <= key <= self.last:
            return None
        hi = np.uint64(key >> 64)
        at = int(np.searchsorted(self.sorted, hi))
        while at < len(self.sorted) and self.sorted[at] == hi:
            if key_at(self.pack.rows, int(self.order[at])) == key:
                return int(self.order[at])
            at += 1
        return None


def find(blocks: Iterable[Block], key: int) -> tuple[Pack, int] | None:
    """The pack and row of an id."""
    for block in blocks:
        if (at := block.find(key)) is not None:
            return block.pack, at
    return None


def near(blocks: Iterable[Block], rows: Packed) -> list[Block]:
    """The blocks that may have an id of these rows."""
    first, last = int(rows["hi"].min()) << 64, (int(rows["hi"].max()) + 1) << 64
    return [block for block in blocks if block.first <= last and block.last >= first]


def may_be_known(rows: Packed, blocks: Iterable[Block], key: int) -> Mask:
    """Rows to look at one by one: their ids are not above `key`, or begin as one of the blocks does."""
    hi = rows["hi"]
    known: Mask = hi <= np.uint64(key >> 64)
    for block in blocks:
        known |= np.isin(hi, block.sorted)
    return known
