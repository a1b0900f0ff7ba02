"""The provincial service network as a pure thing: what is in a case chooses what becomes of it; instants come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.government import facts
from fengshou.adapters.government.cases import LAST, Case, Fate, texts_of
from fengshou.adapters.wire import done, invented, refused
from fengshou.services import (
    Box,
    CaseNumber,
    Certificate,
    Certify,
    Features,
    News,
    Nothing,
    Operation,
    Query,
    Records,
    Ring,
    Said,
    Shared,
    Subject,
    Submit,
    Supplement,
)

CASES_MAX = 50_000
_DESK = {"return": "returned", "approve": "approved", "refuse": "refused"}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the province's library."""

    zh: str
    kind: str
    days: int
    version: int


@dataclass(slots=True)
class Book:
    """One authority: its cases and certificates."""

    provider: str
    cases: dict[str, Case] = field(default_factory=dict)
    by_key: dict[UUID, Case] = field(default_factory=dict)
    lost: dict[UUID, bool] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)


class Authorities(wire.Core[Book]):
    """All authorities there are: a name is enough to be one."""

    def __init__(self, items: Mapping[str, Item], markers: Mapping[str, str], *, epoch: str = "0") -> None:
        super().__init__(epoch=epoch)
        self._items = items
        self._markers = markers
        self._running: dict[tuple[str, str], Case] = {}
        self.answers: Mapping[Operation, wire.Answerer[Book]] = {
            "query.fetch": self._query,
            "share.fetch": self._share,
            "case.submit": self._submit,
            "case.supplement": self._supplement,
            "case.withdraw": self._withdraw,
            "case.progress": self._progress,
            "cert.issue": self._issue,
            "cert.status": self._certificate,
            "place.list": self._places,
        }

    def open_book(self, provider: str) -> Book:
        return Book(provider)

    def pass_time(self, at: datetime) -> None:
        for (provider, _), case in list(self._running.items()):
            self._move(provider, case, at)

    def wish(self, wish: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
        """`{"act": "return|approve|refuse", "provider", "number", "field"?, "note"?}`, or revoke a certificate."""
        act, provider, number = (str(wish.get(word, "")) for word in ("act", "provider", "number"))
        book = self.book(provider)
        if act == "revoke" and number in book.certificates:
            old = book.certificates[number]
            book.certificates[number] = old.model_copy(update={"state": "revoked"})
            return {"state": "revoked"}
        case = book.cases.get(number)
        if act not in _DESK or case is None or case.stage in LAST:
            raise wire.BadWish("act, number")
        if act == "return":
            case.fix = {str(wish.get("field", "form"))[:80]: str(wish.get("note", "请补正"))[:80]}
        else:
            case.decided = _DESK[act]
        case.become(_DESK[act], at)
        self._tell(provider, case, case.progress(self._fate(case)).model_dump(mode="json"))
        return {"stage": case.stage}

    def _query(self, book: Book, ring: Ring, params: Query, at: datetime) -> Said:
        if ring.topic == "items":
            rows = [
                {
                    "code": code,
                    "name_zh": item.zh,
                    "kind": item.kind,
                    "days": item.days,
                    "version": item.version,
                }
                for code, item in self._items.items()
                if params.filters.get("code") in (None, code)
            ]
            return done(Records(as_of=at, records=tuple(rows)))
        if not _known(ring.subject):
            return refused("subject_needed")
        found = facts.rows(ring.topic, book.provider, ring.subject or Subject(), at)
        if found is None:
            return refused("no_such_topic")
        return done(Records(as_of=at, records=tuple(found)))

    def _share(self, book: Book, ring: Ring, _params: Nothing, at: datetime) -> Said:
        if not _known(ring.subject):
            return refused("subject_needed")
        if ring.topic not in facts.DATA_SETS:
            return refused("no_such_topic")
        known = facts.facts(ring.topic, book.provider, ring.subject or Subject(), at)
        return done(Shared(as_of=at, facts=known))

    def _submit(self, book: Book, ring: Ring, params: Submit, at: datetime) -> Said:
        item = params.item if params.item.startswith("gov.") else f"gov.{params.item}"
        if item not in self._items:
            return refused("no_such_item")
        if not _known(ring.subject):
            return refused("subject_needed")
        content = params.model_dump(mode="json")
        words = self._words(content)
        case = book.by_key.get(ring.key)
        if "away" in words:
            return Said("unavailable")
        if case is None:
            if "lost" in words and not book.lost.setdefault(ring.key, False):
                return Said("unknown")
            number = "ZJ" + invented.code(14, book.provider, ring.key)
            case = Case(number, ring.key, item, content, at, hushed="silent" in words)
            book.cases[number] = book.by_key[ring.key] = self._running[book.provider, number] = case
            self._forget(book)
        elif case.stage == "submitted" and case.content != content:
            return refused("key_conflict")
        return Said("unknown") if case.hushed else done(case.progress(self._fate(case)))

    def _supplement(self, book: Book, ring: Ring, params: Supplement, at: datetime) -> Said:
        case = book.cases.get(params.number)
        if case is None:
            return refused("no_such_case")
        if ring.key not in case.acts:
            if case.stage != "returned":
                return refused("not_returned")
            more = params.model_dump(mode="json")
            content = {
                **case.content,
                "form": {**case.content["form"], **more["form"]},
                "files": {**case.content["files"], **more["files"]},
            }
            case.acts.add(ring.key)
            case.again(content, at)
            self._running[book.provider, case.number] = case
            self._tell(book.provider, case, case.progress(self._fate(case)).model_dump(mode="json"))
        return done(case.progress(self._fate(case)))

    def _withdraw(self, book: Book, _ring: Ring, params: CaseNumber, at: datetime) -> Said:
        case = book.cases.get(params.number)
        if case is None:
            return refused("no_such_case")
        self._move(book.provider, case, at)
        if case.stage in ("approved", "delivered", "refused"):
            return refused("too_late")
        if case.stage != "withdrawn":
            case.become("withdrawn", at)
            self._tell(book.provider, case, case.progress("plain").model_dump(mode="json"))
        return done(case.progress("plain"))

    def _progress(self, book: Book, _ring: Ring, params: CaseNumber, at: datetime) -> Said:
        case = book.cases.get(params.number) or self._by_key(book, params.number)
        if case is None:
            return refused("not_seen" if _uuid(params.number) else "no_such_case")
        case.hushed = False
        self._move(book.provider, case, at)
        said = done(case.progress(self._fate(case)))
        case.asked += 1
        return said

    def _by_key(self, book: Book, number: str) -> Case | None:
        key = _uuid(number)
        if key in book.lost:
            book.lost[key] = True  # found out: from now on it gets through
        return book.by_key.get(key) if key else None

    def _move(self, provider: str, case: Case, at: datetime) -> None:
        fate = self._fate(case)
        if fate == "returned" and not case.fix:
            marked = [
                name for name, text in texts_of(case.content).items() if self._fate_of(text) == "returned"
            ]
            case.fix = dict.fromkeys(marked, "请更正后重新提交")
        for passed in case.move_on(fate, at):
            self._tell(provider, case, passed.model_dump(mode="json"))
        if case.stage in LAST or case.stage == "returned":
            self._running.pop((provider, case.number), None)

    def _tell(self, provider: str, case: Case, body: Mapping[str, Any]) -> None:
        message = f"{case.number}-{case.moves}-{body['stage']}"
        self.post(News(message, provider, "case.progress", case.key, Said("done", body)))

    def _words(self, content: Mapping[str, Any]) -> set[str]:
        return {self._fate_of(text) for text in texts_of(content).values()}

    def _fate_of(self, text: str) -> str:
        return next((fate for marker, fate in self._markers.items() if marker in text), "plain")

    def _fate(self, case: Case) -> Fate:
        words = self._words(case.content)
        order: tuple[Fate, ...] = ("returned", "refused", "slow", "differs")
        return next((fate for fate in order if fate in words), "plain")

    def _issue(self, book: Book, ring: Ring, params: Certify, at: datetime) -> Said:
        if not _known(ring.subject):
            return refused("subject_needed")
        item = self._items.get(params.kind)
        if params.kind.startswith("gov.") and (item is None or item.kind != "cert"):
            return refused("no_such_item")
        who = ring.subject or Subject()
        number = "DZ" + invented.code(16, book.provider, params.kind, who.id_number)
        known = book.certificates.get(number)
        if known is None or known.state != "valid":
            register = facts.of_item(params.kind, book.provider, who, at)
            claims = {**register, "name": who.name, "id_number": who.id_number, **params.claims}
            known = Certificate(
                number=number, state="valid", issued_at=at, valid_until=at.date() + timedelta(days=365), claims=claims
            )  # fmt: skip
            book.certificates[number] = known
        return done(known)

    def _certificate(self, book: Book, _ring: Ring, params: CaseNumber, at: datetime) -> Said:
        known = book.certificates.get(params.number)
        if known is None:
            return refused("no_such_certificate")
        if known.valid_until and known.valid_until < at.date():
            known = known.model_copy(update={"state": "expired"})
        return done(known)

    def _places(self, book: Book, _ring: Ring, params: Box, _at: datetime) -> Said:
        if not all(abs(degree) <= 180 for degree in params.box):
            return refused("bad_request")
        return done(Features.model_validate(invented.features(book.provider, params.layer, params.box)))

    def _forget(self, book: Book) -> None:
        if len(book.cases) > CASES_MAX:
            oldest = book.cases.pop(next(iter(book.cases)))
            del book.by_key[oldest.key]
            self._running.pop((book.provider, oldest.number), None)


def read_items(said: Mapping[str, Mapping[str, Any]]) -> dict[str, Item]:
    """Build them from the parsed file."""
    return {code: Item(**item) for code, item in said.items()}


def _known(subject: Subject | None) -> bool:
    return subject is not None and bool(subject.name and subject.id_number)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
