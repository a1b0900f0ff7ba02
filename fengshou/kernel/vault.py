"""Field encryption and blind indexes for personal data.

A field key belongs to one bank and one class of data (phone, id_number, name), derived from the
master key by HKDF, so that one leaked key opens one column of one bank. Ciphertext is bound to its
place by `aad` ("table|column|row id"): a value moved to another row does not open.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12


class VaultTampered(Exception):
    """A sealed field does not open: wrong key, wrong place or changed bytes. Pages someone."""


class Vault:
    """Seals and opens fields; `master_key` is 32 bytes."""

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32
        self._master = master_key
        self._cipher = lru_cache(maxsize=1_024)(self._make_cipher)
        self._blind_key = lru_cache(maxsize=64)(lambda kind: self._derive(f"blind|{kind}"))

    def seal(self, bank: int, kind: str, text: str, *, aad: str) -> bytes:
        """AES-256-GCM of `text`: version 1 byte, nonce 12, ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher(bank, kind).encrypt(nonce, text.encode(), aad.encode())

    def open(self, bank: int, kind: str, blob: bytes, *, aad: str) -> str:
        """The text again. Raises `VaultTampered`."""
        if blob[:1] != _VERSION:
            raise VaultTampered("unknown version of a sealed field")
        nonce, body = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
        try:
            return self._cipher(bank, kind).decrypt(nonce, body, aad.encode()).decode()
        except InvalidTag:
            raise VaultTampered("a sealed field does not open") from None

    def blind(self, kind: str, text: str) -> bytes:
        """HMAC-SHA256 of `text`, 32 bytes: finds equal values without opening them."""
        return hmac.digest(self._blind_key(kind), text.encode(), sha256)

    def key(self, purpose: str) -> bytes:
        """A 32-byte key for another purpose (tokens, signatures); `purpose` names it for ever."""
        return self._derive(f"purpose|{purpose}")

    def _make_cipher(self, bank: int, kind: str) -> AESGCM:
        return AESGCM(self._derive(f"field|{bank}|{kind}"))

    def _derive(self, info: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(self._master)
