"""The office's desk of the record, read again: what closed periods, imports, anchors and their like must be."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from fengshou.kernel import Connection, Record
from fengshou.ledger import record, row, store_office, store_proof
from fengshou.ledger.record import OFFICE, Line

TABLES = (*store_office.KEPT, "interest_number")


@dataclass(slots=True)
class Office:
    """What the office said of a bank.

    rows    the digest of each row by table and key
    closed  from which position on nothing is booked up to which day, in order
    base    position up to which the general ledger was as `general` says when the record began
    heads   the hash of each page by its number
    """

    rows: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    quarters: dict[str, str] = field(default_factory=dict)
    closed: list[tuple[int, date]] = field(default_factory=lambda: [(0, date.min)])
    base: int = 0
    general: list[Line] = field(default_factory=list)
    heads: dict[int, bytes] = field(default_factory=lambda: {0: row.FIRST_HASH})

    def closed_to(self, position: int) -> date:
        """Up to which day nothing more was booked, for a row after `position`."""
        return next(on for since, on in reversed(self.closed) if since <= position)


async def read(db: Connection, bank: int, say: Callable[[str], None]) -> Office:
    """Every page of the desk, its chain checked."""
    office, previous, number = Office(), row.FIRST_HASH, 0
    while pages := await store_proof.record(db, bank, OFFICE, number):
        for page in pages:
            if page["number"] != number + 1:
                say(f"bank {bank} office {page['number']} follows {number}")
            number = page["number"]
            try:
                if (
                    page["position"]
                    or page["previous"] != previous
                    or page["hash"] != _hash(bank, previous, page)
                ):
                    say(f"bank {bank} office {number} does not match its hash")
                for line in orjson.loads(page["body"]):
                    _take(office, line)
            except (ValueError, TypeError, IndexError, AttributeError, struct.error):
                say(f"bank {bank} office {number} cannot be read")
            previous = office.heads[number] = page["hash"]
    return office


def _hash(bank: int, previous: bytes, page: Record) -> bytes:
    body = page["body"].encode()
    return record.page_hash(
        previous, row.FIRST_HASH, bank, OFFICE, page["number"], page["position"], page["made_at"], body
    )


def _take(office: Office, line: Line) -> None:
    what, *said = line
    if what == "row":
        office.rows[said[0], tuple(said[1])] = said[2]
    elif what == "quarter":
        office.quarters[said[0]] = said[1]
    elif what == "closed":
        office.closed.append((said[0], _day(said[1])))
    elif what == "began":
        office.base, office.closed, office.general = said[0], [(0, _day(said[1]))], said[2]


def _day(text: str | None) -> date:
    return date.fromisoformat(text) if text else date.min


async def compare(db: Connection, bank: int, table: str, office: Office, say: Callable[[str], None]) -> None:
    """Every row of an office's table is what was last said of it, and there are no others."""
    if table == "interest_number":
        quarters = {str(on): digest for on, digest in await store_office.quarters(db, bank)}
        _tell(bank, table, office.quarters, quarters, say)
    elif store_office.KEPT[table].at in (None, bank):
        said = {key: digest for (name, key), digest in office.rows.items() if name == table}
        _tell(bank, table, said, await store_office.rows(db, table, bank), say)


def _tell(
    bank: int, table: str, said: dict[Any, str], found: dict[Any, str], say: Callable[[str], None]
) -> None:
    for key in sorted(said.keys() | found.keys()):
        if said.get(key) != found.get(key):
            name = key if isinstance(key, str) else " ".join(key)
            why = (
                "is missing" if key not in found
                else "is in no record" if key not in said
                else "is not what was written"
            )  # fmt: skip
            say(f"bank {bank}: {table} {name} {why}".replace("  ", " "))
