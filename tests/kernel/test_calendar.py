"""Working days, as announced; an unannounced year is an error."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from fengshou.kernel import Calendar, UncoveredYear, day_of


def test_holidays_weekends_and_make_up_days() -> None:
    calendar = Calendar.load()
    assert not calendar.is_workday(date(2026, 1, 1))
    assert calendar.is_workday(date(2026, 1, 4))  # a Sunday worked for the New Year bridge
    assert not calendar.is_workday(date(2026, 11, 21))
    assert calendar.is_workday(date(2026, 11, 23))
    assert calendar.next_workday(date(2026, 9, 30)) == date(2026, 10, 8)


def test_a_year_without_a_list_is_an_error_not_a_guess() -> None:
    calendar = Calendar.load()
    assert 2027 not in calendar.years
    with pytest.raises(UncoveredYear) as caught:
        calendar.next_workday(date(2026, 12, 31))
    assert "2027" in caught.value.messages["zh"]


def test_the_day_is_shanghais() -> None:
    assert day_of(datetime(2026, 11, 22, 16, 30, tzinfo=UTC)) == date(2026, 11, 23)
