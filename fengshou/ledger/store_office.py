"""The SQL of the office's desk of the record: rows that are written behind the writer's back.

Whoever writes such a row says so here in the same transaction: a line has the row's digest as it is then, and the last
line of a row is what it must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fengshou.kernel import CENTRE, Connection, Record
from fengshou.ledger import record, row
from fengshou.ledger.record import Line
from fengshou.ledger.store_replay import READ_S

_LOCK = 0x6F666663


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose rows the office's desk tells of.

    key      what a row is found by, its bank apart
    columns  the others; `sha256(body)` where the value is too long to be read back
    at       the bank whose desk tells of it, when the table knows no banks
    """

    key: tuple[str, ...]
    columns: tuple[str, ...]
    at: int | None = None


KEPT = {
    "period": Kept(
        ("kind", "first_on"),
        ("last_on", "status", "position", "debit", "credit", "digest", "changed_at", "changed_by"),
    ),
    "reopening": Kept(

        ("id",),
        ("on_day", "reason", "asked_by", "asked_at", "agreed_by", "agreed_at", "refused_by", "refused_at", "answer"),

    ),
    "import_file": Kept(("name",), ("digest", "attempt", "status", "entries", "begun_at")),
    "anchor": Kept(
        ("position", "record", "office"), ("made_at", "hash", "state", "beside", "previous", "digest", "version")
    ),
    "anchor_state": Kept((), ("position", "sha256(body)")),
    "subject": Kept(("code",), ("zh", "en", "side"), at=CENTRE),
    "sealed_month": Kept(
        ("name",), ("first_id", "end_id", "status", "entries", "bytes_before", "bytes_after", "sealed_at"), at=CENTRE
    ),
    "chore": Kept(("name",), ("ran_at", "result"), at=CENTRE),
}  # fmt: skip


async def put(db: Connection, bank: int, at: datetime, table: str, *keys: Sequence[object]) -> None:
    """Tell of rows as they are now, in the transaction that wrote them."""
    await say(db, bank, at, await told(db, bank, table, *keys))


async def told(db: Connection, bank: int, table: str, *keys: Sequence[object]) -> list[Line]:
    """The lines of rows as they are now; of all rows, when no keys are named."""
    kept = await rows(db, table, bank)
    wanted = {_key(key) for key in keys} if keys else kept.keys()
    return [["row", table, list(key), kept[key]] for key in sorted(wanted & kept.keys())]


async def say(db: Connection, bank: int, at: datetime, lines: list[Line]) -> None:
    """Append a page with these lines; the desk of the bank stays locked until the transaction ends."""
    if not lines:
        return
    await lock(db, bank)
    page = record.page(bank, record.OFFICE, await head(db, bank), 0, row.FIRST_HASH, at, lines)
    await db.execute("INSERT INTO ledger.record VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", *page)


async def lock(db: Connection, bank: int) -> None:
    """Let nobody else write at a bank's desk until the transaction ends."""
    await db.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, bank)


async def head(db: Connection, bank: int) -> record.Head:
    """The newest page of the office's desk."""
    r = await db.fetchrow(
        "SELECT number, hash FROM ledger.record WHERE institution_id = $1 AND desk = 2"
        " ORDER BY number DESC LIMIT 1",
        bank,
    )
    return (r[0], r[1]) if r else record.NONE


async def rows(db: Connection, table: str, bank: int) -> dict[tuple[str, ...], str]:
    """The digest of every row of a table, by its key."""
    kept = KEPT[table]
    where = "" if kept.at else " WHERE institution_id = $1"
    found = await db.fetch(
        f"SELECT {', '.join(('true', *kept.key, *kept.columns))} FROM ledger.{table}{where}",  # noqa: S608 - our own words, from above
        *(() if kept.at else (bank,)), timeout=READ_S,
    )  # fmt: skip
    width = 1 + len(kept.key)
    return {_key(r[1:width]): record.digest(*r[width:]) for r in found}


async def closed_to(db: Connection, bank: int, at: datetime, position: int, on: date) -> None:
    """Tell that from a position on nothing is booked up to and with a day."""
    await say(db, bank, at, [["closed", position, _day(on)]])


async def quarter(db: Connection, bank: int, at: datetime, quarter_on: date) -> None:
    """Tell of the interest numbers of a quarter, all of them together."""
    (found,) = [d for on, d in await quarters(db, bank) if on == quarter_on] or [""]
    await say(db, bank, at, [["quarter", _day(quarter_on), found]])


async def quarters(db: Connection, bank: int) -> list[tuple[date, str]]:
    """The digest of the interest numbers of each quarter."""
    found = await db.fetch(
        "SELECT quarter_on, encode(sha256(convert_to(string_agg(concat_ws(' ', account, number, correction, position),"
        " ',' ORDER BY account), 'UTF8')), 'hex') FROM ledger.interest_number WHERE institution_id = $1 GROUP BY 1",
        bank, timeout=READ_S,
    )  # fmt: skip
    return [(r[0], r[1]) for r in found]


async def begin(db: Connection, bank: int, at: datetime) -> None:
    """Of a book that is older than the record: what the office has there, and how the general ledger stands."""
    await lock(db, bank)
    lines: list[Line] = [await _general(db, bank)]
    for table, kept in KEPT.items():
        if kept.at in (None, bank):
            lines += await told(db, bank, table)
    lines += [["quarter", _day(on), found] for on, found in await quarters(db, bank)]
    await say(db, bank, at, lines)


async def _general(db: Connection, bank: int) -> Line:
    """The line that says what the general ledger had booked up to where the days are built."""
    followed = await db.fetchrow(
        "SELECT position, closed_to FROM ledger.followed WHERE institution_id = $1 FOR UPDATE", bank
    )
    if followed is None:
        return ["began", 0, None, []]
    return ["began", followed["position"], _day(followed["closed_to"]), await general(db, bank)]


async def general(db: Connection, bank: int) -> list[Line]:
    """Every day of every subject."""
    found = await db.fetch(
        "SELECT subject, currency, book_on, debit, credit, legs FROM ledger.general WHERE institution_id = $1"
        " ORDER BY 1, 2, 3",
        bank,
    )
    return [[r[0], r[1], r[2].isoformat(), int(r[3]), int(r[4]), r[5]] for r in found]


def _key(values: Iterable[Any] | Record) -> tuple[str, ...]:
    return tuple(map(str, values))


def _day(on: date) -> str | None:
    """A day, or None for the beginning of time."""
    return None if on == date.min else on.isoformat()
