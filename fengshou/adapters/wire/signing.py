"""HMAC-SHA256 over method, path, time and body: who sends, and that nobody changed it on the way."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

SKEW_S_MAX = 300  # a signature older or newer than this is refused; the simulators say the same
KEY, TIME, SIGNATURE = "x-fs-key", "x-fs-time", "x-fs-signature"
NONCE, ANSWER = "x-fs-nonce", "x-fs-answer"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The name under which a partner knows us, and the secret we share with it."""

    key_id: str
    secret: bytes = field(repr=False)


def sign(own: Credentials, *, method: str, target: str, body: bytes, at_s: int) -> dict[str, str]:
    """The headers that sign a request. `target` is path and query below the partner's base address."""
    return {KEY: own.key_id, TIME: str(at_s), SIGNATURE: _digest(own, method, target, body, str(at_s))}


def verify(
    own: Credentials, headers: Mapping[str, str], *, method: str, target: str, body: bytes, now_s: int
) -> bool:
    """Whether `headers` sign this very request with our partner's key, and lately."""
    stamp = headers.get(TIME, "")
    if headers.get(KEY) != own.key_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        return False
    if abs(now_s - int(stamp)) > SKEW_S_MAX:
        return False
    given = headers.get(SIGNATURE, "").encode()
    return hmac.compare_digest(given, _digest(own, method, target, body, stamp).encode())


def _digest(own: Credentials, method: str, target: str, body: bytes, stamp: str) -> str:
    said = "\n".join(("v1", method.upper(), target, stamp, hashlib.sha256(body).hexdigest()))
    return "v1=" + hmac.new(own.secret, said.encode(), hashlib.sha256).hexdigest()


def sign_answer(own: Credentials, nonce: str, status: int, body: bytes) -> dict[str, str]:
    """The header that signs an answer. `nonce` is of the request, so that no answer fits a second one."""
    return {ANSWER: _answer_digest(own, nonce, status, body)}


def verify_answer(
    own: Credentials, headers: Mapping[str, str], *, nonce: str, status: int, body: bytes
) -> bool:
    """Whether `headers` sign this very answer to the request that carried `nonce`."""
    given = headers.get(ANSWER, "").encode()
    return hmac.compare_digest(given, _answer_digest(own, nonce, status, body).encode())


def _answer_digest(own: Credentials, nonce: str, status: int, body: bytes) -> str:
    said = "\n".join(("v1-answer", nonce, str(status), hashlib.sha256(body).hexdigest()))
    return "v1=" + hmac.new(own.secret, said.encode(), hashlib.sha256).hexdigest()
