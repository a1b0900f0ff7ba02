"""Proof of the whole book from its two chains alone: the journal's batches, and the record of what lies beside.

Reads every row in order, sealed or not, and recomputes: positions without a gap, both hash chains, each account's
sequence, balance after, pointer to the entry before, and what is held. What every other table of the book must say
follows from the two, and is compared: `record_proof`, `office_proof`, `days_proof`. Every bank's balances sum to zero
in each currency. From an anchor, it reads what came after.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from fengshou.kernel import CENTRE, Connection, Record
from fengshou.ledger import anchors, everything, office_proof, record, row, store_office, store_proof
from fengshou.ledger.anchors import Start
from fengshou.ledger.days_proof import Days
from fengshou.ledger.model import CLEARING_SUBJECT, centre_account, own_account
from fengshou.ledger.record_proof import ONCE, Desk, Told
from fengshou.ledger.replay import Replay
from fengshou.ledger.sealed import Row

Progress: TypeAlias = Callable[[int, int], None]
_PROBLEMS_MAX = 50
_COUNTED = ("account", "hold", "freeze", "saga", *ONCE)
_BY_BANK = (
    "journal",
    "checkpoint",
    "followed",
    "day_edge",
    "day_head",
    "day_turn",
    "general",
    "interest_number",
)


# What a value that cannot be (a time without end, nothing where there is always something) makes of a proof.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)


@dataclass(slots=True)
class Report:
    """What was read and what is wrong.

    totals    balances of all banks together by currency; zero each
    clearing  a bank's side plus the centre's by bank and currency; zero each
    notices   what is whole, and yet not all that a reader may take it for
    anchored_at, since_anchors  when the newest anchor was set; the rows after each bank's newest
    """

    entries: int = 0
    banks: int = 0
    accounts: int = 0
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    anchored_at: datetime | None = None
    since_anchors: int = 0
    totals: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    clearing: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    @property
    def trial_balance_fen(self) -> int:
        """How far all currencies are from zero, none set off against another."""
        return sum(map(abs, self.totals.values()))

    @contextmanager
    def reading(self, bank: int, what: str) -> Iterator[None]:
        """Damage is told, it does not end the proof."""
        try:
            yield
        except _UNREADABLE as problem:
            self.say(f"bank {bank}: {what} has something that cannot be read: {problem!r}")

    def say(self, problem: str) -> None:
        """Note a problem, the first `_PROBLEMS_MAX` of them."""
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(problem)


class _Chain:
    """One bank's batches: every row lies in one, and each one's hash is of its rows and of the hash before."""

    def __init__(self, bank: int, report: Report, batches: list[Record], start: Start, desk: Desk) -> None:
        self.bank, self.report, self.desk = bank, report, desk
        self.batches = iter(batches)
        self.batch = next(self.batches, None)
        self.rows: list[bytes] = []
        self.posted: set[datetime] = set()
        self.position, self.hash, self.epoch = start.position, start.hash, 0

    def step(self, r: Row) -> None:
        """Add one row; at a batch's end its hash is compared."""
        while self.batch is not None and r["position"] > self.batch["last_position"]:
            self._close()  # its last row is not there
        if self.batch is None:
            self.report.say(f"bank {self.bank}: position {r['position']} is in no batch")
            return
        self.rows.append(row.pack_record(r))
        self.posted.add(r["posted_at"])
        if r["position"] == self.batch["last_position"]:
            self._close()

    def end(self) -> None:
        """After the last row."""
        while self.batch is not None:
            self._close()
        self.desk.end(self.position, self.hash)

    def _close(self) -> None:
        batch = self.batch
        assert batch is not None
        first = batch["first_position"]
        beside = self.desk.before(first, self.position, self.hash)
        if beside is None:
            hash_ = row.chain(self.hash, self.rows)
        else:
            hash_ = row.chain_with(self.hash, self.rows, beside, batch["epoch"])
        cut_off = batch["last_position"] - first + 1 != len(self.rows)
        if cut_off or first != self.position + 1 or batch["previous"] != self.hash or batch["hash"] != hash_:
            self.report.say(f"bank {self.bank}: batch {first} does not match its hash")
        elif self.posted != {batch["posted_at"]} or batch["epoch"] < self.epoch:
            self.report.say(f"bank {self.bank}: batch {first} has another time or epoch than its rows")
        # Go on from what the batch says, so that one flipped byte is one problem.
        self.hash, self.position, self.epoch = batch["hash"], batch["last_position"], batch["epoch"]
        self.rows, self.posted = [], set()
        self.batch = next(self.batches, None)


