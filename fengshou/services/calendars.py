"""When something can be booked: recurrence rules (RFC 5545) made into slots, day by day.

A calendar is content. `slots_of` is a pure function of the calendar and the day, so the same slot has the same id for
ever and nothing needs to be made ahead. Times are the province's (Asia/Shanghai), which knows no summer time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from pydantic import Field, field_validator, model_validator

from fengshou.catalog import Content, Kind, Words
from fengshou.kernel import Calendar as WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
Minutes: TypeAlias = Annotated[int, Field(ge=1, le=24 * 60)]

_SLOTS_OF_A_DAY_MAX = 500
_REPEATED = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "WKST", "COUNT", "UNTIL"})
_NEVER = re.compile(r"(?:^|[^0-9])(?:[6-9]|\d{2,})(?:MO|TU|WE|TH|FR|SA|SU)")  # would be looked for until 9999
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


class Session(Content):
    """Hours on the days a rule names, cut into slots of `slot_minutes` for `capacity` people each."""

    rrule: str = Field(max_length=200)
    since: date
    begins: time
    ends: time
    slot_minutes: Minutes
    capacity: int = Field(ge=1, le=10_000)
    name: Words | None = None

    @field_validator("rrule")
    @classmethod
    def _of_days(cls, text: str) -> str:
        parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
        if unknown := sorted(set(parts) - _REPEATED):
            raise ValueError(
                f"`{unknown[0]}` is not taken here; a session repeats by days: FREQ, INTERVAL, BYDAY, ..."
            )
        if parts.get("FREQ") not in _FREQUENCIES:
            raise ValueError(
                "begin with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY; hours stand in begins and ends"
            )
        if not parts.get("INTERVAL", "1").isdecimal() or not 1 <= int(parts.get("INTERVAL", "1")) <= 99:
            raise ValueError("INTERVAL is a number from 1 to 99")
        if "BYMONTHDAY" in parts and ("BYMONTH" in parts or parts["FREQ"] != "MONTHLY"):
            raise ValueError("BYMONTHDAY stands with FREQ=MONTHLY and without BYMONTH")
        if _NEVER.search(text):
            raise ValueError("a month has at most five of a weekday")
        try:
            rrulestr(text, dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 - a rule of days has no zone
        except (ValueError, TypeError) as wrong:
            raise ValueError(f"no recurrence rule of RFC 5545: {wrong}") from None
        return text

    @model_validator(mode="after")
    def _has_slots(self) -> Session:
        if self.begins.tzinfo or self.ends.tzinfo:
            raise ValueError("hours are the province's own: write 08:30, without a zone")
        length = _minutes(self.ends) - _minutes(self.begins)
        if length < self.slot_minutes:
            raise ValueError("`ends` must leave room for one slot after `begins`")
        if length // self.slot_minutes > _SLOTS_OF_A_DAY_MAX:
            raise ValueError(f"cuts a day into more than {_SLOTS_OF_A_DAY_MAX} slots; make them longer")
        return self


class OtherDay(Content):
    """A day on which the calendar is closed, and what people are told."""

    day: date
    reason: Words


class Release(Content):
    """When the slots of a day may first be booked: so many days before it, at an hour."""

    days_before: int = Field(ge=0, le=365)
    at: time = time(0)


class Quota(Content):
    """A person has at most so many bookings of this calendar that begin within so many days of each other."""

    bookings: int = Field(ge=1, le=100)
    days: int = Field(ge=1, le=365)


class NoShow(Content):
    """Who did not come `times` times within `within_days` books nothing for `blocked_days`."""

    times: int = Field(ge=1, le=20)
    within_days: int = Field(ge=1, le=730)
    blocked_days: int = Field(ge=1, le=365)
    late_minutes: int = Field(default=15, ge=0, le=24 * 60)


class BookingCalendar(Content):
    """What can be booked and how.

    workdays   `only`: not on public holidays; `any`: as the rules say
    hold_s     how long a place is kept for who has not confirmed
    cancel_until_minutes   so long before the slot it can still be cancelled
    waiting_max   how many may wait for a full slot
    """

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")
    name: Words
    sessions: tuple[Session, ...] = Field(min_length=1, max_length=50)
    exceptions: tuple[OtherDay, ...] = Field(default=(), max_length=400)
    workdays: Literal["only", "any"] = "only"
    release: Release = Release(days_before=7)
    hold_s: int = Field(default=300, ge=10, le=3_600)
    quota: Quota = Quota(bookings=1, days=1)
    no_show: NoShow | None = None
    cancel_until_minutes: int = Field(default=0, ge=0, le=7 * 24 * 60)
    waiting_max: int = Field(default=0, ge=0, le=1_000)

    @model_validator(mode="after")
    def _days_once(self) -> BookingCalendar:
        days = [exception.day for exception in self.exceptions]
        if twice := next((day for day in days if days.count(day) > 1), None):
            raise ValueError(f"{twice} stands twice among the exceptions; keep one")
        return self


CALENDAR = Kind("calendar", ("calendars/*.yaml",), model=BookingCalendar)


@dataclass(frozen=True, slots=True)
class SlotTime:
    """One slot. `opens_at` is when it may first be booked; all instants are aware."""

    id: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    capacity: int


def slots_of(calendar: BookingCalendar, day: date, work: WorkCalendar) -> tuple[SlotTime, ...]:
    """The slots of a day, in order of time. Raises `UncoveredYear` where holidays matter and are not known."""
    if any(exception.day == day for exception in calendar.exceptions):
        return ()
    sessions = [session for session in calendar.sessions if _falls_on(session.rrule, session.since, day)]
    if not sessions or (calendar.workdays == "only" and not work.is_workday(day)):
        return ()
    opens = datetime.combine(day - timedelta(days=calendar.release.days_before), calendar.release.at, ZONE)
    made: dict[str, SlotTime] = {}
    for slot in (slot for session in sessions for slot in _cut(session, day, opens)):
        room = made[slot.id].capacity if slot.id in made else 0
        made[slot.id] = replace(slot, capacity=slot.capacity + room)
    return tuple(sorted(made.values(), key=lambda slot: (slot.starts_at, slot.id)))


def slot_at(calendar: BookingCalendar, id_: str, work: WorkCalendar) -> SlotTime | None:
    """The slot of an id from outside, if the calendar has it."""
    try:
        day = date.fromisoformat(id_[:8])
    except ValueError:
        return None
    return next((slot for slot in slots_of(calendar, day, work) if slot.id == id_), None)


@lru_cache(maxsize=20_000)
def _falls_on(rule: str, since: date, day: date) -> bool:
    if day < since:
        return False
    midnight = datetime.combine(day, time())
    found = rrulestr(rule, dtstart=datetime.combine(since, time())).after(midnight, inc=True)
    return bool(found == midnight)


def _cut(session: Session, day: date, opens: datetime) -> Iterator[SlotTime]:
    step = timedelta(minutes=session.slot_minutes)
    starts = datetime.combine(day, session.begins, ZONE)
    last = datetime.combine(day, session.ends, ZONE)
    while starts + step <= last:
        # Sessions may overlap (two rooms): what begins together and lasts as long is one slot with room for both.
        id_ = f"{starts:%Y%m%d%H%M}-{session.slot_minutes}"
        yield SlotTime(id_, starts, starts + step, opens, session.capacity)
        starts += step


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
