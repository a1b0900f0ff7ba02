"""The keypad: what a phone seals opens for one act, soon, and for nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fengshou.access import Keypad, KeypadUnread
from fengshou.access.keypad import KeypadKey
from fengshou.kernel import Clock, Vault

SECRET = "Rice-and-tea-26"


def sealed(key: KeypadKey, secret: str, act: str, at: datetime | None = None) -> str:
    """What a phone does (web/src/host/seal.ts)."""
    own = ec.generate_private_key(ec.SECP256R1())
    bank = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(key.public))
    shared = own.exchange(ec.ECDH(), bank)
    cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"fengshou keypad " + key.kid.encode()).derive(shared))
    nonce = bytes(range(12))
    said = json.dumps({"at": (at or key.now).isoformat(), "secret": secret}).encode()
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    box = point + nonce + cipher.encrypt(nonce, said, act.encode())
    return f"k1.{key.kid}.{base64.urlsafe_b64encode(box).decode()}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keypad(clock: Clock) -> Keypad:
    return Keypad(Vault(b"m" * 32), clock)


def test_every_process_opens_what_another_ones_phone_sealed(keypad: Keypad, clock: Clock) -> None:
    act = str(uuid4())
    said = sealed(keypad.key(), SECRET, act)
    assert Keypad(Vault(b"m" * 32), clock).open(said, bound_to=act) == SECRET
    assert SECRET not in said


def test_it_opens_for_nothing_else(keypad: Keypad, clock: Clock) -> None:
    said = sealed(keypad.key(), SECRET, "one")
    with pytest.raises(KeypadUnread):
        keypad.open(said, bound_to="another")
    with pytest.raises(KeypadUnread):
        Keypad(Vault(b"x" * 32), clock).open(said, bound_to="one")


def test_it_opens_for_minutes_and_its_key_for_two_days(keypad: Keypad, clock: Clock) -> None:
    key = keypad.key()
    with pytest.raises(KeypadUnread):
        keypad.open(sealed(key, SECRET, "act", key.now - timedelta(minutes=6)), bound_to="act")
    said = sealed(key, SECRET, "act")
    clock.shift(timedelta(days=3))
    with pytest.raises(KeypadUnread):
        keypad.open(said, bound_to="act")


@pytest.mark.parametrize(
    "said", ["", "k1.", "k1.2026-11-24.", "k1.2026-11-24.AAAA", "k1.never.AAAA", "k1.2026-11-24.***", SECRET]
)
def test_what_is_not_sealed_is_refused(keypad: Keypad, said: str) -> None:
    with pytest.raises(KeypadUnread):
        keypad.open(said, bound_to="act")


def test_an_hour_without_a_place_is_refused(keypad: Keypad) -> None:
    key = keypad.key()
    naive = datetime.now(UTC).replace(tzinfo=None)
    with pytest.raises(KeypadUnread):
        keypad.open(sealed(key, SECRET, "act", naive), bound_to="act")