async def verify(
    db: Connection, progress: Progress = lambda _, __: None, *, since_anchor: bool = False
) -> Report:
    """Check everything, in one consistent snapshot; `db` sees all banks (the writer's role does).

    progress      called now and then with the number of rows read, and of all there are
    since_anchor  begin each bank at its newest anchor: reads what came after, and trusts what was proved before
    """
    report = Report()
    async with db.transaction(isolation="repeatable_read", readonly=True):
        banks = await store_proof.banks(db)
        of = await store_proof.positions(db)
        counts: dict[int, dict[str, int] | None] = {}
        for bank in banks:
            counts[bank] = None
            with report.reading(bank, "what its proof begins or ends with, anchor or record,"):
                checked = await verify_bank(
                    db, bank, report, lambda rows: progress(rows, of), since_anchor=since_anchor
                )
                counts[bank] = checked.counts
        if not since_anchor:
            await _compare_counts(db, counts, report)
        for month in await store_proof.wrong_months(db):
            report.say(f"sealed month {month}: a sealed page is missing, or one too many")
        for problem in _wrong_owners(await store_proof.owners(db)):
            report.say(problem)
        report.banks = len(banks)
    _verify_clearing(report)
    return report


@dataclass(frozen=True, slots=True)
class Checked:
    """A bank that was read: the state it ends in, from which a later proof can go on.

    record, office  the newest page of either desk, number and hash
    counts          how many rows each table must have; None where the record does not reach back
    """

    end: Start
    record: tuple[int, bytes]
    office: tuple[int, bytes]
    counts: dict[str, int] | None


async def verify_bank(
    db: Connection, bank: int, report: Report, progress: Callable[[int], None], *, since_anchor: bool
) -> Checked:
    """Check one bank in the caller's snapshot."""
    proof = await _Proof.begin(db, bank, report, since_anchor=since_anchor)
    async for page in everything.journal(db, bank, proof.start.position, report.say):
        await proof.page(page)
        report.entries += len(page)
        progress(report.entries)
    return await proof.end()


class _Proof:
    """One bank, on its way to be proved."""

    def __init__(
        self, db: Connection, bank: int, report: Report, start: Start, marks: list[Record], kept: list[Record],
        office: office_proof.Office, after: record.Head, *, whole: bool,
    ) -> None:  # fmt: skip
        self.db, self.bank, self.report, self.start, self.marks = db, bank, report, start, marks
        self.kept, self.office, self.whole = kept, office, whole
        self.told = Told(bank, report.say, whole=after == record.NONE)
        self.desk = Desk(bank, report.say, after)
        self.replay: Replay
        self.chain: _Chain
        self.days: Days

    @classmethod
    async def begin(cls, db: Connection, bank: int, report: Report, *, since_anchor: bool) -> _Proof:
        """Read what the proof needs before the first row."""
        kept, marks = await store_proof.accounts(db, bank), await anchors.marks(db, bank)
        start = await anchors.start(db, bank, report.say)
        whole = not since_anchor
        from_there = marks and start.position and not whole
        proof = cls(
            db, bank, report, Start() if whole else start, marks, kept,
            await office_proof.read(db, bank, report.say),
            await anchors.record_of(db, bank, marks[-1]) if from_there else record.NONE, whole=whole,
        )  # fmt: skip
        checked = await store_proof.checkpoint(db, bank)
        proof.replay = Replay(bank, report.say, anchors.states(kept), proof.start, checked)
        proof.replay.expires = proof.told.expires
        proof.replay.knows_ends = await proof.desk.begin(db, proof.told)
        batches = await store_proof.batches(db, bank, proof.start.position)
        proof.chain = _Chain(bank, report, batches, proof.start, proof.desk)
        proof.days = Days(bank, report.say, await store_proof.followed(db, bank), proof.office)
        if whole:
            await proof.days.begin(db, {r["id"]: (r["subject"], r["currency"]) for r in kept})
        return proof

    async def page(self, rows: list[Row]) -> None:
        """Take some rows in."""
        if rows:
            await self.desk.load(self.db, rows[-1]["position"] - 1, self.told)
        newest = self.marks[-1]["position"] if self.marks and self.whole else None
        for r in rows:
            try:
                self.replay.step(r)
                self.chain.step(r)
            except _UNREADABLE as problem:
                self.report.say(f"bank {self.bank} position {r['position']} of its batch: {problem!r}")
            if r["position"] == newest:
                self._compare_anchor(newest)
        if self.whole:
            with self.report.reading(self.bank, "day_edge, day_head or day_turn"):
                await self.days.page(rows)
        await self._look()

    def _compare_anchor(self, position: int) -> None:
        here = Start(position, b"", self.replay.accounts, self.replay.open)
        if anchors.state_digest(here) != self.marks[-1]["state"]:
            self.report.say(f"bank {self.bank}: the anchor at {position} knows other balances")

    async def _look(self, *, all_of_it: bool = False) -> None:
        """Compare rows that lie beside with what the rows and lines so far say of them."""
        seen = self.replay.holds
        if ids := seen.opened.keys() | seen.closed.keys():
            found = await store_proof.by_id(self.db, "hold", "id", self.bank, list(ids))
            with self.report.reading(self.bank, "hold"):
                self.replay.compare_holds(found)
        with self.report.reading(self.bank, "note, act, refusal or reversal"):
            await self.told.look(self.db, all_of_it=all_of_it)

    async def end(self) -> Checked:
        """After the last row: compare what is left."""
        db, bank, report, replay = self.db, self.bank, self.report, self.replay
        await self.desk.load(db, replay.position, self.told)
        with report.reading(bank, "batch or record"):
            self.chain.end()
        await self._look(all_of_it=True)
        with report.reading(bank, "anchor"):
            for problem in await anchors.problems(db, bank, self.marks, self.office.heads, whole=self.whole):
                report.say(problem)
        with report.reading(bank, "account"):
            replay.compare_accounts()
        with report.reading(bank, "hold"):
            replay.compare_open(await store_proof.open_holds(db, bank))
        counts = await self._compare_rest() if self.desk.begun else None
        if self.kept and not self.desk.begun:
            report.notices.append(
                f"bank {bank}: its book is older than the record, which begins when the bank is next opened;"
                " until then only journal, balances, holds and what anchors cover are proved"
            )
        _sum_up(bank, replay, {r["id"]: r["currency"] for r in self.kept}, report)
        with report.reading(bank, "anchor"):
            newest = self.marks[-1]["made_at"] if self.marks else None
            report.anchored_at = max(filter(None, (report.anchored_at, newest)), default=None)
            report.since_anchors += replay.position - (self.marks[-1]["position"] if self.marks else 0)
        end = Start(replay.position, self.chain.hash, replay.accounts, replay.open)
        return Checked(end, (self.desk.number, self.desk.hash), max(self.office.heads.items()), counts)

    async def _compare_rest(self) -> dict[str, int]:
        """What the record says; how many rows each table must have."""
        db, bank, report = self.db, self.bank, self.report
        with report.reading(bank, "account"):
            self.told.compare_accounts(self.kept)
        with report.reading(bank, "freeze or saga"):
            await self.told.compare_rest(db)
        for table in office_proof.TABLES:
            with report.reading(bank, table):
                await office_proof.compare(db, bank, table, self.office, report.say)
        if self.whole:
            with report.reading(bank, "followed, day_edge, day_head, day_turn or general"):
                await self.days.end(db, self.replay.position)
        return {**self.told.counts, "hold": self.replay.pends}


