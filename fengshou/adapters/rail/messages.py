"""The messages of the rail as we think of them: frozen, typed, free of XML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Status(StrEnum):
    """Transaction status codes of pacs.002 that this rail uses."""

    SETTLED = "ACSC"
    PENDING = "ACSP"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a transfer.

    bank     12 digits, the bank's code on the rail
    account  up to 34 characters
    name     up to 140 characters, as the account holder's bank knows it
    """

    bank: str
    account: str
    name: str


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """pacs.008 with one transaction: `fen` of CNY from `debtor` to `creditor`.

    message_id     up to 35 of [0-9A-Za-z.-/]; a resend carries the same
    end_to_end_id  likewise; the payment's own, the same through its whole life
    """

    message_id: str
    end_to_end_id: str
    fen: int
    debtor: Party
    creditor: Party
    settle_on: date
    created_at: datetime
    memo: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """pacs.002: what became of a transfer."""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_end_to_end_id: str
    status: Status
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """pacs.004: a settled transfer comes back, whole."""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_end_to_end_id: str
    fen: int
    settle_on: date
    reason_code: str


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """pacs.028: what became of this transfer?"""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_end_to_end_id: str


Message = CreditTransfer | StatusReport | Return | StatusRequest


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with its business application header: from which participant to which."""

    sender: str
    receiver: str
    message: Message
