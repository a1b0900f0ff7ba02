"""The writer's desk of the record, read again: its pages are a chain with the batches, and its lines say what the
accounts, freezes, notes, refusals, acts, reversals and sagas of a bank must be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from fengshou.kernel import Connection, Record
from fengshou.ledger import row, store_proof, store_record
from fengshou.ledger.record import WRITER, Line, page_hash

_AT_ONCE = 2_000
# Tables whose rows are written once, and what each is found by.
ONCE = {"note": "entry", "act": "id", "refusal": "id", "reversal": "entry"}
_UNKNOWN: Any = object()  # what was said before the proof began
_ACCOUNT = ("subject", "currency", "floor", "ceiling", "flags", "opened_at")
_FREEZE = (
    "account", "owner", "reason", "stops", "amount", "until", "placed_by", "placed_at",
    "lifted_by", "lifted_at", "lift_reason",
)  # fmt: skip
_SAGA = ("payer", "payee_bank", "payee", "amount", "code", "state")


class Told:
    """What the lines so far say of a bank. `whole`: from the first page on."""

    def __init__(self, bank: int, say: Callable[[str], None], *, whole: bool) -> None:
        self.bank, self._say, self._whole = bank, say, whole
        self.accounts: dict[int, list[Any]] = {}
        self.expires: dict[UUID, int] = {}
        self._freezes: dict[str, list[Any]] = {}
        self._sagas: dict[str, list[Any]] = {}
        self._once: dict[str, dict[UUID, tuple[str, int]]] = defaultdict(dict)
        self.counts = Counter[str]()

    def apply(self, number: int, body: str) -> None:
        """Take the lines of a page in."""
        try:
            for line in orjson.loads(body):
                self._line(number, line)
        except (ValueError, TypeError, IndexError):
            self._say(f"bank {self.bank} record {number} has lines that cannot be read")

    def _line(self, number: int, line: Line) -> None:
        what, *said = line
        if what in ONCE:
            self._once[what][UUID(said[0])] = (said[1], number)
            self.counts[what] += 1
        elif what == "open":
            self.accounts[said[0]] = said[1:]
        elif what == "flags":
            self._account(said[0])[4] = said[1]
        elif what == "bounds":
            self._account(said[0])[2:4] = said[1:]
        elif what == "hold":
            self.expires[UUID(said[0])] = said[1]
        elif what == "freeze":
            self._freezes[said[0]] = [*said[1:], None, None, None]
        elif what == "lift":
            self._freezes.setdefault(said[0], [_UNKNOWN] * len(_FREEZE))[8:] = said[1:]
        elif what == "saga":
            self._sagas[said[0]] = [*said[1:], 1]
        elif what == "saga_end":
            self._sagas.setdefault(said[0], [_UNKNOWN] * len(_SAGA))[-1] = said[1]
        else:
            self._say(f"bank {self.bank} record {number}: a line of no known kind, {what}")

    def _account(self, id_: int) -> list[Any]:
        return self.accounts.setdefault(id_, [_UNKNOWN] * len(_ACCOUNT))

    async def look(self, db: Connection, *, all_of_it: bool = False) -> None:
        """Compare the rows that are written once with what was said of them."""
        for table, said in self._once.items():
            if said and (all_of_it or len(said) >= _AT_ONCE):
                there = {
                    r[ONCE[table]]: r
                    for r in await store_proof.by_id(db, table, ONCE[table], self.bank, list(said))
                }
                for id_, (words, number) in said.items():
                    if id_ not in there or _said_of(table, there[id_]) != words:
                        self._say(
                            f"bank {self.bank} record {number}: {table} {id_} is not what was written"
                            if id_ in there else f"bank {self.bank} record {number}: {table} {id_} is missing"
                        )  # fmt: skip
                said.clear()

    def compare_accounts(self, found: list[Record]) -> None:
        """What does not change with every payment, in the account table."""
        self._compare("account", _ACCOUNT, self.accounts, {r["id"]: _values(r, _ACCOUNT) for r in found})
        self.counts["account"] = len(self.accounts)

    async def compare_rest(self, db: Connection) -> None:
        """Freezes and sagas; and how many rows each table has."""
        for table, columns, said in (("freeze", _FREEZE, self._freezes), ("saga", _SAGA, self._sagas)):
            found = await store_proof.whole(db, table, self.bank)
            self._compare(table, columns, said, {str(r["id"]): _values(r, columns) for r in found})
            self.counts[table] = len(said)

    def _compare(
        self, table: str, columns: tuple[str, ...], said: dict[Any, list[Any]], found: dict[Any, list[Any]]
    ) -> None:
        for id_, values in said.items():
            row_ = found.get(id_)
            if row_ is None:
                self._say(f"bank {self.bank} {table} {id_}: in the record, not in its table")
            elif values != row_:
                for column, wanted, there in zip(columns, values, row_, strict=True):
                    if wanted is not _UNKNOWN and wanted != there:
                        self._say(
                            f"bank {self.bank} {table} {id_}: {column} is {there}, the record says {wanted}"
                        )
        for id_ in found.keys() - said.keys() if self._whole else ():
            self._say(f"bank {self.bank} {table} {id_}: the record knows nothing of it")


def _values(r: Record, columns: tuple[str, ...]) -> list[Any]:
    """A row's columns as lines have them."""
    return [_word(r[c]) for c in columns]