async def _compare_counts(db: Connection, counts: dict[int, dict[str, int] | None], report: Report) -> None:
    """Rows that nobody told of, also of banks that nobody knows."""
    for table in _COUNTED:
        for bank, n in (await store_proof.counts(db, table)).items():
            said = counts.get(bank, {})
            if said is not None and n != said.get(table, 0):
                report.say(f"bank {bank}: {table} has {n} rows, the record knows {said.get(table, 0)}")
    for table in (*_BY_BANK, *(t for t, kept in store_office.KEPT.items() if not kept.at)):
        for bank in (await store_proof.counts(db, table)).keys() - counts.keys():
            report.say(f"bank {bank}: {table} has rows, and the batches know no such bank")


def _wrong_owners(found: list[Record]) -> list[str]:
    """The epoch is no smaller than any batch's, and the lease is of it."""
    told = []
    for r in found:
        if r["shard"] != 0 or r["epoch"] is None or r["lease"] is None:
            told.append("epoch and lease: there is one of each, of shard 0")
        elif r["lease"] != r["epoch"] or r["epoch"] < (r["newest"] or 0) or r["too_long"]:
            told.append("epoch and lease: they do not agree with each other, or with the batches")
    return told or ([] if found else ["epoch and lease: there are none"])


def _sum_up(bank: int, replay: Replay, currencies: dict[int, str], report: Report) -> None:
    """What the whole bank must add up to, each currency by itself: a fen of one is not a fen of another."""
    totals = defaultdict[str, int](int)
    clearing, centre = own_account(bank, CLEARING_SUBJECT).id, bank == CENTRE
    for account, state in replay.accounts.items():
        currency = currencies.get(account, "?")
        totals[currency] += state.balance
        if centre and account != clearing:
            report.clearing[account - centre_account(0).id, currency] += state.balance
        elif not centre and account == clearing:
            report.clearing[bank, currency] += state.balance
    for currency, fen in sorted(totals.items(), key=str):
        if fen:
            report.say(f"bank {bank}: balances in {currency} sum to {fen} fen, not zero")
        report.totals[currency] += fen
    report.accounts += len(replay.cache)


def _verify_clearing(report: Report) -> None:
    """What a bank says it has with the centre is what the centre says it owes the bank, each currency by itself."""
    for (bank, currency), fen in report.clearing.items():
        if bank > 0 and fen:
            report.say(f"bank {bank}: clearing in {currency} differs from the centre's by {fen} fen")
