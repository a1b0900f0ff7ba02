"""The gateway as a real server, with an inbox that people can look at.

Protocol: `POST /messages`, `GET /receipts?after=`. For demos: `GET /` (the inbox page), `GET /inbox?phone=`
(the same as JSON), `GET|POST /control`.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters import wire
from fengshou.adapters.sms.inbox import inbox_sheet
from fengshou.adapters.sms.simulator import OUTCOMES, Gateway, Letter

PATH = "/simulators/sms"
_SAMPLES = Path(__file__).parent / "samples"
_PAGE_MAX = 100


def load_gateway(path: Path = _SAMPLES / "phones.yaml") -> Gateway:
    """A fresh gateway with the phone numbers that ship with the simulator."""
    phones = yaml.safe_load(path.read_text("utf-8"))
    if wrong := set(phones.values()) - OUTCOMES:
        raise ValueError(f"phones: outcomes {sorted(wrong)} are unknown")
    return Gateway(phones, epoch=secrets.token_hex(4))


def build_app(own: wire.Credentials, *, gateway: Gateway | None = None, hold_s: float = 30.0) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with."""
    stand = wire.Stand(own, hold_s=hold_s)
    box = gateway or load_gateway()

    async def take(request: Request, body: bytes) -> Response:
        asked = wire.json_object(request, body) or {}
        texts = [asked.get(key) for key in ("message_id", "phone", "text")]
        wanted = [text for text in texts if isinstance(text, str)]
        if len(wanted) != len(texts) or not 0 < len(wanted[0]) <= 64:
            return JSONResponse({"error": "bad_request"}, 400)
        message_id, phone, letter = wanted
        outcome = box.take(message_id, phone, letter, datetime.now(UTC))
        if outcome == "silent":
            return await stand.silence(request)
        refused = outcome == "refused"
        said = {"message_id": message_id, "status": "REFUSED" if refused else "ACCEPTED"}
        return JSONResponse(said, 422 if refused else 202)

    async def receipts(request: Request, _: bytes) -> Response:
        rows, cursor = box.receipts(request.query_params.get("after", ""), _limit(request))
        return JSONResponse({"receipts": rows, "cursor": cursor})

    async def inbox(request: Request) -> Response:
        letters = box.inbox(request.query_params.get("phone") or None, _limit(request))
        return JSONResponse({"messages": [_shown(letter) for letter in letters]})

    async def page(request: Request) -> Response:
        phone = request.query_params.get("phone", "")
        letters = box.inbox(phone or None, _limit(request))
        sheet = inbox_sheet(letters, phone=phone, locale=wire.locale_of(request), base=wire.base_of(request))
        return wire.show(request, sheet, stand.mode)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/inbox", inbox),
            Route("/messages", stand.guarded(take), methods=["POST"]),
            Route("/receipts", stand.guarded(receipts)),
            stand.control(),
        ]
    )


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)


def _shown(letter: Letter) -> dict[str, str]:
    return {
        "message_id": letter.message_id,
        "phone": letter.phone,
        "text": letter.text,
        "at": letter.at.isoformat(timespec="seconds"),
    }


def _limit(request: Request) -> int:
    said = request.query_params.get("limit", "")
    return min(int(said), _PAGE_MAX) if said.isdecimal() and len(said) < 5 else 50
