"""Which ids the journal has room for: it is partitioned by the month in the id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from asyncpg import InterfaceError, PostgresError

from fengshou.kernel import BankError, Busy, Clock, Kind
from fengshou.ledger import store_month
from fengshou.ledger.errors import EntryMalformed

# An id is made at once before it is used; what comes from further ahead is not one of ours, and would
# make every later key look old.
_AHEAD = timedelta(minutes=10)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


# Only months before the last one are ever sealed, so what is younger may be remembered for a day.
_REMEMBERED = timedelta(days=45)


class KeyTooOld(BankError):
    """The key is of a month that is sealed: it may have been answered, and can only be asked for."""

    code = "LEDGER.KEY_TOO_OLD"
    kind = Kind.CONFLICT
    zh = "这笔请求的编号太旧了，只能查询结果，不能再次提交"
    en = "This request number is too old to be sent again. Its outcome can still be looked up."


_SHIFT = store_month.SLICE_SHIFT


class Months:
    """Looked at once for each slice of 17 minutes; in between, one look into a set."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self._dsn, self._clock = dsn, clock
        self._slices: set[int] = set()
        self._day = clock.today()

    def has(self, key: int) -> bool:
        """Whether there is room for the id whose `int` is `key`."""
        return key >> _SHIFT in self._slices

    async def make_room(self, key: int) -> None:
        """Create the month of an id if need be.

        Raises `EntryMalformed` for an id that cannot be ours, `KeyTooOld` for one of a sealed month, `Busy`.
        """
        slice_ = store_month.slice_of(key)
        begins = store_month.slice_begins(slice_)
        # The demo may have moved the bank's clock; ids are made by either.
        if not _FIRST <= begins <= max(self._clock.now(), datetime.now(UTC)) + _AHEAD:
            raise EntryMalformed("an entry's id carries the time it was made, which is not now")
        try:
            await store_month.make_partition(self._dsn, begins)
        except store_month.MonthSealed:
            raise KeyTooOld() from None
        except (OSError, PostgresError, InterfaceError):
            raise Busy(part="ledger") from None
        if self._day != self._clock.today():
            self._day = self._clock.today()
            self._slices.clear()
        if begins > self._clock.now() - _REMEMBERED:
            self._slices.add(slice_)
