"""Interest numbers (积数): the sum of an account's balances at the end of each day.

A bank pays interest on them: rate × number ÷ 360. They need no run through every day and account: a movement
of `fen` that counts from day v adds `fen` once for each day from v to the last. What becomes known
late, with a value day in a quarter that is closed, is the next quarter's correction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from fengshou.kernel import BankError, Clock, Database, Kind, Principal, day_of
from fengshou.ledger import store_days, store_general, store_office
from fengshou.ledger.days import Days
from fengshou.ledger.model import AccountRef

_QUARTER_MONTHS, _QUARTER_DAY = (3, 6, 9, 12), 20
PAID_ON = ("2111",)  # current deposits


class QuarterOutOfOrder(BankError):
    """Interest quarters are closed one after the other, each when its last day is over."""

    code = "LEDGER.QUARTER_OUT_OF_ORDER"
    kind = Kind.CONFLICT
    zh = "结息日不能跳过，也不能提前：下一个结息日是 {next_on}"
    en = "Interest quarters are closed in order, once they are over. The next is {next_on}."


@dataclass(frozen=True, slots=True)
class QuarterNumber:
    """What a closed quarter earns interest on, in fen × days."""

    quarter_on: date
    number: int
    correction: int

    @property
    def earns(self) -> int:
        """The quarter's own and what came late for those before."""
        return self.number + self.correction


def quarter_day(on: date) -> date:
    """The interest day of `on`: the first 20 March, June, September or December on or after it."""
    for month in _QUARTER_MONTHS:
        if on <= (end := date(on.year, month, _QUARTER_DAY)):
            return end
    return date(on.year + 1, _QUARTER_MONTHS[0], _QUARTER_DAY)


def number(brought_fen: int, moves: Iterable[tuple[date, int]], since: date, until: date) -> int:
    """The interest number of the days `since` <= day < `until`, in fen × days.

    brought_fen  the value balance when `since` begins
    moves        the net of value days within, in any order
    """
    return brought_fen * (until - since).days + sum(net * (until - on).days for on, net in moves)


class Interest:
    """Interest numbers of accounts, and their closing on quarter days."""

    def __init__(self, db: Database, clock: Clock, days: Days) -> None:
        self._db, self._clock, self._days = db, clock, days

    async def number(self, ref: AccountRef, since: date, until: date, *, known_on: date | None = None) -> int:
        """The number of the days `since` <= day < `until`, from what is known (or was at the end of a day)."""
        assert since <= until
        await self._days.follow(ref.bank)
        async with self._db.pool("relay").acquire() as db:
            rows = await store_days.value_turns(db, ref, since, until, known_on or date.max)
        return number(rows[0]["net"], [(r["value_on"], r["net"]) for r in rows[1:]], since, until)

    async def close_quarter(
        self, who: Principal, bank: int, quarter_on: date, subjects: Iterable[str] = PAID_ON
    ) -> int:
        """Write down the numbers of all accounts of `subjects` at `bank`; returns how many.

        Raises `QuarterOutOfOrder` unless `quarter_on` is over and the next after the one closed last.
        """
        await self._days.follow(bank)
        async with self._db.relay(bank) as work:
            work.who = who
            kept = await store_general.followed(work.db, bank, lock=True)
            last = await store_general.last_quarter(work.db, bank)
            due = quarter_day(last + timedelta(days=1)) if last else quarter_day(quarter_on)
            if quarter_on != due or quarter_on >= day_of(work.now):
                raise QuarterOutOfOrder(next_on=due.isoformat())
            position = kept["position"] if kept else 0
            done = await store_general.close_quarter(
                work.db, bank, quarter_on, last, list(subjects), position
            )
            if done:
                await store_office.quarter(work.db, bank, work.now, quarter_on)
            await work.audit(
                "ledger.interest_closed", quarter_on.isoformat(), accounts=done, position=position
            )
        return done

    async def closed_to(self, bank: int) -> date | None:
        """The quarter day closed last at a bank."""
        async with self._db.pool("relay").acquire() as db:
            return await store_general.last_quarter(db, bank)

    async def closed(self, ref: AccountRef) -> list[QuarterNumber]:
        """The account's closed quarters, oldest first."""
        async with self._db.pool("relay").acquire() as db:
            rows = await store_general.interest_numbers(db, ref.bank, ref.id)
        return [QuarterNumber(r["quarter_on"], int(r["number"]), int(r["correction"])) for r in rows]
