"""Sealing an old month of the journal: its rows become pages, its partition goes.

    copy → compare → (status copied) → detach → drop → (status sealed)

A crash anywhere in between is gone on from by sealing again. While both are there, readers take the partition.
A sealed month takes no more ids: an old key is asked by `Ledger.answer`, never posted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from fengshou.kernel import CENTRE
from fengshou.ledger import row, sealed, store_office, store_sealed
from fengshou.ledger.sealed import Row
from fengshou.ledger.store_month import partition_at

_PAGE = 1_000
_KEPT = timedelta(days=62)  # this month and the last are for the writer


class SealRefused(Exception):
    """The month cannot be sealed now; says why."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A month that was sealed, and what it takes on disk."""

    name: str
    entries: int
    bytes_before: int
    bytes_after: int


async def seal(dsn: str, now: datetime, *, progress: Callable[[str], None] = lambda _: None) -> list[Sealed]:
    """Seal every month before the last one, oldest first (as the owner of the database).

    now  the earlier of the bank's clock and the wall's: ids are made by either, and a demo may move the first

    Raises `SealRefused` when the checkpoint or the days have not come past a month yet.
    """
    db = await asyncpg.connect(dsn, server_settings={"lock_timeout": "5s"})
    try:
        done = []
        before = partition_at(now - _KEPT)
        states = await store_sealed.months(db)
        there = {name: (first, end) for name, first, end in await store_sealed.partitions(db)}
        for name in sorted(there | states):
            if states.get(name) == "sealed" or name > before:
                continue
            progress(name)
            if name not in states:
                await _copy(db, name, *there[name], now, progress)
            done.append(await _let_go(db, name, now))
        return done
    finally:
        await db.close()


async def _copy(
    db: asyncpg.Connection, name: str, first: UUID, end: UUID, now: datetime, progress: Callable[[str], None]
) -> None:
    entries, after = 0, 0
    async with db.transaction():
        await store_sealed.lock(db, name)
        if (bank := await store_sealed.unready(db, name)) is not None:
            raise SealRefused(f"{name}: the checkpoint or the days of bank {bank} have not come so far")
        waiting: list[Row] = []
        async for rows in store_sealed.rows_of(db, name):
            *whole, waiting = list(_by_page([*waiting, *rows]))
            for page in whole:
                after += await _put(db, name, page)
            entries += len(rows)
            progress(f"{name} {entries:,} rows")
        if waiting:
            after += await _put(db, name, waiting)
        before = await store_sealed.size(db, name)
        await store_sealed.copied(db, name, first, end, entries, before, after, now)
        await store_office.put(db, CENTRE, now, "sealed_month", (name,))


async def _put(db: asyncpg.Connection, name: str, rows: list[Row]) -> int:
    """Write one page, once it reads back as the very bytes the hash chain is over."""
    body = sealed.encode(rows[0]["institution_id"], rows)
    checksum = sealed.checksum(body)
    for kept, read in zip(rows, sealed.decode(body, checksum), strict=True):
        if row.pack_record(kept) != row.pack_record(read):
            raise SealRefused(f"{name}: position {kept['position']} does not read back as it is")
    await store_sealed.put_page(db, name, rows, body, checksum)
    return len(body)


async def _let_go(db: asyncpg.Connection, name: str, now: datetime) -> Sealed:
    entries, before, after = await store_sealed.entries_of(db, name)
    if await store_sealed.half_detached(db, name):
        await store_sealed.finish_detach(db, name)
    elif any(name == there for there, _, _ in await store_sealed.partitions(db)):
        await store_sealed.detach(db, name)
    if not await store_sealed.drop(db, name, entries, now):
        raise SealRefused(f"{name}: rows came in while it was sealed; it stands beside the journal")
    return Sealed(name, entries, before, after)


def _by_page(rows: list[Row]) -> Iterator[list[Row]]:
    """Runs of at most `_PAGE` rows of one bank; the last may be unfinished."""
    page: list[Row] = []
    for r in rows:
        if page and (len(page) == _PAGE or page[0]["institution_id"] != r["institution_id"]):
            yield page
            page = []
        page.append(r)
    yield page
