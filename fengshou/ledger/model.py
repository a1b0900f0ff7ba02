"""What the book is made of. Frozen values; no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from hashlib import blake2b
from struct import Struct
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import orjson

from fengshou.kernel import CENTRE, FEN_MAX, LEGS_MAX, bank_of, leg_id
from fengshou.ledger.errors import EntryMalformed
from fengshou.ledger.terms import AccountFlag as AccountFlag  # noqa: PLC0414 - found here by all
from fengshou.ledger.terms import AccountRef as AccountRef  # noqa: PLC0414 - found here by all
from fengshou.ledger.terms import Change, Terms, check_bounds, check_change, check_terms, check_text


class PostingKind(IntEnum):
    """What a journal row does. PEND, VOID and EXPIRE (the book's own VOID, by the clock) move nothing.

    A SETTLE gives back what it does not take of its hold; a PART leaves it held, until nothing is left.
    """

    POST = 1
    PEND = 2
    SETTLE = 3
    VOID = 4
    REVERSE = 5
    IMPORT = 6
    PART = 7
    EXPIRE = 8


class Posting(NamedTuple):
    """`fen` > 0 from the debit account to the credit account, both of one bank and currency.

    hold  the id of the PEND posting's entry that a SETTLE or VOID closes
    code  what the movement is for (payments' list), shown in statements
    terms what else it asks for: conditions, an amount left open, an account closed after it
    """

    debit: AccountRef
    credit: AccountRef
    fen: int
    kind: PostingKind = PostingKind.POST
    hold: UUID | None = None
    code: int = 0
    terms: Terms | None = None

    def __repr__(self) -> str:
        # An entry's digest is taken over this: keys answered before there were terms keep theirs.
        named = zip(self._fields, self[: 6 if self.terms is None else 7], strict=False)
        return f"Posting({', '.join(f'{name}={value!r}' for name, value in named)})"


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
    changes     bounds and freezes of accounts, made after `opens` and `flags` and before the postings
    note        what people will want to know of it; kept beside the journal, read by `Ledger.note`
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
    changes: tuple[Change, ...] = ()
    note: dict[str, Any] | None = None

    # Whether it is nothing but id and postings, as most are: then nobody needs to look at the rest.
    bare: ClassVar[bool] = True

    def __init__(
        self, id: UUID, postings: tuple[Posting, ...] = (), opens: tuple[NewAccount, ...] = (),
        flags: tuple[FlagChange, ...] = (), riders: tuple[Rider, ...] = (), events: tuple[OutboxEvent, ...] = (),
        evidence: UUID | None = None, decision: UUID | None = None, mandate: str | None = None,
        event_at: datetime | None = None, expires_at: datetime | None = None, reverses: UUID | None = None,
        body: bytes = b"", changes: tuple[Change, ...] = (), note: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        # A frozen dataclass sets thirteen attributes the slow way. Most entries name two or three of
        # them; the others are read from the class, and an entry costs a third.
        given = self.__dict__
        given["id"] = id
        given["postings"] = postings
        if (
            opens or flags or riders or events or evidence or decision or mandate or event_at or expires_at
            or reverses or body or changes or note
        ):  # fmt: skip
            given.update(
                bare=False, opens=opens, flags=flags, riders=riders, events=events, evidence=evidence,
                decision=decision, mandate=mandate, event_at=event_at, expires_at=expires_at, reverses=reverses,
                body=body, changes=changes, note=note,
            )  # fmt: skip

    def check(self) -> None:
        """Raise `EntryMalformed` when a room built something the book cannot hold."""
        postings = self.postings
        if self.bare and len(postings) == 1 and self._plainly_right(postings[0]):
            return
        if len(postings) > LEGS_MAX:
            raise EntryMalformed(f"at most {LEGS_MAX} postings")
        if not postings and not self.opens and not self.flags and not self.changes:
            raise EntryMalformed("an entry that does nothing")
        if self.id.int & LEGS_MAX:
            raise EntryMalformed("an entry's id leaves the bits that number its legs empty")
        if postings and postings[0].debit.bank != bank_of(self.id):
            raise EntryMalformed("leg 0 belongs to the bank in the entry's id")
        self._check_postings()
        if not self.bare:
            self._check_rest()
        if len(postings) > 1 and sum(leg.kind is PostingKind.PEND for leg in postings) > 1:
            raise EntryMalformed("a hold is known by its entry's id, so an entry makes one at most")

    def _check_postings(self) -> None:
        for debit, credit, fen, kind, hold, code, terms in self.postings:
            if debit.bank != credit.bank or debit.id == credit.id:
                raise EntryMalformed("a posting joins two accounts of one bank")
            if type(fen) is not int or not 0 < fen <= FEN_MAX or not -_CODE_END <= code < _CODE_END:
                raise EntryMalformed("an amount is whole fen above zero, a code has 32 bits")
            if (hold is not None) != (kind in CLOSES_HOLD):
                raise EntryMalformed("a hold is named by what closes it, and by that alone")
            if terms is not None:
                check_terms(terms, moves=kind is PostingKind.POST, opens_hold=kind is PostingKind.PEND)

    def _plainly_right(self, posting: Posting) -> bool:
        """Whether this is one plain posting with nothing wrong: most entries are, and these questions are enough."""
        (bank, debit), (other, credit), fen, kind, hold, code, terms = posting
        key = self.id.int
        return (
            bank == other == key >> 10 & _BANK_MASK and debit != credit and not key & LEGS_MAX
            and type(fen) is int and 0 < fen <= FEN_MAX and -_CODE_END <= code < _CODE_END
            and kind is PostingKind.POST and hold is None and terms is None
        )  # fmt: skip

    def _check_rest(self) -> None:
        """What the database would refuse, it would refuse for the whole batch: so it is refused here."""
        for new in self.opens:
            if not 0 < new.ref.id < _ID_END or not 0 < new.ref.bank < _BANK_END or len(new.currency) != 3:
                raise EntryMalformed("an account has a positive number, and a currency of three letters")
            check_bounds(new.floor_fen, new.ceiling_fen, 0)
            check_text(new.subject)
            check_text(new.currency)
        for flag in self.flags:
            check_text(flag.reason)
            if (int(flag.set) | int(flag.clear)) & ~_FLAGS:
                raise EntryMalformed("there is no such flag")
        for change in self.changes:
            check_change(change)
        for event in self.events:
            check_text(event.topic)
            check_text(event.key)
            _written(event.body)
        if self.mandate is not None:
            check_text(self.mandate)
        if self.note is not None:
            _written(self.note)
        for at in (self.event_at, self.expires_at):
            if at is not None and at.tzinfo is None:
                raise EntryMalformed("an instant knows its zone")

    @property
    def told_by_row(self) -> bool:
        """Whether the journal row tells all that `digest` is taken over, so that it need not be kept."""
        if len(self.postings) != 1 or self.postings[0].terms is not None:
            return False
        return self.bare or not (
            self.opens or self.flags or self.reverses or self.body or self.changes or self.note
        )

    @property
    def digest(self) -> int:
        """64 bits over all that makes two entries the same request (not its proofs or riders)."""
        if (
            len(self.postings) == 1
            and self.postings[0].terms is None
            and (self.bare or not (self.opens or self.flags or self.reverses or self.changes or self.note))
        ):
            # The hot path: the same as below, packed. The leading byte keeps the two forms apart.
            (bank, debit), (_, credit), fen, kind, hold, code, _ = self.postings[0]
            parts = _PACK(b"1", bank, debit, bank, credit, fen, kind, code)
            if hold:
                parts += hold.bytes
        else:
            parts = repr((self.postings, self.opens, self.flags, self.reverses, *self._later())).encode()
        return int.from_bytes(blake2b(parts + self.body, digest_size=8).digest(), "big", signed=True)

    def _later(self) -> tuple[object, ...]:
        """What entries can say since then; nothing when they do not."""
        note = None if self.note is None else _written(self.note)
        return (self.changes, note) if self.changes or note else ()


def _written(value: dict[str, Any]) -> bytes:
    """As it is kept, always in the same words. Raises `EntryMalformed` when it cannot be."""
    try:
        text = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise EntryMalformed("a note and an event's body can be written as JSON") from None
    if b"\\u0000" in text:  # PostgreSQL keeps no NUL in a text, and would refuse the whole batch
        raise EntryMalformed("a text has no NUL in it")
    return text


_PACK = Struct(">chqhqqBi").pack
_FLAGS = int(AccountFlag.FROZEN_OUT | AccountFlag.FROZEN_IN | AccountFlag.CLOSED)
_BANK_MASK = (1 << 16) - 1
_CODE_END, _ID_END, _BANK_END = 1 << 31, 1 << 63, 1 << 15
CLOSES_HOLD = (PostingKind.SETTLE, PostingKind.VOID, PostingKind.PART, PostingKind.EXPIRE)
# Rows that move nothing, and so take no sequence numbers; and all the others.
STILL = (PostingKind.PEND, PostingKind.VOID, PostingKind.EXPIRE)
MOVES = tuple(kind for kind in PostingKind if kind not in STILL)


class Leg(NamedTuple):
    """One journal row of a receipt; `fen` is what it moved or held, also where the posting left that open."""

    bank: int
    position: int
    debit_balance_fen: int
    credit_balance_fen: int
    fen: int


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
    frozen_fen: int = 0

    @property
    def available_fen(self) -> int:
        """What may still be paid out: holds and frozen amounts are counted."""
        free = self.posted_fen - self.held_fen - (self.floor_fen or 0)
        return max(free - self.frozen_fen, 0) if self.frozen_fen else free


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
    """Funds reserved on `debit` until settled, voided or expired; `fen` is what is left of it."""

    id: UUID
    debit: AccountRef
    credit: AccountRef
    fen: int
    code: int
    expires_at: datetime | None
    settled_fen: int = 0


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One subject in one currency of a trial balance; amounts signed, credit positive; turnovers of the day."""

    subject: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int
    accounts: int
    currency: str = "CNY"


def freeze_id(entry: UUID, place: int = 0) -> UUID:
    """The id of an entry's freeze, by its place among them."""
    return leg_id(entry, place) if place else entry


# The bank's own accounts are numbered by their subject; customers' numbers begin above them.
CUSTOMER_FIRST = 10_000_000
CLEARING_SUBJECT = "3001"
_CENTRE_SUB_FIRST = 1_000_000


_CURRENCY_STEP = 10_000  # subjects have four digits
_CURRENCIES = {"CNY": 0, "USD": 840, "EUR": 978, "HKD": 344, "JPY": 392, "GBP": 826, "KRW": 410, "SGD": 702}


def own_account(bank: int, subject: str, currency: str = "CNY") -> AccountRef:
    """The bank's own account of a subject of the chart; other currencies by their ISO 4217 number."""
    return AccountRef(bank, _CURRENCIES[currency] * _CURRENCY_STEP + int(subject))


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
