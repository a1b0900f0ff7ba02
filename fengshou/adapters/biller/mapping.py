"""Their words to ours, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from fengshou.adapters import wire
from fengshou.services import Account, Day, News, Operation, Pay, Ring, Said, Talk, Target

REASONS = wire.reasons_of(Path(__file__).parent)
ROWS_MAX = 4_000  # of a day file in one answer
_STATES = {"OK": "done", "PROCESSING": "pending", "REFUSED": "refused"}
_WORDS = {state: word for word, state in _STATES.items()}
_STATUS = {"done": 200, "pending": 202, "refused": 422}
_KEYED = frozenset({"bill.pay", "bill.status", "topup.deliver", "topup.status"})
_ARREARS = {"account": "account", "holder": "holder", "address": "place", "as_of": "as_of", "bills": "bills"}
_BILL = {
    "bill_no": "bill",
    "period": "period",
    "amount_fen": "fen",
    "late_fee_fen": "late_fen",
    "due": "due_on",
    "partial": "part_allowed",
    "title_zh": "label_zh",
    "title_en": "label_en",
}
_TAKEN = {"serial": "number", "remark": "note"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the hub's protocol."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def request_of(ring: Ring, params: Talk) -> Request:
    """How a call is put to the hub."""
    home = f"/{ring.provider}"
    kind = "payments" if ring.operation.startswith("bill.") else "deliveries"
    match params:
        case Pay():
            items = [{"bill_no": bill, "amount_fen": fen} for bill, fen in sorted(params.fen.items())]
            paid_at = params.paid_at.isoformat()
            body = orjson.dumps({"account": params.account, "paid_at": paid_at, "items": items})
            return Request("PUT", f"{home}/payments/{ring.key}", body=body)
        case Target():
            body = orjson.dumps({"account": params.account, "amount_fen": params.fen})
            return Request("PUT", f"{home}/deliveries/{ring.key}", body=body)
        case Account():
            what = "arrears" if ring.operation == "bill.arrears" else "targets"
            return Request("GET", f"{home}/{what}", {"account": params.account})
        case Day():
            return Request("GET", f"{home}/day-files/{params.day}", {"from": "0"})
    return Request("GET", f"{home}/{kind}/{ring.key}")


def said_from(operation: Operation, key: UUID, status: int, body: bytes) -> Said:
    """Read an answer; raises `OffForm` for whatever is not as agreed."""
    said = wire.json_of(body)
    state = _STATES.get(str(said.get("status")))
    if state is None or status != _STATUS[state] or said.keys() - {"status", "code", "key", "data"}:
        raise wire.OffForm("envelope")
    if said.get("key") != (str(key) if operation in _KEYED else None):
        raise wire.OffForm("key")
    return _said(operation, state, said.get("code"), said.get("data"))


def answer_of(operation: Operation, key: UUID, said: Said) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer, as the hub gives it."""
    own = {"key": str(key)} if operation in _KEYED else {}
    return _STATUS[said.state], own | _told(operation, said)


def news_from(body: bytes) -> tuple[list[News], str, bool]:
    """Read a page of news."""
    said = wire.json_of(body)
    cursor, more = said.get("cursor"), said.get("more")
    if not isinstance(cursor, str) or not isinstance(more, bool) or len(cursor) > 80:
        raise wire.OffForm("cursor")
    return [_news(row) for row in wire.listed(said.get("news"))], cursor, more


def news_of(news: News) -> dict[str, Any]:
    """One news, as the hub gives it."""
    return {
        "id": news.message,
        "provider": news.provider,
        "about": "payment" if news.operation == "bill.status" else "delivery",
        "key": str(news.key),
        **_told(news.operation, news.said),
    }


def _news(row: object) -> News:
    if not isinstance(row, dict) or row.get("about") not in ("payment", "delivery"):
        raise wire.OffForm("news")
    operation: Operation = "bill.status" if row["about"] == "payment" else "topup.status"
    try:
        key = UUID(row["key"])
        message, provider = str(row["id"]), str(row["provider"])
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise wire.OffForm("news") from error
    state = _STATES.get(str(row.get("status")))
    if state is None or not 0 < len(message) <= 80:
        raise wire.OffForm("news")
    return News(message, provider, operation, key, _said(operation, state, row.get("code"), row.get("data")))


def _said(operation: Operation, state: str, code: object, data: object) -> Said:
    if state == "refused":
        return Said("refused", {}, str(code).lower())
    if state == "pending":
        return Said("pending")
    return Said("done", _body(operation, data))


def _told(operation: Operation, said: Said) -> dict[str, Any]:
    if said.state == "done":
        return {"status": "OK", "data": _data(operation, said.body)}
    code = {"code": (said.reason or "").upper()} if said.state == "refused" else {}
    return {"status": _WORDS[said.state], **code}


def _body(operation: Operation, data: object) -> Mapping[str, Any]:
    if operation == "bill.arrears":
        body = wire.renamed(data, _ARREARS)
        return body | {"bills": [wire.renamed(bill, _BILL) for bill in wire.listed(body.get("bills"))]}
    if operation == "topup.validate":
        return wire.renamed(data, {})
    return wire.renamed(data, _TAKEN)


def _data(operation: Operation, body: Mapping[str, Any]) -> dict[str, Any]:
    if operation == "bill.arrears":
        bills = [_back(bill, _BILL) for bill in body["bills"]]
        return _back(body, _ARREARS) | {"bills": bills}
    return {} if operation == "topup.validate" else _back(body, _TAKEN)


def _back(said: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    return {theirs: said[ours] for theirs, ours in words.items()}
