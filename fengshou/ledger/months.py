"""Which ids the journal has room for: it is partitioned by the month in the id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from asyncpg import InterfaceError, PostgresError

from fengshou.kernel import Busy, Clock
from fengshou.ledger import store_month
from fengshou.ledger.errors import EntryMalformed

# An id is made at once before it is used; what comes from further ahead is not one of ours, and would
# make every later key look old.
_AHEAD = timedelta(minutes=10)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class Months:
    """Looked at once for each slice of 17 minutes; in between, one look into a set."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self._dsn, self._clock = dsn, clock
        self._slices: set[int] = set()

    def has(self, key: int) -> bool:
        """Whether there is room for the id whose `int` is `key`."""
        return store_month.slice_of(key) in self._slices

    async def make_room(self, key: int) -> None:
        """Create the month of an id if need be. Raises `EntryMalformed` for one that cannot be ours, `Busy`."""
        slice_ = store_month.slice_of(key)
        begins = store_month.slice_begins(slice_)
        # The demo may have moved the bank's clock; ids are made by either.
        if not _FIRST <= begins <= max(self._clock.now(), datetime.now(UTC)) + _AHEAD:
            raise EntryMalformed("an entry's id carries the time it was made, which is not now")
        try:
            await store_month.make_partition(self._dsn, begins)
        except (OSError, PostgresError, InterfaceError):
            raise Busy(part="ledger") from None
        self._slices.add(slice_)
