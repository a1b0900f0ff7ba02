"""Speaks FHIR R4 to hospitals over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.hospital import accounts, fhir, mapping
from fengshou.adapters.hospital.mapping import REASONS
from fengshou.services import (
    Account,
    Booked,
    Day,
    HoldSlot,
    News,
    Operation,
    Post,
    Query,
    Resources,
    Ring,
    Said,
    Slots,
    Talk,
)

PAGES_MAX = 200
_BECOMES: Mapping[Operation, str] = {
    "book.confirm": "booked",
    "book.check_in": "checked_in",
    "book.cancel": "cancelled",
}
_FORM = "application/x-www-form-urlencoded"


class HospitalClient(wire.Speaker):
    """The hospitals at the other end of `lines`, each below its name."""

    system = "hospital"
    operations: frozenset[Operation] = frozenset(
        {
            "query.fetch", "share.fetch", "bill.arrears", "bill.pay", "bill.status", "bill.day_file",
            "topup.validate", "topup.deliver", "topup.status", "book.resources", "book.slots", "book.hold",
            "book.confirm", "book.check_in", "book.cancel", "book.status", "book.queue",
        }
    )  # fmt: skip

    def __init__(self, lines: wire.Lines, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(lines, REASONS)
        self._now = now

    async def say(self, ring: Ring, params: Talk, line: wire.Line) -> Said:
        call = _Call(ring, line)
        match ring.operation:
            case "book.resources":
                assert isinstance(params, Resources)
                return await _resources(call, params)
            case "book.slots":
                assert isinstance(params, Slots)
                return await _slots(call, params)
            case "book.hold":
                assert isinstance(params, HoldSlot)
                return await _hold(call, params)
            case "book.confirm" | "book.check_in" | "book.cancel" | "book.status":
                assert isinstance(params, Booked)
                return await _booking(call, params)
            case "book.queue":
                assert isinstance(params, Booked)
                return await _queue(call, params)
            case "bill.arrears" | "topup.validate":
                assert isinstance(params, Account)
                return await _arrears(call, params)
            case "bill.pay" | "topup.deliver":
                return await call.create(
                    "PaymentNotice", accounts.notice_of(ring, params, self._now()), _taken
                )
            case "bill.status" | "topup.status":
                return await _status(call)
            case "bill.day_file":
                assert isinstance(params, Day)
                return await _day_file(call, params)
            case "query.fetch" if ring.topic in ("departments", "doctors"):
                assert isinstance(params, Query)
                group = params.filters.get("department", "") if ring.topic == "doctors" else None
                said = await _resources(call, Resources(group=None if group is None else str(group)))
                return _as_records(said, self._now())
            case _:
                return await _records(call)

    async def fetch(self, after: str) -> Post:
        path = "/_history?" + urlencode({"_count": "100", "after": after})
        answer = await self.lines.to("").call(
            "news", "GET", path, content_type=fhir.CONTENT_TYPE, idempotent=True
        )
        if answer.status != 200:
            raise wire.OffForm("news")
        bundle = fhir.read(answer.body, "Bundle")
        with fhir.as_agreed():
            following = dict(parse_qsl(urlsplit(fhir.link(bundle, "next") or "").query))
            news = [_news(entry) for entry in bundle.get("entry", [])]
            return Post(tuple(news), following["after"], more=following["more"] == "1")


class _Refusal(Exception):
    """The hospital said no, in the words of our list."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class _Call:
    """The calls that one ring takes."""

    def __init__(self, ring: Ring, line: wire.Line) -> None:
        self.ring = ring
        self._line = line

    async def get(self, path: str, query: list[tuple[str, str]], kind: str = "Bundle") -> fhir.Resource:
        """Ask for one resource or a page of a search."""
        return (await self._send("GET", path + ("?" + urlencode(query) if query else ""), kind))[0]

    async def find(self, kind: str, query: list[tuple[str, str]]) -> fhir.Resource:
        """Search by what must not stand in an address: names of people are posted."""
        body = urlencode(query).encode()
        return (await self._send("POST", f"/{kind}/_search", "Bundle", body, form=True))[0]

    async def all(self, path: str, query: list[tuple[str, str]]) -> list[fhir.Resource]:
        """Every page of a search."""
        found: list[fhir.Resource] = []
        asked: list[list[tuple[str, str]]] = []
        while query not in asked and len(asked) < PAGES_MAX:  # pages that lead back would never end
            asked.append(query)
            bundle = await self.get(path, query)
            found += [entry["resource"] for entry in bundle.get("entry", [])]
            following = fhir.link(bundle, "next")
            if following is None:
                return found
            query = parse_qsl(urlsplit(following).query)  # whatever address it names, we stay with ours
        raise wire.OffForm("pages")

    async def create(self, kind: str, resource: fhir.Resource, read: Callable[[fhir.Resource], Said]) -> Said:
        """Create it unless our key is known there already: then what is known is answered."""
        known = {"if-none-exist": urlencode({"identifier": f"{fhir.KEY}|{self.ring.key}"})}
        try:
            said, _ = await self._send("POST", f"/{kind}", kind, fhir.write(resource), headers=known)
        except _Refusal as no:
            return Said("refused", {}, no.reason)
        if fhir.identifier(said, fhir.KEY) != str(self.ring.key):
            raise wire.OffForm("key")
        return read(said)

    async def change(self, resource: fhir.Resource, version: str) -> fhir.Resource:
        """Put a changed Appointment in the place of the version we saw."""
        path = f"/Appointment/{fhir.id_(resource['id'])}"
        headers = {"if-match": version}
        return (await self._send("PUT", path, "Appointment", fhir.write(resource), headers=headers))[0]

    async def seen(self, booking: str) -> tuple[fhir.Resource, str]:
        """An Appointment and its version."""
        said, headers = await self._send("GET", f"/Appointment/{fhir.id_(booking)}", "Appointment")
        if said.get("id") != booking or not headers.get("etag"):
            raise wire.OffForm("appointment")
        return said, headers["etag"]

    async def _send(
        self,
        method: str,
        path: str,
        kind: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        form: bool = False,
    ) -> tuple[fhir.Resource, Mapping[str, str]]:
        # Conditional create and a PUT of a version do once what they are told twice.
        answer = await self._line.call(
            self.ring.operation, method, f"/{self.ring.provider}{path}", idempotent=True, body=body,
            content_type=_FORM if form else fhir.CONTENT_TYPE,
            headers={"accept": fhir.CONTENT_TYPE, **(headers or {})},
        )  # fmt: skip
        if answer.status >= 400:
            raise _Refusal(answer.status, fhir.reason_of(fhir.read(answer.body, "OperationOutcome")))
        return fhir.read(answer.body, kind), answer.headers


