"""What payments needs from outside the house: the interbank rail, and the list of banks on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

RailState: TypeAlias = Literal["accepted", "rejected", "pending", "returned", "unknown"]


@dataclass(frozen=True, slots=True)
class Credit:
    """A transfer to hand to the rail. `order` is its message number and end-to-end id, for ever."""

    order: UUID
    fen: int
    payer_bank: int
    payer_number: str = field(repr=False)
    payer_name: str = field(repr=False)
    payee_code: str
    payee_number: str = field(repr=False)
    payee_name: str = field(repr=False)
    memo: str = field(repr=False)
    settle_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RailSaid:
    """What the rail says of one transfer; only accepted, rejected and returned are final.

    resend   it never got there: sending the very same again is right
    people   somebody must look: the money stays where it is
    fen      what came back, when it is a return
    """

    state: RailState
    order: UUID
    reason: str | None = None
    resend: bool = False
    people: bool = False
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """Money from outside for an account of ours; `message` is taken once."""

    message: str
    fen: int
    payee_number: str = field(repr=False)
    payee_name: str = field(repr=False)
    payer_code: str
    payer_number: str = field(repr=False)
    payer_name: str = field(repr=False)
    memo: str = field(repr=False)
    handle: object = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Mail:
    """One fetch of the rail's mail. Take all of it, then keep `cursor`."""

    answers: tuple[RailSaid, ...]
    credits: tuple[Inbound, ...]
    cursor: str
    more: bool


class RailPort(Protocol):
    """The interbank rail. Never raises for what the outside does or fails to do."""

    async def send(self, credit: Credit) -> RailSaid:
        """Hand a transfer over; the same again is taken once."""
        ...

    async def ask(self, order: UUID) -> RailSaid:
        """What became of it?"""
        ...

    async def mail(self, after: str) -> Mail:
        """Later answers, returns, and money for us."""
        ...

    async def answer(self, credit: Inbound, reason: str | None) -> bool:
        """Say that money from outside was booked, or why not. False: say it again later."""
        ...


class OutsideBanks(Protocol):
    """The rail's directory (content/partners/outside_banks.yaml)."""

    def name_of(self, code: str) -> dict[str, str] | None:
        """The bank's name in both languages, or None."""
        ...

    def guess(self, number: str) -> str | None:
        """The bank a number looks like, by its first digits."""
        ...
