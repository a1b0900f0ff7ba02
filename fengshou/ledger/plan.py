"""What one batch is made of: the accounts it touches, the requests in it, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from fengshou.kernel import BankError
from fengshou.ledger.model import (
    AccountFlag,
    AccountRef,
    Entry,
    Hold,
    NewAccount,
    OutboxEvent,
    Posting,
    PostingKind,
    Receipt,
)
from fengshou.ledger.terms import Lift, Order

_POST = PostingKind.POST

# The changing part of an account: balance, held, sequence, last position, flags.
State: TypeAlias = tuple[int, int, int, int, int]
# What changes seldom, and only by an act of its own: floor, ceiling, and the orders that freeze it.
Bounds: TypeAlias = tuple[int | None, int | None, tuple[Order, ...]]

# Bits of an account's flags in memory alone: it has bounds that the short way does not look at; orders stop
# it. All other bits are the flags that the table keeps.
BOUNDED, ORDER_OUT, ORDER_IN = 1 << 16, 1 << 17, 1 << 18
KEPT = int(AccountFlag.FROZEN_OUT | AccountFlag.FROZEN_IN | AccountFlag.CLOSED)


class ShardTaken(Exception):
    """Another live process holds the writer's lock."""


class WentBack(Exception):
    """The database no longer has what it acknowledged: an old primary stands in the new one's place."""


class Account:
    """The state of one account. `last` is the position of its latest movement."""

    __slots__ = (
        "balance",
        "ceiling",
        "currency",
        "flags",
        "floor",
        "held",
        "last",
        "orders",
        "ref",
        "seq",
        "subject",
    )

    def __init__(
        self, ref: AccountRef, subject: str, currency: str, floor: int | None, flags: int,
        balance: int = 0, held: int = 0, seq: int = 0, last: int = 0, ceiling: int | None = None,
    ) -> None:  # fmt: skip
        self.ref, self.subject, self.currency = ref, subject, currency
        self.balance, self.held, self.seq, self.last = balance, held, seq, last
        # `bound` without its loops: a start makes a million of these.
        self.floor, self.ceiling = floor, ceiling
        self.orders: tuple[Order, ...] = ()
        self.flags = flags & KEPT if ceiling is None else flags & KEPT | BOUNDED

    @property
    def bounds(self) -> Bounds:
        """Floor, ceiling and orders, to put back with `bound`."""
        return self.floor, self.ceiling, self.orders

    def bound(self, bounds: Bounds) -> None:
        """Give it a floor, a ceiling and orders; one with a ceiling or an order leaves the short way."""
        self.floor, self.ceiling, self.orders = bounds
        flags = self.flags & KEPT
        if self.ceiling is not None or self.orders:
            flags |= BOUNDED
        for order in self.orders:
            flags |= ORDER_OUT if order.stops & AccountFlag.FROZEN_OUT else 0
            flags |= ORDER_IN if order.stops & AccountFlag.FROZEN_IN else 0
        self.flags = flags

    def save(self) -> State:
        """The changing part, to put back with `restore`."""
        return self.balance, self.held, self.seq, self.last, self.flags

    def restore(self, saved: State) -> None:
        """Undo everything since `saved`."""
        self.balance, self.held, self.seq, self.last, self.flags = saved


def frozen_fen(orders: tuple[Order, ...]) -> int:
    """What orders keep on the account."""
    return sum(order.fen or 0 for order in orders)


def shown(flags: int) -> AccountFlag:
    """Flags as others see them: whoever froze it, it is frozen."""
    seen = AccountFlag(flags & KEPT)
    seen |= AccountFlag.FROZEN_OUT if flags & ORDER_OUT else AccountFlag.NONE
    return seen | (AccountFlag.FROZEN_IN if flags & ORDER_IN else AccountFlag.NONE)


def is_ordinary(account: Account) -> bool:
    """Whether only its floor stands against a payment: then `vector` may decide about it."""
    return not account.flags


