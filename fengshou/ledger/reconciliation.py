"""Reconciling two accounts of the same thing: ours and a partner's. Pure; for whoever has a file to compare.

    reconcile(ours, theirs)      both in order of their keys: nothing is kept but the row at hand
    Sorter()                     brings rows of any order, and any number, into that order on disk

There is no tolerance: a fen more, a day later or another currency is a difference, with its reason. Rows that share
a key are paired, equal ones first; what is left over on one side is missing on the other.
"""

from __future__ import annotations

import csv
import heapq
import pickle
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby, zip_longest
from operator import attrgetter
from tempfile import TemporaryFile
from typing import IO, NamedTuple, TextIO

from fengshou.kernel import BankError, Kind, Money, day_of

_RUN = 100_000  # rows sorted in memory at once: about 30 MB
_BLOCK = 1_000  # rows of a run read back at once
_FAN_IN = 200  # runs merged at once; each holds a file open


class Item(NamedTuple):
    """One row of either side. `fen` is signed from our side: money that came in is positive."""

    key: str
    fen: int
    on: date
    currency: str = "CNY"


class Outcome(StrEnum):
    """What became of a row."""

    MATCHED = "matched"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    DIFFERENT = "different"


class Finding(NamedTuple):
    """A row, or a pair, and what is to be said of it.

    reasons  amount, day, currency; double: the key comes more than once; border: of a day at which the file begins
             or ends, so it may be in the one before or after. None when matched.
    """

    outcome: Outcome
    key: str
    ours: Item | None
    theirs: Item | None
    reasons: tuple[str, ...] = ()


class NotInOrder(ValueError):
    """A side that was said to be sorted is not."""


@dataclass(slots=True)
class Tally:
    """How a reconciliation came out."""

    counts: Counter[Outcome]
    ours: Counter[str] = field(default_factory=Counter)  # by currency, which are never added up
    theirs: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        """Everything matched."""
        return self.counts.total() == self.counts[Outcome.MATCHED]

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        self.counts[finding.outcome] += 1
        if finding.ours:
            self.ours[finding.ours.currency] += finding.ours.fen
        if finding.theirs:
            self.theirs[finding.theirs.currency] += finding.theirs.fen


def reconcile(
    ours: Iterable[Item], theirs: Iterable[Item], border: Collection[date] = ()
) -> Iterator[Finding]:
    """Findings in order of key. Both sides are read once, in step. Raises `NotInOrder`.

    border  the first and last day compared: what is missing there may be in a neighbouring file
    """
    for finding in _compare(ours, theirs):
        one = finding.ours or finding.theirs
        alone = finding.ours is None or finding.theirs is None
        if alone and one and one.on in border:
            yield finding._replace(reasons=(*finding.reasons, "border"))
        else:
            yield finding


def _compare(ours: Iterable[Item], theirs: Iterable[Item]) -> Iterator[Finding]:
    left, right = _groups(ours), _groups(theirs)
    mine, his = next(left, None), next(right, None)
    while mine or his:
        if his is None or (mine is not None and mine[0] < his[0]):
            assert mine is not None
            yield from _pair(mine[0], mine[1], [])
            mine = next(left, None)
        elif mine is None or his[0] < mine[0]:
            yield from _pair(his[0], [], his[1])
            his = next(right, None)
        else:
            yield from _pair(mine[0], mine[1], his[1])
            mine, his = next(left, None), next(right, None)


def tally(findings: Iterable[Finding]) -> Tally:
    """Count them all."""
    result = Tally(Counter())
    for finding in findings:
        result.add(finding)
    return result


class Sorter:
    """Sorts rows in runs on disk: `add` them, then iterate once. Memory does not grow with their number."""

    def __init__(self, run: int = _RUN) -> None:
        self._run, self._rows = run, list[Item]()
        self._files: list[IO[bytes]] = []

    def add(self, item: Item) -> None:
        """One more row."""
        self._rows.append(item)
        if len(self._rows) >= self._run:
            self._files.append(_write(sorted(self._rows)))
            self._rows = []
            if len(self._files) >= _FAN_IN:
                merged = _write(heapq.merge(*map(_read, self._files)))
                self._close()
                self._files = [merged]

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from heapq.merge(*map(_read, self._files), sorted(self._rows))
        finally:
            self._close()

    def _close(self) -> None:
        for file in self._files:
            file.close()
        self._files = []


def in_order(items: Iterable[Item]) -> Iterator[Item]:
    """The rows in order of their keys, however many there are."""
    sorter = Sorter()
    for item in items:
        sorter.add(item)
    return iter(sorter)


class RowProblem(BankError):
    """A row of a file cannot be read; `row` is its line, the header being line 1."""

    code = "LEDGER.FILE_ROW"
    kind = Kind.INVALID
    zh = "第 {row} 行读不懂：{column} 是“{value}”"
    en = "Row {row} cannot be read: {column} is {value!r}."


