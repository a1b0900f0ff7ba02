"""audit.page: who did what, as the bank's log has it, and how far it is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import StringConstraints

from fengshou.channels.console import store
from fengshou.channels.console.audit_words import said_of
from fengshou.channels.console.ops import bank_for, op
from fengshou.channels.console.shapes import Bi, ByBank, Limit, staff_name
from fengshou.channels.edge import Call, Show
from fengshou.kernel import Work, bank_of


class PageAsk(ByBank):
    """Rows older than `before`; `act` is the beginning of an act: `proposal.`, `centre.enter`."""

    before: UUID | None = None
    act: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_.]+$")] | None = None
    actor: UUID | None = None
    limit: Limit = 50


class FactShow(Show):
    """Something that was written down with an act."""

    name: str
    value: str


class AuditRow(Show):
    """Somebody did something. `seal` is the number of the seal that covers it; a colleague's id has a name.

    `act_text`, `who` and `lines` say `act`, the actor and `facts` as they are read.
    """

    id: UUID
    at: datetime
    actor_kind: str
    actor: UUID | None
    actor_name: str
    who: Bi
    act: str
    act_text: Bi
    subject: str
    subject_name: str
    facts: dict[str, Any]
    lines: tuple[FactShow, ...]
    seal: int | None


class SealShow(Show):
    """The chain: its last seal, and the rows that wait for the next."""

    number: int
    hash: str
    sealed_at: datetime | None
    sealed_rows: int
    open_rows: int


class Page(Show):
    """Newest first; `next` is `before` of the next page."""

    bank: int
    items: tuple[AuditRow, ...]
    next: UUID | None
    chain: SealShow


@op("audit.page")
async def page(call: Call, ask: PageAsk) -> Page:
    """The log of one's bank; another's is read by the centre, which is itself written down."""
    who = call.who
    bank = bank_for(who, ask.bank)
    call.doors.party.bank(bank)
    if bank == who.bank:
        async with call.doors.db.read(bank, who) as work:
            return await _page(call, work, bank, ask)
    async with call.doors.db.centre(who, "read an audit log") as work:
        return await _page(call, work, bank, ask)


async def _page(call: Call, work: Work, bank: int, ask: PageAsk) -> Page:
    rows = await store.audit_rows(work, bank, ask.before, ask.act, ask.actor, ask.limit)
    chain = await store.seals(work, bank)
    names = {
        row["actor"]: await staff_name(call.doors, row["actor"]) if row["actor_kind"] == "staff" else ""
        for row in {row["actor"]: row for row in rows}.values()
    }
    about = {subject: await _colleague(call, subject) for subject in {row["subject"] for row in rows}}
    items = tuple(
        AuditRow(
            id=row["id"],
            at=row["at"],
            actor_kind=row["actor_kind"],
            actor=row["actor"],
            actor_name=names[row["actor"]],
            who=_who(row["actor_kind"], names[row["actor"]]),
            act=row["act"],
            act_text=said_of(row["act"]),
            subject=row["subject"],
            subject_name=about[row["subject"]],
            facts=row["facts"],
            lines=tuple(FactShow(name=name, value=_plain(value)) for name, value in row["facts"].items()),
            seal=row["seal"],
        )
        for row in rows
    )
    assert chain is not None, "the query has one row whatever there is"
    shown = SealShow(
        number=chain["number"] or 0,
        hash=(chain["hash"] or b"").hex(),
        sealed_at=chain["sealed_at"],
        sealed_rows=chain["sealed_rows"],
        open_rows=chain["open_rows"],
    )
    return Page(bank=bank, items=items, next=rows[-1]["id"] if len(rows) == ask.limit else None, chain=shown)


def _who(kind: str, name: str) -> Bi:
    if name:
        return Bi(zh=name, en=name)
    return Bi(zh="客户", en="Customer") if kind == "customer" else Bi(zh="系统", en="System")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


async def _colleague(call: Call, subject: str) -> str:
    """The name of the member of staff whose id this is, or nothing."""
    try:
        id_ = UUID(subject)
    except ValueError:
        return ""
    return await staff_name(call.doors, id_) if 0 < bank_of(id_) < 10_000 else ""
