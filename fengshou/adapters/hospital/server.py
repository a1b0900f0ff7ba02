"""The hospitals as a real FHIR server, with a page that shows who is where.

Protocol: manifest.yaml. For demos: `GET /` (the page), `POST /desk` (a department goes away), `GET|POST /control`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters import wire
from fengshou.adapters.hospital import accounts, fhir, mapping
from fengshou.adapters.hospital.corridor import corridor_sheet
from fengshou.adapters.hospital.simulator import Book, Hospitals
from fengshou.adapters.hospital.wards import read_departments
from fengshou.services import News, Operation, Ring, Said, Subject

PATH = "/simulators/hospital"
_PAGING = (("page", "0"), ("_count", "100"))
_SAMPLES = Path(__file__).parent / "samples"
_NO_KEY = UUID(int=0)
_NOT_FOUND = frozenset(
    {"no_such_booking", "no_such_slot", "no_such_doctor", "no_such_department", "not_seen"}
)
_CHANGES: Mapping[str, Operation] = {
    "booked": "book.confirm",
    "checked_in": "book.check_in",
    "cancelled": "book.cancel",
}


def load_hospitals(*, epoch: str | None = None) -> Hospitals:
    """The hospitals that ship with the simulator."""
    departments, outcomes = (wire.sample(_SAMPLES / f"{name}.yaml") for name in ("departments", "outcomes"))
    return Hospitals(
        read_departments(departments), wire.read_outcomes(outcomes), epoch=epoch or wire.fresh_epoch()
    )


def build_app(
    own: wire.Credentials,
    *,
    hospitals: Hospitals | None = None,
    journal: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hold_s: float = 30.0,
) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with.

    journal  a file that lets it remember across restarts; None forgets
    """
    stand = wire.Stand(own, hold_s=hold_s)
    core = hospitals or load_hospitals()
    gate = _Gate(wire.Hall(core, journal=journal, now=now), core, stand)
    guarded = stand.guarded
    searched = [
        Route(f"/{{provider}}/{kind}/_search", guarded(gate.records), methods=["POST"])
        for kind in ("DiagnosticReport", "MedicationRequest", "Encounter", "ChargeItem", "Patient")
    ]
    return Starlette(
        routes=[
            Route("/", gate.page),
            Route("/desk", gate.desk, methods=["POST"]),
            Route("/_history", guarded(gate.history)),
            *searched,
            Route("/{provider}/HealthcareService", guarded(gate.services)),
            Route("/{provider}/PractitionerRole", guarded(gate.roles)),
            Route("/{provider}/Slot", guarded(gate.slots)),
            Route("/{provider}/Appointment", guarded(gate.hold), methods=["POST"]),
            Route("/{provider}/Appointment/{id}", guarded(gate.change), methods=["PUT"]),
            Route("/{provider}/Appointment/{id}", guarded(gate.appointment)),
            Route("/{provider}/Encounter", guarded(gate.queue)),
            Route("/{provider}/Account", guarded(gate.account)),
            Route("/{provider}/PaymentNotice", guarded(gate.pay), methods=["POST"]),
            Route("/{provider}/PaymentNotice", guarded(gate.notices)),
            stand.control(),
        ]
    )