async def _resources(call: _Call, params: Resources) -> Said:
    if params.group is None:
        found = await call.all("/HealthcareService", [("_count", "100")])
        return Said("done", {"items": [mapping.group_of(one) for one in found]})
    query = [
        ("service", f"HealthcareService/{params.group}"),
        ("_include", "PractitionerRole:practitioner"),
        ("_count", "100"),
    ]
    try:
        found = await call.all("/PractitionerRole", query)
    except _Refusal as no:
        return Said("refused", {}, no.reason)
    people = {f"Practitioner/{one['id']}": one for one in found if one["resourceType"] == "Practitioner"}
    roles = [one for one in found if one["resourceType"] == "PractitionerRole"]
    return Said("done", {"items": [mapping.doctor_of(role, people) for role in roles]})


async def _slots(call: _Call, params: Slots) -> Said:
    after = params.until_day + timedelta(days=1)
    query = [
        ("schedule.actor", f"PractitionerRole/{params.resource}"),
        ("start", f"ge{params.from_day}T00:00:00+08:00"),
        ("start", f"lt{after}T00:00:00+08:00"),
        ("_include", "Slot:schedule"),
        ("_count", "100"),
    ]
    try:
        found = await call.all("/Slot", query)
    except _Refusal as no:
        return Said("refused", {}, no.reason)
    slots = [mapping.slot_of(one) for one in found if one["resourceType"] == "Slot"]
    return Said("done", {"items": slots})


async def _hold(call: _Call, params: HoldSlot) -> Said:
    fhir.id_(params.slot)
    wanted = mapping.wanted(call.ring, params)
    said = await call.create("Appointment", wanted, lambda one: Said("done", mapping.booking_of(one)))
    if said.state == "done" and said.body["slot"] != params.slot:
        raise wire.OffForm("slot")
    return said


async def _booking(call: _Call, params: Booked) -> Said:
    """Read the Appointment, put it back changed; once more when somebody else changed it in between."""
    becomes = _BECOMES.get(call.ring.operation)
    for _ in range(2):
        try:
            resource, version = await call.seen(params.booking)
            now = mapping.booking_of(resource)
            if becomes is None or now["state"] == becomes:
                return Said("done", now)
            changed = mapping.booking_of(await call.change(mapping.changed(resource, becomes), version))
        except _Refusal as no:
            if no.status != 412:
                return Said("refused", {}, no.reason)
            continue
        if changed["state"] != becomes or changed["booking"] != params.booking:
            raise wire.OffForm("appointment")
        return Said("done", changed)
    return Said("refused", {}, "changed_meanwhile")


