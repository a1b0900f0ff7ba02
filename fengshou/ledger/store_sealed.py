"""The SQL of sealed months: writing their pages, dropping their partitions, finding rows in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from fengshou.kernel import CENTRE, LEGS_MAX, Connection, Record, leg_id
from fengshou.ledger import store_office
from fengshou.ledger.sealed import Row, decode

_FETCH = 10_000


async def partitions(db: Connection) -> list[tuple[str, UUID, UUID]]:
    """The journal's partitions, oldest first: name, first id, and the id it ends before."""
    rows = await db.fetch(
        "SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger.journal'::regclass ORDER BY 1"
    )
    found = []
    for r in rows:
        _, first, _, end, _ = r["bound"].split("'")
        found.append((r["name"], UUID(first), UUID(end)))
    return found


async def months(db: Connection) -> dict[str, str]:
    """Status by name of the months that are sealed, or half way."""
    return {r[0]: r[1] for r in await db.fetch("SELECT name, status FROM ledger.sealed_month")}


async def of_sealed_months(db: Connection, ids: list[UUID]) -> list[UUID]:
    """Those of `ids` whose month is sealed."""
    rows = await db.fetch(
        "SELECT k.id FROM unnest($1::uuid[]) AS k(id) JOIN ledger.sealed_month m"
        " ON m.status = 'sealed' AND m.first_id <= k.id AND m.end_id > k.id",
        ids,
    )
    return [r[0] for r in rows]


async def unready(db: Connection, name: str) -> int | None:
    """A bank with rows in the partition that the checkpoint or the days have not come to; None when all have."""
    bank: int | None = await db.fetchval(
        f"SELECT j.institution_id FROM (SELECT institution_id, max(position) AS last FROM ledger.{name}"  # noqa: S608 - a partition of ours
        " GROUP BY 1) j LEFT JOIN ledger.checkpoint c USING (institution_id)"
        " LEFT JOIN ledger.followed f USING (institution_id)"
        " WHERE j.last > coalesce(c.position, 0) OR j.last > coalesce(f.position, 0) LIMIT 1"
    )
    return bank


async def size(db: Connection, name: str) -> int:
    """Bytes on disk of a partition, with its indexes."""
    found: int = await db.fetchval("SELECT pg_total_relation_size($1::regclass)", f"ledger.{name}")
    return found


async def lock(db: Connection, name: str) -> None:
    """Let nobody write to the partition until the transaction ends."""
    await db.execute(f"LOCK TABLE ledger.{name} IN SHARE MODE")


async def rows_of(db: Connection, name: str) -> AsyncIterator[list[Record]]:
    """The partition's rows by bank and position, some thousands at a time."""
    async for page in _cursor(
        db,
        f"SELECT * FROM ledger.{name} ORDER BY institution_id, position",  # noqa: S608 - a partition of ours
    ):
        yield page


async def _cursor(db: Connection, sql: str) -> AsyncIterator[list[Record]]:
    cursor = await db.cursor(sql)
    while page := await cursor.fetch(_FETCH):
        yield page


async def put_page(db: Connection, month: str, rows: list[Row], body: bytes, checksum: bytes) -> None:
    """Write one page."""
    ids = sorted(r["id"] for r in rows)
    await db.execute(
        "INSERT INTO ledger.sealed_page VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        rows[0]["institution_id"], month, rows[0]["position"], rows[-1]["position"], ids[0], ids[-1], len(rows),
        body, checksum,
    )  # fmt: skip


async def copied(
    db: Connection, name: str, first: UUID, end: UUID, entries: int, before: int, after: int, at: datetime
) -> None:
    """All pages of the month are there."""
    await db.execute(
        "INSERT INTO ledger.sealed_month VALUES ($1, $2, $3, 'copied', $4, $5, $6, $7)",
        name, first, end, entries, before, after, at,
    )  # fmt: skip


async def detach(db: Connection, name: str) -> None:
    """Take the partition off the journal without stopping its readers; not in a transaction."""
    await db.execute(f"ALTER TABLE ledger.journal DETACH PARTITION ledger.{name} CONCURRENTLY")


async def finish_detach(db: Connection, name: str) -> None:
    """Go on with a detachment that was interrupted."""
    await db.execute(f"ALTER TABLE ledger.journal DETACH PARTITION ledger.{name} FINALIZE")


async def half_detached(db: Connection, name: str) -> bool:
    """Whether a detachment of the partition was begun and not ended."""
    found = await db.fetchval(
        "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass($1)", f"ledger.{name}"
    )
    return bool(found)