class _Gate:
    """The endpoints: requests in, the hall's words out as resources."""

    def __init__(self, hall: wire.Hall[Book], core: Hospitals, stand: wire.Stand) -> None:
        self._hall = hall
        self._core = core
        self._stand = stand

    async def services(self, request: Request, _: bytes) -> Response:
        said = self._ring(request, "book.resources", {})
        if said.state != "done":
            return await self._refused(request, said)
        found = [mapping.service_of(one) for one in said.body["items"]]
        return _fhir(fhir.bundle(found, total=len(found)))

    async def roles(self, request: Request, _: bytes) -> Response:
        group = request.query_params.get("service", "").removeprefix("HealthcareService/")
        said = self._ring(request, "book.resources", {"group": group or None})
        if said.state != "done":
            return await self._refused(request, said)
        found = [one for person in said.body["items"] for one in mapping.role_of(person, group)]
        return _fhir(fhir.bundle(found, total=len(said.body["items"])))

    async def slots(self, request: Request, _: bytes) -> Response:
        query = request.query_params
        doctor = query.get("schedule.actor", "").removeprefix("PractitionerRole/")
        first, after = (_bound(query.getlist("start"), word) for word in ("ge", "lt"))
        if first is None or after is None:
            return _fhir(fhir.outcome("bad_request", "start", "invalid"), 400)
        params = {"resource": doctor, "from_day": first, "until_day": after - timedelta(days=1)}
        said = self._ring(request, "book.slots", params)
        if said.state != "done":
            return await self._refused(request, said)
        return _fhir(_page_of(request, [mapping.slot_resource(one) for one in said.body["items"]], doctor))

    async def hold(self, request: Request, body: bytes) -> Response:
        try:
            params, subject = mapping.hold_of(fhir.read(body, "Appointment"))
            key = _key(request)
        except (wire.OffForm, ValueError):
            return _fhir(fhir.outcome("bad_request", "Appointment", "invalid"), 400)
        said = self._ring(request, "book.hold", params, key, subject)
        return await self._booking(request, said, created=True)

    async def change(self, request: Request, body: bytes) -> Response:
        provider, booking = request.path_params["provider"], request.path_params["id"]
        try:
            wanted = mapping.state_wanted(fhir.read(body, "Appointment"))
            operation = _CHANGES[wanted]
        except (wire.OffForm, KeyError):
            return _fhir(fhir.outcome("bad_request", "Appointment", "invalid"), 400)
        if request.headers.get("if-match") != f'W/"{self._core.version(provider, booking)}"':
            return _fhir(fhir.outcome("changed_meanwhile", "", "conflict"), 412)
        return await self._booking(request, self._ring(request, operation, {"booking": booking}))

    async def appointment(self, request: Request, _: bytes) -> Response:
        params = {"booking": request.path_params["id"]}
        return await self._booking(request, self._ring(request, "book.status", params))

    async def queue(self, request: Request, _: bytes) -> Response:
        provider = request.path_params["provider"]
        booking = request.query_params.get("appointment", "").removeprefix("Appointment/")
        said = self._ring(request, "book.queue", {"booking": booking})
        key = self._core.key_of(provider, booking)
        if said.state != "done" or key is None:
            return await self._refused(request, said)
        return _fhir(fhir.bundle([mapping.encounter_of(said.body, booking, key)], total=1))

    async def account(self, request: Request, _: bytes) -> Response:
        account = request.query_params.get("identifier", "").rpartition("|")[2]
        said = self._ring(request, "bill.arrears", {"account": account})
        if said.state != "done":
            return await self._refused(request, said)
        charges = [accounts.charge_of(bill, account) for bill in said.body["bills"]]
        return _fhir(fhir.bundle([accounts.account_of(said.body), *charges], total=1))

    async def pay(self, request: Request, body: bytes) -> Response:
        try:
            notice = fhir.read(body, "PaymentNotice")
            deposit, params = accounts.paid_of(notice)
            key = _key(request)
        except (wire.OffForm, ValueError):
            return _fhir(fhir.outcome("bad_request", "PaymentNotice", "invalid"), 400)
        said = self._ring(request, "topup.deliver" if deposit else "bill.pay", params, key)
        if said.state not in ("done", "pending"):
            return await self._refused(request, said)
        purpose = "deposit" if deposit else "charges"
        return _fhir(accounts.taken_notice(key, purpose, said, notice["created"]), 201)

    async def notices(self, request: Request, _: bytes) -> Response:
        query = request.query_params
        if day := query.get("created"):
            said = self._ring(request, "bill.day_file", {"day": day})
            if said.state != "done":
                return await self._refused(request, said)
            return _fhir(_page_of(request, [accounts.day_line(line, day) for line in said.body["lines"]]))
        purpose = query.get("recipient", "charges")
        operation: Operation = "topup.status" if purpose == "deposit" else "bill.status"
        try:
            key = UUID(query.get("identifier", "").rpartition("|")[2])
        except ValueError:
            return _fhir(fhir.outcome("bad_request", "identifier", "invalid"), 400)
        said = self._ring(request, operation, {}, key)
        if said.reason == "not_seen":
            return _fhir(fhir.bundle([], total=0))
        if said.state in ("unknown", "unavailable"):
            return await self._refused(request, said)
        created = self._hall.now().isoformat()
        return _fhir(fhir.bundle([accounts.taken_notice(key, purpose, said, created)], total=1))

    async def records(self, request: Request, body: bytes) -> Response:
        asked = dict(parse_qsl(body.decode("utf-8", "replace")))
        number = asked.get("patient.identifier", "").rpartition("|")[2]
        subject = Subject(asked.get("patient.name"), number or None, asked.get("patient.phone"))
        topic = asked.get("category", "")
        operation: Operation = "query.fetch" if topic else "share.fetch"
        said = self._ring(request, operation, {}, _NO_KEY, subject, topic)
        if said.state != "done":
            return await self._refused(request, said)
        at = said.body["as_of"]
        if operation == "share.fetch":
            found = [accounts.patient_of(said.body["facts"], at)]
        else:
            found = [accounts.record_resource(topic, row, subject) for row in said.body["records"]]
        return _fhir(fhir.bundle(found, total=len(found)) | {"meta": {"lastUpdated": at}})

    async def history(self, request: Request, _: bytes) -> Response:
        after = request.query_params.get("after", "")
        post = self._hall.news(after, 100)
        told = [self._entry(news) for news in post.news for _ in range(self._stand.times)]
        following = urlencode({"after": post.cursor, "more": int(post.more)})
        bundle: fhir.Resource = {
            "resourceType": "Bundle",
            "type": "history",
            "link": [{"relation": "next", "url": f"_history?{following}"}],
        }
        return _fhir(bundle | ({"entry": told} if told else {}))

    async def desk(self, request: Request) -> Response:
        wish = wire.json_object(request, await request.body())
        try:
            return JSONResponse(self._hall.wish(wish or {}))
        except wire.BadWish as error:
            return JSONResponse({"error": "bad_wish", "fault": str(error)}, 422)

    async def page(self, request: Request) -> Response:
        sheet = corridor_sheet(
            self._core, self._hall.now(), request.query_params, wire.locale_of(request), wire.base_of(request)
        )
        return wire.show(request, sheet, self._stand.mode)

    def _ring(
        self,
        request: Request,
        operation: Operation,
        params: Mapping[str, Any],
        key: UUID = _NO_KEY,
        subject: Subject | None = None,
        topic: str = "",
    ) -> Said:
        provider = request.path_params["provider"]
        return self._hall.ring(Ring(operation, provider, key, topic, params, subject))

    async def _booking(self, request: Request, said: Said, *, created: bool = False) -> Response:
        if said.state != "done":
            return await self._refused(request, said)
        provider, booking = request.path_params["provider"], said.body["booking"]
        version = self._core.version(provider, booking)
        answer = _fhir(self._as_resource(provider, said), 201 if created else 200)
        answer.headers["etag"] = f'W/"{version}"'
        return answer

    def _as_resource(self, provider: str, said: Said) -> fhir.Resource:
        booking = said.body["booking"]
        key, version = self._core.key_of(provider, booking), self._core.version(provider, booking)
        session = self._core.book(provider).wards.session(said.body["slot"])
        assert key is not None
        assert session is not None
        times = (session.starts_at.isoformat(), session.ends_at.isoformat())
        return mapping.appointment_of(said.body, key, version, times)

    def _entry(self, news: News) -> fhir.Resource:
        resource: fhir.Resource
        if news.operation == "book.status":
            resource = self._as_resource(news.provider, news.said)
        elif news.operation == "book.queue":
            resource = mapping.encounter_of(news.said.body, news.message.rpartition("-")[0], news.key)
        else:
            purpose = "deposit" if news.operation == "topup.status" else "charges"
            at = self._hall.now().isoformat()
            resource = accounts.taken_notice(news.key, purpose, news.said, at) | {"id": news.message}
        kind = resource["resourceType"]
        return {
            "id": news.message,
            "fullUrl": f"https://fengshou.example/{news.provider}/{kind}/{resource['id']}",
            "resource": resource,
            "request": {"method": "PUT", "url": f"{kind}/{resource['id']}"},
            "response": {"status": "200"},
        }

    async def _refused(self, request: Request, said: Said) -> Response:
        if said.state == "unknown":
            return await self._stand.silence(request)
        if said.state != "refused":
            return _fhir(fhir.outcome("unavailable", "", "transient"), 503)
        reason = said.reason or ""
        code = "not-found" if reason in _NOT_FOUND else "business-rule"
        text = mapping.REASONS[reason][0] if reason in mapping.REASONS else reason
        return _fhir(fhir.outcome(reason, text, code), 404 if reason in _NOT_FOUND else 422)


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)


