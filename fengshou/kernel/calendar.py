"""Working days of China: weekends, public holidays and make-up workdays.

The State Council announces each year's days the autumn before; the lists are in `holidays/`, from
the source named there. A year without a list is an error, not a guess: settlement dates hang on it.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.resources import files

from fengshou.kernel.errors import BankError, Kind


class UncoveredYear(BankError):
    """The public holidays of that year are not announced or not loaded."""

    code = "CALENDAR.UNCOVERED_YEAR"
    kind = Kind.REFUSED
    zh = "{year} 年的节假日还没有公布，暂时不能算出工作日"
    en = "The public holidays of {year} are not announced yet, so working days cannot be told."


class Calendar:
    """`off` and `on` are the exceptions to "Monday to Friday", by day, for the covered `years`."""

    def __init__(self, years: frozenset[int], off: frozenset[date], on: frozenset[date]) -> None:
        self.years, self._off, self._on = years, off, on

    @classmethod
    def load(cls) -> Calendar:
        """Read the lists packed with this module."""
        years: set[int] = set()
        off: set[date] = set()
        on: set[date] = set()
        for page in sorted(files(__package__).joinpath("holidays").iterdir(), key=lambda p: p.name):
            if not page.name.endswith(".json"):
                continue
            book = json.loads(page.read_text("utf-8"))
            for entry in book["days"]:
                years.add(int(book["year"]))
                (off if entry["isOffDay"] else on).add(date.fromisoformat(entry["date"]))
        return cls(frozenset(years), frozenset(off), frozenset(on))

    def is_workday(self, day: date) -> bool:
        """Whether banks settle on `day`. Raises `UncoveredYear`."""
        if day.year not in self.years:
            raise UncoveredYear(year=day.year)
        return day in self._on or (day.weekday() < 5 and day not in self._off)

    def next_workday(self, day: date) -> date:
        """The first working day after `day`. Raises `UncoveredYear`."""
        day += timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day
