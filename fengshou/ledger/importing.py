"""Taking in history: a file of movements that happened elsewhere or long ago, with their own times.

All or nothing: the whole file is checked first, each row for itself and all of them in order against the book,
and then it is one commit. Rows that follow each other and happened at one instant are one entry. If the book refuses
one all the same, because money moved meanwhile, nothing of the file is booked. Whoever dies in the middle leaves
nothing or everything; the same file under the same name posts nothing twice, for its ids are made from its name.
"""

from __future__ import annotations

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
from fengshou.ledger.model import Entry, Posting, PostingKind, Receipt
from fengshou.ledger.whole import ROWS_MAX, PartRefused

if TYPE_CHECKING:
    from fengshou.ledger.door import Ledger

_LEGS = 1_000
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
    if len(rows) > ROWS_MAX:
        zh, en = (
            f"一个文件最多 {ROWS_MAX} 行，请分成几个文件",
            f"a file has at most {ROWS_MAX} rows; split it",
        )
        faults = [RowFault(rows[ROWS_MAX].row, zh, en)]
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
    await _post(ledger, bank, name, file, parts)
    progress(len(rows))
    await _mark(ledger, bank, name, "done")
    return booked


async def _known(ledger: Ledger, bank: int, name: str, digest: bytes, rows: Sequence[HistoryRow]) -> bool:
    """Whether the file was booked; a new one is held against the book. Raises `ImportRefused`, `FileChanged`."""
    if await _booked(ledger, bank, name, digest):
        return True
    refs = {ref for r in rows for ref in (r.debit, r.credit)}
    faults = list(against(rows, await ledger.balances(sorted(refs))))
    if faults and not await _booked(ledger, bank, name, digest):  # by somebody else, just now
        raise ImportRefused(faults)
    return bool(faults)


async def _booked(ledger: Ledger, bank: int, name: str, digest: bytes) -> bool:
    """Whether all of the file is in the book, also when whoever booked it died before saying so."""
    async with ledger.reports.db.relay(bank) as work:
        file = await store_import.find(work.db, bank, name)
    if file is None or file["status"] == "taken_back":
        return False
    first, last = (_id(bank, name, file["attempt"], n, file["begun_at"]) for n in (0, file["entries"] - 1))
    if file["digest"] != digest:
        if file["status"] == "done" or await ledger.answer(first) is not None:
            raise FileChanged()
        await _mark(ledger, bank, name, "taken_back")  # whoever sent it died before anything was booked
        return False
    if file["status"] == "done":
        return True
    if isinstance(await ledger.answer(last), Receipt):
        await _mark(ledger, bank, name, "done")
        return True
    return False


async def _post(
    ledger: Ledger, bank: int, name: str, file: Record, parts: Sequence[Sequence[HistoryRow]]
) -> None:
    """Post the parts in order, in one commit; if any is refused, none is, and the name is free again."""
    entries = [
        _entry(part, _id(bank, name, file["attempt"], number, file["begun_at"]))
        for number, part in enumerate(parts)
    ]
    outcomes = await ledger.post_whole(entries)
    wrong = [
        _fault(part[0].row, told)
        for part, told in zip(parts, outcomes, strict=True)
        if isinstance(told, BankError) and not isinstance(told, PartRefused)
    ]
    if wrong:
        await _mark(ledger, bank, name, "taken_back")
        raise ImportRefused(wrong)


async def _mark(ledger: Ledger, bank: int, name: str, status: str) -> None:
    async with ledger.reports.db.relay(bank) as work:
        await store_import.mark(work.db, bank, name, status)
        await store_office.put(work.db, bank, work.now, "import_file", (name,))


def _fault(row: int, refusal: BaseException) -> RowFault:
    assert isinstance(refusal, BankError)
    return RowFault(row, refusal.messages["zh"], refusal.messages["en"])


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
    """The id of a part of a file: of the moment it was first sent, with 23 bits of its name and the part's number."""
    assert part < 1 << 24
    said = int.from_bytes(sha256(f"{name}\0{attempt}".encode()).digest()[:4], "big")
    noise = (said & 0xFFF) << 64 | (said >> 12 & 0x7FF) << 51 | part << 27
    return UUID(int=new_id(bank, begun_at).int & ~_NOISE | noise)