async def drop(db: Connection, name: str, entries: int, now: datetime) -> bool:
    """Drop the detached partition, if it still has as many rows as were sealed; the month is sealed now."""
    async with db.transaction():
        if await db.fetchval("SELECT to_regclass($1)", f"ledger.{name}"):
            if await db.fetchval(f"SELECT count(*) FROM ledger.{name}") != entries:  # noqa: S608 - a partition of ours
                return False
            await db.execute(f"DROP TABLE ledger.{name}")
        await db.execute("UPDATE ledger.sealed_month SET status = 'sealed' WHERE name = $1", name)
        await store_office.put(db, CENTRE, now, "sealed_month", (name,))
    return True


async def entries_of(db: Connection, name: str) -> tuple[int, int, int]:
    """Rows, bytes before and bytes after of a month that is copied."""
    r = await db.fetchrow(
        "SELECT entries, bytes_before, bytes_after FROM ledger.sealed_month WHERE name = $1", name
    )
    assert r is not None
    return r["entries"], r["bytes_before"], r["bytes_after"]


async def pages_about(db: Connection, bank: int, after: int, upto: int) -> list[Record]:
    """Pages that may hold positions in (after, upto]."""
    return await db.fetch(
        "SELECT * FROM ledger.sealed_page WHERE institution_id=$1 AND last_position > $2 AND first_position <= $3"
        " ORDER BY first_position",
        bank, after, upto,
    )  # fmt: skip


async def pages_after(db: Connection, bank: int, after: int, limit: int) -> list[Record]:
    """Some pages that end after a position, in order of where they begin."""
    return await db.fetch(
        "SELECT * FROM ledger.sealed_page WHERE institution_id=$1 AND last_position > $2"
        " ORDER BY first_position, month LIMIT $3",
        bank, after, limit,
    )  # fmt: skip


async def between(db: Connection, bank: int, after: int, upto: int) -> list[dict[str, Any]]:
    """The sealed rows of positions in (after, upto], in order. Raises `PageDamaged`."""
    pages = await pages_about(db, bank, after, upto)
    rows = [r for p in pages for r in decode(p["body"], p["checksum"]) if after < r["position"] <= upto]
    return sorted(rows, key=lambda r: r["position"])


async def last_position(db: Connection, bank: int) -> int:
    """The greatest sealed position of a bank, 0 when there is none."""
    found: int | None = await db.fetchval(
        "SELECT max(last_position) FROM ledger.sealed_page WHERE institution_id=$1", bank
    )
    return found or 0


async def legs(db: Connection, banks: list[int], id_: UUID, last: UUID) -> list[dict[str, Any]]:
    """The sealed rows of an entry, in order of their legs."""
    pages = await db.fetch(
        "SELECT p.body, p.checksum FROM ledger.sealed_month m JOIN ledger.sealed_page p ON p.month = m.name"
        " WHERE m.status = 'sealed' AND m.first_id <= $2 AND m.end_id > $2"
        " AND p.institution_id = ANY($1::smallint[]) AND p.first_id <= $3 AND p.last_id >= $2",
        banks, id_, last,
    )  # fmt: skip
    found = [r for p in pages for r in decode(p["body"], p["checksum"]) if id_ <= r["id"] <= last]
    return sorted(found, key=lambda r: r["id"])


async def answers(db: Connection, ids: list[UUID], banks: list[int]) -> list[dict[str, Any]]:
    """The sealed rows of entries by their keys, each with its key as `entry` and its own id as `leg`."""
    found: list[dict[str, Any]] = []
    for id_ in await of_sealed_months(db, ids):
        rows = await legs(db, banks, id_, leg_id(id_, LEGS_MAX))
        found += [r | {"entry": id_, "leg": r["id"]} for r in rows]
    return found


class SealedBook:
    """The sealed rows of one bank, by position; remembers the pages it opened."""

    def __init__(self, db: Connection, bank: int) -> None:
        self._db, self._bank = db, bank
        self._rows: dict[int, dict[str, Any]] = {}

    async def row(self, position: int) -> dict[str, Any] | None:
        """The row at a position, if it is sealed. Raises `PageDamaged`."""
        if position not in self._rows:
            for page in await pages_about(self._db, self._bank, position - 1, position):
                self._rows |= {r["position"]: r for r in decode(page["body"], page["checksum"])}
        return self._rows.get(position)
