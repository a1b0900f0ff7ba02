"""The words of each operation: what it takes, what a provider answers. Nothing else of an answer is believed.

An answer off its form is treated as silence (`unknown` or `unavailable`), however good the rest of it looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fengshou.services.ports import Operation

Short: TypeAlias = Annotated[str, Field(min_length=1, max_length=80)]
Long: TypeAlias = Annotated[str, Field(max_length=2_000)]
Fen: TypeAlias = Annotated[int, Field(ge=0, le=10**13)]
Fact: TypeAlias = str | int | bool | date | None


class Talk(BaseModel):
    """Closed: a field nobody knows makes the whole unreadable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Talk):
    """No words needed."""


class Query(Talk):
    """Account or card the provider knows the subject by; filters as the definition's form gives them."""

    account: str | None = Field(default=None, max_length=64)
    filters: dict[str, Fact] = Field(default_factory=dict, max_length=20)


class Records(Talk):
    """Rows of the definition's columns."""

    as_of: datetime
    records: tuple[dict[str, Fact], ...] = Field(max_length=500)


class Shared(Talk):
    """Known facts of the subject, by field of the provider's data set."""

    as_of: datetime
    facts: dict[str, Fact] = Field(max_length=100)


class Account(Talk):
    """A number bills are under."""

    account: Short


class Arrear(Talk):
    """One bill of one period."""

    bill: Short
    period: Short
    fen: Fen
    late_fen: Fen = 0
    due_on: date | None = None
    part_allowed: bool = False
    label_zh: str = Field(default="", max_length=80)
    label_en: str = Field(default="", max_length=80)


class Arrears(Talk):
    """What is owed. `holder` is masked by the provider (张*)."""

    as_of: datetime
    account: Short
    holder: str = Field(max_length=40)
    place: str = Field(default="", max_length=120)
    bills: tuple[Arrear, ...] = Field(max_length=200)


class Pay(Talk):
    """These bills are paid: `fen` by bill. The money has moved already."""

    account: Short
    paid_at: datetime
    fen: dict[Short, Fen] = Field(min_length=1, max_length=200)


class Taken(Talk):
    """The partner's own number of what it took."""

    number: Short
    note: str = Field(default="", max_length=200)


class Day(Talk):
    """A business day."""

    day: date


class DayLine(Talk):
    """A payment as the partner has it."""

    key: Short
    account: Short
    fen: Fen
    number: Short


class DayFile(Talk):
    """Everything of a day."""

    day: date
    lines: tuple[DayLine, ...] = Field(max_length=100_000)


class Target(Talk):
    """What is topped up, by how much."""

    account: Short
    fen: Fen


class Resources(Talk):
    """Below which group (a department, a building), None for the groups themselves."""

    group: str | None = Field(default=None, max_length=80)


class Resource(Talk):
    """Something that can be booked, or a group of such."""

    id: Short
    zh: Short
    en: Short
    kind: Literal["group", "person", "room", "place"]
    note_zh: str = Field(default="", max_length=200)
    note_en: str = Field(default="", max_length=200)
    fen: Fen = 0


class ResourceList(Talk):
    """What there is."""

    items: tuple[Resource, ...] = Field(max_length=500)


class Slots(Talk):
    """Of one resource, from a day until and with another."""

    resource: Short
    from_day: date
    until_day: date


class Slot(Talk):
    """A time that can be booked by `free` more people."""

    id: Short
    starts_at: datetime
    ends_at: datetime
    free: int = Field(ge=0)
    capacity: int = Field(ge=1)
    fen: Fen = 0


class SlotList(Talk):
    """In order of time."""

    items: tuple[Slot, ...] = Field(max_length=2_000)


class HoldSlot(Talk):
    """Keep a place until `seconds` from now."""

    slot: Short
    seconds: int = Field(ge=10, le=3_600)


class Booked(Talk):
    """Which booking."""

    booking: Short


class Booking(Talk):
    """A place and what has become of it."""

    booking: Short
    state: Literal["held", "booked", "checked_in", "fulfilled", "cancelled", "no_show", "expired"]
    slot: Short
    expires_at: datetime | None = None
    voucher: str = Field(default="", max_length=80)
    fen: Fen = 0


