"""Taking in history: a file of movements that happened elsewhere or long ago, with their own times.

All or nothing: the whole file is checked first, each row for itself and all of them in order against the book.
Rows that follow each other and happened at one instant are one entry. If the book refuses one all the same,
because money moved meanwhile, those that were booked are reversed, and the file counts as never taken in.
The same file under the same name posts nothing twice, wherever it was cut off: its ids are made from its name.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from fengshou.kernel import BankError, Kind, Principal, Record, new_id
from fengshou.ledger import store_import, store_office
from fengshou.ledger.import_rows import HistoryRow, RowFault, against, read
from fengshou.ledger.model import Entry, Posting, PostingKind, Receipt, Rider

if TYPE_CHECKING:
    from fengshou.ledger.door import Ledger

_LEGS, _AT_ONCE = 1_000, 500
_BACK = 1 << 26
_NOISE = (0xFFF << 64) | (((1 << 36) - 1) << 26)  # the bits of an id that are chance otherwise


class ImportRefused(BankError):
    """Nothing of the file was booked. `faults` has every row that cannot be."""

    code = "LEDGER.IMPORT_REFUSED"
    kind = Kind.INVALID
    zh = "文件没有入账：{rows} 行有问题，先看第 {row} 行：{problem_zh}"
    en = "Nothing of the file was booked: {rows} rows are wrong, first row {row}: {problem_en}"

    def __init__(self, faults: Sequence[RowFault]) -> None:
        first = faults[0]
        super().__init__(rows=len(faults), row=first.row, problem_zh=first.zh, problem_en=first.en)
        self.faults = tuple(faults)


class FileChanged(BankError):
    """A file of that name was taken in with other content."""

    code = "LEDGER.FILE_CHANGED"
    kind = Kind.CONFLICT
    zh = "同名文件已经入账，内容却不一样"
    en = "A file of that name was booked before, with other content."


@dataclass(frozen=True, slots=True)
class Imported:
    """What was booked. `again`: it was all there before."""

    rows: int
    entries: int
    fen: int
    again: bool


async def import_file(
    ledger: Ledger, who: Principal, bank: int, name: str, text: str,
    *, progress: Callable[[int], None] = lambda _: None,
) -> Imported:  # fmt: skip
    """Book the CSV file `text` at `bank`. `name` is its key: the same name is the same file.

    Raises `ImportRefused` with every faulty row, `FileChanged`, and what `Ledger.post` raises: then run it again.
    """
    db, now = ledger.reports.db, ledger.reports.clock.now()
    rows, faults = read(io.StringIO(text), bank, now)
    if not faults and not rows:
        faults = [RowFault(1, "文件里没有一行", "there are no rows in the file")]
    if faults:
        raise ImportRefused(faults)
    digest = sha256(text.encode()).digest()
    known = await _known(ledger, bank, name, digest, rows)
    parts = list(_parts(rows))
    booked = Imported(len(rows), len(parts), sum(r.fen for r in rows), known)
    if known:
        return booked
    async with db.relay(bank) as work:
        work.who = who
        file = await store_import.register(work.db, bank, name, digest, len(parts), now)
        await store_office.put(work.db, bank, work.now, "import_file", (name,))
        await work.audit("ledger.import", name, rows=len(rows), attempt=file["attempt"])
    if file["digest"] != digest:
        raise FileChanged()
    await _post(ledger, bank, name, file, parts, progress)
    async with db.relay(bank) as work:
        await store_import.mark(work.db, bank, name, "done")
        await store_office.put(work.db, bank, work.now, "import_file", (name,))
    return booked


async def _known(ledger: Ledger, bank: int, name: str, digest: bytes, rows: Sequence[HistoryRow]) -> bool:
    """Whether the file was booked; a new one is held against the book. Raises `ImportRefused`, `FileChanged`."""
    async with ledger.reports.db.relay(bank) as work:
        file = await store_import.find(work.db, bank, name)
    if file is not None and file["status"] != "taken_back":
        if file["digest"] != digest:
            raise FileChanged()
        return bool(file["status"] == "done")
    refs = {ref for r in rows for ref in (r.debit, r.credit)}
    if faults := list(against(rows, await ledger.balances(sorted(refs)))):
        raise ImportRefused(faults)
    return False


async def _post(
    ledger: Ledger, bank: int, name: str, file: Record, parts: Sequence[Sequence[HistoryRow]],
    progress: Callable[[int], None],
) -> None:  # fmt: skip
    """Post the parts in order, many at a time: the book decides them as they come. The first makes room."""
    entries = [
        _entry(part, _id(bank, name, file["attempt"], number, file["begun_at"]))
        for number, part in enumerate(parts)
    ]
    done: list[Entry] = []
    at, rows = 0, 0
    while at < len(entries):
        some = entries[at : at + (_AT_ONCE if at else 1)]
        outcomes = await asyncio.gather(*map(ledger.post, some), return_exceptions=True)
        done += [entry for entry, told in zip(some, outcomes, strict=True) if isinstance(told, Receipt)]
        wrong = [(n, told) for n, told in enumerate(outcomes, at) if isinstance(told, BaseException)]
        for _, told in wrong:
            if not isinstance(told, BankError) or told.kind in (Kind.BUSY, Kind.WAITING):
                raise told  # nobody knows, or nothing was tried: the same file again goes on from here
        if wrong:
            await _take_back(ledger, bank, name, done)
            raise ImportRefused([_fault(parts[n][0].row, told) for n, told in wrong])
        rows += sum(len(part) for part in parts[at : at + len(some)])
        at += len(some)
        progress(rows)


def _fault(row: int, refusal: BaseException) -> RowFault:
    assert isinstance(refusal, BankError)
    return RowFault(row, refusal.messages["zh"], refusal.messages["en"])


async def _take_back(ledger: Ledger, bank: int, name: str, done: Sequence[Entry]) -> None:
    """Reverse what was booked of a file whose later part was refused, newest first, each on its own value day."""
    for entry in reversed(done):
        id_ = UUID(int=entry.id.int | _BACK)  # its own twin: taking back again is the same entry
        legs = tuple(
            Posting(p.credit, p.debit, p.fen, PostingKind.REVERSE, code=p.code)
            for p in reversed(entry.postings)
        )
        rider = Rider("ledger.reverse_once", (bank, entry.id), (bank, entry.id, id_))
        await ledger.post(
            Entry(
                id=id_, postings=legs, reverses=entry.id, riders=(rider,), mandate="ledger.import",
                event_at=entry.event_at,
            )
        )  # fmt: skip
    async with ledger.reports.db.relay(bank) as work:
        await store_import.mark(work.db, bank, name, "taken_back")
        await store_office.put(work.db, bank, work.now, "import_file", (name,))


def _parts(rows: Sequence[HistoryRow]) -> Iterator[list[HistoryRow]]:
    """Runs of rows of one instant, each short enough for an entry."""
    for _, run in groupby(rows, attrgetter("happened_at")):
        same = list(run)
        for at in range(0, len(same), _LEGS):
            yield same[at : at + _LEGS]


def _entry(rows: Sequence[HistoryRow], id_: UUID) -> Entry:
    legs = tuple(Posting(r.debit, r.credit, r.fen, PostingKind.IMPORT, code=r.code) for r in rows)
    keys = "\n".join(r.key for r in rows).encode()
    return Entry(
        id=id_,
        postings=legs,
        event_at=rows[0].happened_at,
        mandate="ledger.import",
        body=sha256(keys).digest(),
    )


def _id(bank: int, name: str, attempt: int, part: int, begun_at: datetime) -> UUID:
    """The id of a part of a file: of the moment it was first sent, with 23 bits of its name and the part's number.

    Bit 26 stays clear for the entry that takes it back.
    """
    assert part < 1 << 24
    said = int.from_bytes(sha256(f"{name}\0{attempt}".encode()).digest()[:4], "big")
    noise = (said & 0xFFF) << 64 | (said >> 12 & 0x7FF) << 51 | part << 27
    return UUID(int=new_id(bank, begun_at).int & ~_NOISE | noise)