class Request:
    """An entry in the queue; `outcome` is set once decided, `future` once durable.

    key     the id as a number: Python hashes and compares a UUID in Python
    told    the digest as the journal keeps it: None when the row itself tells what was asked for
    single  the one plain posting, when the entry is nothing else (riders and events may be with it)
    plain   nothing to write but journal rows and events
    events  the entry's, where they are read fast
    twins   later requests of the same key that came before this one was answered
    row     its packed row, when it has one and the row tells all that was asked for
    """

    __slots__ = (
        "_digest",
        "entry",
        "events",
        "future",
        "key",
        "outcome",
        "plain",
        "row",
        "single",
        "sticky",
        "twins",
    )

    def __init__(self, entry: Entry, future: Any) -> None:
        self.entry, self.future = entry, future
        self.key = entry.id.int
        self._digest: int | None = None
        self.outcome: Receipt | BankError | None = None
        self.sticky = True
        self.twins: list[Request] | None = None
        self.row: bytes | None = None
        postings = entry.postings
        if entry.bare and len(postings) == 1 and postings[0].kind is _POST and postings[0].terms is None:
            self.plain = True  # most are this and no more
            self.events: tuple[OutboxEvent, ...] = ()
            self.single: Posting | None = postings[0]
        else:
            self._look_closely(entry, postings)

    def _look_closely(self, entry: Entry, postings: tuple[Posting, ...]) -> None:
        only_postings = entry.bare or not (entry.opens or entry.flags or entry.changes)
        self.plain = entry.bare or (only_postings and not entry.riders and entry.note is None)
        self.events = () if entry.bare else entry.events
        self.single = None
        if len(postings) == 1:
            leg = postings[0]
            if leg.terms is not None:
                self.plain = self.plain and not leg.terms.closes
            elif only_postings and leg.kind is _POST:
                self.single = leg
        elif self.plain:
            self.plain = not any(leg.terms and leg.terms.closes for leg in postings)

    @property
    def digest(self) -> int:
        """The entry's digest, made when it is first needed: most entries never need it."""
        if self._digest is None:
            self._digest = self.entry.digest
        return self._digest

    @property
    def told(self) -> int | None:
        """What the journal keeps of the digest."""
        return None if self.entry.told_by_row else self.digest


# A hold as it was before the plan, what is settled of it by now, and its state: 1 open, 2 settled, 3 voided,
# 4 expired.
Closing: TypeAlias = tuple[Hold, int, int]


@dataclass(slots=True)
class Undo:
    """How to take back what one entry did before a later part of it was refused."""

    rows: int
    opened: int
    accounts: list[tuple[Account, State]] = field(default_factory=list)
    banks: list[int] = field(default_factory=list)  # of the rows
    holds_closed: list[tuple[Hold, Closing | None]] = field(default_factory=list)  # as both were before
    holds_opened: list[Hold] = field(default_factory=list)
    bounds: list[tuple[Account, Bounds, bool]] = field(default_factory=list)  # and whether the plan's first
    frozen: int = 0
    lifted: int = 0


@dataclass(slots=True)
class Plan:
    """What one batch changes: the rows to write and how to take it back."""

    now: datetime
    now_us: int
    rows: list[bytes] = field(default_factory=list)  # packed, see `row`
    posted: list[Request] = field(default_factory=list)
    refused: list[Request] = field(default_factory=list)
    acts: list[Request] = field(default_factory=list)
    touched: dict[Account, State] = field(default_factory=dict)
    flagged: dict[AccountRef, int] = field(default_factory=dict)
    bounded: dict[Account, Bounds] = field(default_factory=dict)  # as they were before
    opened: list[NewAccount] = field(default_factory=list)
    fresh: set[AccountRef] = field(default_factory=set)  # the accounts of `opened`
    holds_opened: list[Hold] = field(default_factory=list)
    holds_closed: dict[UUID, Closing] = field(default_factory=dict)
    frozen: list[tuple[Order, UUID]] = field(default_factory=list)  # and by which entry
    lifted: list[tuple[Lift, UUID]] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)  # as they were before
    packs: list[tuple[Any, Any]] = field(default_factory=list)  # each `packs.Pack` and which of its rows
