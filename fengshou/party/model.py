"""Who banks here and what they hold, as values. Frozen; no database, no clock.

Names, phones and identity numbers are kept out of `repr`, so that no log line carries them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from fengshou.kernel import account_number
from fengshou.party.identity import mask_phone

RealName = Literal["unverified", "verified", "mismatch"]
AccountStatus = Literal["opening", "active", "frozen_by_customer", "closed"]
ProposalState = Literal["open", "approved", "refused", "withdrawn", "expired"]


class AccountKey(NamedTuple):
    """An account: member bank and number within it. Equal in shape to the ledger's reference."""

    bank: int
    id: int


@dataclass(frozen=True, slots=True)
class Bank:
    """A member bank, or the centre (institution 1)."""

    institution_id: int
    code: int
    slug: str
    name_zh: str
    name_en: str
    brand_zh: str
    brand_en: str
    county_zh: str
    county_en: str
    city_zh: str
    city_en: str
    theme: str

    @property
    def name(self) -> dict[str, str]:
        """The name in both languages, as pages want it."""
        return {"zh": self.name_zh, "en": self.name_en}


@dataclass(frozen=True, slots=True)
class Branch:
    """A place of a member bank where people work. `number` has three digits; 000 is the head office."""

    bank: int
    number: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a customer wants the app to be."""

    elder: bool = False
    theme: str = "light"
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class Customer:
    """A person of the federation. `bank` is the home bank, which keeps the record."""

    id: UUID
    bank: int
    status: str
    real_name: RealName
    phone: str = field(repr=False)
    name: str | None = field(repr=False)
    name_masked: str | None
    id_number_masked: str | None = field(repr=False)
    birth_year: int | None
    gender: str | None
    preferences: Preferences
    current_bank: int
    joined_at: datetime

    @property
    def phone_masked(self) -> str:
        """`138****5678`."""
        return mask_phone(self.phone)

    def age(self, today: date) -> int | None:
        """Years by the calendar, or None before the identity is verified; the day of birth is not kept."""
        return today.year - self.birth_year if self.birth_year else None


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """An account of a customer at `bank`. Classes I, II, III are 1, 2, 3."""

    bank: int
    account_id: int
    customer_id: UUID
    class_: int
    status: AccountStatus
    opened_on: date
    alias: str

    @property
    def ref(self) -> AccountKey:
        """Where its money is booked."""
        return AccountKey(self.bank, self.account_id)

    @property
    def number(self) -> str:
        """The 19 digits on the card."""
        return account_number(self.bank, self.account_id)

    @property
    def number_masked(self) -> str:
        """`**** 3107`."""
        return f"**** {self.number[-4:]}"


@dataclass(frozen=True, slots=True)
class NameCheck:
    """Whether a name belongs to an account. `masked_name` is there only when it does."""

    result: Literal["match", "mismatch", "missing"]
    masked_name: str | None
    bank: int | None
    bank_name_zh: str | None
    bank_name_en: str | None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a customer agreed to: terms, privacy, sharing. Withdrawn when `withdrawn_at` is set."""

    id: UUID
    purpose: str
    version: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter in the app."""

    id: UUID
    kind: str
    about_bank: int
    title: dict[str, str]
    body: dict[str, str]
    facts: dict[str, Any]
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff at a bank or the centre."""

    id: UUID
    bank: int
    login: str
    name: str
    roles: frozenset[str]
    status: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one member of staff asked for; another decides."""

    id: UUID
    bank: int
    act: str
    subject: str
    body: dict[str, Any]
    checker_role: str
    maker: UUID
    made_at: datetime
    expires_at: datetime
    state: ProposalState
    checker: UUID | None
    decided_at: datetime | None
    reason: str
    spent_at: datetime | None
