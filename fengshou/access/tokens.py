"""Session tokens and device secrets: 256 random bits each; only their SHA-256 is stored.

A session token also says which member bank keeps the session (`fs1.<bank>.<secret>`), so that finding
it asks one bank. The bank is no secret, and a changed one only finds nothing.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

_TOKEN = re.compile(r"fs1\.([0-9]{1,5})\.[A-Za-z0-9_-]{43}", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_BANK_MAX = 32_767


def new_token(bank: int) -> str:
    """A fresh session token kept at `bank`."""
    return f"fs1.{bank}.{secrets.token_urlsafe(32)}"


def bank_in(token: str) -> int | None:
    """The member bank a token names, or None when it is no token of ours."""
    match = _TOKEN.fullmatch(token)
    bank = int(match[1]) if match else 0
    return bank if 0 < bank <= _BANK_MAX else None


def new_secret() -> str:
    """A fresh device secret."""
    return secrets.token_urlsafe(32)


def is_secret(text: str | None) -> bool:
    """Whether a device cookie has our shape; what a client invents is not taken over."""
    return text is not None and _SECRET.fullmatch(text) is not None


def mark(secret: str) -> bytes:
    """What is stored of a token or secret. It needs no salt or stretching: it has 256 bits already."""
    return sha256(secret.encode()).digest()
