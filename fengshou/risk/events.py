"""What risk is asked about. Everything it cannot know itself comes inside the event."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias
from uuid import UUID

from fengshou.kernel import bank_of

Reach: TypeAlias = Literal["own", "federation", "outside"]
NameMatch: TypeAlias = Literal["match", "mismatch", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outflow:
    """Money that would leave a customer's account. None means unknown, never zero.

    id                 the order's: asked again with the same id, risk gives the same decision
    customer           who orders it
    fen                what leaves, fee included or not as the caller always does it
    payee_number       account number of the payee
    bound_to           32 bytes over order, accounts, amount and payee; the decision is good for that only
    level              assurance proved for this very payment so far (access' matrix)
    payee_new          never paid before; None lets risk look in what it has seen itself
    device_age_hours   since the device was bound
    balance_fen        available on the paying account before
    """

    id: UUID
    customer: UUID
    fen: int
    payee_number: str
    reach: Reach
    bound_to: bytes | None = None
    level: int = 0
    payee_bank: str = ""
    payee_new: bool | None = None
    payee_name_match: NameMatch = "unknown"
    memo: str = ""
    device: UUID | None = None
    device_age_hours: int | None = None
    address: str | None = None
    customer_age: int | None = None
    tenure_days: int | None = None
    session_minutes: int | None = None
    failed_logins_24h: int | None = None
    balance_fen: int | None = None

    @property
    def type(self) -> Literal["transfer"]:
        """Which rules are asked."""
        return "transfer"

    @property
    def bank(self) -> int:
        """The member bank of the paying account: its rows hold the event."""
        return bank_of(self.id)

    @property
    def digest(self) -> bytes:
        """What the decision is bound to."""
        if self.bound_to is not None:
            return self.bound_to
        return sha256(f"{self.id}|{self.customer}|{self.fen}|{self.payee_number}".encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """A log-in whose factors are right, before its session exists.

    device_known  the device is bound to this person
    address       the network address; stored blind
    """

    id: UUID
    customer: UUID
    device_known: bool | None = None
    device: UUID | None = None
    device_age_hours: int | None = None
    address: str | None = None
    failed_logins_24h: int | None = None
    customer_age: int | None = None
    level: int = 0

    @property
    def type(self) -> Literal["login"]:
        """Which rules are asked."""
        return "login"

    @property
    def bank(self) -> int:
        """The bank whose rows hold the event."""
        return bank_of(self.id)

    @property
    def fen(self) -> int:
        """No money moves."""
        return 0

    @property
    def digest(self) -> bytes:
        """What the decision is bound to."""
        return sha256(f"{self.id}|{self.customer}|login".encode()).digest()


RiskEvent: TypeAlias = Outflow | LogIn
