"""The days of the book: what was, when, as it was known then.

The writer knows nothing of days. They are built from the journal behind its back: `Days.follow` reads what
was committed since the last time, and adds it up by account and day, in one transaction with the position
it has come to. Every question follows first, so an answer is never older than the last commit.

Two times run through it. *Posted* is when the book took a movement; nothing of the past changes in it.
*Value* is the day a movement counts from; a movement that came late changes the balances since its day.
`known_on` asks what was known of value days at the end of some posting day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from fengshou.kernel import SHANGHAI, Connection, Database, Work, day_of
from fengshou.ledger import store_days, store_report, store_sealed
from fengshou.ledger.lines import line
from fengshou.ledger.model import AccountRef, Line

_CHUNK = 50_000  # positions built in one transaction: a second of work
_EVER = date.max  # what PostgreSQL calls infinity
_PAGE = 500


@dataclass(frozen=True, slots=True)
class DayBalance:
    """An account at the end of a day, and how many movements it had."""

    on: date
    fen: int
    moved: int


class Days:
    """Reading the past. `follow` is run by a tick and before every question."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def follow(self, bank: int | None = None) -> dict[int, int]:
        """Build the days up to the last commit of `bank` (or of all); returns position by bank."""
        async with self._db.pool("relay").acquire() as db:
            there = await store_days.committed(db, None if bank is None else [bank])
            built = await store_days.followed(db)
            for number, position in there.items():
                if built.get(number, -1) < position:
                    await follow_to(db, number, built.get(number), position)
        return there

    async def balance_at(self, ref: AccountRef, at: datetime) -> int:
        """The balance just after everything posted up to and at `at`, fen, credit positive."""
        await self.follow(ref.bank)
        async with self._db.pool("relay").acquire() as db:
            try:
                return await store_days.balance_at(db, ref, at)
            except store_days.PartSealed:
                return await _sealed_balance_at(db, ref, at)

    async def value_balance(self, ref: AccountRef, on: date, *, known_on: date | None = None) -> int:
        """The balance at the end of value day `on`, from all that is known, or was at the end of `known_on`."""
        await self.follow(ref.bank)
        async with self._db.pool("relay").acquire() as db:
            return await store_days.value_balance(db, ref, on, known_on or _EVER)

    async def event_balance(self, ref: AccountRef, at: datetime, *, known_on: date | None = None) -> int:
        """The sum of all that happened in the world up to and at `at`, to the microsecond."""
        await self.follow(ref.bank)
        on, known = day_of(at), known_on or _EVER
        async with (
            self._db.pool("relay").acquire() as db,
            db.transaction(isolation="repeatable_read", readonly=True),
        ):
            fen = await store_days.value_balance(db, ref, on - timedelta(days=1), known)
            for posted_on in await store_days.posted_days_of(db, ref, on, known):
                for moved in await _day_lines(db, ref, posted_on):
                    if day_of(moved.event_at) == on and moved.event_at <= at:
                        fen += moved.delta_fen
        return fen

    async def day_balances(self, ref: AccountRef, since: date, until: date) -> list[DayBalance]:
        """The balance as posted at the end of each day, `since` <= day < `until`; every day is there."""
        await self.follow(ref.bank)
        async with self._db.pool("relay").acquire() as db:
            heads = await store_days.heads(db, ref, since, until)
        brought = (0, 0)
        if heads and heads[0]["posted_on"] < since:
            brought = heads[0]["balance"], heads[0]["seq"]
            heads = heads[1:]
        return fill(since, until, brought, {h["posted_on"]: (h["balance"], h["seq"]) for h in heads})

    async def statement(
        self, work: Work, ref: AccountRef, *, since: date | None = None, until: date | None = None,
        before: int | None = None, limit: int = 20,
    ) -> list[Line]:  # fmt: skip
        """Movements posted `since` <= day < `until`, newest first, inside the caller's transaction.

        It jumps to the last movement before `until` and walks from there, so an old page costs what a new
        one does. `before` is the cursor of the last line seen. The days must be followed (`follow`).
        """
        position = before
        if position is None:
            last = _EVER if until is None else until - timedelta(days=1)
            position = await store_days.head_on(work.db, ref, last)
        lines = [line(ref, r) for r in await store_report.walk(work.db, ref, position, limit)]
        if since is None:
            return lines
        dawn = datetime.combine(since, time.min, SHANGHAI)
        return [x for x in lines if x.posted_at >= dawn]

    async def balances_as_of(self, bank: int, position: int) -> dict[AccountRef, int]:
        """Every account's balance as of a position: one picture, whatever is posted meanwhile."""
        await self.follow(bank)
        async with self._db.pool("relay").acquire() as db:
            found = {
                AccountRef(bank, r["account"]): r["balance"]
                for r in await store_days.as_of(db, bank, position)
            }
            # Of a day that is half before the position, sealed rows are read here.
            first = await store_days.day_begins(db, bank, position)
            for r in await store_sealed.between(db, bank, first - 1, position):
                if r["debit_seq"]:
                    found[AccountRef(bank, r["debit"])] = r["debit_balance"]
                    found[AccountRef(bank, r["credit"])] = r["credit_balance"]
        return found


def fill(
    since: date, until: date, brought: tuple[int, int], ends: dict[date, tuple[int, int]]
) -> list[DayBalance]:
    """One balance for each day; balance and sequence are carried over days on which nothing moved."""
    (fen, seq), days = brought, []
    for ahead in range((until - since).days):
        on = since + timedelta(days=ahead)
        before = seq
        fen, seq = ends.get(on, (fen, seq))
        days.append(DayBalance(on, fen, seq - before))
    return days


async def follow_to(db: Connection, bank: int, built: int | None, position: int) -> None:
    """Build the days of a bank up to `position`, a chunk in each transaction."""
    if built is None:
        await store_days.begin_following(db, bank)
        built = 0
    while built < position:
        built = min(built + _CHUNK, position)
        await store_days.follow(db, bank, built)


async def _sealed_balance_at(db: Connection, ref: AccountRef, at: datetime) -> int:
    """The balance at an instant of a day whose month is sealed: its movements of that day, read one by one."""
    on = day_of(at)
    for moved in await _day_lines(db, ref, on):
        if moved.posted_at <= at:
            return moved.balance_fen
    earlier = await store_days.heads(db, ref, on, on)
    return earlier[0]["balance"] if earlier else 0


async def _day_lines(db: Connection, ref: AccountRef, on: date) -> list[Line]:
    """All movements of an account posted on a day, newest first."""
    position = await store_days.head_on(db, ref, on)
    stop = await store_days.head_on(db, ref, on - timedelta(days=1))
    lines: list[Line] = []
    while position > stop:
        page = [line(ref, r) for r in await store_report.walk(db, ref, position, _PAGE)]
        lines += [x for x in page if x.position > stop]
        position = page[-1].cursor if page else 0
    return lines
