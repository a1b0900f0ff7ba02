"""The rail as a real server.

Protocol: `POST /messages` (one BizMsg), `GET /messages?after=&limit=` (a Batch). For demos:
`GET /` (a page), `POST /inbound` (money from an outside bank), `GET /inbound/{message_id}` (what became of it),
`GET|POST /control`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters import wire
from fengshou.adapters.rail import codec
from fengshou.adapters.rail.desk import BadWish, Desk, load_rules
from fengshou.adapters.rail.lobby import lobby_sheet
from fengshou.adapters.rail.mapping import member_bank_code, to_xml
from fengshou.adapters.rail.simulator import Reply, Rules

PATH = "/simulators/rail"
RAIL_CODE = "899999000000"
OWN_CODE = member_bank_code(1)  # the provincial centre is the one participant of the federation
_XML = "application/xml"
_STATUS = {Reply.TAKEN: 204, Reply.NOT_SEEN: 404, Reply.CONFLICT: 409, Reply.MISDIRECTED: 422}


def build_app(
    own: wire.Credentials,
    *,
    rules: Rules | None = None,
    journal: Path | None = None,
    rail_code: str = RAIL_CODE,
    own_code: str = OWN_CODE,
    hold_s: float = 30.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with.

    journal  a file that lets it remember across restarts; None forgets
    """
    desk = Desk(code=rail_code, participant=own_code, rules=rules or load_rules(), journal=journal)
    stand = wire.Stand(own, hold_s=hold_s)
    counter = _Counter(desk, stand, now)
    app = Starlette(
        routes=[
            Route("/", counter.lobby),
            Route("/messages", stand.guarded(counter.take), methods=["POST"]),
            Route("/messages", stand.guarded(counter.mail), methods=["GET"]),
            Route("/inbound", counter.inbound, methods=["POST"]),
            Route("/inbound/{message_id}", counter.fate),
            stand.control(),
        ]
    )
    app.state.desk = desk
    return app


class _Counter:
    """The endpoints: requests in, the desk's words out."""

    def __init__(self, desk: Desk, stand: wire.Stand, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._stand = stand
        self._now = now

    async def take(self, request: Request, body: bytes) -> Response:
        try:
            reply = self._desk.receive(body, self._now())
        except codec.BadMessage as error:
            return JSONResponse({"error": "bad_message", "fault": str(error)}, 400)
        if reply is Reply.SILENCE:
            return await self._stand.silence(request)
        if isinstance(reply, Reply):
            return Response(status_code=_STATUS[reply])
        return Response(codec.to_bytes(to_xml(reply)), media_type=_XML)

    async def mail(self, request: Request, _: bytes) -> Response:
        said = request.query_params.get("limit", "50")
        limit = min(int(said), codec.MESSAGES_MAX) if said.isdecimal() and len(said) < 5 else 50
        letters, cursor = self._desk.mail(request.query_params.get("after", ""), limit)
        batch = codec.bind([to_xml(letter) for letter in letters], cursor)
        return Response(codec.to_bytes(batch), media_type=_XML)

    async def lobby(self, request: Request) -> Response:
        sheet = lobby_sheet(self._desk.passages(), locale=wire.locale_of(request))
        return wire.show(request, sheet, self._stand.mode)

    async def inbound(self, request: Request) -> Response:
        wish = wire.json_object(request, await request.body())
        try:
            credit = self._desk.push(wish or {}, self._now())
        except BadWish as error:
            return JSONResponse({"error": "bad_wish", "fault": str(error)}, 422)
        said = {
            "message_id": credit.message_id,
            "end_to_end_id": credit.end_to_end_id,
            "amount_fen": credit.fen,
        }
        return JSONResponse(said, 201)

    async def fate(self, request: Request) -> Response:
        report = self._desk.status(request.path_params["message_id"])
        if report is None:
            return JSONResponse({"status": None, "reason_code": None})
        return JSONResponse({"status": report.status, "reason_code": report.reason_code})


async def serve(
    own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0, journal: Path | None = None
) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own, journal=journal)}, host=host, port=port)