class Queue(Talk):
    """Where the subject stands. `called_to` is the room or counter once called."""

    number: Short
    ahead: int = Field(ge=0)
    called_to: str = Field(default="", max_length=80)
    state: Literal["waiting", "called", "served", "passed"]


class File(Talk):
    """A material by reference: fetched under a link that expires."""

    name: Short
    media_type: Short
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    url: str = Field(max_length=500)


class Submit(Talk):
    """A case for the item's office."""

    item: Short
    form: dict[str, Fact] = Field(max_length=200)
    files: dict[Short, File] = Field(default_factory=dict, max_length=50)
    way: Literal["phone", "branch", "kiosk", "home"]


class CaseNumber(Talk):
    """The office's number of the case, or of one it is asked about."""

    number: Short


class Supplement(Talk):
    """What was asked for again."""

    number: Short
    form: dict[str, Fact] = Field(default_factory=dict, max_length=200)
    files: dict[Short, File] = Field(default_factory=dict, max_length=50)


class Progress(Talk):
    """Where a case stands. `fix` names fields or materials to be mended; `outcome` stands at the end."""

    number: Short
    stage: Literal[
        "submitted",
        "pre_checked",
        "returned",
        "accepted",
        "in_review",
        "approved",
        "refused",
        "delivered",
        "withdrawn",
    ]
    at: datetime
    note_zh: Long = ""
    note_en: Long = ""
    fix: dict[Short, Short] = Field(default_factory=dict, max_length=50)
    outcome: dict[str, Fact] = Field(default_factory=dict, max_length=50)


class Certify(Talk):
    """A certificate of a kind for the subject."""

    kind: Short
    claims: dict[str, Fact] = Field(default_factory=dict, max_length=50)


class Certificate(Talk):
    """One issued certificate."""

    number: Short
    state: Literal["valid", "suspended", "revoked", "expired"]
    issued_at: datetime
    valid_until: date | None = None
    claims: dict[str, Fact] = Field(max_length=50)


class Grant(Talk):
    """A pass: which doors, from when until when, how often."""

    doors: tuple[Short, ...] = Field(min_length=1, max_length=20)
    from_at: datetime
    until_at: datetime
    uses: int = Field(default=1, ge=1, le=1_000)
    holder: Short


class Pass(Talk):
    """`token` is what the door verifies without asking anybody: of `door.grant` it stays with the holder, of
    `door.code` it is shown, until `until_at`.
    """

    number: Short
    token: str = Field(max_length=2_000)
    until_at: datetime


class DoorEvent(Talk):
    """Somebody at a door."""

    id: Short
    door: Short
    at: datetime
    passed: bool
    number: str = Field(default="", max_length=80)
    reason: str = Field(default="", max_length=80)


class DoorEvents(Talk):
    """In order of time."""

    items: tuple[DoorEvent, ...] = Field(max_length=1_000)


class Since(Talk):
    """Of an account (a home, a card), after an instant."""

    account: Short
    since: datetime


class Report(Talk):
    """Something is broken, or somebody complains."""

    category: Short
    text: Long
    place: str = Field(default="", max_length=120)
    files: dict[Short, File] = Field(default_factory=dict, max_length=9)


class Ticket(Talk):
    """What has become of a report."""

    number: Short
    state: Literal["open", "assigned", "in_progress", "waiting", "resolved", "closed"]
    at: datetime
    worker: str = Field(default="", max_length=40)
    note_zh: Long = ""
    note_en: Long = ""


class TicketSay(Talk):
    """More about a report, or its end."""

    number: Short
    text: Long = ""
    close: bool = False
    stars: int | None = Field(default=None, ge=1, le=5)


class Box(Talk):
    """West, south, east, north in degrees (WGS 84)."""

    layer: Short
    box: tuple[float, float, float, float]


