"""What the room needs from outside, in memory: an SMS carrier that keeps everything, people, an identity register."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from fengshou.access import (
    Access,
    DeviceHint,
    Entered,
    IdentityAnswer,
    LogInAttempt,
    LogInVerdict,
    Policy,
    SmsAnswer,
)
from fengshou.kernel import Clock, Database, Vault, new_id
from tests.support.soft_authenticator import SoftAuthenticator

ORIGIN = "http://localhost:8000"
HOME, ELSEWHERE = 109, 1127
PASSWORD = "tea-House-58"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1"
# Hashing is not what these tests measure.
QUICK = {"argon2_memory_kib": 64, "argon2_passes": 1}


@dataclass
class Carrier:
    """Keeps every message; `answer` is what the next ones are told."""

    answer: SmsAnswer = SmsAnswer.ACCEPTED
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, phone: str, text: str, *, message_id: UUID) -> str:
        self.sent.append((phone, text))
        return self.answer

    def code(self, phone: str) -> str:
        """The digits last sent to `phone`."""
        text = next(text for to, text in reversed(self.sent) if to == phone)
        match = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", text)
        assert match
        return match[0]


@dataclass
class Town:
    """Everybody who lives here."""

    customers: dict[str, UUID] = field(default_factory=dict)
    id_numbers: dict[UUID, str] = field(default_factory=dict)
    staff: dict[tuple[int, str], UUID] = field(default_factory=dict)
    roles: dict[UUID, frozenset[str]] = field(default_factory=dict)
    verdict: LogInVerdict = LogInVerdict.APPROVE
    attempts: list[LogInAttempt] = field(default_factory=list)

    async def customer_by_phone(self, phone: str) -> UUID | None:
        return self.customers.get(phone)

    async def phone_of(self, customer: UUID) -> str | None:
        return next((phone for phone, id_ in self.customers.items() if id_ == customer), None)

    async def staff_by_name(self, bank: int, name: str) -> UUID | None:
        return self.staff.get((bank, name))

    async def staff_roles(self, staff: UUID) -> frozenset[str]:
        return self.roles.get(staff, frozenset())

    async def compare(self, customer: UUID, id_number: str) -> IdentityAnswer:
        on_file = self.id_numbers.get(customer)
        if on_file is None:
            return IdentityAnswer.NOT_ON_FILE
        return IdentityAnswer.MATCH if on_file == id_number else IdentityAnswer.MISMATCH

    async def judge(self, attempt: LogInAttempt) -> LogInVerdict:
        self.attempts.append(attempt)
        return self.verdict


@dataclass
class Scene:
    """The room, wired, and those around it."""

    access: Access
    carrier: Carrier
    town: Town
    clock: Clock
    db: Database

    async def customer(self, phone: str = "13800000001", *, password: str | None = PASSWORD) -> UUID:
        """Somebody known by `phone`, at HOME."""
        id_ = self.town.customers[phone] = new_id(HOME)
        if password is not None:
            await self.access.passwords.issue(id_, password)
        return id_

    async def log_in(self, phone: str = "13800000001", hint: DeviceHint | None = None) -> Entered:
        """Through the door, on a device that becomes the person's; the first one ever is trusted at once."""
        hint = hint or DeviceHint(user_agent=IPHONE, address="10.0.0.1")
        await self.access.send_code(phone, "new_device", address=hint.address)
        return await self.access.log_in.by_password(phone, PASSWORD, hint, code=self.carrier.code(phone))

    async def with_passkey(self, phone: str = "13800000001") -> tuple[Entered, SoftAuthenticator]:
        """A logged-in customer with password and passkey."""
        await self.customer(phone)
        entered = await self.log_in(phone)
        authenticator = SoftAuthenticator(ORIGIN)
        options = await self.access.binding.passkey_options(entered.principal, "138****0001")
        await self.access.binding.add_passkey(entered.principal, authenticator.create(options))
        return entered, authenticator


def make_scene(
    db: Database, clock: Clock, *, key: bytes = bytes(range(32)), demo: bool = True, **policy: object
) -> Scene:
    """A room on `db`."""
    carrier, town = Carrier(), Town()
    access = Access(
        db, Vault(key), clock, sms=carrier, people=town, identity=town, risk=town, origin=ORIGIN, demo=demo,
        policy=Policy(**{**QUICK, **policy}),  # type: ignore[arg-type]  # a test names the numbers it changes
    )  # fmt: skip
    return Scene(access, carrier, town, clock, db)


def digest(text: str) -> bytes:
    """The SHA-256 of an act."""
    return sha256(text.encode()).digest()
