"""Property companies as a pure thing: fees, tickets, passes and doors; names choose, instants are handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.adapters import wire
from fengshou.adapters.property import homes, tokens
from fengshou.adapters.property.doors import Door
from fengshou.adapters.wire import done, invented, refused
from fengshou.services import (
    Arrear,
    Box,
    CaseNumber,
    DoorEvent,
    DoorEvents,
    Features,
    Grant,
    News,
    Nothing,
    Pass,
    Query,
    Records,
    Report,
    Ring,
    Said,
    Shared,
    Since,
    Ticket,
    TicketSay,
)

PERIODS, PACE_S, PASS_DAYS_MAX, KEPT_MAX = 3, 5, 180, 20_000
_PATH = ("open", "assigned", "in_progress", "resolved")
_NOTES = {
    "open": ("已受理", "Taken"),
    "assigned": ("已派单", "Somebody was asked to come"),
    "in_progress": ("处理中", "Being dealt with"),
    "resolved": ("已处理，请评价", "Done. Please rate it"),
    "closed": ("已结束", "Closed"),
}


@dataclass(frozen=True, slots=True)
class Fee:
    """One kind of fee."""

    zh: str
    en: str
    least_fen: int
    most_fen: int
    months: int
    part: bool


@dataclass(slots=True)
class Work:
    """One ticket."""

    number: str
    key: UUID
    report: Report
    at: datetime
    state: str = "open"
    asked: int = 0
    moved_at: datetime | None = None
    hushed: bool = False

    def due(self, at: datetime) -> list[str]:
        """The states it has gone through by now."""
        slow = "拖延" in self.report.text
        if slow or self.state not in _PATH:
            return []
        steps = self.asked + int((at - self.at).total_seconds()) // PACE_S
        return list(_PATH[_PATH.index(self.state) + 1 : steps + 1])

    def ticket(self, provider: str) -> Ticket:
        zh, en = _NOTES[self.state]
        worker = invented.person(provider, self.number) if self.state != "open" else ""
        return Ticket.model_validate(
            {
                "number": self.number, "state": self.state, "at": self.moved_at or self.at, "worker": worker,
                "note_zh": zh, "note_en": en,
            }
        )  # fmt: skip


@dataclass(slots=True)
class Granted:
    """One pass as the company keeps it."""

    key: UUID
    grant: Grant
    claims: tokens.Claims
    token: str
    seed: bytes
    account: str
    revoked: bool = False
    used: int = 0


@dataclass(slots=True)
class Book(wire.Cashbook):
    """One property company."""

    signer: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    works: dict[str, Work] = field(default_factory=dict)
    work_by_key: dict[UUID, Work] = field(default_factory=dict)
    passes: dict[str, Granted] = field(default_factory=dict)
    pass_by_key: dict[UUID, Granted] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    events: list[DoorEvent] = field(default_factory=list)
    moved: dict[str, tuple[int, date]] = field(default_factory=dict)


class Companies(wire.CashCore[Book]):
    """All property companies there are: a name is enough to be one."""

    def __init__(
        self, fees: Mapping[str, Fee], outcomes: Mapping[str, wire.Outcome], *, epoch: str = "0"
    ) -> None:
        super().__init__(outcomes, epoch=epoch)
        self._fees = fees
        self._at_work: dict[tuple[str, str], Work] = {}
        self.answers = {
            **self.answers,
            "query.fetch": self._query,
            "share.fetch": self._share,
            "ticket.create": self._report,
            "ticket.update": self._update,
            "ticket.status": self._ticket,
            "door.grant": self._grant,
            "door.code": self._code,
            "door.revoke": self._revoke,
            "door.events": self._events,
            "place.list": self._places,
        }

    def open_book(self, provider: str) -> Book:
        seed = hashlib.sha256(f"door key|{provider}".encode()).digest()
        signer = Ed25519PrivateKey.from_private_bytes(seed)
        doors = {id_: Door(provider, id_, signer.public_key()) for id_ in homes.DOORS}
        return Book(provider, signer=signer, doors=doors)

    def ring(self, ring: Ring, at: datetime) -> Said:
        if ring.operation in ("bill.arrears", "bill.pay") and ring.topic not in ("", *self._fees):
            return refused("no_such_fee")
        return super().ring(ring, at)

    def bills(
        self, book: Book, topic: str, account: str, outcome: wire.Outcome, today: date
    ) -> Iterator[Arrear]:
        """Bills of each kind of fee, or of the one asked for; whoever moved in later owes nothing of before."""
        since = book.moved.get(account, (0, date.min))[1]
        for word, fee in self._fees.items():
            if topic not in ("", word):
                continue
            for back, period, due in wire.months_back(today, fee.months, PERIODS):
                by_chance = invented.draw(10, book.provider, account, word, period) < (7 if back == 1 else 2)
                owes = {"drawn": by_chance, "nothing": False, "one": back == 1, "three": True}[outcome.owes]
                if owes and due >= since:
                    yield _bill(book.provider, account, word, fee, period, due, today)

    def holder(self, book: Book, account: str) -> tuple[str, str]:
        moved = book.moved.get(account, (0, date.min))[0]
        return invented.person(book.provider, account, "tenants", "owner", moved), account

    def pass_time(self, at: datetime) -> None:
        super().pass_time(at)
        for (provider, _), work in list(self._at_work.items()):
            self._move(provider, work, at)

    def wish(self, wish: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
        """`scan` (door, code): somebody at a door; `line` (door, online): an outage; `move` (home): a new owner."""
        act, provider = wish.get("act"), wish.get("provider")
        if not isinstance(provider, str):
            raise wire.BadWish("provider")
        book = self.book(provider)
        if act == "move" and isinstance(home := wish.get("home"), str):
            count = book.moved.get(home, (0, date.min))[0] + 1
            book.moved[home] = (count, at.date())
            return {"owner": count}
        door = book.doors.get(str(wish.get("door")))
        if door is None or act not in ("scan", "line"):
            raise wire.BadWish("act, door")
        if act == "line":
            door.online = wish.get("online") in (True, "yes", "true")
            self._sync(book, door, at)
            return {"online": door.online}
        self._sync(book, door, at)
        event = door.scan(str(wish.get("code", "")).strip(), at)
        self._sync(book, door, at)
        return event.model_dump(mode="json")

    def _sync(self, book: Book, door: Door, at: datetime) -> None:
        """What a door and its company tell each other while the line is up."""
        if not door.online:
            return
        closed = {
            number: "revoked" if one.revoked else "used_up"
            for number, one in book.passes.items()
            if one.revoked or one.used >= one.grant.uses
        }
        for event in door.sync(closed, at):
            granted = book.passes.get(event.number)
            book.events.append(event)
            if granted is not None:
                granted.used += event.passed
                body = DoorEvents(items=(event,)).model_dump(mode="json")
                self.post(News(event.id, book.provider, "door.events", granted.key, Said("done", body)))
        del book.events[:-KEPT_MAX]

    def _query(self, book: Book, ring: Ring, params: Query, at: datetime) -> Said:
        if ring.topic not in homes.TOPICS:
            return refused("no_such_topic")
        if ring.topic in ("homes", "role") and not (ring.subject and ring.subject.id_number):
            return refused("subject_needed")
        home = params.account or ""
        if ring.topic not in ("homes", "doors", "notices") and not home:
            return refused("no_such_account")
        moved = book.moved.get(home, (0, date.min))[0]
        rows = homes.rows(book.provider, ring.topic, home, ring.subject, at, moved)
        return done(Records(as_of=at, records=tuple(rows)))

    def _share(self, book: Book, ring: Ring, _params: Nothing, at: datetime) -> Said:
        if ring.subject is None or not ring.subject.id_number:
            return refused("subject_needed")
        return done(Shared(as_of=at, facts=homes.facts(book.provider, ring.subject)))

    def _report(self, book: Book, ring: Ring, params: Report, at: datetime) -> Said:
        if "停机" in params.text:
            return Said("unavailable")
        work = book.work_by_key.get(ring.key)
        if work is None:
            number = "W" + invented.code(11, book.provider, ring.key)
            work = Work(number, ring.key, params, at, hushed="静默" in params.text)
            book.works[number] = book.work_by_key[ring.key] = self._at_work[book.provider, number] = work
            if len(book.works) > KEPT_MAX:
                oldest = book.works.pop(next(iter(book.works)))
                del book.work_by_key[oldest.key]
                self._at_work.pop((book.provider, oldest.number), None)
        elif work.report != params:
            return refused("key_conflict")
        return Said("unknown") if work.hushed else done(work.ticket(book.provider))

    def _update(self, book: Book, _ring: Ring, params: TicketSay, at: datetime) -> Said:
        work = book.works.get(params.number)
        if work is None:
            return refused("no_such_ticket")
        if params.close and work.state != "closed":
            work.state, work.moved_at = "closed", at
            self._at_work.pop((book.provider, work.number), None)
        return done(work.ticket(book.provider))

    def _ticket(self, book: Book, _ring: Ring, params: CaseNumber, at: datetime) -> Said:
        key = _uuid(params.number)
        work = book.works.get(params.number) or (book.work_by_key.get(key) if key else None)
        if work is None:
            return refused("not_seen" if key else "no_such_ticket")
        work.hushed = False
        self._move(book.provider, work, at)
        said = done(work.ticket(book.provider))
        work.asked += 1
        return said

    def _move(self, provider: str, work: Work, at: datetime) -> None:
        for state in work.due(at):
            work.state, work.moved_at = state, at
            said = done(work.ticket(provider))
            self.post(News(f"{work.number}-{state}", provider, "ticket.status", work.key, said))
        if work.state == "resolved":
            self._at_work.pop((provider, work.number), None)

    def _grant(self, book: Book, ring: Ring, params: Grant, at: datetime) -> Said:
        granted = book.pass_by_key.get(ring.key)
        if granted is not None:
            return done(_pass(granted)) if granted.grant == params else refused("key_conflict")
        if not set(params.doors) <= homes.DOORS.keys():
            return refused("no_such_door")
        if params.from_at.tzinfo is None or params.until_at.tzinfo is None:
            return refused("bad_period")
        span = params.until_at - params.from_at
        if not timedelta(0) < span <= timedelta(days=PASS_DAYS_MAX) or params.until_at <= at:
            return refused("bad_period")
        number = "P" + invented.code(11, book.provider, ring.key)
        seed = hashlib.sha256(f"{book.provider}|{ring.key}|seed".encode()).digest()[: tokens.LINK_BYTES]
        from_s, until_s = int(params.from_at.timestamp()), int(params.until_at.timestamp())
        step_s = tokens.step_of(params.from_at, params.until_at)
        end = tokens.chain_end(seed, (from_s, until_s), step_s)
        claims = tokens.Claims(book.provider, number, params.doors, from_s, until_s, params.uses, step_s, end)
        granted = Granted(ring.key, params, claims, tokens.sign(claims, book.signer), seed, ring.topic)
        book.passes[number] = book.pass_by_key[ring.key] = granted
        if len(book.passes) > KEPT_MAX:
            del book.pass_by_key[book.passes.pop(next(iter(book.passes))).key]
        return done(_pass(granted))

    def _code(self, book: Book, _ring: Ring, params: CaseNumber, at: datetime) -> Said:
        granted = book.passes.get(params.number)
        if granted is None:
            return refused("no_such_pass")
        if granted.revoked:
            return refused("revoked")
        step = granted.claims.step_at(at)
        if at < granted.grant.from_at:
            return refused("not_yet")
        if at >= granted.grant.until_at:
            return refused("expired")
        code = tokens.code_at(granted.seed, granted.claims, step)
        ends = tokens.instant(granted.claims.from_s + (step + 1) * granted.claims.step_s)
        shown = tokens.with_code(granted.token, code)
        until = min(ends, granted.grant.until_at)
        return done(Pass(number=params.number, token=shown, until_at=until))

    def _revoke(self, book: Book, _ring: Ring, params: CaseNumber, _at: datetime) -> Said:
        granted = book.passes.get(params.number)
        if granted is None:
            return refused("no_such_pass")
        granted.revoked = True
        return done(Nothing())

    def _events(self, book: Book, _ring: Ring, params: Since, at: datetime) -> Said:
        if params.since.tzinfo is None:
            return refused("bad_request")
        for door in book.doors.values():
            if door.kept:
                self._sync(book, door, at)
        mine = {n for n, one in book.passes.items() if params.account in (n, one.account)}
        found = [one for one in book.events if one.number in mine and one.at > params.since]
        return done(DoorEvents(items=tuple(sorted(found, key=lambda one: one.at)[-1_000:])))

    def _places(self, book: Book, _ring: Ring, params: Box, _at: datetime) -> Said:
        if not all(abs(degree) <= 180 for degree in params.box):
            return refused("bad_request")
        return done(Features.model_validate(invented.features(book.provider, params.layer, params.box)))


def read_fees(said: Mapping[str, Mapping[str, Any]]) -> dict[str, Fee]:
    """Build them from the parsed file."""
    return {word: Fee(**fee) for word, fee in said.items()}


def _bill(provider: str, account: str, word: str, fee: Fee, period: str, due: date, today: date) -> Arrear:
    fen = fee.least_fen + invented.draw(
        fee.most_fen - fee.least_fen + 1, provider, account, word, period, "fen"
    )
    return Arrear(
        bill=f"{account}-{word}-{period}",
        period=period,
        fen=fen,
        late_fen=wire.late_fee(fen, due, today),
        due_on=due,
        part_allowed=fee.part,
        label_zh=f"{period} {fee.zh}",
        label_en=f"{fee.en} {period}",
    )


def _pass(granted: Granted) -> Pass:
    token = tokens.with_seed(granted.token, granted.seed)
    return Pass(number=granted.claims.number, token=token, until_at=granted.grant.until_at)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
