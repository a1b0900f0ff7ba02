"""The words in which a posting states its terms, and an account its bounds. Frozen values."""

from __future__ import annotations

from datetime import datetime
from enum import IntFlag, StrEnum
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from fengshou.kernel import FEN_MAX
from fengshou.ledger.errors import EntryMalformed


class AccountFlag(IntFlag):
    """What an account does not do."""

    NONE = 0
    FROZEN_OUT = 1
    FROZEN_IN = 2
    CLOSED = 4


class AccountRef(NamedTuple):
    """An account of the book: member bank and number within it."""

    bank: int
    id: int


class Side(IntFlag):
    """A side of a posting."""

    NONE = 0
    DEBIT = 1
    CREDIT = 2
    BOTH = 3


class Measure(StrEnum):
    """What a condition looks at. AVAILABLE is what could be paid out; SEQ counts the account's movements."""

    BALANCE = "balance"
    AVAILABLE = "available"
    SEQ = "seq"


class Condition(NamedTuple):
    """The posting happens only if this is so just before it, legs of the same entry included."""

    ref: AccountRef
    measure: Measure
    relation: Literal["at_least", "at_most", "is"]
    value: int

    def holds(self, found: int) -> bool:
        """Whether what was found is as it should be."""
        if self.relation == "is":
            return found == self.value
        return found >= self.value if self.relation == "at_least" else found <= self.value


class Terms(NamedTuple):
    """What else a posting asks for.

    up_to    DEBIT: `fen` or what the debit account can give, whichever is less; an account without a floor gives
             what it has above zero. CREDIT: `fen` or what the credit account can take: up to its ceiling, or
             without one up to zero, which is what it owes. The receipt's leg says how much it was.
    closes   these sides' accounts are closed after it, which takes an empty account
    only_if  conditions, all of which must hold
    """

    up_to: Side = Side.NONE
    closes: Side = Side.NONE
    only_if: tuple[Condition, ...] = ()


class BoundsChange(NamedTuple):
    """How far a balance may go: down to `floor_fen` (below zero is a credit line), up to `ceiling_fen`; None is
    unbounded. Refused when the account is beyond the new bounds already; `reason` is for the audit.
    """

    ref: AccountRef
    floor_fen: int | None
    ceiling_fen: int | None
    reason: str


class Freeze(NamedTuple):
    """An order that freezes an account, given by a court or another `owner`, who alone may lift it.

    stops  FROZEN_OUT, FROZEN_IN or both; NONE when it is an amount that is frozen
    fen    this much stays on the account (or all there is, while it is less), besides what other orders froze
    until  when it ends by itself

    Its id is `freeze_id` of the entry and of its place among the entry's freezes. What was held before the
    order may still be settled: it was spent already.
    """

    ref: AccountRef
    owner: str
    reason: str
    stops: AccountFlag = AccountFlag.NONE
    fen: int | None = None
    until: datetime | None = None


class Lift(NamedTuple):
    """The end of a freeze, by its owner."""

    ref: AccountRef
    freeze: UUID
    owner: str
    reason: str


Change: TypeAlias = BoundsChange | Freeze | Lift


class Order(NamedTuple):
    """A freeze that is in force."""

    id: UUID
    ref: AccountRef
    owner: str
    reason: str
    stops: AccountFlag
    fen: int | None
    until: datetime | None


def check_terms(terms: Terms, *, moves: bool, opens_hold: bool) -> None:
    """Raise `EntryMalformed` for terms that the posting's kind cannot have."""
    if terms.up_to and not (moves or opens_hold):
        raise EntryMalformed("only a POST or a PEND leaves its amount open")
    if terms.closes and not moves:
        raise EntryMalformed("only a POST closes an account")
    for condition in terms.only_if:
        if not -(1 << 63) <= condition.value < 1 << 63:
            raise EntryMalformed("a condition compares with 64 bits")


def check_change(change: Change) -> None:
    """Raise `EntryMalformed` for a change that the book cannot hold."""
    check_text(change.reason)
    if isinstance(change, BoundsChange):
        check_bounds(change.floor_fen, change.ceiling_fen)
        return
    check_text(change.owner)
    if isinstance(change, Lift):
        return
    frozen = AccountFlag.FROZEN_OUT | AccountFlag.FROZEN_IN
    if bool(change.stops) == (change.fen is not None) or change.stops & ~frozen:
        raise EntryMalformed("a freeze stops one or both ways, or keeps an amount")
    if change.fen is not None and not 0 < change.fen <= FEN_MAX:
        raise EntryMalformed("a frozen amount is above zero")
    if change.until is not None and change.until.tzinfo is None:
        raise EntryMalformed("an instant knows its zone")


def check_bounds(floor: int | None, ceiling: int | None, balance: int | None = None) -> None:
    """Raise unless there is something between the bounds, and `balance` is."""
    low, high = -FEN_MAX if floor is None else floor, FEN_MAX if ceiling is None else ceiling
    if not -FEN_MAX <= low <= high <= FEN_MAX:
        raise EntryMalformed("a floor lies under its ceiling, both within what the book can hold")
    if balance is not None and not low <= balance <= high:
        raise EntryMalformed("a new account is empty, and may be")


def check_text(text: str) -> None:
    """Raise unless PostgreSQL can keep it: one bad text would fail the batch of everybody else."""
    if not isinstance(text, str) or "\0" in text:
        raise EntryMalformed("a text has no NUL in it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EntryMalformed("a text is whole characters") from None