class HeaderProblem(BankError):
    """The first line of a file does not name what is needed."""

    code = "LEDGER.FILE_HEADER"
    kind = Kind.INVALID
    zh = "第 1 行表头缺少 {columns}"
    en = "Row 1, the header, lacks {columns}."


def read_csv(
    file: TextIO,
    columns: Mapping[str, str] | None = None,
    *,
    sign: int = 1,
    faults: list[RowProblem] | None = None,
) -> Iterator[Item]:
    """The rows of a partner's CSV file with a header.

    columns  what the file calls key, amount (yuan, "12.30", may be negative), date (a day, or an instant: one with a
             zone counts on its day in Shanghai) and, if it has one, currency (three letters; else all are CNY)
    sign     -1 when the partner's amounts are from his side
    faults   where rows that cannot be read are put and left out; without it the first raises `RowProblem`
    Raises `HeaderProblem`.
    """
    named = {"key": "key", "amount": "amount", "date": "date", "currency": ""} | dict(columns or {})
    reader = csv.DictReader(file, strict=True)
    missing = [name for name in named.values() if name and name not in (reader.fieldnames or ())]
    if missing:
        raise HeaderProblem(columns=", ".join(missing))
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader, None)
            if row is None:
                return
            yield _item(row, named, sign, reader.line_num)
        except (RowProblem, csv.Error) as problem:
            if isinstance(problem, csv.Error):
                problem = RowProblem(row=begins, column="CSV", value=str(problem))
            if faults is None:
                raise problem from None
            faults.append(problem)


def _item(row: dict[str, str], named: Mapping[str, str], sign: int, where: int) -> Item:
    """One row. Raises `RowProblem`."""
    if extra := row.get(None):  # type: ignore[call-overload]  # what DictReader calls fields without a name
        raise RowProblem(row=where, column="+", value=",".join(extra))

    def text(name: str) -> str:
        return (row.get(named[name]) or "").strip()

    key, amount, currency = text("key"), text("amount"), text("currency") if named["currency"] else "CNY"
    if not key:
        raise RowProblem(row=where, column=named["key"], value="")
    fen = _fen(amount)
    if fen is None:
        raise RowProblem(row=where, column=named["amount"], value=amount)
    on = _day(text("date"))
    if on is None:
        raise RowProblem(row=where, column=named["date"], value=text("date"))
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise RowProblem(row=where, column=named["currency"], value=currency)
    return Item(key, fen * sign, on, currency)


def _fen(text: str) -> int | None:
    """An amount with its sign; nothing at all is an amount too."""
    plain = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if plain in ("0", "0.0", "0.00"):
        return 0
    try:
        fen = Money.parse(plain).fen
    except BankError:
        return None
    return -fen if text.startswith("-") else fen


def _day(text: str) -> date | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.date() if at.tzinfo is None else day_of(at)


def _groups(items: Iterable[Item]) -> Iterator[tuple[str, list[Item]]]:
    last: str | None = None
    for key, group in groupby(items, attrgetter("key")):
        if last is not None and key < last:
            raise NotInOrder(f"{key!r} comes after {last!r}")
        last = key
        yield key, list(group)


def _pair(key: str, ours: list[Item], theirs: list[Item]) -> Iterator[Finding]:
    """Rows of one key: equal ones are pairs; of the rest the first differs from the first, and so on."""
    double = ("double",) if len(ours) > 1 or len(theirs) > 1 else ()
    if len(ours) == len(theirs) == 1 and ours == theirs:
        yield Finding(Outcome.MATCHED, key, ours[0], theirs[0])
        return
    same = Counter(ours) & Counter(theirs)
    for item in same.elements():
        yield Finding(Outcome.MATCHED, key, item, item)
    left = sorted((Counter(ours) - same).elements())
    right = sorted((Counter(theirs) - same).elements())
    for mine, his in zip_longest(left, right):
        if mine is None:
            yield Finding(Outcome.MISSING_HERE, key, None, his, double)
        elif his is None:
            yield Finding(Outcome.MISSING_THERE, key, mine, None, double)
        else:
            apart = ("amount",) * (mine.fen != his.fen) + ("day",) * (mine.on != his.on)
            apart += ("currency",) * (mine.currency != his.currency)
            yield Finding(Outcome.DIFFERENT, key, mine, his, apart + double)


def _write(rows: Iterable[Item]) -> IO[bytes]:
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as the sorter, which closes it
    block: list[tuple[str, int, date, str]] = []
    for row in rows:
        block.append((row.key, row.fen, row.on, row.currency))
        if len(block) >= _BLOCK:
            pickle.dump(block, file, pickle.HIGHEST_PROTOCOL)
            block = []
    pickle.dump(block, file, pickle.HIGHEST_PROTOCOL)
    return file


def _read(file: IO[bytes]) -> Iterator[Item]:
    """A run, read back from our own temporary file."""
    file.seek(0)
    while True:
        try:
            block = pickle.load(file)  # noqa: S301 - written above, in a file without a name
        except EOFError:
            return
        for row in block:
            yield Item(*row)
