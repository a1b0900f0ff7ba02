"""A simulated hospital before anybody books: departments, doctors, and when they see how many people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from fengshou.adapters.wire import invented

BEIJING = timezone(timedelta(hours=8))
AHEAD_DAYS = 14
EVERY_HOSPITAL_HAS = 6
_TITLES = (
    ("主任医师", "Chief physician", 5_000),
    ("副主任医师", "Associate chief physician", 2_500),
    ("主治医师", "Attending physician", 1_500),
    ("住院医师", "Resident physician", 1_000),
)
_MORNING = tuple(time(8 + n // 2, n % 2 * 30) for n in range(7))
_AFTERNOON = tuple(time(13 + (n + 1) // 2, (n + 1) % 2 * 30) for n in range(6))


@dataclass(frozen=True, slots=True)
class Department:
    """One department: `id` is a word of samples/departments.yaml."""

    id: str
    zh: str
    en: str
    floor: int


@dataclass(frozen=True, slots=True)
class Doctor:
    """One doctor of a department. `id` is the department and a number: `cardiology.2`."""

    id: str
    department: Department
    name: str
    title_zh: str
    title_en: str
    fen: int
    room: int


@dataclass(frozen=True, slots=True)
class Session:
    """Half an hour of a doctor. `taken` are people who booked elsewhere: at the desk, by telephone."""

    id: str
    doctor: Doctor
    starts_at: datetime
    capacity: int
    taken: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=30)

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(BEIJING).date()


class Wards:
    """The departments and doctors of one hospital, all by its name."""

    def __init__(self, provider: str, departments: Mapping[str, Department]) -> None:
        self.provider = provider
        listed = list(departments.values())
        self.departments = {
            one.id: one
            for n, one in enumerate(listed)
            if n < EVERY_HOSPITAL_HAS or invented.draw(4, provider, one.id)
        }
        self.doctors = {
            doctor.id: doctor for one in self.departments.values() for doctor in _doctors(provider, one)
        }

    def of(self, department: str) -> list[Doctor]:
        """The doctors of a department."""
        return [doctor for doctor in self.doctors.values() if doctor.department.id == department]

    def sessions(self, doctor: Doctor, first: date, last: date) -> Iterator[Session]:
        """When the doctor sees people from one day until and with another."""
        day = first
        while day <= last:
            for hours, half in ((_MORNING, "am"), (_AFTERNOON, "pm")):
                if self._works(doctor, day, half):
                    yield from (self._session(doctor, day, at) for at in hours)
            day += timedelta(days=1)

    def session(self, slot: str) -> Session | None:
        """The half hour with this id, when there is such."""
        who, _, when = slot.rpartition("-")
        doctor = self.doctors.get(who)
        try:
            at = datetime.strptime(when, "%Y%m%d%H%M").replace(tzinfo=BEIJING)
        except ValueError:
            return None
        half, hours = ("am", _MORNING) if at.hour < 12 else ("pm", _AFTERNOON)
        if doctor is None or at.time() not in hours or not self._works(doctor, at.date(), half):
            return None
        return self._session(doctor, at.date(), at.time())

    def _works(self, doctor: Doctor, day: date, half: str) -> bool:
        if doctor.id.endswith(".1"):
            return day.weekday() < 6  # somebody of each department is there on every day but Sunday
        return day.weekday() < 6 and invented.draw(3, self.provider, doctor.id, day.weekday(), half) == 0

    def _session(self, doctor: Doctor, day: date, at: time) -> Session:
        starts = datetime.combine(day, at, BEIJING)
        id_ = f"{doctor.id}-{starts:%Y%m%d%H%M}"
        capacity = 2 + invented.draw(5, self.provider, doctor.id, "places")
        taken = invented.draw(capacity + 1, self.provider, id_, "taken")
        return Session(id_, doctor, starts.astimezone(UTC), capacity, taken)


def read_departments(said: Mapping[str, Mapping[str, Any]]) -> dict[str, Department]:
    """Build them from the parsed file."""
    return {id_: Department(id_, **words) for id_, words in said.items()}


def _doctors(provider: str, department: Department) -> Iterator[Doctor]:
    for n in range(1, 4 + invented.draw(3, provider, department.id, "doctors")):
        title_zh, title_en, fen = _TITLES[(n - 1) % len(_TITLES)]
        room = department.floor * 100 + n
        name = invented.person(provider, department.id, n)
        yield Doctor(f"{department.id}.{n}", department, name, title_zh, title_en, fen, room)
