"""The book as plainly as it can be said: dictionaries, one entry at a time, everything copied before it is tried.

What the real one decides in batches, with short ways, plans taken back and an undo for each part, must come to
the same answers. Nothing here is shared with it but the words of a request.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from fengshou.kernel import FEN_MAX
from fengshou.ledger import (
    PART,
    PEND,
    SETTLE,
    VOID,
    AccountFlag,
    AccountRef,
    BoundsChange,
    Condition,
    Entry,
    FlagChange,
    Freeze,
    Lift,
    Measure,
    NewAccount,
    Posting,
    PostingKind,
    Side,
    freeze_id,
)

OUT, IN, CLOSED = AccountFlag.FROZEN_OUT, AccountFlag.FROZEN_IN, AccountFlag.CLOSED
# The code of a refusal; or of each leg what it moved and both balances after it.
Outcome: TypeAlias = str | tuple[tuple[int, int, int], ...]


class Refused(Exception):
    """The code of the refusal is its argument."""


@dataclass
class Purse:
    """An account."""

    currency: str
    floor: int | None
    ceiling: int | None
    flags: AccountFlag
    balance: int = 0
    moves: int = 0


@dataclass
class Kept:
    """A hold."""

    debit: AccountRef
    credit: AccountRef
    left: int
    until: datetime | None


@dataclass
class Stop:
    """A freeze by order."""

    ref: AccountRef
    owner: str
    stops: AccountFlag
    fen: int
    until: datetime | None


@dataclass
class Books:
    """All that an entry may change."""

    purses: dict[AccountRef, Purse] = field(default_factory=dict)
    holds: dict[UUID, Kept] = field(default_factory=dict)
    stops: dict[UUID, Stop] = field(default_factory=dict)
    rides: set[object] = field(default_factory=set)

    def held(self, ref: AccountRef) -> int:
        """What is reserved on an account."""
        return sum(hold.left for hold in self.holds.values() if hold.debit == ref)

    def frozen(self, ref: AccountRef) -> int:
        """What orders keep on an account."""
        return sum(stop.fen for stop in self.stops.values() if stop.ref == ref)

    def ordered(self, ref: AccountRef) -> AccountFlag:
        """Which ways orders stop."""
        flags = AccountFlag.NONE
        for stop in self.stops.values():
            flags |= stop.stops if stop.ref == ref else AccountFlag.NONE
        return flags

    def free(self, ref: AccountRef) -> int:
        """What could be paid out."""
        purse = self.purses[ref]
        return purse.balance - self.held(ref) - (purse.floor or 0) - self.frozen(ref)


class PlainBook:
    """Decides entries one by one, and remembers what it answered to which key."""

    def __init__(self) -> None:
        self.books = Books()
        self.answered: dict[UUID, tuple[object, Outcome]] = {}

    def post(self, entry: Entry, now: datetime) -> Outcome:
        """What the ledger will say."""
        asked = (
            entry.postings, entry.opens, entry.flags, entry.changes, entry.reverses, entry.body, repr(entry.note)
        )  # fmt: skip
        if entry.id in self.answered:
            before, outcome = self.answered[entry.id]
            return outcome if before == asked else "LEDGER.KEY_CONFLICT"
        kept, self.books = self.books, deepcopy(self.books)
        try:
            outcome = _Try(self.books, now).all_of(entry)
        except Refused as refusal:
            self.books, outcome = kept, str(refusal)
        self.answered[entry.id] = asked, outcome
        return outcome

    def expire(self, now: datetime) -> None:
        """End what is due."""
        self.books.holds = {
            id_: hold for id_, hold in self.books.holds.items() if hold.until is None or hold.until > now
        }
        self.books.stops = {
            id_: stop for id_, stop in self.books.stops.items() if stop.until is None or stop.until > now
        }


class _Try:
    """One entry on a copy of the books."""

    def __init__(self, books: Books, now: datetime) -> None:
        self.books, self.now = books, now

    def all_of(self, entry: Entry) -> Outcome:
        for new in entry.opens:
            self.open(new)
        for flag in entry.flags:
            self.flag(flag)
        placed = 0
        for change in entry.changes:
            purse = self.purse(change.ref)
            if purse.flags & CLOSED:
                raise Refused("LEDGER.ACCOUNT_CLOSED")
            if isinstance(change, BoundsChange):
                self.bound(purse, change)
            elif isinstance(change, Lift):
                self.lift(change)
            else:
                self.freeze(change, freeze_id(entry.id, placed))
                placed += 1
        legs = tuple(self.leg(entry, number, leg) for number, leg in enumerate(entry.postings))
        for rider in entry.riders:
            if rider.target in self.books.rides:
                raise Refused("DRILL.RIDE_TAKEN")
            self.books.rides.add(rider.target)
        return legs

    def purse(self, ref: AccountRef) -> Purse:
        if ref not in self.books.purses:
            raise Refused("LEDGER.ACCOUNT_MISSING")
        return self.books.purses[ref]

    def open(self, new: NewAccount) -> None:
        if new.ref in self.books.purses:
            raise Refused("LEDGER.ACCOUNT_EXISTS")
        self.books.purses[new.ref] = Purse(new.currency, new.floor_fen, new.ceiling_fen, new.flags)

    def flag(self, change: FlagChange) -> None:
        purse = self.purse(change.ref)
        if change.set & CLOSED:
            self.may_close(change.ref)
        if purse.flags & CLOSED:
            raise Refused("LEDGER.ACCOUNT_CLOSED")
        purse.flags = (purse.flags | change.set) & ~change.clear

    def may_close(self, ref: AccountRef) -> None:
        if self.books.purses[ref].balance or self.books.held(ref):
            raise Refused("LEDGER.BALANCE_NOT_ZERO")
        if any(stop.ref == ref for stop in self.books.stops.values()):
            raise Refused("LEDGER.ACCOUNT_FROZEN")

    def bound(self, purse: Purse, change: BoundsChange) -> None:
        if change.floor_fen is not None and purse.balance - self.books.held(change.ref) < change.floor_fen:
            raise Refused("LEDGER.INSUFFICIENT_FUNDS")
        if change.ceiling_fen is not None and purse.balance > change.ceiling_fen:
            raise Refused("LEDGER.CEILING")
        purse.floor, purse.ceiling = change.floor_fen, change.ceiling_fen

    def freeze(self, order: Freeze, id_: UUID) -> None:
        self.books.stops[id_] = Stop(order.ref, order.owner, order.stops, order.fen or 0, order.until)

    def lift(self, change: Lift) -> None:
        stop = self.books.stops.get(change.freeze)
        if stop is None or stop.ref != change.ref:
            raise Refused("LEDGER.FREEZE_MISSING")
        if stop.owner != change.owner:
            raise Refused("LEDGER.FREEZE_NOT_YOURS")
        del self.books.stops[change.freeze]

    def leg(self, entry: Entry, number: int, leg: Posting) -> tuple[int, int, int]:
        debit, credit = self.purse(leg.debit), self.purse(leg.credit)
        fen = self.amount(leg, debit, credit)
        if leg.kind in (SETTLE, PART, VOID):
            self.use_hold(leg)
        else:
            self.may_leave(leg, fen, debit)
            self.may_arrive(leg.credit, fen, debit, credit)
        if leg.kind is PEND:
            self.books.holds[entry.id] = Kept(leg.debit, leg.credit, fen, entry.expires_at)
        elif leg.kind is not VOID:
            debit.balance, credit.balance = debit.balance - fen, credit.balance + fen
            debit.moves, credit.moves = debit.moves + 1, credit.moves + 1
        if leg.terms:
            for side, ref in ((Side.DEBIT, leg.debit), (Side.CREDIT, leg.credit)):
                if leg.terms.closes & side:
                    self.may_close(ref)
                    self.books.purses[ref].flags |= CLOSED
        return fen, debit.balance, credit.balance

    def amount(self, leg: Posting, debit: Purse, credit: Purse) -> int:
        """What moves, if conditions hold."""
        if leg.terms is None:
            return leg.fen
        if not all(self.holds(condition) for condition in leg.terms.only_if):
            raise Refused("LEDGER.CONDITION_FAILED")
        fen = leg.fen
        if leg.terms.up_to & Side.DEBIT:
            fen = min(fen, self.books.free(leg.debit))
        if leg.terms.up_to & Side.CREDIT:
            fen = min(fen, (credit.ceiling or 0) - credit.balance)
        if fen <= 0:
            raise Refused("LEDGER.NOTHING_TO_MOVE")
        return fen

    def holds(self, condition: Condition) -> bool:
        purse = self.purse(condition.ref)
        found = {
            Measure.SEQ: purse.moves, Measure.BALANCE: purse.balance, Measure.AVAILABLE: self.books.free(condition.ref)
        }[condition.measure]  # fmt: skip
        return {
            "is": found == condition.value, "at_least": found >= condition.value, "at_most": found <= condition.value
        }[condition.relation]  # fmt: skip

    def may_leave(self, leg: Posting, fen: int, debit: Purse) -> None:
        stopped = debit.flags | self.books.ordered(leg.debit)
        if leg.kind is PostingKind.REVERSE:
            stopped = (debit.flags & CLOSED) | self.books.ordered(leg.debit)
        if debit.flags & CLOSED:
            raise Refused("LEDGER.ACCOUNT_CLOSED")
        if stopped & OUT:
            raise Refused("LEDGER.ACCOUNT_FROZEN")

    def may_arrive(self, ref: AccountRef, fen: int, debit: Purse, credit: Purse) -> None:
        if credit.flags & CLOSED:
            raise Refused("LEDGER.ACCOUNT_CLOSED")
        if (credit.flags | self.books.ordered(ref)) & IN:
            raise Refused("LEDGER.ACCOUNT_FROZEN")
        if debit.currency != credit.currency:
            raise Refused("LEDGER.CURRENCY_MISMATCH")
        payer = next(r for r, purse in self.books.purses.items() if purse is debit)
        if debit.floor is not None and debit.balance - self.books.held(payer) - fen < debit.floor:
            raise Refused("LEDGER.INSUFFICIENT_FUNDS")
        if self.books.frozen(payer) and self.books.free(payer) < fen:
            raise Refused("LEDGER.FUNDS_FROZEN")
        self.fits(fen, debit, credit)

    def fits(self, fen: int, debit: Purse, credit: Purse) -> None:
        if credit.ceiling is not None and credit.balance + fen > credit.ceiling:
            raise Refused("LEDGER.CEILING")
        if credit.balance + fen > FEN_MAX or debit.balance - fen < -FEN_MAX:
            raise Refused("LEDGER.BALANCE_TOO_LARGE")

    def use_hold(self, leg: Posting) -> None:
        assert leg.hold is not None
        hold = self.books.holds.get(leg.hold)
        if hold is None:
            raise Refused("LEDGER.HOLD_CLOSED")
        if (hold.debit, hold.credit) != (leg.debit, leg.credit) or leg.fen > hold.left:
            raise Refused("LEDGER.HOLD_MISMATCH")
        if leg.kind is not VOID:
            debit, credit = self.books.purses[leg.debit], self.books.purses[leg.credit]
            if hold.until is not None and hold.until <= self.now:
                raise Refused("LEDGER.HOLD_EXPIRED")
            if credit.flags & CLOSED:
                raise Refused("LEDGER.ACCOUNT_CLOSED")
            if (credit.flags | self.books.ordered(leg.credit)) & IN:
                raise Refused("LEDGER.ACCOUNT_FROZEN")
            if debit.flags & CLOSED:
                raise Refused("LEDGER.ACCOUNT_CLOSED")
            self.fits(leg.fen, debit, credit)
        if leg.kind is PART and hold.left > leg.fen:
            hold.left -= leg.fen
        else:
            del self.books.holds[leg.hold]