async def _queue(call: _Call, params: Booked) -> Said:
    query = [("appointment", f"Appointment/{fhir.id_(params.booking)}")]
    try:
        (encounter,) = fhir.entries(await call.get("/Encounter", query), "Encounter")
    except _Refusal as no:
        return Said("refused", {}, no.reason)
    except ValueError as error:
        raise wire.OffForm("encounter") from error
    return Said("done", mapping.queue_of(encounter))


async def _arrears(call: _Call, params: Account) -> Said:
    query = [("identifier", f"{fhir.ACCOUNT}|{params.account}"), ("_revinclude", "ChargeItem:account")]
    try:
        body = accounts.arrears_of(await call.get("/Account", query))
    except _Refusal as no:
        return Said("refused", {}, no.reason)
    if body["account"] != params.account:
        raise wire.OffForm("account")
    return Said("done", {} if call.ring.operation == "topup.validate" else body)


async def _status(call: _Call) -> Said:
    purpose = "deposit" if call.ring.operation == "topup.status" else "charges"
    query = [("identifier", f"{fhir.KEY}|{call.ring.key}"), ("recipient", purpose)]
    try:
        found = fhir.entries(await call.get("/PaymentNotice", query), "PaymentNotice")
    except _Refusal as no:
        return Said("refused", {}, no.reason)
    if not found:
        return Said("refused", {}, "not_seen")
    if len(found) != 1 or fhir.identifier(found[0], fhir.KEY) != str(call.ring.key):
        raise wire.OffForm("notice")
    return _taken(found[0])


async def _day_file(call: _Call, params: Day) -> Said:
    found = await call.all("/PaymentNotice", [("created", str(params.day)), ("_count", "500")])
    return Said("done", {"day": str(params.day), "lines": [accounts.line_of(one) for one in found]})


async def _records(call: _Call) -> Said:
    ring = call.ring
    who = ring.subject
    try:
        if ring.operation == "share.fetch":
            found = fhir.entries(await call.find("Patient", _who(ring)), "Patient")
            with fhir.as_agreed():
                (patient,) = found
            return Said("done", accounts.facts_of(patient))
        kind = accounts.KINDS.get(ring.topic)
        if kind is None:
            return Said("refused", {}, "no_such_topic")
        if who is None:
            return Said("refused", {}, "patient_needed")
        bundle = await call.find(kind, [*_who(ring), ("category", ring.topic)])
    except _Refusal as no:
        return Said("refused", {}, no.reason)
    rows: list[dict[str, Any]] = [accounts.record_of(ring.topic, one) for one in fhir.entries(bundle, kind)]
    with fhir.as_agreed():
        return Said("done", {"as_of": bundle["meta"]["lastUpdated"], "records": rows})


def _as_records(said: Said, at: datetime) -> Said:
    """Departments or doctors as rows of a query."""
    if said.state != "done":
        return said
    rows = [{word: value for word, value in one.items() if word != "kind"} for one in said.body["items"]]
    return Said("done", {"as_of": at.isoformat(), "records": rows})


def _who(ring: Ring) -> list[tuple[str, str]]:
    who = ring.subject
    if who is None:
        return []
    said = [("patient.identifier", f"{fhir.ID_CARD}|{who.id_number or ''}"), ("patient.name", who.name or "")]
    return [*said, ("patient.phone", who.phone)] if who.phone else said


def _taken(notice: fhir.Resource) -> Said:
    return accounts.taken_of(notice)


def _news(entry: fhir.Resource) -> News:
    resource = entry["resource"]
    key, provider = UUID(fhir.identifier(resource, fhir.KEY)), entry["fullUrl"].split("/")[-3]
    match resource["resourceType"]:
        case "Appointment":
            said: Said = Said("done", mapping.booking_of(resource))
            operation: Operation = "book.status"
        case "Encounter":
            said, operation = Said("done", mapping.queue_of(resource)), "book.queue"
        case "PaymentNotice":
            deposit = resource["recipient"]["identifier"]["value"] == "deposit"
            said, operation = accounts.taken_of(resource), "topup.status" if deposit else "bill.status"
        case _:
            raise wire.OffForm("news")
    return News(entry["id"], provider, operation, key, said)
