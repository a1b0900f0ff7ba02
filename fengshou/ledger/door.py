"""The ledger's one door."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from fengshou.kernel import (
    BankError,
    Busy,
    Clock,
    Database,
    Kind,
    Work,
    writing,
)
from fengshou.ledger import expiry, packs, store, store_freeze, store_month, store_report, store_reversal
from fengshou.ledger.errors import AccountMissing
from fengshou.ledger.lines import line
from fengshou.ledger.model import (
    CUSTOMER_FIRST,
    AccountRef,
    Balance,
    Entry,
    Hold,
    Line,
    Receipt,
    TrialRow,
)
from fengshou.ledger.months import Months
from fengshou.ledger.plan import Request
from fengshou.ledger.reports import Reports
from fengshou.ledger.reversal import ONCE, reversal
from fengshou.ledger.riders import RiderKinds
from fengshou.ledger.terms import Order
from fengshou.ledger.whole import ROWS_MAX, Whole
from fengshou.ledger.writer import Writer

_PAGE = 2_000


class Ledger:
    """The book of the federation's member banks. `riders` is filled by the rooms before `start`."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        batch_max: int = 512,
        queue_max: int = 20_000,
        lock_wait_ms: int = 50,
        takeover_wait_s: float = 5.0,
        lease_s: float = 10.0,
        address: str = "",
    ) -> None:
        self.riders = RiderKinds()
        self.riders.register(ONCE)
        self._db, self._clock = db, clock
        self._writer = Writer(
            db, clock, self.riders, batch_max=batch_max, queue_max=queue_max, lock_wait_ms=lock_wait_ms,
            takeover_wait_s=takeover_wait_s, lease_s=lease_s, address=address,
        )  # fmt: skip
        self._months = Months(db.dsn, clock)
        self._next_account: dict[int, int] = {}
        self.reports = Reports(db, clock)

    async def start(self) -> None:
        """Make room for new months, take the shard over, load the book.

        Raises `ShardTaken` when another process is still the writer after `takeover_wait_s`.
        """
        await store_month.prepare_partitions(self._db.dsn, self._clock.now())
        self._writer.on_commit.extend(self._db.on_events)
        await self._writer.start()

    async def stop(self) -> None:
        """Answer what waits, then stop."""
        await self._writer.stop()

    @property
    def ready(self) -> bool:
        """Whether entries can be posted now."""
        return self._writer.ready

    async def prepare_months(self) -> None:
        """Create journal partitions ahead; a daily job."""
        await store_month.prepare_partitions(self._db.dsn, self._clock.now())

    async def load_chart(self, rows: list[tuple[str, str, str, str]]) -> None:
        """Bring the chart of accounts up to date: code, Chinese and English name, normal side."""
        await store.load_chart(self._db.dsn, rows)

    # -- writing -----------------------------------------------------------------------------------

    async def post(self, entry: Entry) -> Receipt:
        """Post `entry`; returns after COMMIT.

        Raises the refusal (which sticks to the entry's id), `Busy` when nothing was tried, or
        `OutcomeUnknown` when the answer was lost: ask again by the same id with `answer`.
        Awaited with no open write transaction, or a caller's row locks would stop the shard.
        """
        assert not writing(), "ledger.post is never awaited inside a write transaction"
        entry.check()
        if entry.riders:
            self.riders.check(entry.riders)
        if not self._months.has(entry.id.int):
            await self._months.make_room(entry.id.int)
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._writer.submit(Request(entry, future))
        return await future

    async def post_packed(self, rows: packs.Packed) -> packs.Pack:
        """Post up to `PACK_MAX` plain entries given as an array; each is posted or refused by itself.

        Returns after COMMIT. Raises `Busy` when nothing was tried, `OutcomeUnknown` when no row's answer is
        known: send the same rows again.
        """
        assert not writing(), "the ledger is never awaited inside a write transaction"
        packs.check(rows)
        for key in packs.slices(rows):
            if not self._months.has(key):
                await self._months.make_room(key)
        future: asyncio.Future[packs.Pack] = asyncio.get_running_loop().create_future()
        self._writer.submit_pack(packs.Pack(rows, future))
        return await future

    async def post_many(self, entries: Sequence[Entry]) -> list[Receipt | BankError]:
        """Post entries that do not depend on each other, in their order; what `post` would say of each.

        Long runs of plain entries are decided together; the others one by one, each in its turn.
        """
        for entry in entries:
            entry.check()  # all of them, before any is tried
        outcomes = await asyncio.gather(*(self._post_run(run) for run in packs.runs(entries)))
        return [outcome for run in outcomes for outcome in run]

    async def post_whole(self, entries: Sequence[Entry]) -> list[Receipt | BankError]:
        """Post all of `entries` in one commit, or none: then each has its refusal, or `PartRefused`.

        Refusals of a whole do not stick to their keys. Raises `Busy`, `OutcomeUnknown` as `post` does. At most
        `ROWS_MAX` legs, in the process that owns the book.
        """
        assert not writing(), "the ledger is never awaited inside a write transaction"
        assert sum(len(entry.postings) for entry in entries) <= ROWS_MAX, "too much for one commit"
        self._must_be_ready()
        loop = asyncio.get_running_loop()
        requests = [Request(entry, loop.create_future()) for entry in entries]
        for request in requests:
            request.entry.check()
            if request.entry.riders:
                self.riders.check(request.entry.riders)
            if not self._months.has(request.key):
                await self._months.make_room(request.key)
        self._writer.submit(Whole(requests))
        outcomes = await asyncio.gather(*(r.future for r in requests), return_exceptions=True)
        for told in outcomes:
            if not isinstance(told, BankError | Receipt) or (
                isinstance(told, BankError) and told.kind in (Kind.BUSY, Kind.WAITING)
            ):
                raise told
        return cast(list[Receipt | BankError], outcomes)

    async def _post_run(self, run: Sequence[Entry]) -> list[Receipt | BankError]:
        try:
            if len(run) > 1:
                return (await self.post_packed(packs.pack(run))).outcomes()
            return [await self.post(run[0])]
        except BankError as problem:
            return [problem] * len(run)

    async def answer(self, id_: UUID) -> Receipt | BankError | None:
        """What this key was answered, or None when it never was (or is being decided right now).

        Raises `Busy` while the book is being read again: until then nobody knows what is in it.
        """
        self._must_be_ready()
        known = await self._writer.recall(id_)
        return known[1] if known else None

    async def reserve_account_id(self, bank: int) -> int:
        """A customer account number nobody else at `bank` gets from this owner of the book. Raises `Busy`."""
        self._must_be_ready()
        if bank not in self._next_account:
            used = [ref.id for ref in self._writer.book.accounts if ref.bank == bank]
            self._next_account[bank] = max([CUSTOMER_FIRST - 1, *used]) + 1
        number = self._next_account[bank]
        self._next_account[bank] = number + 1
        return number

    async def expire_due(self) -> int:
        """End the holds and freezes whose time is up, in one batch; returns how many. Run by a tick."""
        return await expiry.expire_due(self._writer.book, self._clock.now(), self.post)

    async def reverse(self, original: UUID, *, id_: UUID, reason: str, mandate: str | None = None) -> Receipt:
        """Undo a posted entry, whole and once, under the key `id_` of a bank that it moved money at.

        Raises `NotReversible`, `AlreadyReversed`, and what `post` raises: what was paid on may be missing.
        """
        banks = list(await self.positions())
        async with self._db.pool("writer").acquire() as db:
            rows = await store_reversal.rows(db, original, banks)
        return await self.post(reversal(original, rows, id_, reason, mandate))

    async def note(self, entry: UUID) -> dict[str, Any] | None:
        """What was noted with an entry."""
        async with self._db.pool("writer").acquire() as db:
            return await store_freeze.note(db, entry)

    # -- reading -----------------------------------------------------------------------------------

    async def balance(self, ref: AccountRef) -> Balance:
        """What the account holds as of the last commit. Raises `AccountMissing`, `Busy`."""
        self._must_be_ready()
        found = self._writer.book.committed(ref)
        if found is None:
            raise AccountMissing()
        return found

    async def balances(self, refs: list[AccountRef]) -> dict[AccountRef, Balance]:
        """Balances of those of `refs` that exist."""
        self._must_be_ready()
        found = {ref: self._writer.book.committed(ref) for ref in refs}
        return {ref: balance for ref, balance in found.items() if balance is not None}

    async def holds(self, ref: AccountRef) -> list[Hold]:
        """Open holds on an account. Raises `Busy`."""
        self._must_be_ready()
        return [hold for hold in self._writer.book.holds.values() if hold.debit == ref]

    async def open_hold(self, id_: UUID) -> Hold | None:
        """The open hold of that id, or None. Raises `Busy`."""
        self._must_be_ready()
        return self._writer.book.holds.get(id_)

    async def freezes(self, ref: AccountRef) -> tuple[Order, ...]:
        """The orders that freeze an account, as of the last commit, oldest first. Raises `Busy`."""
        self._must_be_ready()
        account = self._writer.book.accounts.get(ref)
        return self._writer.book.saved_bounds(account)[2] if account else ()

    async def head(self, ref: AccountRef) -> int:
        """The position of an account's latest movement; 0 when it has none. Raises `Busy`."""
        self._must_be_ready()
        return self._writer.book.head(ref)

    async def statement(
        self, work: Work, ref: AccountRef, *, before: int | None = None, limit: int = 20,
        since: datetime | None = None, until: datetime | None = None,
    ) -> list[Line]:  # fmt: skip
        """Movements newest first, inside the caller's transaction at the account's bank.

        before  the `cursor` of the last line seen; since <= event_at < until filters by when it happened, however
                far back that is. For an old page by its day of posting `reports.days.statement` is faster
        """
        position = await self.head(ref) if before is None else before
        page = limit if not (since or until) else _PAGE
        wanted: list[Line] = []
        while position and len(wanted) < limit:
            lines = [line(ref, row) for row in await store_report.walk(work.db, ref, position, page)]
            wanted += [
                x for x in lines if (not since or x.event_at >= since) and (not until or x.event_at < until)
            ]
            position = lines[-1].cursor if lines else 0
            if page == limit or (since and lines and lines[-1].posted_at < since):
                break  # nothing is posted before it happened
        return wanted[:limit]

    async def trial_balance(
        self, bank: int | None = None, day: date | None = None
    ) -> dict[int, list[TrialRow]]:
        """The trial balance of `bank` (or all) at the end of `day` (default: today), with its turnovers.

        A row for each currency of a subject: what differs in kind is never added up.
        """
        general = self.reports.general
        book, accounts = await general.trial(bank, day or self._clock.today()), await general.accounts(bank)
        table: dict[int, list[TrialRow]] = {}
        for (number, subject, currency), count in accounts.items():
            rows = [r for r in book.banks.get(number, ()) if (r.subject, r.currency) == (subject, currency)]
            table.setdefault(number, []).append(
                TrialRow(
                    subject,
                    sum(r.opening_fen for r in rows),
                    sum(r.debit_fen for r in rows),
                    sum(r.credit_fen for r in rows),
                    sum(r.closing_fen for r in rows),
                    count,
                    currency,
                )
            )
        return table

    async def journal(self, bank: int, before: int | None = None, limit: int = 50) -> list[dict[str, object]]:
        """The newest journal rows of a bank, for its auditors; `before` is a position."""
        async with self._db.pool("writer").acquire() as db:
            return [dict(row) for row in await store_report.recent(db, bank, before, limit)]

    async def position(self, bank: int) -> int:
        """How many journal rows the bank has. Raises `Busy`."""
        return (await self.positions()).get(bank, 0)

    async def positions(self) -> dict[int, int]:
        """How many journal rows each bank has. Raises `Busy`."""
        self._must_be_ready()
        return dict(self._writer.book.positions)

    def _must_be_ready(self) -> None:
        # While memory is being read again nobody's balance is known.
        if not self._writer.ready:
            raise Busy(part="ledger")
