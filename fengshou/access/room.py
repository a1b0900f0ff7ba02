"""What every part of the room is handed: the outside, the numbers, and a few derived keys."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from fengshou.access.hasher import Hasher
from fengshou.access.policy import Policy
from fengshou.access.session_cache import SessionCache

if TYPE_CHECKING:
    from fengshou.access.ports import IdentityCheck, LogInRisk, People, SmsPort
    from fengshou.kernel import Clock, Database, Vault


class Room:
    """Built once by `Access`; the parts share it."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        clock: Clock,
        sms: SmsPort,
        people: People,
        identity: IdentityCheck,
        risk: LogInRisk | None,
        policy: Policy,
        *,
        demo: bool,
    ) -> None:
        self.db, self.vault, self.clock, self.policy = db, vault, clock, policy
        self.sms, self.people, self.identity, self.risk = sms, people, identity, risk
        self.demo = demo
        self.hasher = Hasher(vault.key("access.password.pepper"), policy)
        self.cache = SessionCache(policy.cache_seconds, lambda: clock.now().timestamp())
        self._code_key = vault.key("access.sms_code")

    def code_mark(self, phone: str, purpose: str, binding: bytes, code: str) -> bytes:
        """What is stored of an SMS code. Six digits need the key: a plain hash is a list of a million."""
        text = f"{phone}|{purpose}|{code}|".encode() + binding
        return hmac.digest(self._code_key, text, sha256)

    def demo_device(self, principal: UUID, name: str) -> str:
        """The device secret of one-click log-ins of the demo, one for each person and kind of browser."""
        digest = hmac.digest(self.vault.key("access.demo_device"), f"{principal}|{name}".encode(), sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode()

    def phone_blind(self, phone: str) -> bytes:
        """Finds a phone's code without holding the phone."""
        return self.vault.blind("access.phone", phone)

    def address_blind(self, address: str) -> bytes:
        """Counts requests of an address without holding it."""
        return self.vault.blind("access.address", address)

    def credential_blind(self, credential_id: bytes) -> bytes:
        """Finds whose passkey a credential is."""
        return self.vault.blind("access.credential", credential_id.hex())

    def lock_key(self, principal: UUID | None, name: str) -> bytes:
        """The row that counts wrong tries: the person's, or that of a name nobody has."""
        return self.vault.blind("access.lock", f"principal:{principal}" if principal else f"name:{name}")
