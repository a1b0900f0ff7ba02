"""statement.*: what moved on my accounts, page by page and as a file."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from fengshou.channels.app import lines, paper, views
from fengshou.channels.app.me_view import person_of
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import AccountText, FileShow, Limit, LineShow, QueryText
from fengshou.channels.edge import Ask, Call, Doors, Show
from fengshou.kernel import SHANGHAI, Invalid, Principal
from fengshou.ledger import AccountRef
from fengshou.party import CustomerAccount

SPAN_DAYS_MAX = 366
_CHUNKS_MAX = 50  # of movements added up: a person makes fewer in a year


class PageAsk(Ask):
    """Which account (all of mine when left out), from where, and what to look for."""

    account: AccountText | None = None
    before: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    limit: Limit = 20
    text: QueryText = ""
    direction: Literal["all", "in", "out"] = "all"
    since: date | None = None
    until: date | None = None


class Page(Show):
    """Newest first. The sums are of this month, or of the span asked for, on the first page alone."""

    items: tuple[LineShow, ...]
    next: str | None
    in_fen: int | None
    out_fen: int | None


class FileAsk(Ask):
    """One account, at most 366 days."""

    account: AccountText
    since: date
    until: date
    format: Literal["csv", "pdf"]


@op("statement.page")
async def page(call: Call, ask: PageAsk) -> Page:
    """A page of movements."""
    doors, who = call.doors, call.who
    accounts = (
        [await views.own_account(call, ask.account)] if ask.account else await views.open_accounts(doors, who)
    )
    wish = lines.Filter(ask.text, ask.direction, ask.since, ask.until)
    shown, cursor = await lines.page(doors, who, accounts, wish, ask.before, ask.limit)
    sums: tuple[int, int] | tuple[None, None] = (None, None)
    if ask.before is None:
        sums = await moved(doors, who, accounts, ask.since, ask.until)
    return Page(items=tuple(shown), next=cursor, in_fen=sums[0], out_fen=sums[1])


@op("statement.download")
async def download(call: Call, ask: FileAsk) -> FileShow:
    """The movements of a span as a file."""
    if not 0 <= (ask.until - ask.since).days < SPAN_DAYS_MAX:
        raise Invalid(field="since", fields=["since", "until"])
    doors, who = call.doors, call.who
    account = await views.own_account(call, ask.account)
    found = await lines.every(doors, who, account, lines.Filter(since=ask.since, until=ask.until))
    person = await person_of(call, who)
    sheet = paper.Sheet(
        owner=person.name or person.name_masked or "", number=account.number,
        bank=views.bank_name(doors, account.bank), since=ask.since, until=ask.until, lines=tuple(found),
        printed_at=doors.clock.now(),
    )  # fmt: skip
    make = paper.statement_csv if ask.format == "csv" else paper.statement_pdf
    return await asyncio.to_thread(make, sheet)


async def moved(
    doors: Doors,
    who: Principal,
    accounts: list[CustomerAccount],
    since: date | None = None,
    until: date | None = None,
) -> tuple[int, int]:
    """What came in and went out in a span, this month when none is said.

    Money that only moves between the `accounts` came from nowhere and went nowhere.
    """
    first = since or doors.clock.today().replace(day=1)
    start = datetime.combine(first, time.min, SHANGHAI)
    end = lines.Filter(until=until).end
    net: dict[UUID, int] = {}
    for account in accounts:
        for entry, fen in await _moves(doors, who, AccountRef(*account.ref), start, end):
            net[entry] = net.get(entry, 0) + fen
    return sum(fen for fen in net.values() if fen > 0), -sum(fen for fen in net.values() if fen < 0)


async def _moves(
    doors: Doors, who: Principal, ref: AccountRef, start: datetime, end: datetime | None
) -> list[tuple[UUID, int]]:
    """(entry, signed fen) of every movement of a span, read backwards from now and no further than it begins."""
    moves: list[tuple[UUID, int]] = []
    before: int | None = None
    for _ in range(_CHUNKS_MAX):
        async with doors.db.read(ref.bank, who) as work:
            found = await doors.ledger.statement(work, ref, before=before, limit=lines.CHUNK)
        moves += [
            (x.entry, x.delta_fen) for x in found if x.event_at >= start and (end is None or x.event_at < end)
        ]
        if not found or found[-1].posted_at < start or found[-1].cursor == 0:
            break
        before = found[-1].cursor
    return moves
