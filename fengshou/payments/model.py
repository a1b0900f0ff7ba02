"""Orders and what is around them, as values. Personal data stays out of `repr`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal, TypeAlias
from uuid import UUID

from fengshou.kernel import Money, account_number
from fengshou.ledger import AccountRef

OrderKind: TypeAlias = Literal["own", "federation", "outside"]
OrderState: TypeAlias = Literal[
    "draft", "held", "sent", "unknown", "done", "rejected", "returned", "refused", "expired"
]

# From where an order may go where. Whatever is not here is a bug, and the database says so too.
MOVES: dict[OrderState, frozenset[OrderState]] = {
    "draft": frozenset({"held", "sent", "done", "refused"}),
    "held": frozenset({"sent", "done", "refused", "expired"}),
    "sent": frozenset({"unknown", "done", "rejected"}),
    "unknown": frozenset({"done", "rejected"}),
    "done": frozenset({"returned"}),
}

# What a movement is for: `Posting.code`.
CODE_TRANSFER, CODE_FEE, CODE_OUTSIDE, CODE_INBOUND, CODE_RETURN = 101, 102, 103, 104, 105
IN_FLIGHT_SUBJECT, KEPT_SUBJECT, RAIL_SUBJECT, FEE_SUBJECT = "2242", "2243", "1011", "6021"


@dataclass(frozen=True, slots=True)
class Payee:
    """Whom to pay: a number with its bank's code when that bank is outside, and the name."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    bank_code: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks for. `key` is the client's: the same wish again is the same payment."""

    key: UUID
    from_account: AccountRef
    to: Payee
    amount: Money
    memo: str = field(default="", repr=False)

    @property
    def digest(self) -> bytes:
        """32 bytes over all that two submissions of one key must share."""
        parts = (
            *self.from_account,
            self.to.number,
            self.to.name,
            self.to.bank_code,
            self.amount.fen,
            self.memo,
        )
        return sha256(repr(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit this payment counts against: see `access.day_limit_rider`.

    units  what it counts as; None for the amount in fen
    """

    bank: int
    customer: UUID
    kind: str
    day: str
    cap_fen: int
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A payment through its whole life. The row lives at the paying bank.

    id, let_go_id, close_id, return_id  keys of its entries in the book, all made with the draft: posting or
    reserving; letting held funds go to the rail; settling or giving back; coming back from outside
    """

    id: UUID
    customer: UUID
    kind: OrderKind
    state: OrderState
    payer: AccountRef
    to_bank: int | None
    to_account: int | None
    to_code: str | None
    to_number: str = field(repr=False)
    to_name: str = field(repr=False)
    to_masked: str
    memo: str = field(repr=False)
    amount_fen: int
    fee_fen: int
    wish: bytes
    let_go_id: UUID
    close_id: UUID
    return_id: UUID
    decision: UUID | None
    reason: str | None
    tries: int
    counters: tuple[Counter, ...]
    hold_until: datetime | None
    created_at: datetime
    posted_at: datetime | None
    closed_at: datetime | None
    evidence: UUID | None = None

    @property
    def bank(self) -> int:
        """The paying bank."""
        return self.payer.bank

    @property
    def total_fen(self) -> int:
        """What leaves the payer: amount and fee."""
        return self.amount_fen + self.fee_fen

    @property
    def payee(self) -> AccountRef | None:
        """The payee's account when it is in the federation."""
        if self.to_bank is None or self.to_account is None:
            return None
        return AccountRef(self.to_bank, self.to_account)

    @property
    def from_number(self) -> str:
        """The payer's 19 digits."""
        return account_number(*self.payer)

    @property
    def digest(self) -> bytes:
        """32 bytes that proofs and decisions are bound to: order, accounts, payee, amount, fee, currency."""
        parts = (self.id.hex, self.from_number, self.to_code, self.to_number, self.to_name, self.amount_fen)
        return sha256(repr((*parts, self.fee_fen, "CNY")).encode()).digest()


@dataclass(frozen=True, slots=True)
class Quote:
    """What a transfer would cost and ask for, before it is submitted."""

    kind: OrderKind
    fee_fen: int
    waived_fen: int
    level: int
    remaining_fen: int
    first_time: bool


@dataclass(frozen=True, slots=True)
class LineText:
    """A statement line in words."""

    entry: UUID
    kind: str
    other_name: str
    other_bank: int | None
    other_code: str | None
    other_tail: str
    memo: str = field(repr=False)
    order: UUID | None = None


@dataclass(frozen=True, slots=True)
class SavedPayee:
    """A payee in the customer's list."""

    id: UUID
    number: str = field(repr=False)
    name: str = field(repr=False)
    bank: int | None
    bank_code: str | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A receipt: the order, both ends as the payer may see them, where each bank booked it, what was proved for it."""

    order: Order
    payer_name: str = field(repr=False)
    positions: tuple[tuple[int, int], ...] = ()
    posted_at: datetime | None = None
    proved: frozenset[str] = frozenset()

    @property
    def number(self) -> str:
        """Sixteen digits from the order's id, grouped as on paper."""
        digits = f"{self.order.id.int % 10**16:016d}"
        return " ".join(digits[i : i + 4] for i in range(0, 16, 4))


# What names of organisations end with. A person's name has at most four characters, or a middle dot.
_ORGANISATION = re.compile(
    r"(公司|集团|银行|商行|超市|中心|学校|大学|中学|小学|政府|厂|店|社|部|馆|坊|院|园|站|所|处|局|会)"
    r"([（(][^（()）]*[)）])?$"
)
_SURELY = re.compile(r"(公司|集团|银行|合作社|医院|学校)$")
_COMPANY = re.compile(
    r"\b(ltd|limited|inc|llc|llp|plc|gmbh|co|corp|corporation|company|bank)\b\.?$", re.IGNORECASE
)
_PERSON_LONGEST = 4


def mask_name(name: str) -> str:
    """`林*禾`: the first and last character, the middle hidden; two characters show the first.

    Organisations are registered publicly and keep their names.
    """
    if is_organisation(name) or len(name) <= 1:
        return name
    return name[0] + "*" if len(name) == 2 else f"{name[0]}{'*' * min(len(name) - 2, 2)}{name[-1]}"


def is_organisation(name: str) -> bool:
    """Whether a name reads as a company's or office's; in doubt it is a person's."""
    if "·" in name:
        return False
    if len(name) <= _PERSON_LONGEST:
        return bool(_SURELY.search(name))
    return bool(_ORGANISATION.search(name) or _COMPANY.search(name))
