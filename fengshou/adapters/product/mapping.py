"""Their words to ours, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from fengshou.adapters import wire
from fengshou.services import News, Operation, Ring, Said, Talk

REASONS = wire.reasons_of(Path(__file__).parent)
MESSAGES: Mapping[Operation, str] = {
    "query.fetch": "semt.002", "trade.quote": "reda.001", "trade.place": "setr.010", "trade.paid": "setr.017",
    "trade.cancel": "setr.011", "trade.status": "setr.016",
}  # fmt: skip
OPERATIONS_BY_MESSAGE: Mapping[str, Operation] = {
    message: operation for operation, message in MESSAGES.items()
}
_STATES = {"COMP": "done", "PDNG": "pending", "REJT": "refused"}
_WORDS = {state: word for word, state in _STATES.items()}
_STATUS = {"done": 200, "pending": 202, "refused": 422}
_FIELDS = {
    "FinInstrmId": "product", "Sd": "side", "AmtFen": "fen", "QtId": "quote", "OrdrRef": "number", "PmtRef": "order",
    "Acct": "account", "Fltr": "filters", "PricE4": "price_e4", "FeeFen": "fee_fen", "UnitsE2": "units_e2",
    "VldTo": "valid_until", "Risk": "risk", "OrdrSts": "state", "DtTm": "at", "PayTo": "pay_until", "NtZh": "note_zh",
    "NtEn": "note_en", "AsOf": "as_of", "Rcrds": "records", "Topic": "topic",
}  # fmt: skip
_BACK = {ours: theirs for theirs, ours in _FIELDS.items()}


def request_of(ring: Ring, params: Talk) -> bytes:
    """A message of theirs."""
    said = _theirs(params.model_dump(mode="json")) | (
        {"Topic": ring.topic} if ring.operation == "query.fetch" else {}
    )
    head: dict[str, Any] = {"MsgId": str(ring.key), "MsgTp": MESSAGES[ring.operation], "Body": said}
    if ring.subject is not None:
        head["Invstr"] = {"Nm": ring.subject.name, "Id": ring.subject.id_number}
    return orjson.dumps(head)


def said_from(key: UUID, status: int, body: bytes) -> Said:
    """Read an answer; raises `OffForm` for whatever is not as agreed."""
    said = wire.json_of(body)
    if said.get("MsgId") != str(key):
        raise wire.OffForm("MsgId")
    read = _read(said)
    if status != _STATUS[read.state]:
        raise wire.OffForm("status")
    return read


def answer_of(key: UUID, said: Said) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer, as an issuer gives it."""
    return _STATUS[said.state], {"MsgId": str(key)} | _told(said)


def news_from(status: int, body: bytes) -> tuple[list[News], str, bool]:
    """Read a page of news."""
    said = wire.json_of(body)
    cursor, more = said.get("cursor"), said.get("more")
    if status != 200 or not isinstance(cursor, str) or not isinstance(more, bool) or len(cursor) > 80:
        raise wire.OffForm("cursor")
    return [_news(row) for row in wire.listed(said.get("news"))], cursor, more


def news_of(news: News) -> dict[str, Any]:
    """One news, as an issuer gives it."""
    return {"NtfctnId": news.message, "Issr": news.provider, "MsgId": str(news.key)} | _told(news.said)


def _news(row: object) -> News:
    if not isinstance(row, dict):
        raise wire.OffForm("news")
    try:
        key, message, provider = UUID(row["MsgId"]), str(row["NtfctnId"]), str(row["Issr"])
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise wire.OffForm("news") from error
    if not 0 < len(message) <= 80:
        raise wire.OffForm("news")
    return News(message, provider, "trade.status", key, _read(row))


def _read(said: Mapping[str, Any]) -> Said:
    state = _STATES.get(str(said.get("Sts")))
    if state == "refused":
        return Said("refused", {}, str(said.get("Rsn", "")).lower())
    if state == "pending":
        return Said("pending")
    if state is None:
        raise wire.OffForm("Sts")
    return Said("done", wire.renamed(said.get("Body"), _FIELDS))


def _told(said: Said) -> dict[str, Any]:
    if said.state == "done":
        return {"Sts": "COMP", "Body": _theirs(said.body)}
    return {"Sts": _WORDS[said.state]} | (
        {"Rsn": (said.reason or "").upper()} if said.state == "refused" else {}
    )


def _theirs(body: Mapping[str, Any]) -> dict[str, Any]:
    return {_BACK[ours]: value for ours, value in body.items()}


def ours_of(body: object) -> dict[str, Any]:
    """A request's body in our words; raises `OffForm`."""
    return wire.renamed(body, _FIELDS)
