"""What services need of the outside: providers, reached by one Protocol of few operations.

An adapter speaks its partner's own protocol and answers in these words. Parameters and bodies of each operation are
typed in `fengshou.services.talk`; instants are ISO 8601 UTC, dates `YYYY-MM-DD`, amounts whole fen in `*_fen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

from fengshou.kernel import Principal, Work

Operation: TypeAlias = Literal[
    "query.fetch",      # what a provider knows: topic, account or subject -> records
    "share.fetch",      # data of the subject that a form is filled with, by consent
    "bill.arrears",     # what is owed under an account number
    "bill.pay",         # bills were paid here: take notice, under a key
    "bill.status",      # what became of that key
    "bill.day_file",    # everything of a business day, for reconciliation
    "topup.validate",   # is this number one that can be topped up
    "topup.deliver",    # deliver what was paid, under a key
    "topup.status",
    "book.resources",   # departments, doctors, rooms: what can be booked
    "book.slots",       # their free times
    "book.hold",        # keep one for a while, under a key
    "book.confirm",
    "book.check_in",    # the subject has come: a queue number is given
    "book.cancel",
    "book.status",
    "book.queue",       # number, how many are ahead, called to where
    "case.submit",      # hand a case over, under a key
    "case.supplement",  # what was asked for again
    "case.withdraw",
    "case.progress",    # where it stands; the outcome when there is one
    "cert.issue",
    "cert.status",
    "door.grant",       # a pass for a door, verifiable offline
    "door.code",        # what to show at the door now; a copy of it is soon worthless
    "door.revoke",
    "door.events",
    "ticket.create",
    "ticket.update",
    "ticket.status",
    "place.list",       # points of interest as GeoJSON
    "trade.quote",      # what a product costs now, for how long
    "trade.place",      # an order, under a key
    "trade.paid",       # it was paid here: take notice
    "trade.cancel",
    "trade.status",     # what became of an order, by its number or our key
    "setting.set",      # keep a customer's setting (the bank's own system)
    "count.take",       # take of what is limited, or give it back, all or nothing, under a key (the bank's own system)
    "count.read",       # how much is taken
]  # fmt: skip

State: TypeAlias = Literal["done", "refused", "pending", "unknown", "unavailable"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The person a call is about: only what the definition names and the person consented to."""

    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ring:
    """One call to a provider.

    topic     what of it: `reports`, `property_fee`, the item's code in the province's library
    key       the act's own, for ever: the same again is the same request
    """

    operation: Operation
    provider: str
    key: UUID
    topic: str = ""
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider said.

    done, refused   final
    pending         taken; the end will come: ask `…status` or hear it
    unknown         it may have arrived: ask, do not send anew
    unavailable     it surely did not arrive, or was a mere question: trying again is right
    reason          a word of the closed list of its adapter; the adapter's manifest has it in both languages
    """

    state: State
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reason: str | None = None
    reason_zh: str | None = None
    reason_en: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something a provider said by itself, taken once by `message`."""

    message: str
    provider: str
    operation: Operation
    key: UUID
    said: Said


@dataclass(frozen=True, slots=True)
class Post:
    """One fetch of a partner's news. Take all of it, then keep `cursor`."""

    news: tuple[News, ...]
    cursor: str
    more: bool


class Connector(Protocol):
    """A system of one or many providers. Never raises for what the outside does or fails to do."""

    system: str
    operations: frozenset[Operation]

    async def ring(self, ring: Ring) -> Said:
        """Ask or tell."""
        ...

    async def news(self, after: str) -> Post:
        """What it has to say since `after`; a partner without news of its own answers an empty post."""
        ...


class Somebody(Protocol):
    """A customer, as far as services need to know them."""

    @property
    def name(self) -> str | None: ...
    @property
    def phone(self) -> str: ...
    @property
    def gender(self) -> str | None: ...
    def age(self, today: date) -> int | None:
        """Years, or None before the identity is verified."""
        ...


class People(Protocol):
    """Who customers are, and how they are told (the room party)."""

    async def customer(self, work: Work, id_: UUID) -> Somebody:
        """In a transaction at the home bank. Raises `Missing`."""
        ...

    async def id_number_of(self, work: Work, id_: UUID) -> str | None:
        """The whole identity number, None before the identity is verified. Raises `Missing`."""
        ...

    async def notify(
        self, bank: int, customer_id: UUID, kind: str, facts: dict[str, Any], *, source: str | None = None
    ) -> bool:
        """Write a letter once for each `source`."""
        ...


@dataclass(frozen=True, slots=True)
class Send:
    """Money to be sent for a run. `key` is the run's for ever: the same again is the same payment.

    from_number  the customer's own account; their first at the bank when they did not choose
    to_bank      code of an outside bank
    """

    key: UUID
    customer: UUID
    bank: int
    to_number: str = field(repr=False)
    to_name: str = field(repr=False)
    fen: int
    memo: str = field(default="", repr=False)
    to_bank: str | None = None
    from_number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a payment stands: made and not proved, held back, on its way, done, refused, come back."""

    state: Literal["draft", "held", "sent", "done", "refused", "returned"]
    order: UUID
    fee_fen: int = 0
    outside: bool = False
    reason: str | None = None


class Till(Protocol):
    """Payments, as far as services need it: one way for money (decision 16)."""

    async def send(self, who: Principal, send: Send) -> Sent:
        """Pay. Raises `StepUp`, then the customer proves it and sends the same again; and what refuses it."""
        ...

    async def look(self, send: Send) -> Sent | None:
        """What became of it; None when payments has never heard of it."""
        ...


Connectors: TypeAlias = Mapping[str, Connector]
"""By system, as `provider.system` names them."""

__all__ = [
    "Connector",
    "Connectors",
    "News",
    "Operation",
    "People",
    "Post",
    "Ring",
    "Said",
    "Send",
    "Sent",
    "Somebody",
    "State",
    "Subject",
    "Till",
]
