"""Their words to ours, and back. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class SmsAnswer(StrEnum):
    """What became of a message handed to the gateway."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ReceiptState(StrEnum):
    """What the phone network says of a message it took."""

    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery receipt."""

    message_id: str
    state: ReceiptState
    at: datetime


_WORDS = {"ACCEPTED": SmsAnswer.ACCEPTED, "REFUSED": SmsAnswer.REFUSED}


def message_body(phone: str, text: str, message_id: str) -> bytes:
    """The JSON the gateway expects."""
    return json.dumps({"message_id": message_id, "phone": phone, "text": text}, ensure_ascii=False).encode()


def answer_from(status: int, body: bytes, message_id: str) -> SmsAnswer:
    """Read the gateway's answer; whatever is not exactly as agreed is unknown."""
    said = _object(body)
    if status not in (202, 422) or said is None or said.get("message_id") != message_id:
        return SmsAnswer.UNKNOWN
    return _WORDS.get(str(said.get("status")), SmsAnswer.UNKNOWN)


def receipts_from(status: int, body: bytes) -> tuple[list[Receipt], str] | None:
    """Read a page of receipts and the cursor after it; None when it cannot be read whole."""
    said = _object(body)
    if status != 200 or said is None:
        return None
    try:
        receipts = [
            Receipt(str(row["message_id"]), ReceiptState(row["state"].lower()), _instant(row["at"]))
            for row in said["receipts"]
        ]
        return receipts, str(said["cursor"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return at


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
