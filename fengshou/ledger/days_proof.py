"""The days of a bank worked out again from its journal: where each began, each account's last movement, its turnover by
value day, and what the general ledger booked. Days follow positions, so one day at a time is in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from asyncpg.cursor import Cursor

from fengshou.kernel import SHANGHAI, Connection, Record, day_of
from fengshou.ledger import store_proof
from fengshou.ledger.office_proof import Office
from fengshou.ledger.sealed import Row

_Key: TypeAlias = tuple[Any, ...]
_NEVER = datetime(1, 1, 2, tzinfo=SHANGHAI)
_EVER = 1 << 63
_FEW = 5  # problems told of one table and day


class _Stream:
    """Rows of a table in order of the day they were posted on, read as far as they are wanted."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor, self._rows, self._at = cursor, list[Record](), 0

    async def upto(self, on: date) -> list[Record]:
        """The rows of days up to `on` that were not read yet."""
        found: list[Record] = []
        while True:
            rows = self._rows[self._at :]
            n = next((n for n, r in enumerate(rows) if r["posted_on"] > on), len(rows))
            found += rows[:n]
            self._at += n
            if n < len(rows):
                return found
            self._rows, self._at = await self._cursor.fetch(10_000), 0
            if not self._rows:
                return found


class Days:
    """One bank's days, as far as they are built."""

    def __init__(
        self, bank: int, say: Callable[[str], None], followed: Record | None, office: Office
    ) -> None:
        self.bank, self._say, self._office, self._followed = bank, say, office, followed
        self.upto = followed["position"] if followed else 0
        self._day, self._begins, self._ends = date.min, _NEVER, _NEVER  # the posting day now
        self._edge = (0, 0)
        self._heads: dict[int, tuple[int, int, int]] = {}
        self._turns: dict[_Key, list[int]] = defaultdict(lambda: [0, 0])
        self._general: dict[_Key, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._before: dict[_Key, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._kinds: dict[int, tuple[str, str]] = {}
        self._part: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
        self._closed_to, self._valid_to = date.min, -1
        self._streams: dict[str, _Stream] = {}

    async def begin(self, db: Connection, kinds: dict[int, tuple[str, str]]) -> None:
        """Before the first row; `kinds`: subject and currency by account."""
        self._kinds = kinds
        for table, order in (
            ("day_edge", ""),
            ("day_head", ", account"),
            ("day_turn", ", account, value_on"),
        ):
            self._streams[table] = _Stream(await store_proof.by_day(db, table, order, self.bank))

    async def page(self, rows: list[Row]) -> None:
        """Take some rows in; a day that is over is compared."""
        for r in rows:
            if r["position"] > self.upto:
                return
            posted_at = r["posted_at"]
            if posted_at >= self._ends:
                await self._end_day()
                self._begin_day(posted_at, r["position"])
            self._edge = (self._edge[0], r["position"])
            if r["debit_seq"]:
                self._add(r, posted_at)

    def _begin_day(self, posted_at: datetime, position: int) -> None:
        self._day = day_of(posted_at)
        self._ends = datetime.combine(self._day + timedelta(days=1), time.min, SHANGHAI)
        self._begins = self._ends - timedelta(days=1)
        self._edge = (position, position)

    def _add(self, r: Row, posted_at: datetime) -> None:
        position, amount, debit, credit = r["position"], r["amount"], r["debit"], r["credit"]
        if position > self._valid_to:
            self._book()
            self._begin_part(position)
        event_at = r["event_at"]
        if event_at is not None:
            value_on = day_of(event_at)
        else:  # a clock that ran backwards does not take the day back, but the value day
            value_on = self._day if posted_at >= self._begins else day_of(posted_at)
        self._heads[debit] = (position, r["debit_seq"], r["debit_balance"])
        self._heads[credit] = (position, r["credit_seq"], r["credit_balance"])
        sums = self._part[debit, value_on]
        sums[0] += amount
        sums[2] += 1
        sums = self._part[credit, value_on]
        sums[1] += amount
        sums[2] += 1

    def _begin_part(self, position: int) -> None:
        """A run of rows between two changes of what is closed."""
        self._closed_to = self._office.closed_to(position - 1)
        ends = [since for since, _ in self._office.closed if since >= position]
        ends += [self._office.base] if self._office.base >= position else []
        self._valid_to = min(ends, default=_EVER)

    def _book(self) -> None:
        """Book the turnover of the run so far, and add it to the day's."""
        after = self._closed_to + timedelta(days=1) if self._closed_to > date.min else date.min
        # Before there was a record the day is not known, the subject is.
        known = self._valid_to > self._office.base
        booked = self._general if known else self._before
        for (account, value_on), part in self._part.items():
            kind, turn = self._kinds.get(account), self._turns[account, value_on]
            turn[0] += part[0]
            turn[1] += part[1]
            if kind:
                sums = booked[(*kind, max(min(value_on, self._day), after) if known else date.min)]
                for at, n in enumerate(part):
                    sums[at] += n
        self._part.clear()

    async def _end_day(self) -> None:
        if self._edge == (0, 0):
            return
        self._book()
        on = self._day
        heads = {(on, a): v for a, v in self._heads.items()}
        turns = {(on, *key): (dr, cr) for key, (dr, cr) in self._turns.items()}
        for table, said, keys, values in (
            ("day_edge", {(on,): self._edge}, ("posted_on",), ("first_position", "last_position")),
            ("day_head", heads, ("posted_on", "account"), ("position", "seq", "balance")),
            ("day_turn", turns, ("posted_on", "account", "value_on"), ("debit", "credit")),
        ):
            rows = await self._streams[table].upto(on)
            there = {tuple(r[k] for k in keys): tuple(r[v] for v in values) for r in rows}
            self._compare(table, said, there)
        self._heads, self._edge = {}, (0, 0)
        self._turns.clear()

    async def end(self, db: Connection, position: int) -> None:
        """After the last row, which is at a position."""
        await self._end_day()
        if self.upto > position:
            self._say(f"bank {self.bank}: followed to {self.upto}, beyond the journal's end")
        for table, stream in self._streams.items():
            for r in (await stream.upto(date.max))[:_FEW]:
                self._say(f"bank {self.bank}: {table} of {r['posted_on']} is of no day of the journal")
        if self._followed and self._followed["posted_on"] != self._day:
            self._say(
                f"bank {self.bank}: followed says day {self._followed['posted_on']}, the journal {self._day}"
            )
        closed_to = self._followed["closed_to"] if self._followed else date.min
        if closed_to != self._office.closed[-1][1]:
            self._say(
                f"bank {self.bank}: followed is closed to {closed_to}, the record says {self._office.closed[-1][1]}"
            )
        await self._compare_general(db)

    async def _compare_general(self, db: Connection) -> None:
        base = defaultdict[_Key, list[int]](lambda: [0, 0, 0])
        for subject, currency, on, *sums in self._office.general:
            for at, n in enumerate(sums):
                self._general[subject, currency, date.fromisoformat(on)][at] += n
                base[subject, currency, date.min][at] += n
        self._compare("general of before the record", dict(self._before), dict(base))
        rows = await store_proof.whole(db, "general", self.bank)
        there = {
            (r["subject"], r["currency"], r["book_on"]): [r["debit"], r["credit"], r["legs"]] for r in rows
        }
        self._compare("general", dict(self._general), there)

    def _compare(self, table: str, said: dict[_Key, Any], there: dict[_Key, Any]) -> None:
        if said == there:
            return
        wrong = [key for key in said.keys() | there.keys() if said.get(key) != there.get(key)]
        for key in sorted(wrong, key=str)[:_FEW]:
            name = " ".join(map(str, key))
            self._say(
                f"bank {self.bank}: {table} {name} says {_told(there.get(key))}, the journal {_told(said.get(key))}"
            )


def _told(values: Any) -> str:
    return "nothing" if values is None else ", ".join(map(str, values))
