"""Passes that a door verifies by itself: a signed token, and a code of the moment.

The token is a JWS (RFC 7515) with EdDSA (RFC 8037): which doors, from when until when, how often. It carries the last
link of a hash chain; the code shown in a step of time is the link before, which nobody can compute from codes already
shown (T/Key, Kogan and others, 2017). So the door needs the company's public key and a clock, nothing secret; and a
copy of a code is worth nothing a moment later.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

STEP_S, STEPS_MAX, LINK_BYTES, TOKEN_CHARS_MAX = 30, 20_000, 16, 2_000
_HEADER = {"alg": "EdDSA", "typ": "door+jws"}


class BadToken(Exception):
    """What was shown is not a pass of this company: `forged`, `unreadable`, `static_code`."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a pass says."""

    provider: str
    number: str
    doors: Sequence[str]
    from_s: int
    until_s: int
    uses: int
    step_s: int
    anchor: bytes

    def step_at(self, at: datetime) -> int:
        """Which step of its time this instant is in."""
        return (int(at.timestamp()) - self.from_s) // self.step_s


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody holds before a door's reader."""

    claims: Claims
    code: bytes

    def fits(self, step: int) -> bool:
        """Whether the code is the one of this step: hashed onward, it must come to the last link."""
        link = self.code
        for _ in range(step + 1):
            link = _next(link)
        return link == self.claims.anchor


def step_of(from_at: datetime, until_at: datetime) -> int:
    """How long one code is good for: half a minute, longer for passes of more than a week."""
    return max(STEP_S, math.ceil((until_at - from_at).total_seconds() / STEPS_MAX))


def chain_end(seed: bytes, claims_s: tuple[int, int], step_s: int) -> bytes:
    """The last link of the chain that begins with `seed` and has a link for each step."""
    return _hashed(seed, _steps(claims_s, step_s))


def code_at(seed: bytes, claims: Claims, step: int) -> bytes:
    """The code to show in a step."""
    return _hashed(seed, _steps((claims.from_s, claims.until_s), claims.step_s) - 1 - step)


def sign(claims: Claims, key: Ed25519PrivateKey) -> str:
    """The token of a pass."""
    said = {
        "iss": claims.provider, "jti": claims.number, "aud": list(claims.doors), "nbf": claims.from_s,
        "exp": claims.until_s, "use": claims.uses, "stp": claims.step_s, "end": _text(claims.anchor),
    }  # fmt: skip
    signed = f"{_text(orjson.dumps(_HEADER))}.{_text(orjson.dumps(said))}"
    return f"{signed}.{_text(key.sign(signed.encode()))}"


def with_code(token: str, code: bytes) -> str:
    """What is shown to the door."""
    return f"{token}~{_text(code)}"


def with_seed(token: str, seed: bytes) -> str:
    """What stays with the holder: whoever has it can make every code."""
    return f"{token}~~{_text(seed)}"


def read(shown: str, key: Ed25519PublicKey) -> Shown:
    """Read what is shown; raises `BadToken`."""
    if len(shown) > TOKEN_CHARS_MAX or not shown.isascii():
        raise BadToken("unreadable")
    token, _, code = shown.partition("~")
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken("unreadable")
    try:
        header, said = orjson.loads(_bytes(parts[0])), orjson.loads(_bytes(parts[1]))
        signature = _bytes(parts[2])
    except (ValueError, binascii.Error) as error:
        raise BadToken("unreadable") from error
    if header != _HEADER:  # no other algorithm, whatever the token asks for
        raise BadToken("forged")
    try:
        key.verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature as error:
        raise BadToken("forged") from error
    return Shown(_claims(said), _code(code))


def _claims(said: Mapping[str, Any]) -> Claims:
    try:
        return Claims(
            said["iss"], said["jti"], said["aud"], said["nbf"], said["exp"], said["use"], said["stp"],
            _bytes(said["end"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise BadToken("unreadable") from error


def _code(text: str) -> bytes:
    if not text or text.startswith("~"):
        raise BadToken("static_code")
    try:
        code = _bytes(text)
    except (ValueError, binascii.Error) as error:
        raise BadToken("unreadable") from error
    if len(code) != LINK_BYTES:
        raise BadToken("unreadable")
    return code


def instant(seconds: int) -> datetime:
    """An instant of a token."""
    return datetime.fromtimestamp(seconds, UTC)


def _steps(span_s: tuple[int, int], step_s: int) -> int:
    return math.ceil((span_s[1] - span_s[0]) / step_s) + 1


def _hashed(link: bytes, times: int) -> bytes:
    for _ in range(times):
        link = _next(link)
    return link


def _next(link: bytes) -> bytes:
    return hashlib.blake2b(link, digest_size=LINK_BYTES, person=b"fengshou-door").digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
