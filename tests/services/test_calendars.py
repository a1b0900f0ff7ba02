"""Recurrence rules made into slots: the same for ever, apart, inside their hours, on working days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fengshou.kernel import Calendar
from fengshou.services.calendars import ZONE, BookingCalendar, slot_at, slots_of

WORK = Calendar.load()
NAME = {"zh": "内科门诊", "en": "Internal medicine"}


def session(**other: Any) -> dict[str, Any]:
    given_ = {
        "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "since": "2026-01-01", "begins": "08:30", "ends": "11:30",
        "slot_minutes": 15, "capacity": 4,
    }  # fmt: skip
    return given_ | other


def calendar(*sessions: dict[str, Any], **other: Any) -> BookingCalendar:
    return BookingCalendar.model_validate(
        {"key": "hz.internal", "name": NAME, "sessions": sessions or (session(),)} | other
    )


def test_a_working_day_has_its_slots_and_a_holiday_has_none() -> None:
    tuesday = slots_of(calendar(), date(2026, 11, 24), WORK)

    assert [slot.id for slot in tuesday][:2] == ["202611240830-15", "202611240845-15"]
    assert len(tuesday) == 12
    assert tuesday[0].starts_at == datetime(2026, 11, 24, 8, 30, tzinfo=ZONE)
    assert tuesday[-1].ends_at == datetime(2026, 11, 24, 11, 30, tzinfo=ZONE)
    assert slots_of(calendar(), date(2026, 10, 1), WORK) == ()  # National Day, a Thursday
    assert slots_of(calendar(workdays="any"), date(2026, 10, 1), WORK) != ()
    assert slots_of(calendar(), date(2026, 11, 28), WORK) == ()  # a Saturday


def test_slots_open_days_before_at_an_hour() -> None:
    released = calendar(release={"days_before": 7, "at": "07:00"})

    slot = slots_of(released, date(2026, 11, 24), WORK)[0]

    assert slot.opens_at == datetime(2026, 11, 17, 7, tzinfo=ZONE)


def test_a_closed_day_has_no_slots() -> None:
    closed = calendar(exceptions=[{"day": "2026-11-24", "reason": {"zh": "停诊", "en": "Closed"}}])

    assert slots_of(closed, date(2026, 11, 24), WORK) == ()
    assert slots_of(closed, date(2026, 11, 25), WORK) != ()


def test_two_sessions_at_once_are_one_slot_with_room_for_both() -> None:
    both = calendar(session(capacity=4), session(capacity=3))

    assert {slot.capacity for slot in slots_of(both, date(2026, 11, 24), WORK)} == {7}


@given(
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    begins=st.integers(0, 1_200),
    length=st.integers(5, 200),
    minutes=st.integers(5, 120),
    weekdays=st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1),
)
def test_slots_lie_apart_inside_their_hours_and_are_found_by_id(
    day: date, begins: int, length: int, minutes: int, weekdays: set[str]
) -> None:
    since = datetime.combine(day, time()) + timedelta(minutes=begins)
    ends = min(begins + max(length, minutes), 1_439)
    made = {
        "begins": since.strftime("%H:%M"),
        "ends": f"{ends // 60:02}:{ends % 60:02}",
        "slot_minutes": minutes,
    }
    try:
        one = calendar(session(rrule=f"FREQ=WEEKLY;BYDAY={','.join(weekdays)}", **made), workdays="any")
    except ValidationError:
        assert ends - begins < minutes
        return

    slots = slots_of(one, day, WORK)

    assert bool(slots) == (["MO", "TU", "WE", "TH", "FR", "SA", "SU"][day.weekday()] in weekdays)
    assert all(a.ends_at <= b.starts_at for a, b in pairwise(slots))
    assert all(slot.starts_at.astimezone(ZONE).date() == day for slot in slots)
    assert [slot_at(one, slot.id, WORK) for slot in slots] == list(slots)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "BYDAY=MO", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2", "FREQ=MONTHLY;BYDAY=6MO", "FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;UNTIL=x",
        "FREQ=DAILY;FREQ=DAILY;COUNT=x", "", "x" * 201,
    ],
)  # fmt: skip
def test_a_rule_that_is_none_or_never_falls_is_refused(rule: str) -> None:
    with pytest.raises(ValidationError):
        calendar(session(rrule=rule))


@pytest.mark.parametrize(
    "id_", ["", "x", "20261124", "202611240831-15", "2026-11-24", "99999999", "../../etc", "２０２６"]
)
def test_an_id_the_calendar_does_not_have_is_no_slot(id_: str) -> None:
    assert slot_at(calendar(), id_, WORK) is None
