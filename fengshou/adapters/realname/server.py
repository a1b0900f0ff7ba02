"""The register as a real server. Serves `POST /verifications`, `GET|POST /control`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters import wire
from fengshou.adapters.realname.simulator import Register, evidence_no

PATH = "/simulators/realname"
_SAMPLES = Path(__file__).parent / "samples"
_TEXT_CHARS_MAX = 128


def load_register(path: Path = _SAMPLES / "register.yaml") -> Register:
    """The register file that ships with the simulator."""
    return Register.read(yaml.safe_load(path.read_text("utf-8")))


def build_app(own: wire.Credentials, *, register: Register | None = None, hold_s: float = 30.0) -> Starlette:
    """The simulator as an ASGI app; `own` are the credentials it expects its caller to sign with."""
    book = register or load_register()
    stand = wire.Stand(own, hold_s=hold_s)

    async def verify(request: Request, body: bytes) -> Response:
        asked = wire.json_object(request, body) or {}
        texts = [asked.get(key) for key in ("request_id", "name", "id_number")]
        wanted = [text for text in texts if isinstance(text, str) and 0 < len(text) <= _TEXT_CHARS_MAX]
        if len(wanted) != len(texts):
            return JSONResponse({"error": "bad_request"}, 422)
        request_id, name, number = wanted
        outcome = book.look_up(name, number)
        if outcome == "UNAVAILABLE":
            return JSONResponse({"error": "unavailable"}, 503)
        if outcome == "SILENT":
            return await stand.silence(request)
        said = {
            "request_id": request_id,
            "result": outcome,
            "evidence_no": evidence_no(request_id, outcome),
            "checked_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        return JSONResponse(said)

    return Starlette(
        routes=[Route("/verifications", stand.guarded(verify), methods=["POST"]), stand.control()]
    )


async def serve(own: wire.Credentials, *, host: str = "127.0.0.1", port: int = 0) -> wire.Running:
    """Serve the simulator on its own; its address is `running.base_url + PATH`."""
    return await wire.serve({PATH: build_app(own)}, host=host, port=port)
