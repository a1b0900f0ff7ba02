"""Our side of a reconciliation: what happened on an account in some days, from the journal itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

from fengshou.kernel import Connection, day_of
from fengshou.ledger import store_days, store_general, store_report
from fengshou.ledger.lines import line
from fengshou.ledger.model import AccountRef
from fengshou.ledger.reconciliation import Item
from fengshou.ledger.reports import Reports

_PAGE = 1_000


async def journal_items(reports: Reports, ref: AccountRef, since: date, until: date) -> AsyncIterator[Item]:
    """Movements of `ref` that happened from `since` to `until`, both counted; newest posted first.

    key  the entry's number, which partners are given; an entry that moved the account twice has it twice
    fen  as on a statement: money that came to the account is positive
    """
    await reports.days.follow(ref.bank)
    async with (
        reports.db.pool("relay").acquire() as db,
        db.transaction(isolation="repeatable_read", readonly=True),
    ):
        async for item in _items(db, ref, since, until):
            yield item


async def _items(db: Connection, ref: AccountRef, since: date, until: date) -> AsyncIterator[Item]:
    currency = (await store_general.other_currencies(db, ref.bank)).get(ref.id, "CNY")
    position = await store_days.head_on(db, ref, date.max)
    while position:
        page = [line(ref, row) for row in await store_report.walk(db, ref, position, _PAGE)]
        for moved in page:
            if day_of(moved.posted_at) < since:
                return  # nothing is posted before it happened
            if since <= (on := day_of(moved.event_at)) <= until:
                yield Item(str(moved.entry), moved.delta_fen, on, currency)
        position = page[-1].cursor if page else 0
