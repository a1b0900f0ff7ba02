"""What the book is made of. Frozen values; no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, IntFlag
from hashlib import blake2b
from struct import Struct
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from fengshou.kernel import CENTRE, FEN_MAX, LEGS_MAX, bank_of
from fengshou.ledger.errors import EntryMalformed


class PostingKind(IntEnum):
    """What a journal row does. PEND and VOID (and EXPIRE, a VOID by timer) move nothing."""

    POST = 1
    PEND = 2
    SETTLE = 3
    VOID = 4
    REVERSE = 5
    IMPORT = 6


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


class Posting(NamedTuple):
    """`fen` > 0 from the debit account to the credit account, both of one bank and currency.

    hold  the id of the PEND posting's entry that a SETTLE or VOID closes
    code  what the movement is for (payments' list), shown in statements
    """

    debit: AccountRef
    credit: AccountRef
    fen: int
    kind: PostingKind = PostingKind.POST
    hold: UUID | None = None
    code: int = 0


class NewAccount(NamedTuple):
    """An account to open. `floor_fen` None means unbounded (the bank's own accounts), so does `ceiling_fen`."""

    ref: AccountRef
    subject: str
    currency: str = "CNY"
    floor_fen: int | None = 0
    flags: AccountFlag = AccountFlag.NONE
    ceiling_fen: int | None = None

    def __repr__(self) -> str:
        # An entry's digest is taken over this: keys answered before there were ceilings keep theirs.
        fields = self._asdict()
        if self.ceiling_fen is None:
            del fields["ceiling_fen"]
        return f"NewAccount({', '.join(f'{name}={value!r}' for name, value in fields.items())})"


class FlagChange(NamedTuple):
    """Flags to set and clear on an account, with the reason in words for the audit."""

    ref: AccountRef
    set: AccountFlag
    clear: AccountFlag
    reason: str


class BoundsChange(NamedTuple):
    """How far a balance may go: down to `floor_fen` (below zero is a credit line), up to `ceiling_fen`; None is
    unbounded. Refused when the account is beyond the new bounds already; `reason` is for the audit.
    """

    ref: AccountRef
    floor_fen: int | None
    ceiling_fen: int | None
    reason: str


class Rider(NamedTuple):
    """A guarded change to a row of the room that built it, true together with the entry or not at all.

    name    the registered `RiderKind`
    target  what the change is about: two riders of one kind and target never run in one statement
    args    one value for each column of the kind
    """

    name: str
    target: tuple[Any, ...]
    args: tuple[Any, ...]


class OutboxEvent(NamedTuple):
    """An event delivered after the entry committed."""

    bank: int
    topic: str
    key: str
    body: dict[str, Any]


@dataclass(frozen=True, init=False)
class Entry:
    """One balanced movement: all of it happens, or nothing.

    id          idempotency key: made by `kernel.new_id(bank)` of the paying bank, whose books take leg 0
    body        what else the request said; two entries of one key must agree on it
    evidence    who proved what (access), or None with a `mandate` for the bank's own bookings
    expires_at  for a PEND: when it is voided by itself
    reverses    the entry this one undoes
    event_at    when it happened in the world, if not now
    changes     further changes to accounts, made after `opens` and `flags` and before the postings
    """

    id: UUID
    postings: tuple[Posting, ...] = ()
    opens: tuple[NewAccount, ...] = ()
    flags: tuple[FlagChange, ...] = ()
    riders: tuple[Rider, ...] = ()
    events: tuple[OutboxEvent, ...] = ()
    evidence: UUID | None = None
    decision: UUID | None = None
    mandate: str | None = None
    event_at: datetime | None = None
    expires_at: datetime | None = None
    reverses: UUID | None = None
    body: bytes = b""
    changes: tuple[BoundsChange, ...] = ()

    # Whether it is nothing but id and postings, as most are: then nobody needs to look at the rest.
    bare: ClassVar[bool] = True

    def __init__(
        self, id: UUID, postings: tuple[Posting, ...] = (), opens: tuple[NewAccount, ...] = (),
        flags: tuple[FlagChange, ...] = (), riders: tuple[Rider, ...] = (), events: tuple[OutboxEvent, ...] = (),
        evidence: UUID | None = None, decision: UUID | None = None, mandate: str | None = None,
        event_at: datetime | None = None, expires_at: datetime | None = None, reverses: UUID | None = None,
        body: bytes = b"", changes: tuple[BoundsChange, ...] = (),
    ) -> None:  # fmt: skip
        # A frozen dataclass sets thirteen attributes the slow way. Most entries name two or three of
        # them; the others are read from the class, and an entry costs a third.
        given = self.__dict__
        given["id"] = id
        given["postings"] = postings
        if (
            opens or flags or riders or events or evidence or decision or mandate or event_at or expires_at
            or reverses or body or changes
        ):  # fmt: skip
            given.update(
                bare=False, opens=opens, flags=flags, riders=riders, events=events, evidence=evidence,
                decision=decision, mandate=mandate, event_at=event_at, expires_at=expires_at, reverses=reverses,
                body=body, changes=changes,
            )  # fmt: skip

    def check(self) -> None:
        """Raise `EntryMalformed` when a room built something the book cannot hold."""
        postings = self.postings
        if len(postings) > LEGS_MAX:
            raise EntryMalformed(f"at most {LEGS_MAX} postings")
        if not postings and not self.opens and not self.flags and not self.changes:
            raise EntryMalformed("an entry that does nothing")
        if self.id.int & LEGS_MAX:
            raise EntryMalformed("an entry's id leaves the bits that number its legs empty")
        if postings and postings[0].debit.bank != bank_of(self.id):
            raise EntryMalformed("leg 0 belongs to the bank in the entry's id")
        for debit, credit, fen, kind, hold, code in postings:
            if debit.bank != credit.bank or debit.id == credit.id:
                raise EntryMalformed("a posting joins two accounts of one bank")
            if type(fen) is not int or not 0 < fen <= FEN_MAX or not -_CODE_END <= code < _CODE_END:
                raise EntryMalformed("an amount is whole fen above zero, a code has 32 bits")
            if (hold is not None) != (kind in _CLOSES_HOLD):
                raise EntryMalformed("a hold is named by SETTLE and VOID, and by them alone")
        if not self.bare:
            self._check_rest()
        if len(postings) > 1 and sum(leg.kind is PostingKind.PEND for leg in postings) > 1:
            raise EntryMalformed("a hold is known by its entry's id, so an entry makes one at most")

    def _check_rest(self) -> None:
        """What the database would refuse, it would refuse for the whole batch: so it is refused here."""
        for new in self.opens:
            if not 0 < new.ref.id < _ID_END or not 0 < new.ref.bank < _BANK_END or len(new.currency) != 3:
                raise EntryMalformed("an account has a positive number, and a currency of three letters")
            _check_bounds(new.floor_fen, new.ceiling_fen, 0)
        for change in self.changes:
            _check_bounds(change.floor_fen, change.ceiling_fen)
        for event in self.events:
            if not isinstance(event.topic, str) or not isinstance(event.key, str):
                raise EntryMalformed("an event's topic and key are text")
        if self.mandate is not None and "\0" in self.mandate:
            raise EntryMalformed("a mandate is text without a NUL")
        for at in (self.event_at, self.expires_at):
            if at is not None and at.tzinfo is None:
                raise EntryMalformed("an instant knows its zone")

    @property
    def told_by_row(self) -> bool:
        """Whether the journal row tells all that `digest` is taken over, so that it need not be kept."""
        if len(self.postings) != 1:
            return False
        return self.bare or not (self.opens or self.flags or self.reverses or self.body or self.changes)

    @property
    def digest(self) -> int:
        """64 bits over all that makes two entries the same request (not its proofs or riders)."""
        if len(self.postings) == 1 and (
            self.bare or not (self.opens or self.flags or self.reverses or self.changes)
        ):
            # The hot path: the same as below, packed. The leading byte keeps the two forms apart.
            (bank, debit), (_, credit), fen, kind, hold, code = self.postings[0]
            parts = _PACK(b"1", bank, debit, bank, credit, fen, kind, code)
            if hold:
                parts += hold.bytes
        else:
            more = (self.changes,) if self.changes else ()
            parts = repr((self.postings, self.opens, self.flags, self.reverses, *more)).encode()
        return int.from_bytes(blake2b(parts + self.body, digest_size=8).digest(), "big", signed=True)


_PACK = Struct(">chqhqqBi").pack
_CODE_END, _ID_END, _BANK_END = 1 << 31, 1 << 63, 1 << 15
_CLOSES_HOLD = (PostingKind.SETTLE, PostingKind.VOID)


def _check_bounds(floor: int | None, ceiling: int | None, balance: int | None = None) -> None:
    """Raise unless there is something between the bounds, and `balance` is."""
    low, high = -FEN_MAX if floor is None else floor, FEN_MAX if ceiling is None else ceiling
    if not -FEN_MAX <= low <= high <= FEN_MAX:
        raise EntryMalformed("a floor lies under its ceiling, both within what the book can hold")
    if balance is not None and not low <= balance <= high:
        raise EntryMalformed("a new account is empty, and may be")


class Leg(NamedTuple):
    """One journal row of a receipt."""

    bank: int
    position: int
    debit_balance_fen: int
    credit_balance_fen: int


class Receipt(NamedTuple):
    """The book's answer to an entry that was posted: durable when you hold it."""

    entry: UUID
    posted_at: datetime
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds, as of the last commit."""

    posted_fen: int
    held_fen: int
    floor_fen: int | None
    flags: AccountFlag
    subject: str
    currency: str
    ceiling_fen: int | None = None

    @property
    def available_fen(self) -> int:
        """What may still be paid out: holds are counted."""
        return self.posted_fen - self.held_fen - (self.floor_fen or 0)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement on a statement. `delta_fen` is signed from the account's side.

    cursor  pass it as `before` to go on with older lines; 0 when this is the oldest
    """

    seq: int
    position: int
    entry: UUID
    event_at: datetime
    posted_at: datetime
    delta_fen: int
    balance_fen: int
    other: int
    code: int
    kind: PostingKind
    cursor: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Funds reserved on `debit` until settled, voided or expired."""

    id: UUID
    debit: AccountRef
    credit: AccountRef
    fen: int
    code: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One subject of a trial balance; amounts signed, credit positive; turnovers are of the asked day."""

    subject: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int
    accounts: int


# The bank's own accounts are numbered by their subject; customers' numbers begin above them.
CUSTOMER_FIRST = 10_000_000
CLEARING_SUBJECT = "3001"
_CENTRE_SUB_FIRST = 1_000_000


def own_account(bank: int, subject: str) -> AccountRef:
    """The bank's own account of a subject of the chart."""
    return AccountRef(bank, int(subject))


def clearing(bank: int) -> AccountRef:
    """The account at `bank` that mirrors what it has with the provincial centre."""
    return own_account(bank, CLEARING_SUBJECT)


def centre_account(bank: int) -> AccountRef:
    """The sub-account at the centre that belongs to `bank`."""
    return AccountRef(CENTRE, _CENTRE_SUB_FIRST + bank)


def between_banks(payer: AccountRef, payee: AccountRef, fen: int, code: int) -> tuple[Posting, ...]:
    """The linked chain of a payment from one account to another, of the same bank or not."""
    if payer.bank == payee.bank:
        return (Posting(payer, payee, fen, code=code),)
    return (
        Posting(payer, clearing(payer.bank), fen, code=code),
        Posting(centre_account(payer.bank), centre_account(payee.bank), fen, code=code),
        Posting(clearing(payee.bank), payee, fen, code=code),
    )