class Features(Talk):
    """A GeoJSON FeatureCollection (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: tuple[dict[str, Any], ...] = Field(max_length=500)


class Quote(Talk):
    """A product, for how much: fen to buy, hundredths of units to sell."""

    product: Short
    side: Literal["buy", "sell"]
    fen: Annotated[int, Field(ge=1, le=10**13)]


class Quoted(Talk):
    """What it costs until then; price in ten-thousandths of a yuan, risk from 1 to 5."""

    quote: Short
    price_e4: Annotated[int, Field(ge=1, le=10**12)]
    fee_fen: Fen
    risk: int = Field(ge=1, le=5)
    valid_until: datetime


class TradePlace(Talk):
    """An order, by a quote."""

    product: Short
    side: Literal["buy", "sell"]
    fen: Annotated[int, Field(ge=1, le=10**13)]
    quote: Short


class TradeNumber(Talk):
    """The issuer's number of an order, or our key of one that was never answered."""

    number: Short


class TradePaid(Talk):
    """The order is paid: `order` is payments' own."""

    number: Short
    order: Short


class TradeOrder(Talk):
    """What has become of an order. Units in hundredths; price and units stand once it is confirmed."""

    number: Short
    state: Literal["accepted", "paid", "confirmed", "settled", "cancelled"]
    at: datetime
    price_e4: Fen = 0
    units_e2: Fen = 0
    fee_fen: Fen = 0
    pay_until: datetime | None = None
    note_zh: Long = ""
    note_en: Long = ""


class SetTo(Talk):
    """A customer's setting from an instant on."""

    customer: UUID
    key: Short
    value: Fact | tuple[str, ...]
    at: datetime


class Count(Talk):
    """`by` of a tally that may come to `most`; less than nothing gives back. `says` names it in a refusal."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    by: int = Field(default=1, ge=-(10**6), le=10**6)
    most: int = Field(ge=0, le=10**9)
    says: Short


class Counts(Talk):
    """Taken together or not at all."""

    items: tuple[Count, ...] = Field(min_length=1, max_length=10)


class Names(Talk):
    """Tallies by name."""

    names: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        min_length=1, max_length=110
    )


class Tallies(Talk):
    """How much is taken of each; nothing of those that are not there."""

    taken: dict[str, int]


OPERATIONS: Mapping[Operation, tuple[type[Talk], type[Talk]]] = {
    "query.fetch": (Query, Records),
    "share.fetch": (Nothing, Shared),
    "bill.arrears": (Account, Arrears),
    "bill.pay": (Pay, Taken),
    "bill.status": (Nothing, Taken),
    "bill.day_file": (Day, DayFile),
    "topup.validate": (Account, Nothing),
    "topup.deliver": (Target, Taken),
    "topup.status": (Nothing, Taken),
    "book.resources": (Resources, ResourceList),
    "book.slots": (Slots, SlotList),
    "book.hold": (HoldSlot, Booking),
    "book.confirm": (Booked, Booking),
    "book.check_in": (Booked, Booking),
    "book.cancel": (Booked, Booking),
    "book.status": (Booked, Booking),
    "book.queue": (Booked, Queue),
    "case.submit": (Submit, Progress),
    "case.supplement": (Supplement, Progress),
    "case.withdraw": (CaseNumber, Progress),
    "case.progress": (CaseNumber, Progress),
    "cert.issue": (Certify, Certificate),
    "cert.status": (CaseNumber, Certificate),
    "door.grant": (Grant, Pass),
    "door.code": (CaseNumber, Pass),
    "door.revoke": (CaseNumber, Nothing),
    "door.events": (Since, DoorEvents),
    "ticket.create": (Report, Ticket),
    "ticket.update": (TicketSay, Ticket),
    "ticket.status": (CaseNumber, Ticket),
    "place.list": (Box, Features),
    "trade.quote": (Quote, Quoted),
    "trade.place": (TradePlace, TradeOrder),
    "trade.paid": (TradePaid, TradeOrder),
    "trade.cancel": (TradeNumber, TradeOrder),
    "trade.status": (TradeNumber, TradeOrder),
    "setting.set": (SetTo, Nothing),
    "count.take": (Counts, Nothing),
    "count.read": (Names, Tallies),
}
"""Operation -> what it takes, what is answered when it is done (or pending, where that carries a body)."""
