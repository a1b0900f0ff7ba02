"""Hospitals as a pure thing: name and patient choose what is found, instants are handed in.

A place is held, then booked, then the patient arrives and is called. Whoever does not come is a no-show; three of
those within ninety days close booking for them. A department may go away for a day: its places go, its patients hear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.hospital import records
from fengshou.adapters.hospital.wards import AHEAD_DAYS, BEIJING, Department, Session, Wards
from fengshou.adapters.wire import done, invented, refused
from fengshou.services import (
    Arrear,
    Booked,
    Booking,
    HoldSlot,
    News,
    Nothing,
    Query,
    Queue,
    Records,
    Resource,
    ResourceList,
    Resources,
    Ring,
    Said,
    Shared,
    Slot,
    SlotList,
    Slots,
    Subject,
)

NO_SHOWS_MAX, NO_SHOW_DAYS, QUEUE_PACE_S, BOOKINGS_MAX = 3, 90, 20, 50_000
State = Literal["held", "booked", "checked_in", "fulfilled", "cancelled", "no_show", "expired"]
_CHARGES = (("诊查费", "Consultation"), ("检验费", "Laboratory"), ("西药费", "Medicine"))


@dataclass(slots=True)
class Place:
    """One patient's place in a session. `version` grows with every change."""

    id: str
    key: UUID
    session: Session
    patient: str
    state: State
    expires_at: datetime
    version: int = 1
    by_hospital: bool = False
    queue_number: str = ""
    ahead: int = 0
    arrived_at: datetime | None = None
    asked: int = 0
    told: bool = False

    def become(self, state: State) -> None:
        self.state = state
        self.version += 1

    def called(self, at: datetime) -> bool:
        """Whether it is this patient's turn: those ahead leave one by one, by time and by asking."""
        return self.arrived_at is not None and self.still_ahead(at) == 0

    def still_ahead(self, at: datetime) -> int:
        waited = int((at - (self.arrived_at or at)).total_seconds()) // QUEUE_PACE_S
        return max(self.ahead - waited - max(self.asked - 1, 0), 0)


@dataclass(slots=True)
class Book(wire.Cashbook):
    """One hospital."""

    wards: Wards = field(default_factory=lambda: Wards("", {}))
    places: dict[str, Place] = field(default_factory=dict)
    by_key: dict[UUID, Place] = field(default_factory=dict)
    by_session: dict[str, list[Place]] = field(default_factory=dict)
    by_patient: dict[str, list[Place]] = field(default_factory=dict)
    away: set[tuple[str, date]] = field(default_factory=set)
    arrivals: dict[tuple[str, date], int] = field(default_factory=dict)


