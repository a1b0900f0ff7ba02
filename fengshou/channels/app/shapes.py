"""What the app's operations answer, and the parts of what they ask. Names, units: docs/internals/ops.md."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from fengshou.channels.edge import LINE, Ask, Show

AccountText: TypeAlias = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9 -]*$")]
NumberText: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9 ]*$")]
PhoneText: TypeAlias = Annotated[str, StringConstraints(max_length=13, pattern=r"^[0-9 ]*$")]
NameText: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=LINE)]
CodeText: TypeAlias = Annotated[str, StringConstraints(max_length=6, pattern=r"^[0-9]*$")]
IdNumberText: TypeAlias = Annotated[str, StringConstraints(max_length=18, pattern=r"^[0-9Xx]*$")]
MemoText: TypeAlias = Annotated[str, StringConstraints(max_length=60, pattern=LINE)]
AliasText: TypeAlias = Annotated[str, StringConstraints(max_length=20, pattern=LINE)]
# Amounts are judged by Money.parse, whose sentence says more than "invalid".
AmountText: TypeAlias = Annotated[str, StringConstraints(max_length=40, pattern=LINE)]
PasswordText: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=LINE)]
QueryText: TypeAlias = Annotated[str, StringConstraints(max_length=60, pattern=LINE)]
KeyText: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
BankCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
BankId: TypeAlias = Annotated[int, Field(ge=1, le=9_999)]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=100)]
# What an authenticator made: WebAuthn's own library judges it, here it is only kept small (the body is).
Credential: TypeAlias = dict[Annotated[str, StringConstraints(max_length=60)], JsonValue]
Locale: TypeAlias = Literal["zh-CN", "en"]
Reach: TypeAlias = Literal["own", "federation", "outside"]


class Bi(Show):
    """A text in both languages."""

    zh: str
    en: str


class Nothing(Show):
    """Done; there is nothing to tell."""

    done: bool = True


class BankShow(Show):
    """A member bank. `id` repeats `bank` for clients that ask for it."""

    bank: int
    id: int
    slug: str
    name: Bi
    brand: Bi
    county: Bi
    city: Bi
    theme: str


class AccountShow(Show):
    """An account of the caller's. `number` addresses it; `id` does too."""

    id: str
    number: str
    number_masked: str
    tail: str
    bank: int
    bank_name: Bi
    theme: str
    class_: int = Field(alias="class")
    class_name: Bi
    alias: str
    status: str
    can_pay: bool
    opened_on: date
    available_fen: int
    posted_fen: int
    balance_fen: int
    held_fen: int
    day_max_fen: int | None
    year_max_fen: int | None
    single_max_fen: int | None
    balance_max_fen: int | None


class PayeeAsk(Ask):
    """Whom to pay. `bank_code` is for banks outside the federation."""

    number: NumberText
    name: NameText
    bank_code: BankCode | None = None


class PayeeShow(Show):
    """Whom one pays or paid."""

    number: str
    number_masked: str
    name: str
    bank_name: Bi
    bank_code: str | None
    reach: Reach


class Moment(Show):
    """A step of an order's way."""

    text: Bi
    at: datetime | None
    state: Literal["on", "wait", "bad", "next"]


class OrderFrom(Show):
    """The paying account of an order."""

    number: str
    number_masked: str
    tail: str
    bank_name: Bi
    class_name: Bi


class OrderShow(Show):
    """A payment through its whole life."""

    id: UUID
    state: str
    state_text: Bi
    reach: Reach
    kind: Reach
    amount_fen: int
    fee_fen: int
    total_fen: int
    capitals: str
    memo: str
    from_: OrderFrom = Field(alias="from")
    payee: PayeeShow
    reference: str
    at: datetime
    done_at: datetime | None
    expires_at: datetime | None
    reason: Bi | None
    moments: tuple[Moment, ...]
    receipt: bool


class ResultShow(Show):
    """How a payment stands, in the words of its result page."""

    state: str
    title: Bi
    note: Bi
    order: OrderShow


class LineShow(Show):
    """A movement on a statement."""

    id: str
    entry: UUID
    account: str
    tail: str
    at: datetime
    day: date
    delta_fen: int
    balance_fen: int
    other: str
    other_bank: Bi | None
    other_tail: str
    memo: str
    kind: str
    category: str
    title: Bi
    icon: str
    tone: str
    order_id: UUID | None


class NoticeShow(Show):
    """A letter."""

    id: UUID
    kind: str
    group: str
    title: Bi
    body: Bi
    at: datetime
    day: date
    read: bool
    icon: str
    tone: str
    fen: int | None
    page: str | None
    params: dict[str, Any]


class FileShow(Show):
    """A file for the reader to keep."""

    name: str
    media_type: str
    base64: str


class CustomerShow(Show):
    """The person who is signed in, as they may see themselves."""

    id: UUID
    name: str
    name_masked: str
    greeting: Bi
    phone_masked: str
    real_name: str
    id_number_masked: str
    home_bank: int
    elder: bool
    theme: str
    locale: str
    age: int | None


class SettingsShow(Show):
    """How the app looks to this person."""

    elder: bool
    theme: str
    locale: str


class Me(Show):
    """Who is signed in; `customer` is null when nobody is."""

    signed_in: bool
    demo: bool
    bank: BankShow
    banks: tuple[BankShow, ...]
    now: datetime
    today: date
    customer: CustomerShow | None
    settings: SettingsShow | None
    level: int
    has_password: bool
    passkeys: int
    has_account: bool
    unread: int
    new_device_until: datetime | None
    next_step: Literal["password", "real_name", "open_account"] | None


class LevelShow(Show):
    """A level of the matrix, and how it is proved."""

    level: int
    single_fen: int
    day_fen: int
    methods: tuple[str, ...]


class LimitsShow(Show):
    """What the account may still send today."""

    levels: tuple[LevelShow, ...]
    used_today_fen: int
    remaining_fen: int
    day_cap_fen: int
    single_max_fen: int
    free_level1_fen: int
    year_left_fen: int | None
    new_device_until: datetime | None


class EndShow(Show):
    """One end of a payment, on paper."""

    name: str
    number_masked: str
    bank_name: Bi


class PositionShow(Show):
    """Where a bank booked it."""

    bank: int
    bank_name: Bi
    position: int


class EntryShow(Show):
    """The book's entry."""

    id: UUID
    positions: tuple[PositionShow, ...]
    posted_at: datetime


class ReversalShow(Show):
    """What came back."""

    at: datetime | None
    amount_fen: int
    reason: Bi


class ReceiptShow(Show):
    """A receipt. `verify` is printed on it and proves it."""

    order: OrderShow
    title: Bi
    number: str
    amount_fen: int
    capitals: str
    fee_fen: int
    memo: str
    at: datetime
    payer: EndShow
    payee: EndShow
    entry: EntryShow
    confirmed_by: Bi
    reversal: ReversalShow | None
    verify: str
    issuer: Bi
