"""A passkey provider in software: what a phone does behind `navigator.credentials`.

It makes P-256 keys, signs challenges over real authenticator data, and speaks the JSON forms of
WebAuthn Level 3 (`toJSON()` of a credential). Tests turn its knobs: no user verification, a copied
authenticator whose counter stands still, a page from another origin.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

_UP, _UV, _BE, _BS, _AT = 0x01, 0x04, 0x08, 0x10, 0x40
_ES256 = -7


@dataclass
class SoftCredential:
    """One passkey."""

    id: bytes
    rp_id: str
    user_handle: bytes
    key: EllipticCurvePrivateKey
    count: int = 0


@dataclass
class SoftAuthenticator:
    """Holds passkeys of one person's phone.

    origin   the page that asks, as the browser tells it
    verifies whether the user unlocks it by finger, face or PIN
    counts   whether its signature counter grows; a synced passkey's stays 0
    """

    origin: str
    verifies: bool = True
    counts: bool = True
    synced: bool = False
    credentials: list[SoftCredential] = field(default_factory=list)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """`navigator.credentials.create({publicKey: options})`, as JSON. Raises `ValueError` where browsers refuse."""
        if not any(p["alg"] == _ES256 for p in options["pubKeyCredParams"]):
            raise ValueError("NotSupportedError: no algorithm in common")
        excluded = {_bytes(c["id"]) for c in options.get("excludeCredentials", [])}
        if any(c.id in excluded for c in self.credentials):
            raise ValueError("InvalidStateError: this authenticator is registered already")
        made = SoftCredential(
            secrets.token_bytes(32),
            options["rp"]["id"],
            _bytes(options["user"]["id"]),
            generate_private_key(SECP256R1()),
        )
        self.credentials.append(made)
        attested = bytes(16) + len(made.id).to_bytes(2, "big") + made.id + _cose_key(made.key)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._auth_data(made, _AT) + attested}
        return {
            "id": _text(made.id),
            "rawId": _text(made.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": _text(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": _text(cbor2.dumps(attestation)),
                "transports": ["internal", "hybrid"],
            },
        }

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """`navigator.credentials.get({publicKey: options})`, as JSON. Raises `ValueError` without a passkey for it."""
        allowed = {_bytes(c["id"]) for c in options.get("allowCredentials", [])}
        usable = [
            c for c in self.credentials if c.rp_id == options["rpId"] and (not allowed or c.id in allowed)
        ]
        if not usable:
            raise ValueError("NotAllowedError: no passkey for this")
        used = usable[-1]
        if self.counts and not self.synced:
            used.count += 1
        client_data = self._client_data("webauthn.get", options["challenge"])
        auth_data = self._auth_data(used, 0)
        signature = used.key.sign(auth_data + sha256(client_data).digest(), ECDSA(SHA256()))
        return {
            "id": _text(used.id),
            "rawId": _text(used.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": _text(client_data),
                "authenticatorData": _text(auth_data),
                "signature": _text(signature),
                "userHandle": _text(used.user_handle),
            },
        }

    def _auth_data(self, credential: SoftCredential, more: int) -> bytes:
        flags = _UP | more | (_UV if self.verifies else 0) | (_BE | _BS if self.synced else 0)
        return (
            sha256(credential.rp_id.encode()).digest() + bytes([flags]) + credential.count.to_bytes(4, "big")
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told, separators=(",", ":")).encode()


def _cose_key(key: EllipticCurvePrivateKey) -> bytes:
    """RFC 9053: kty EC2, alg ES256, curve P-256, x, y."""
    point = key.public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    return cbor2.dumps({1: 2, 3: _ES256, -1: 1, -2: x, -3: y})


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
