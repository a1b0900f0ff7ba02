"""The books of other shards: opened beside the house's own, with payments between them brought to their end.

Each shard is a database with a writer of its own and its own part of the centre. A payment that was on its way between
two of them when a process died is found by the tick and finished, whoever began it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from fengshou.kernel import CENTRE, Busy, Clock, Database, get_logger, install_jobs, migrate_database
from fengshou.ledger import Ledger, ShardPlace, Shards, open_banks, open_transit, register_saga, shard_of

Chart = Sequence[tuple[str, str, str, str]]
_log = get_logger("ledger")


@dataclass(frozen=True, slots=True)
class Book:
    """One shard's ledger, its pools, and the member banks in it."""

    ledger: Ledger
    db: Database
    banks: tuple[int, ...]


class ShardBooks:
    """Every shard's book, the house's own first. `shards` pays from any bank to any other."""

    def __init__(self, places: Sequence[ShardPlace], home: Book) -> None:
        self._places, self.books = places, [home]
        self.shards = Shards(self.ledger_of)

    def ledger_of(self, bank: int) -> Ledger:
        """The ledger a bank's accounts are in. Raises `Busy` while its shard is not open."""
        number = shard_of(self._places, bank)
        if number >= len(self.books):
            raise Busy(part="ledger")
        return self.books[number].ledger

    async def open(
        self, doors: AsyncExitStack, clock: Clock, chart: Chart, own: Mapping[str, Sequence[str]], **options: Any
    ) -> None:  # fmt: skip
        """Migrate, start and open every other shard; `own` is the banks' subjects and their currencies."""
        for place in self._places:
            await migrate_database(place.dsn)
            await install_jobs(place.dsn)
            db = Database(place.dsn, clock, web_max=2)
            doors.push_async_callback(db.close)
            await db.open()
            ledger = Ledger(db, clock, **options)
            register_saga(ledger)
            doors.push_async_callback(ledger.stop)
            await ledger.start()
            await ledger.load_chart(list(chart))
            await open_banks(ledger, [CENTRE, *place.banks], own, own)
            self.books.append(Book(ledger, db, place.banks))
        for book in self.books:
            await open_transit(book.ledger)

    async def resume(self) -> int:
        """Bring every payment between shards that is under way to its end, as far as it can be; how many."""
        done = 0
        for number, book in enumerate(self.books):
            try:
                done += await self.shards.resume(book.db, list(book.banks))
            except Exception as problem:  # noqa: BLE001 - a shard that is away must not stop the others'
                _log.warning("shard not looked through", shard=number, error=repr(problem))
        return done

    async def tend(self) -> None:
        """What the house's ticks do for its own book: end what is due, build the days."""
        for number, book in enumerate(self.books[1:], start=1):
            try:
                await book.ledger.expire_due()
                await book.ledger.reports.days.follow()
            except Exception as problem:  # noqa: BLE001 - a shard that is away must not stop the others
                _log.warning("shard not tended", shard=number, error=repr(problem))

    async def prepare_months(self) -> None:
        """Journal partitions ahead in the other shards; a daily job."""
        for book in self.books[1:]:
            await book.ledger.prepare_months()