class Hospitals(wire.CashCore[Book]):
    """All hospitals there are: a name is enough to be one."""

    def __init__(
        self,
        departments: Mapping[str, Department],
        outcomes: Mapping[str, wire.Outcome],
        *,
        epoch: str = "0",
    ) -> None:
        super().__init__(outcomes, epoch=epoch)
        self._departments = departments
        self.answers = {
            **self.answers,
            "query.fetch": self._query,
            "share.fetch": self._share,
            "book.resources": self._resources,
            "book.slots": self._slots,
            "book.hold": self._hold,
            "book.confirm": self._confirm,
            "book.check_in": self._check_in,
            "book.cancel": self._cancel,
            "book.status": self._booking,
            "book.queue": self._queue,
        }

    def open_book(self, provider: str) -> Book:
        return Book(provider, wards=Wards(provider, self._departments))

    def bills(
        self, book: Book, topic: str, account: str, outcome: wire.Outcome, today: date
    ) -> Iterator[Arrear]:
        """Charges of the last visits that nobody paid yet."""
        by_chance = 1 + invented.draw(3, book.provider, account, today.isocalendar().week)
        count = {"drawn": by_chance, "nothing": 0, "one": 1, "three": 3}[outcome.owes]
        for n in range(count):
            zh, en = _CHARGES[n]
            day = today.replace(day=1) - timedelta(days=1 + n)
            fen = 800 + invented.draw(24_000, book.provider, account, day, n)
            label_zh, label_en = f"{zh} {day:%m-%d}", f"{en} {day:%m-%d}"
            yield Arrear(
                bill=f"{account}-{day:%Y%m%d}-{n}", period=day.isoformat(), fen=fen,
                label_zh=label_zh, label_en=label_en,
            )  # fmt: skip

    def wish(self, wish: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
        """`{"act": "suspend", "provider", "department", "day"}`: the department is away on that day."""
        provider, department = wish.get("provider"), wish.get("department")
        if wish.get("act") != "suspend" or not isinstance(provider, str) or not isinstance(department, str):
            raise wire.BadWish("act, provider, department")
        book = self.book(provider)
        try:
            day = date.fromisoformat(str(wish.get("day")))
        except ValueError as error:
            raise wire.BadWish("day") from error
        if department not in book.wards.departments:
            raise wire.BadWish("department")
        book.away.add((department, day))
        cancelled = [
            place
            for place in book.places.values()
            if place.session.day == day
            and place.session.doctor.department.id == department
            and _live(place, at)
        ]
        for place in cancelled:
            place.become("cancelled")
            place.by_hospital = True
            said = done(self._as_booking(place, at))
            self.post(News(f"{place.id}-suspended", provider, "book.status", place.key, said))
        return {"cancelled": len(cancelled)}

    def pass_time(self, at: datetime) -> None:
        super().pass_time(at)
        for provider, book in self.books().items():
            for place in book.places.values():
                if not place.told and place.state == "checked_in" and place.called(at):
                    place.told = True
                    said = done(self._as_queue(place, at))
                    self.post(News(f"{place.id}-called", provider, "book.queue", place.key, said))

    def version(self, provider: str, booking: str) -> int:
        """How often the booking has changed, for `ETag`."""
        place = self.book(provider).places.get(booking)
        return place.version if place else 0

    def key_of(self, provider: str, booking: str) -> UUID | None:
        """The caller's key of a booking."""
        place = self.book(provider).places.get(booking)
        return place.key if place else None

    def _query(self, book: Book, ring: Ring, params: Query, at: datetime) -> Said:
        if ring.topic == "departments":
            listed = book.wards.departments.values()
            return done(
                Records(as_of=at, records=tuple({"id": o.id, "zh": o.zh, "en": o.en} for o in listed))
            )
        if ring.topic == "doctors":
            return self._doctors(book, str(params.filters.get("department", "")), at)
        if ring.topic not in records.TOPICS:
            return refused("no_such_topic")
        if ring.subject is None or not _known(ring.subject):
            return refused("patient_needed")
        rows = records.records(book.wards, ring.topic, ring.subject, at)
        return done(Records(as_of=at, records=tuple(rows)))

    def _doctors(self, book: Book, department: str, at: datetime) -> Said:
        if department not in book.wards.departments:
            return refused("no_such_department")
        rows = [
            {
                "id": one.id, "zh": one.name, "en": one.name, "note_zh": one.title_zh, "note_en": one.title_en,
                "fen": one.fen,
            }
            for one in book.wards.of(department)
        ]  # fmt: skip
        return done(Records(as_of=at, records=tuple(rows)))

    def _share(self, book: Book, ring: Ring, _params: Nothing, at: datetime) -> Said:
        if ring.subject is None or not _known(ring.subject):
            return refused("patient_needed")
        return done(Shared(as_of=at, facts=records.patient(book.provider, ring.subject)))

    def _resources(self, book: Book, _ring: Ring, params: Resources, _at: datetime) -> Said:
        wards = book.wards
        if params.group is None:
            groups = [
                Resource(id=one.id, zh=one.zh, en=one.en, kind="group") for one in wards.departments.values()
            ]
            return done(ResourceList(items=tuple(groups)))
        if params.group not in wards.departments:
            return refused("no_such_department")
        people = [
            Resource(
                id=one.id, zh=one.name, en=one.name, kind="person", note_zh=one.title_zh,
                note_en=one.title_en, fen=one.fen,
            )
            for one in wards.of(params.group)
        ]  # fmt: skip
        return done(ResourceList(items=tuple(people)))

    def _slots(self, book: Book, _ring: Ring, params: Slots, at: datetime) -> Said:
        doctor = book.wards.doctors.get(params.resource)
        if doctor is None:
            return refused("no_such_doctor")
        today = at.astimezone(BEIJING).date()
        last = min(params.until_day, today + timedelta(days=AHEAD_DAYS))
        slots = [
            Slot(
                id=session.id, starts_at=session.starts_at, ends_at=session.ends_at,
                free=self._free(book, session, at), capacity=session.capacity, fen=doctor.fen,
            )
            for session in book.wards.sessions(doctor, max(params.from_day, today), last)
            if session.starts_at > at and (doctor.department.id, session.day) not in book.away
        ]  # fmt: skip
        return done(SlotList(items=tuple(slots)))

    def _free(self, book: Book, session: Session, at: datetime) -> int:
        mine = sum(_live(place, at) for place in book.by_session.get(session.id, ()))
        return max(session.capacity - session.taken - mine, 0)

    def _hold(self, book: Book, ring: Ring, params: HoldSlot, at: datetime) -> Said:
        known = book.by_key.get(ring.key)
        if known is not None:
            same = known.session.id == params.slot
            return done(self._as_booking(known, at)) if same else refused("key_conflict")
        if ring.subject is None or not _known(ring.subject):
            return refused("patient_needed")
        patient = ring.subject.id_number or ""
        if patient[14:17] == "997":
            return Said("unavailable")
        session = book.wards.session(params.slot)
        if session is None:
            return refused("no_such_slot")
        if wrong := self._why_not(book, session, patient, at):
            return refused(wrong)
        id_ = "A" + invented.code(15, book.provider, ring.key)
        until = at + timedelta(seconds=params.seconds)
        place = Place(id_, ring.key, session, patient, "held", until)
        book.places[id_] = book.by_key[ring.key] = place
        book.by_session.setdefault(session.id, []).append(place)
        book.by_patient.setdefault(patient, []).append(place)
        if len(book.places) > BOOKINGS_MAX:
            _forget(book)
        return Said("unknown") if patient[14:17] == "996" else done(self._as_booking(place, at))

    def _why_not(self, book: Book, session: Session, patient: str, at: datetime) -> str | None:
        department = session.doctor.department.id
        if session.starts_at <= at:
            return "slot_gone"
        if session.day > at.astimezone(BEIJING).date() + timedelta(days=AHEAD_DAYS):
            return "no_such_slot"
        if (department, session.day) in book.away:
            return "department_away"
        earlier = book.by_patient.get(patient, [])
        since = at - timedelta(days=NO_SHOW_DAYS)
        missed = [one for one in earlier if state_of(one, at) == "no_show" and one.session.starts_at >= since]
        if len(missed) >= NO_SHOWS_MAX or patient[14:17] == "995":
            return "no_show_limit"
        if any(
            _live(one, at)
            and one.session.day == session.day
            and one.session.doctor.department.id == department
            for one in earlier
        ):
            return "already_booked"
        return None if self._free(book, session, at) else "no_place"

    def _confirm(self, book: Book, _ring: Ring, params: Booked, at: datetime) -> Said:
        place = book.places.get(params.booking)
        state = place and state_of(place, at)
        if place is None:
            return refused("no_such_booking")
        if state == "held":
            place.become("booked")
        elif state != "booked":
            return refused("hold_expired" if state == "expired" else "too_late")
        return done(self._as_booking(place, at))

    def _check_in(self, book: Book, _ring: Ring, params: Booked, at: datetime) -> Said:
        place = book.places.get(params.booking)
        if place is None:
            return refused("no_such_booking")
        state, today = state_of(place, at), at.astimezone(BEIJING).date()
        if state == "checked_in":
            return done(self._as_booking(place, at))
        if state != "booked":
            return refused("too_late" if state != "held" else "not_booked_yet")
        if place.session.day != today:
            return refused("not_today")
        hall = (place.session.doctor.id, today)
        book.arrivals[hall] = book.arrivals.get(hall, invented.draw(4, *hall)) + 1
        place.queue_number = f"{place.session.doctor.department.floor}{book.arrivals[hall]:03d}"
        place.ahead, place.arrived_at = min(book.arrivals[hall] - 1, 6), at
        place.become("checked_in")
        return done(self._as_booking(place, at))

    def _cancel(self, book: Book, _ring: Ring, params: Booked, at: datetime) -> Said:
        place = book.places.get(params.booking)
        if place is None:
            return refused("no_such_booking")
        state = state_of(place, at)
        if state in ("held", "booked", "expired"):
            place.become("cancelled")
        elif state != "cancelled":
            return refused("too_late")
        return done(self._as_booking(place, at))

    def _booking(self, book: Book, _ring: Ring, params: Booked, at: datetime) -> Said:
        place = book.places.get(params.booking)
        return done(self._as_booking(place, at)) if place else refused("no_such_booking")

    def _queue(self, book: Book, _ring: Ring, params: Booked, at: datetime) -> Said:
        place = book.places.get(params.booking)
        if place is None:
            return refused("no_such_booking")
        if place.arrived_at is None:
            return refused("not_arrived")
        place.asked += 1
        return done(self._as_queue(place, at))

    def _as_booking(self, place: Place, at: datetime) -> Booking:
        state = state_of(place, at)
        voucher = "" if state in ("held", "expired") else invented.code(8, place.key, "voucher")
        expires = place.expires_at if state == "held" else None
        return Booking(
            booking=place.id, state=state, slot=place.session.id, expires_at=expires, voucher=voucher,
            fen=place.session.doctor.fen,
        )  # fmt: skip

    def _as_queue(self, place: Place, at: datetime) -> Queue:
        doctor, called = place.session.doctor, place.called(at)
        room = f"{doctor.department.zh}{doctor.room}诊室" if called else ""
        return Queue(
            number=place.queue_number, ahead=place.still_ahead(at), called_to=room,
            state="called" if called else "waiting",
        )  # fmt: skip


def state_of(place: Place, at: datetime) -> State:
    """What has become of a place by now, without anybody doing anything."""
    if place.state == "held" and at >= place.expires_at:
        return "expired"
    if place.state == "booked" and at >= place.session.ends_at:
        return "no_show"
    if place.state == "checked_in" and at.astimezone(BEIJING).date() > place.session.day:
        return "fulfilled"
    return place.state


def _live(place: Place, at: datetime) -> bool:
    return state_of(place, at) in ("held", "booked", "checked_in")


def _known(subject: Subject | None) -> bool:
    return subject is not None and bool(subject.name and subject.id_number)


def _forget(book: Book) -> None:
    """Let the oldest booking go."""
    oldest = book.places.pop(next(iter(book.places)))
    del book.by_key[oldest.key]
    book.by_session[oldest.session.id].remove(oldest)
    book.by_patient[oldest.patient].remove(oldest)
