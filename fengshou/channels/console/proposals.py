"""proposals.*: what waits for a second pair of eyes at one's bank."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fengshou.channels.console.ops import op
from fengshou.channels.console.shapes import ById, Limit, ProposalShow, proposal_show
from fengshou.channels.edge import Ask, Call, Show


class ListAsk(Ask):
    """Proposals of a state, older than `before`."""

    state: Literal["open", "approved", "refused", "withdrawn", "expired"] | None = None
    before: UUID | None = None
    limit: Limit = 20


class Page(Show):
    """Newest first; `next` is `before` of the next page."""

    items: tuple[ProposalShow, ...]
    next: UUID | None


class One(Show):
    """The proposal as it stands now."""

    proposal: ProposalShow


@op("proposals.list")
async def list_(call: Call, ask: ListAsk) -> Page:
    """The proposals of one's bank."""
    who = call.who
    found = await call.doors.party.proposals(who.bank, ask.state, ask.before, ask.limit)
    items = tuple([await proposal_show(call.doors, one, who.id) for one in found])
    return Page(items=items, next=found[-1].id if len(found) == ask.limit else None)


@op("proposals.withdraw", changes=True)
async def withdraw(call: Call, ask: ById) -> One:
    """Take one's own proposal back."""
    who = call.who
    async with call.doors.db.work(who.bank, who) as work:
        proposal = await call.doors.party.withdraw_proposal(work, who, ask.id)
    return One(proposal=await proposal_show(call.doors, proposal, who.id))
