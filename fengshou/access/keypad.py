"""Secrets that leave a keypad only sealed: what page code, a proxy's log or a crash report could see says nothing.

A phone asks for the key of the day and seals with a key pair of its own (ECDH on P-256, HKDF-SHA256, AES-256-GCM).
What is sealed is bound to the act it proves and to the minute it was typed: it opens for nothing else, and not long.
The key is derived, so that every process of the bank opens what another one's phone sealed.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fengshou.kernel import BankError, Clock, Kind, Vault

PREFIX = "k1."
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_POINT, _NONCE = 65, 12
_FRESH = timedelta(minutes=5)
_PURPOSE = "keypad"


class KeypadUnread(BankError):
    """What the keypad sent does not open: another day's key, another act, or too long ago."""

    code = "ACCESS.KEYPAD_UNREAD"
    kind = Kind.INVALID
    zh = "没收到您输入的密码，请再输一次"
    en = "What you typed did not arrive. Please type it again."


@dataclass(frozen=True)
class KeypadKey:
    """What a phone seals with: `public` is the uncompressed point, base64; `now` is what the bank's clock shows."""

    kid: str
    public: str
    now: datetime


class Keypad:
    """The bank's side of the keypad."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault, self._clock = vault, clock

    def key(self) -> KeypadKey:
        """Today's key."""
        today = self._clock.today()
        point = self._private(today).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return KeypadKey(today.isoformat(), base64.b64encode(point).decode(), self._clock.now())

    def open(self, sealed: str, *, bound_to: str) -> str:
        """The secret that was typed for `bound_to`; raises KeypadUnread."""
        try:
            kid, _, rest = sealed.removeprefix(PREFIX).partition(".")
            day = date.fromisoformat(kid)
            box = base64.b64decode(rest, altchars=b"-_", validate=True)
            if day not in (today := self._clock.today(), today - timedelta(days=1)) or not sealed.startswith(
                PREFIX
            ):
                raise KeypadUnread()
            theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, box[:_POINT])
            shared = self._private(day).exchange(ec.ECDH(), theirs)
            key = HKDF(SHA256(), 32, salt=None, info=b"fengshou keypad " + kid.encode()).derive(shared)
            nonce, text = box[_POINT : _POINT + _NONCE], box[_POINT + _NONCE :]
            said = json.loads(AESGCM(key).decrypt(nonce, text, bound_to.encode()))
            typed_at, secret = datetime.fromisoformat(said["at"]), said["secret"]
        except (ValueError, KeyError, TypeError, InvalidTag, binascii.Error):
            raise KeypadUnread() from None
        if (
            not isinstance(secret, str)
            or typed_at.tzinfo is None
            or abs(self._clock.now() - typed_at) > _FRESH
        ):
            raise KeypadUnread()
        return secret

    def _private(self, day: date) -> ec.EllipticCurvePrivateKey:
        seed = int.from_bytes(self._vault.key(f"{_PURPOSE}|{day.isoformat()}"))
        return ec.derive_private_key(seed % (_ORDER - 1) + 1, _CURVE)
