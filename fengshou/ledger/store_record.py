"""The SQL of the writer's desk of the record: its pages, and the first ones of a book that is older than it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from fengshou.kernel import Connection, Record
from fengshou.ledger import record, row, store_office
from fengshou.ledger.book import Book
from fengshou.ledger.record import Line, Page, digest
from fengshou.ledger.store import FENCE, Fenced
from fengshou.ledger.store_replay import READ_S

_LINES = 2_000  # of a page that tells of what was there before


async def write(db: Connection, pages: list[Page]) -> None:
    """Append pages, in the transaction of what they tell of."""
    await db.execute(
        "INSERT INTO ledger.record (institution_id, desk, number, position, made_at, body, previous, hash)"
        " SELECT * FROM unnest($1::smallint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::timestamptz[],"
        " $6::text[], $7::bytea[], $8::bytea[])",
        *map(list, zip(*pages, strict=True)),
    )


async def heads(db: Connection) -> dict[int, record.Head]:
    """The newest page of the writer's desk at each bank."""
    rows = await db.fetch(
        "WITH RECURSIVE bank AS ("
        " (SELECT institution_id AS n FROM ledger.record ORDER BY 1 LIMIT 1) UNION ALL"
        " SELECT (SELECT institution_id FROM ledger.record WHERE institution_id > bank.n ORDER BY 1 LIMIT 1)"
        " FROM bank WHERE bank.n IS NOT NULL)"
        " SELECT bank.n, l.number, l.hash FROM bank, LATERAL (SELECT number, hash FROM ledger.record"
        "  WHERE institution_id = bank.n AND desk = 1 ORDER BY number DESC LIMIT 1) l"
    )
    return {r[0]: (r[1], r[2]) for r in rows}


async def begin(db: Connection, book: Book, epoch: int) -> None:
    """Know where each bank's record ends; of a bank that has none yet, write down first what is there."""
    book.epoch, book.records = epoch, await heads(db)
    missing = sorted({ref.bank for ref in book.accounts} - book.records.keys())
    if not missing:
        return
    async with db.transaction():
        if not await db.fetchval(FENCE, epoch):
            raise Fenced
        now = await db.fetchval("SELECT clock_timestamp()")
        for bank in missing:
            head, position = record.NONE, book.positions.get(bank, 0)
            async for lines in _in_pages(_what_is_there(db, bank)):
                journal = book.hashes.get(bank, row.FIRST_HASH)
                page = record.page(bank, record.WRITER, head, position, journal, now, lines)
                await write(db, [page])
                head = page.number, page.hash
            book.records[bank] = head
            await store_office.begin(db, bank, now)


async def _in_pages(lines: AsyncIterator[Line]) -> AsyncIterator[list[Line]]:
    page: list[Line] = []
    async for line in lines:
        page.append(line)
        if len(page) == _LINES:
            yield page
            page = []
    yield page


async def _what_is_there(db: Connection, bank: int) -> AsyncIterator[Line]:
    """A line for each row beside the journal, as if it were written now."""
    async for r in _rows(db, "account", "id", bank):
        yield record.opened_line(
            r["id"], r["subject"], r["currency"], r["floor"], r["ceiling"], r["flags"],
            row.micros(r["opened_at"]),
        )  # fmt: skip
    async for r in _rows(db, "hold", "id", bank):
        if r["expires_at"]:
            yield ["hold", str(r["id"]), row.micros(r["expires_at"])]
    async for r in _rows(db, "freeze", "id", bank):
        yield freeze_line(r)
        if r["lifted_at"]:
            yield lift_line(r)
    for table, order in (("note", "entry"), ("act", "id"), ("refusal", "id")):
        async for r in _rows(db, table, order, bank):
            yield [table, str(r[order]), digest_of(table, r)]
    async for r in _rows(db, "reversal", "entry", bank):
        yield ["reversal", str(r["entry"]), str(r["by_entry"])]
    async for r in _rows(db, "saga", "id", bank):
        yield ["saga", str(r["id"]), r["payer"], r["payee_bank"], r["payee"], r["amount"], r["code"]]
        if r["state"] > 1:
            yield ["saga_end", str(r["id"]), r["state"]]


async def _rows(db: Connection, table: str, order: str, bank: int) -> AsyncIterator[Record]:
    sql = f"SELECT * FROM ledger.{table} WHERE institution_id = $1 ORDER BY {order}"  # noqa: S608 - our own words
    async for r in db.cursor(sql, bank, prefetch=_LINES, timeout=READ_S):
        yield r


def freeze_line(r: Record) -> Line:
    """The line of an order when it was placed."""
    until = r["until"] and row.micros(r["until"])
    words: list[Any] = [r["owner"], r["reason"], r["stops"], r["amount"], until]
    return ["freeze", str(r["id"]), r["account"], *words, str(r["placed_by"]), row.micros(r["placed_at"])]


def lift_line(r: Record) -> Line:
    """The line of an order when it was lifted."""
    return ["lift", str(r["id"]), str(r["lifted_by"]), row.micros(r["lifted_at"]), r["lift_reason"]]


def digest_of(table: str, r: Record) -> str:
    """The digest of a row that is written once, as its line has it."""
    if table == "note":
        return digest(_json(r["note"]))
    if table == "act":
        return digest(r["digest"], _json(r["facts"]), r["evidence"], r["mandate"], r["posted_at"])
    return digest(r["digest"], r["code"], _json(r["facts"]), r["at"])


def _json(value: Any) -> Any:
    """The database's JSON, which a connection that is not of our pools hands over as text."""
    return orjson.loads(value) if isinstance(value, str) else value
