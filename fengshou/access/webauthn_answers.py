"""The WebAuthn protocol, at the edge of the library: options out, verified answers in.

Whatever a client sends that does not parse or verify becomes `PasskeyRefused`; nothing else escapes.
"""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fengshou.access.errors import ChallengeEnded, PasskeyRefused

_ANSWER_MOST = 16_384  # characters of one field; an attestation with a certificate chain has about 6,000
_BROKEN = (
    WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A credential that is registered already."""

    credential_id: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential whose attestation verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    synced: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Us, as authenticators know us: the host people type, and the origins our pages come from."""

    id: str
    name: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, origin: str, name: str, more: tuple[str, ...] = ()) -> RelyingParty:
        """From `Settings.origin`. WebAuthn takes a host name, never an address: 127.0.0.1 does not work."""
        host = urlsplit(origin).hostname
        assert host, f"the origin {origin} has no host"
        return cls(host, name, (origin.rstrip("/"), *more))

    def registration(
        self, challenge: bytes, user: UUID, user_name: str, known: list[Known], seconds: int
    ) -> dict[str, Any]:
        """Options for `navigator.credentials.create`: a discoverable passkey that verifies its user."""
        options = webauthn.generate_registration_options(
            rp_id=self.id,
            rp_name=self.name,
            user_id=user.bytes,
            user_name=user_name,
            user_display_name=user_name,
            challenge=challenge,
            timeout=seconds * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[_descriptor(k) for k in known],
        )
        return _json(options)

    def assertion(self, challenge: bytes, known: list[Known], seconds: int) -> dict[str, Any]:
        """Options for `navigator.credentials.get`; with nothing known, the phone offers its own passkeys."""
        options = webauthn.generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=seconds * 1000,
            allow_credentials=[_descriptor(k) for k in known],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _json(options)

    def registered(self, answer: dict[str, Any], challenge: bytes) -> Registered:
        """Verify an attestation. Raises `PasskeyRefused`."""
        _check_sizes(answer)
        try:
            done = webauthn.verify_registration_response(
                credential=answer, expected_challenge=challenge, expected_rp_id=self.id,
                expected_origin=list(self.origins), require_user_verification=True,
            )  # fmt: skip
            told = answer["response"].get("transports") or []
            transports = tuple(sorted({t.value for t in AuthenticatorTransport} & {str(t) for t in told}))
        except _BROKEN as problem:
            raise PasskeyRefused() from problem
        synced = done.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        return Registered(
            done.credential_id, done.credential_public_key, done.sign_count, done.aaguid, synced, transports
        )

    def asserted(self, answer: dict[str, Any], challenge: bytes, public_key: bytes, sign_count: int) -> int:
        """Verify an assertion and return its signature count. Raises `PasskeyRefused`, also for a count that fell."""
        try:
            done = webauthn.verify_authentication_response(
                credential=answer, expected_challenge=challenge, expected_rp_id=self.id,
                expected_origin=list(self.origins), credential_public_key=public_key,
                credential_current_sign_count=sign_count, require_user_verification=True,
            )  # fmt: skip
        except _BROKEN as problem:
            raise PasskeyRefused() from problem
        return done.new_sign_count


def challenge_in(answer: dict[str, Any]) -> bytes:
    """The challenge a client says it signed: which of ours that is decides whether it counts."""
    _check_sizes(answer)
    try:
        client = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"])
    except (*_BROKEN, binascii.Error) as problem:
        raise PasskeyRefused() from problem
    if not 16 <= len(challenge) <= 64:
        raise ChallengeEnded()
    return challenge


def credential_in(answer: dict[str, Any]) -> bytes:
    """The id of the credential a client says it used."""
    _check_sizes(answer)
    try:
        return base64url_to_bytes(answer["rawId"])
    except _BROKEN as problem:
        raise PasskeyRefused() from problem


def _check_sizes(answer: dict[str, Any]) -> None:
    response = answer.get("response")
    if not isinstance(response, dict):
        raise PasskeyRefused()
    for value in (*answer.values(), *response.values()):
        if isinstance(value, str) and len(value) > _ANSWER_MOST:
            raise PasskeyRefused()


def _descriptor(known: Known) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=known.credential_id, transports=[AuthenticatorTransport(t) for t in known.transports] or None
    )


def _json(options: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return said
