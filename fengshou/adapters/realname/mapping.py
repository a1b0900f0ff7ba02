"""Their words to ours, and back. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

EVIDENCE_CHARS_MAX = 64


class RealNameResult(StrEnum):
    """What the register says of a name and a number."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class RealNameAnswer:
    """The answer to one check.

    result       only `MATCH` may open an account
    evidence_no  the register's own number of this check, to keep; empty when it did not answer
    at           the register's instant of the check; when it did not answer, ours
    """

    result: RealNameResult
    evidence_no: str
    at: datetime


_WORDS = {
    "MATCH": RealNameResult.MATCH,
    "MISMATCH": RealNameResult.MISMATCH,
    "NOT_FOUND": RealNameResult.NOT_FOUND,
}


def request_body(name: str, id_number: str, request_id: str) -> bytes:
    """The JSON the register expects."""
    said = {"request_id": request_id, "name": name, "id_number": id_number}
    return json.dumps(said, ensure_ascii=False).encode()


def answer_from(status: int, body: bytes, request_id: str) -> RealNameAnswer | None:
    """Read the register's answer; None for whatever is not exactly as agreed: fail closed."""
    try:
        said = json.loads(body) if status == 200 else None
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("request_id") != request_id:
        return None
    word, evidence = said.get("result"), said.get("evidence_no")
    at = _instant(said.get("checked_at"))
    if not isinstance(word, str) or word not in _WORDS or at is None:
        return None
    if not isinstance(evidence, str) or not 0 < len(evidence) <= EVIDENCE_CHARS_MAX:
        return None
    return RealNameAnswer(_WORDS[word], evidence, at)


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
