"""What several of the console's operations take and answer; see docs/internals/console-ops.md."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.edge import Ask, Doors, Show
from fengshou.party import Bank, Proposal

# Days a book can be asked about: no bank of ours is older, and nothing is booked that far ahead.
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
BankId: TypeAlias = Annotated[int, Field(ge=1, le=9_999)]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=100)]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reason: TypeAlias = Annotated[
    str, StringConstraints(min_length=2, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class Bi(Show):
    """A text in both languages."""

    zh: str
    en: str


class BankShow(Show):
    """A member bank, or the centre."""

    bank: int
    slug: str
    name: Bi
    short: Bi
    county: Bi
    city: Bi
    theme: str


class ProposalShow(Show):
    """What one asked for and another decides. `mine`: made by who looks, who therefore may not decide."""

    id: UUID
    bank: int
    act: str
    subject: str
    reason: str
    state: str
    maker: str
    mine: bool
    made_at: datetime
    expires_at: datetime
    checker: str | None
    checker_role: str
    decided_at: datetime | None
    answer: str


class ById(Ask):
    """One thing by its id."""

    id: UUID


class ByBank(Ask):
    """A bank: one's own when left out; another's for the centre."""

    bank: BankId | None = None


class Done(Show):
    """It is done."""


class OnDay(ByBank):
    """A bank on a business day, today when left out."""

    day: Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY)] | None = None


def bank_show(bank: Bank) -> BankShow:
    """A bank in the console's form."""
    return BankShow(
        bank=bank.institution_id,
        slug=bank.slug,
        name=Bi(zh=bank.name_zh, en=bank.name_en),
        short=Bi(zh=bank.brand_zh, en=bank.brand_en),
        county=Bi(zh=bank.county_zh, en=bank.county_en),
        city=Bi(zh=bank.city_zh, en=bank.city_en),
        theme=bank.theme,
    )


def bank_name(doors: Doors, bank: int) -> Bi:
    """The name of a member bank."""
    found = doors.party.bank(bank)
    return Bi(zh=found.name_zh, en=found.name_en)


async def proposal_show(doors: Doors, proposal: Proposal, me: UUID) -> ProposalShow:
    """A proposal with the names of who made and decided it."""
    return ProposalShow(
        id=proposal.id,
        bank=proposal.bank,
        act=proposal.act,
        subject=proposal.subject,
        reason=str(proposal.body.get("reason", "")),
        state=proposal.state,
        maker=await staff_name(doors, proposal.maker),
        mine=proposal.maker == me,
        made_at=proposal.made_at,
        expires_at=proposal.expires_at,
        checker=await staff_name(doors, proposal.checker) if proposal.checker else None,
        checker_role=proposal.checker_role,
        decided_at=proposal.decided_at,
        answer=proposal.reason,
    )


async def staff_name(doors: Doors, id_: UUID | None) -> str:
    """A colleague's name; empty for nobody."""
    found = await doors.party.find_staff(id_) if id_ else None
    return found.name if found else ""