def _fhir(resource: fhir.Resource, status: int = 200) -> Response:
    return Response(fhir.write(resource), status, media_type=fhir.CONTENT_TYPE)


def _key(request: Request) -> UUID:
    """Our key, of the conditional create."""
    (asked,) = parse_qs(request.headers.get("if-none-exist", ""))["identifier"]
    return UUID(asked.rpartition("|")[2])


def _bound(said: list[str], word: str) -> date | None:
    found = next((one[2:12] for one in said if one.startswith(word)), "")
    try:
        return date.fromisoformat(found)
    except ValueError:
        return None


def _page_of(request: Request, found: list[fhir.Resource], doctor: str | None = None) -> fhir.Resource:
    """A page of a search, and where it goes on."""
    query = request.query_params
    at, count = (int(n) if (n := query.get(w, d)).isdecimal() and len(n) < 7 else 0 for w, d in _PAGING)
    after = at + min(max(count, 1), 500)
    rest = [(name, value) for name, value in query.multi_items() if name != "page"]
    following = "?" + urlencode([*rest, ("page", str(after))]) if after < len(found) else None
    page = found[at:after]
    if doctor is not None and page:
        page = [*page, mapping.schedule_of(doctor)]
    return fhir.bundle(page, total=len(found), next_url=following)
