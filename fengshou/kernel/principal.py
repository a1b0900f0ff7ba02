"""Who asks: the one object every use case takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from fengshou.kernel.ids import CENTRE, new_id


@dataclass(frozen=True, slots=True)
class Principal:
    """A customer, a member of staff, or the system itself, at one member bank.

    bank       institution id the request is served at (a customer's chosen bank, a clerk's own)
    level      assurance of the session, 0..5 (access' matrix says what each allows)
    proved_at  when the session last proved a factor; None when it never did
    factors    kinds of factors proved in this session: password, passkey, sms
    roles      staff roles; empty for customers
    """

    kind: Literal["customer", "staff", "system"]
    id: UUID
    bank: int
    session: UUID | None = None
    device: UUID | None = None
    level: int = 0
    proved_at: datetime | None = None
    factors: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)
    locale: str = "zh-CN"


def system(bank: int = CENTRE) -> Principal:
    """The bank itself acting at `bank`: timers, jobs, settlement."""
    return Principal("system", new_id(bank), bank, roles=frozenset({"system"}))
