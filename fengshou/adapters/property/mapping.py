"""JSON-RPC 2.0 to our words, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from fengshou.adapters import wire
from fengshou.services import News, Operation, Ring, Said, Subject, Talk

HOME = Path(__file__).parent
REASONS = wire.reasons_of(HOME)
ROWS_MAX = 4_000  # of a day file in one answer
METHODS: Mapping[Operation, str] = {
    "query.fetch": "records.list",
    "share.fetch": "home.facts",
    "bill.arrears": "fees.owed",
    "bill.pay": "fees.paid",
    "bill.status": "fees.payment",
    "bill.day_file": "fees.day",
    "topup.validate": "deposits.check",
    "topup.deliver": "deposits.add",
    "topup.status": "deposits.payment",
    "ticket.create": "tickets.open",
    "ticket.update": "tickets.note",
    "ticket.status": "tickets.get",
    "door.grant": "passes.grant",
    "door.code": "passes.code",
    "door.revoke": "passes.revoke",
    "door.events": "doors.events",
    "place.list": "places.list",
}
OPERATIONS: Mapping[str, Operation] = {method: operation for operation, method in METHODS.items()}
NEWS = "news.list"
NO_KEY = str(UUID(int=0))
REFUSED = -32_000  # a server error of the standard; `data.reason` says which
_STATES = ("done", "pending")


def request_of(ring: Ring, params: Talk, **more: int) -> bytes:
    """A call."""
    said: dict[str, Any] = {"topic": ring.topic, "args": params.model_dump(mode="json"), **more}
    if ring.subject is not None:
        who = ring.subject
        said["who"] = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    return call(METHODS[ring.operation], str(ring.key), said)


def call(method: str, id_: str, params: Mapping[str, Any]) -> bytes:
    """A call of any method."""
    return orjson.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})


def ring_of(provider: str, said: Mapping[str, Any]) -> Ring:
    """A call, read; raises `OffForm`."""
    try:
        params = said["params"]
        who = params.get("who")
        subject = Subject(who["name"], who["id_number"], who["phone"]) if who is not None else None
        operation, key = OPERATIONS[said["method"]], UUID(said["id"])
        return Ring(operation, provider, key, str(params["topic"]), dict(params["args"]), subject)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise wire.OffForm("call") from error


def answer_of(id_: str, said: Said) -> dict[str, Any]:
    """An answer."""
    if said.state in _STATES:
        return {"jsonrpc": "2.0", "id": id_, "result": {"state": said.state, "body": dict(said.body)}}
    return failure(id_, said.reason or "")


def failure(id_: str | None, reason: str, code: int = REFUSED) -> dict[str, Any]:
    """An answer that says no."""
    message = REASONS[reason][1] if reason in REASONS else reason
    return {
        "jsonrpc": "2.0",
        "id": id_,
        "error": {"code": code, "message": message, "data": {"reason": reason}},
    }


def said_from(key: str, status: int, body: bytes) -> Said:
    """Read an answer; raises `OffForm` for whatever is not as agreed."""
    said = wire.json_of(body)
    if status != 200 or said.get("jsonrpc") != "2.0" or said.get("id") != key:
        raise wire.OffForm("answer")
    if said.keys() == {"jsonrpc", "id", "error"}:
        return Said("refused", {}, _reason(said["error"]))
    if said.keys() != {"jsonrpc", "id", "result"}:
        raise wire.OffForm("answer")
    return _result(said["result"])


def news_of(news: News) -> dict[str, Any]:
    """One message of the mailbox."""
    said: dict[str, Any] = {"state": news.said.state, "body": dict(news.said.body)}
    if news.said.state == "refused":
        said["reason"] = news.said.reason
    return {
        "id": news.message, "provider": news.provider, "about": METHODS[news.operation], "key": str(news.key), **said,
    }  # fmt: skip


def news_from(status: int, body: bytes) -> tuple[list[News], str, bool]:
    """Read a page of the mailbox."""
    said = said_from(NO_KEY, status, body)
    page = said.body
    cursor, more = page.get("cursor"), page.get("more")
    if not isinstance(cursor, str) or not isinstance(more, bool) or len(cursor) > 80:
        raise wire.OffForm("cursor")
    return [_message(row) for row in wire.listed(page.get("news"))], cursor, more


def _message(row: object) -> News:
    if not isinstance(row, dict):
        raise wire.OffForm("news")
    try:
        operation, key = OPERATIONS[row["about"]], UUID(row["key"])
        message, provider = str(row["id"]), str(row["provider"])
        refused = row["state"] == "refused"
        said = Said("refused", {}, str(row["reason"])) if refused else _result(_part(row))
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise wire.OffForm("news") from error
    if not 0 < len(message) <= 120:
        raise wire.OffForm("news")
    return News(message, provider, operation, key, said)


def _part(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": row["state"], "body": row["body"]}


def _result(said: object) -> Said:
    if not isinstance(said, dict) or said.keys() != {"state", "body"} or not isinstance(said["body"], dict):
        raise wire.OffForm("result")
    if said["state"] == "done":
        return Said("done", said["body"])
    if said["state"] == "pending":
        return Said("pending", said["body"])
    raise wire.OffForm("state")


def _reason(error: object) -> str:
    try:
        if isinstance(error, dict) and error["code"] == REFUSED:
            return str(error["data"]["reason"])
    except (KeyError, TypeError) as fault:
        raise wire.OffForm("error") from fault
    raise wire.OffForm("error")