def _word(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return row.micros(value) if isinstance(value, datetime) else value


def _said_of(table: str, r: Record) -> str:
    return str(r["by_entry"]) if table == "reversal" else store_record.digest_of(table, r)


class Desk:
    """The writer's pages in order, checked against the journal's head where each was written."""

    def __init__(self, bank: int, say: Callable[[str], None], after: tuple[int, bytes]) -> None:
        self.bank, self._say = bank, say
        self.number, self.hash = after  # checked so far
        self.begun = after[0] > 0
        self._read = after[0]
        self._waiting: list[Record] = []

    async def begin(self, db: Connection, told: Told) -> bool:
        """Read the first pages, which tell of what was there before when the book is older. Whether there are any."""
        await self.load(db, -1, told)
        if self._waiting:
            await self.load(db, self._waiting[0]["position"], told)
        return self.begun or bool(self._waiting)

    async def load(self, db: Connection, upto: int, told: Told) -> None:
        """Read the pages written at positions up to `upto`."""
        while not self._waiting or self._waiting[-1]["position"] <= upto:
            pages = await store_proof.record(db, self.bank, WRITER, self._read)
            if not pages:
                return
            for page in pages:
                told.apply(page["number"], page["body"])
            self._read = pages[-1]["number"]
            self._waiting += pages

    def before(self, first: int, position: int, journal: bytes) -> bytes | None:
        """The newest page's hash when the batch of position `first` was written; None before there was any record.

        position, journal  where the batches before it end, and their hash
        """
        while self._waiting and self._waiting[0]["position"] < first:
            self._check(self._waiting.pop(0), position, journal)
        return self.hash if self.begun else None

    def end(self, position: int, journal: bytes) -> None:
        """After the last batch."""
        for page in self._waiting:
            self._check(page, position, journal)
        self._waiting = []

    def _check(self, page: Record, position: int, journal: bytes) -> None:
        name, number = f"bank {self.bank} record {page['number']}", page["number"]
        if number != self.number + 1:
            self._say(f"{name} follows {self.number}")
        if page["position"] != position or page["previous"] != self.hash or page["hash"] != page_hash(
            self.hash, journal, self.bank, WRITER, number, page["position"], page["made_at"], page["body"].encode()
        ):  # fmt: skip
            self._say(f"{name} does not match its hash")
        # Go on from what the page says, so that one flipped byte is one problem.
        self.number, self.hash, self.begun = number, page["hash"], True
