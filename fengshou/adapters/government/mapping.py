"""The network's envelope and words to ours, and back. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from fengshou.adapters import wire
from fengshou.services import News, Operation, Ring, Said, Subject, Talk

REASONS = wire.reasons_of(Path(__file__).parent)
SERVICES: Mapping[Operation, str] = {
    "query.fetch": "CX01",
    "share.fetch": "SJ01",
    "case.submit": "BJ01",
    "case.supplement": "BJ02",
    "case.withdraw": "BJ03",
    "case.progress": "BJ04",
    "cert.issue": "ZZ01",
    "cert.status": "ZZ02",
    "place.list": "DT01",
}
OPERATIONS: Mapping[str, Operation] = {service: operation for operation, service in SERVICES.items()}
NEWS = "XX01"
DONE = "0000"
CODES: Mapping[str, str] = {
    "bad_request": "E001",
    "not_offered": "E002",
    "no_such_item": "E010",
    "no_such_topic": "E011",
    "subject_needed": "E020",
    "consent_missing": "E021",
    "no_such_case": "E030",
    "no_such_certificate": "E031",
    "not_returned": "E032",
    "too_late": "E033",
    "key_conflict": "E034",
    "not_seen": "E035",
}
_REASON = {code: reason for reason, code in CODES.items()}
_NODES = {
    "10": "submitted",
    "20": "pre_checked",
    "21": "returned",
    "30": "accepted",
    "40": "in_review",
    "50": "approved",
    "51": "refused",
    "60": "delivered",
    "90": "withdrawn",
}
_NODE = {stage: node for node, stage in _NODES.items()}
_PROGRESS = {
    "caseNo": "number",
    "node": "stage",
    "nodeTime": "at",
    "opinion": "note_zh",
    "opinionEn": "note_en",
    "corrections": "fix",
    "result": "outcome",
}
_CERTIFICATE = {
    "certNo": "number",
    "status": "state",
    "issueTime": "issued_at",
    "expiryDate": "valid_until",
    "fields": "claims",
}
_RECORDS = {"dataTime": "as_of", "rows": "records"}
_SHARED = {"dataTime": "as_of", "items": "facts"}
_FEATURES = {"type": "type", "features": "features"}
_BODIES: Mapping[Operation, Mapping[str, str]] = {
    "query.fetch": _RECORDS,
    "share.fetch": _SHARED,
    "case.submit": _PROGRESS,
    "case.supplement": _PROGRESS,
    "case.withdraw": _PROGRESS,
    "case.progress": _PROGRESS,
    "cert.issue": _CERTIFICATE,
    "cert.status": _CERTIFICATE,
    "place.list": _FEATURES,
}


def consent_token(own: wire.Credentials, key: UUID, data_set: str, subject: Subject | None) -> str:
    """Our word that the person agreed to these very data being fetched in this very call."""
    number = subject.id_number if subject else None
    said = "\n".join(("consent-v1", str(key), data_set, number or ""))
    return hmac.new(own.secret, said.encode(), hashlib.sha256).hexdigest()


def request_of(ring: Ring, params: Talk, own: wire.Credentials) -> bytes:
    """A call in the network's envelope."""
    body: dict[str, Any] = {"topic": ring.topic, "params": params.model_dump(mode="json")}
    if ring.subject is not None:
        who = ring.subject
        body["applicant"] = {"name": who.name, "idNumber": who.id_number, "mobile": who.phone}
    if ring.operation == "share.fetch":
        body["authorization"] = consent_token(own, ring.key, ring.topic, ring.subject)
    head = {"service": SERVICES[ring.operation], "serial": str(ring.key), "version": "1.0"}
    return orjson.dumps({"head": head, "body": body})


def ring_of(provider: str, said: Mapping[str, Any]) -> tuple[Ring, str]:
    """A call out of the network's envelope, and its authorization; raises `OffForm`."""
    try:
        head, body = said["head"], said["body"]
        operation, key = OPERATIONS[head["service"]], UUID(head["serial"])
        applicant = body.get("applicant")
        subject = None
        if applicant is not None:
            subject = Subject(applicant["name"], applicant["idNumber"], applicant["mobile"])
        topic, params = str(body["topic"]), dict(body["params"])
        return Ring(operation, provider, key, topic, params, subject), str(body.get("authorization", ""))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise wire.OffForm("envelope") from error


def answer_of(operation: Operation, key: UUID, said: Said) -> dict[str, Any]:
    """An answer in the network's envelope."""
    reason = said.reason or ""
    code = DONE if said.state == "done" else CODES[reason]
    message = REASONS[reason][0] if reason in REASONS else ""
    head = {"code": code, "serial": str(key), "message": message}
    return {"head": head, "body": _data(operation, said.body) if said.state == "done" else {}}


def said_from(operation: Operation, key: UUID, status: int, body: bytes) -> Said:
    """Read an answer; raises `OffForm` for whatever is not as agreed."""
    head, data = _opened(status, body)
    if head.get("serial") != str(key):
        raise wire.OffForm("serial")
    code = str(head["code"])
    if code == DONE:
        return Said("done", _body(operation, data))
    return Said("refused", {}, _REASON.get(code, ""))


def news_of(news: News) -> dict[str, Any]:
    """One message of the mailbox."""
    return {
        "id": news.message,
        "provider": news.provider,
        "service": SERVICES[news.operation],
        "serial": str(news.key),
        "body": _data(news.operation, news.said.body),
    }


def news_from(status: int, body: bytes) -> tuple[list[News], str, bool]:
    """Read a page of the mailbox."""
    _, data = _opened(status, body)
    if not isinstance(data, dict):
        raise wire.OffForm("news")
    cursor, more = data.get("cursor"), data.get("more")
    if not isinstance(cursor, str) or not isinstance(more, bool) or len(cursor) > 80:
        raise wire.OffForm("cursor")
    return [_message(row) for row in wire.listed(data.get("messages"))], cursor, more


def _message(row: object) -> News:
    if not isinstance(row, dict) or row.keys() != {"id", "provider", "service", "serial", "body"}:
        raise wire.OffForm("news")
    try:
        operation, key = OPERATIONS[row["service"]], UUID(row["serial"])
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise wire.OffForm("news") from error
    message, provider = str(row["id"]), str(row["provider"])
    if not 0 < len(message) <= 80:
        raise wire.OffForm("news")
    return News(message, provider, operation, key, Said("done", _body(operation, row["body"])))


def _opened(status: int, body: bytes) -> tuple[dict[str, Any], Any]:
    said = wire.json_of(body)
    head = said.get("head")
    if status != 200 or said.keys() != {"head", "body"} or not isinstance(head, dict):
        raise wire.OffForm("envelope")
    if head.keys() != {"code", "serial", "message"} or str(head["code"]) not in (DONE, *_REASON):
        raise wire.OffForm("head")
    return head, said["body"]


def _body(operation: Operation, data: object) -> dict[str, Any]:
    body = wire.renamed(data, _BODIES[operation])
    if "stage" in body:
        body["stage"] = _NODES.get(str(body["stage"]), "")
    return body


def _data(operation: Operation, body: Mapping[str, Any]) -> dict[str, Any]:
    data = {theirs: body[ours] for theirs, ours in _BODIES[operation].items()}
    if "node" in data:
        data["node"] = _NODE[data["node"]]
    return data
