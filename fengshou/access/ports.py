"""What access needs from outside; `runtime` hands it over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID


class SmsAnswer(StrEnum):
    """What the carrier said. UNKNOWN: it may have been sent, so do not send it again."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class SmsPort(Protocol):
    """Sends one message; the same `message_id` again is the same message. Never raises for an outage."""

    async def send(self, phone: str, text: str, *, message_id: UUID) -> str:
        """One of the words of `SmsAnswer`."""
        ...


class People(Protocol):
    """Who is behind a phone number or a staff name (party, by way of runtime)."""

    async def customer_by_phone(self, phone: str) -> UUID | None: ...

    async def phone_of(self, customer: UUID) -> str | None: ...

    async def staff_by_name(self, bank: int, name: str) -> UUID | None: ...

    async def staff_roles(self, staff: UUID) -> frozenset[str]: ...


class IdentityAnswer(StrEnum):
    """NOT_ON_FILE: the customer never passed the real-name check, so owns no account either."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_ON_FILE = "not_on_file"


class IdentityCheck(Protocol):
    """Compares an ID number with the one on file."""

    async def compare(self, customer: UUID, id_number: str) -> IdentityAnswer: ...


@dataclass(frozen=True, slots=True)
class LogInAttempt:
    """A log-in whose factors are right, before its session exists."""

    id: UUID
    principal_kind: Literal["customer", "staff"]
    principal: UUID
    factors: frozenset[str]
    device_known: bool
    device_name: str
    address: str
    failed_24h: int


class LogInVerdict(StrEnum):
    """CHALLENGE asks for an SMS code on top."""

    APPROVE = "approve"
    CHALLENGE = "challenge"
    DENY = "deny"


class LogInRisk(Protocol):
    """Risk's word on a log-in."""

    async def judge(self, attempt: LogInAttempt) -> LogInVerdict: ...
