"""The one source of time. A demo may move it; nothing else may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Wall time plus an offset. Instants are UTC and aware; dates are Shanghai's."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        return datetime.now(UTC) + self.offset

    def today(self) -> date:
        """The bank's calendar day."""
        return day_of(self.now())

    def shift(self, by: timedelta) -> None:
        """Move the clock by `by` (demo and tests). Time never runs backwards in production."""
        self.offset += by


def day_of(instant: datetime) -> date:
    """The Shanghai calendar day of an aware instant."""
    return instant.astimezone(SHANGHAI).date()
