"""What the party room needs from outside: the identity register, and the book.

Party and ledger stand on one floor and do not import each other, so party names here what it asks of
the book, in its own words; `runtime` puts the ledger behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from fengshou.kernel import BankError


class RealNameResult(StrEnum):
    """What the register said. UNAVAILABLE is no answer at all."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


class RealNameSaid(Protocol):
    """What party reads of an answer: any adapter's answer of this shape will do."""

    @property
    def result(self) -> str:
        """One of `RealNameResult`."""
        ...

    @property
    def evidence_no(self) -> str:
        """The number under which the register finds the check again."""
        ...

    @property
    def at(self) -> datetime:
        """When it answered."""
        ...


@dataclass(frozen=True, slots=True)
class RealNameAnswer:
    """The plainest answer there is."""

    result: RealNameResult
    evidence_no: str
    at: datetime


class RealNamePort(Protocol):
    """The identity register of the central bank and the police."""

    async def verify(self, name: str, id_number: str, *, request_id: UUID) -> RealNameSaid:
        """Ask whether name and number belong together. Never raises for an outage: UNAVAILABLE says it."""
        ...


class ClassRule(Protocol):
    """What the catalog says of a class of account at a bank, as far as party asks."""

    @property
    def per_customer_max(self) -> int:
        """How many a person may have at one bank."""
        ...

    @property
    def remote_opening(self) -> bool:
        """Whether it opens by phone."""
        ...


class Classes(Protocol):
    """The catalog's account classes: `catalog.account_class` fits."""

    def __call__(self, bank: int, number: int) -> ClassRule:
        """The rule in force today for class 1, 2 or 3 at `bank`."""
        ...


class Ride(NamedTuple):
    """One of party's own rows to change in the very commit of an entry of the book."""

    name: str
    target: tuple[Any, ...]
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RideKind:
    """A statement registered with the book at start.

    sql      takes one array per column, $1 the ordinals, and returns the ordinals that took effect
    columns  PostgreSQL types of the arrays after the ordinals
    refused  raised for an entry whose ordinal did not come back
    """

    name: str
    sql: str
    columns: tuple[str, ...]
    refused: type[BankError]


@dataclass(frozen=True, slots=True)
class Proof:
    """Evidence that a person may do this, and the change that spends it."""

    evidence: UUID
    spend: Ride


@dataclass(frozen=True, slots=True)
class Act:
    """What is to happen with one account: one entry of the book, all or nothing, idempotent by `entry`.

    rides  party's rows that change in the same commit
    topic  the event that goes out once it is durable, with `body`
    proof  what its owner proved for it, spent in the same commit
    """

    entry: UUID
    bank: int
    account_id: int
    rides: tuple[Ride, ...]
    topic: str
    body: dict[str, Any]
    proof: Proof | None = None


class Book(Protocol):
    """The ledger as party sees it. Awaited with no open write transaction."""

    async def reserve_account_id(self, bank: int) -> int:
        """A number no account at `bank` has had."""
        ...

    async def open_account(self, act: Act) -> None:
        """Open a customer's deposit account whose balance never goes below zero."""
        ...

    async def freeze(self, act: Act) -> None:
        """Stop payments out of the account; money may still come in."""
        ...

    async def unfreeze(self, act: Act) -> None:
        """Let the account pay out again."""
        ...

    async def close(self, act: Act) -> None:
        """Close the account for ever; refused while it holds or awaits money."""
        ...
