"""Proof of the whole book from the journal alone.

Reads every row in order, sealed or not, and recomputes: positions without a gap, the hash chain, each
account's sequence, balance after, pointer to the entry before, and what is held; then compares with the
account table and the anchors, and sums every bank's balances to zero. From an anchor, it reads what came after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fengshou.kernel import CENTRE, Connection, Record, entry_of
from fengshou.ledger import anchors, everything, row, store_proof
from fengshou.ledger.anchors import Start, State
from fengshou.ledger.model import (
    CLEARING_SUBJECT,
    CLOSES_HOLD,
    MOVES,
    PostingKind,
    centre_account,
    own_account,
)
from fengshou.ledger.sealed import Row

_PROBLEMS_MAX = 50


@dataclass(slots=True)
class Report:
    """What was read and what is wrong.

    totals    balances of all banks together by currency; zero each
    clearing  a bank's side plus the centre's by bank and currency; zero each
    """

    entries: int = 0
    banks: int = 0
    accounts: int = 0
    problems: list[str] = field(default_factory=list)
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

    def say(self, problem: str) -> None:
        """Note a problem, the first `_PROBLEMS_MAX` of them."""
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(problem)


class _Replay:
    """One bank's journal, replayed."""

    def __init__(self, bank: int, report: Report, cache: dict[int, State], start: Start) -> None:
        self.bank, self.report, self.cache = bank, report, cache
        self.accounts: dict[int, State] = defaultdict(State, start.accounts)
        self.open: dict[UUID, tuple[int, int]] = start.open
        self.position = start.position

    def step(self, r: Row) -> None:
        """Apply one row and compare it with what it should be."""
        if r["position"] != self.position + 1:
            self.report.say(f"bank {self.bank}: position {r['position']} follows {self.position}")
        self.position, kind = r["position"], r["kind"]
        debit, credit = self.accounts[r["debit"]], self.accounts[r["credit"]]
        if (r["debit_prev"], r["credit_prev"]) != (debit.last, credit.last):
            self._say("chain pointers are wrong")
        if kind == PostingKind.PEND:
            debit.held += r["amount"]
            self.open[entry_of(r["id"])] = (r["debit"], r["amount"])
        elif kind in CLOSES_HOLD:
            owner, fen = self.open.pop(r["refers"], (0, 0))
            self.accounts[owner].held -= fen
            if kind == PostingKind.PART and fen > r["amount"]:
                self.open[r["refers"]] = (owner, fen - r["amount"])
                self.accounts[owner].held += fen - r["amount"]
            if owner != r["debit"] or r["amount"] > fen:
                self._say("closes a hold that is not open")
        if kind in MOVES:
            self._move(r, debit, credit)

    def _move(self, r: Row, debit: State, credit: State) -> None:
        debit.balance -= r["amount"]
        credit.balance += r["amount"]
        debit.seq += 1
        credit.seq += 1
        debit.last = credit.last = self.position
        self._compare(r["debit"], debit)
        self._compare(r["credit"], credit)
        if (r["debit_seq"], r["credit_seq"]) != (debit.seq, credit.seq):
            self._say("sequence has a gap")
        if (r["debit_balance"], r["credit_balance"]) != (debit.balance, credit.balance):
            self._say("balance after is wrong")

    def _compare(self, account: int, state: State) -> None:
        """The account table may lag behind; where it stands, it must agree with the journal."""
        kept = self.cache.get(account)
        if kept is None:
            self.report.say(f"bank {self.bank} account {account}: in the journal, not open")
        elif kept.seq == state.seq and (kept.balance, kept.last) != (state.balance, state.last):
            self.report.say(f"bank {self.bank} account {account}: the cache differs from the journal")

    def _say(self, problem: str) -> None:
        self.report.say(f"bank {self.bank} position {self.position}: {problem}")


class _Chain:
    """One bank's batches: every row lies in one, and each one's hash is of its rows and of the hash before."""

    def __init__(self, bank: int, report: Report, batches: list[Record], start: Start) -> None:
        self.bank, self.report = bank, report
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

    def _close(self) -> None:
        batch = self.batch
        assert batch is not None
        first = batch["first_position"]
        if (
            first != self.position + 1
            or batch["previous"] != self.hash
            or batch["hash"] != row.chain(self.hash, self.rows)
        ):
            self.report.say(f"bank {self.bank}: batch {first} does not match its hash")
        elif self.posted != {batch["posted_at"]} or batch["epoch"] < self.epoch:
            self.report.say(f"bank {self.bank}: batch {first} has another time or epoch than its rows")
        # Go on from what the batch says, so that one flipped byte is one problem.
        self.hash, self.position, self.epoch = batch["hash"], batch["last_position"], batch["epoch"]
        self.rows, self.posted = [], set()
        self.batch = next(self.batches, None)


async def verify(
    db: Connection, progress: Callable[[int], None] = lambda _: None, *, since_anchor: bool = False
) -> Report:
    """Check everything, in one consistent snapshot; `db` sees all banks (the writer's role does).

    progress      called now and then with the number of rows read
    since_anchor  begin each bank at its newest anchor: reads what came after, and trusts what was proved before
    """
    report = Report()
    async with db.transaction(isolation="repeatable_read", readonly=True):
        banks = await store_proof.banks(db)
        for bank in banks:
            await verify_bank(db, bank, report, progress, since_anchor=since_anchor)
        for month in await store_proof.wrong_months(db):
            report.say(f"sealed month {month}: a sealed page is missing, or one too many")
        report.banks = len(banks)
    _verify_clearing(report)
    return report


async def verify_bank(
    db: Connection, bank: int, report: Report, progress: Callable[[int], None], *, since_anchor: bool
) -> Start:
    """Check one bank in the caller's snapshot; returns the state it ends in, from which a later proof can go on."""
    kept = await store_proof.accounts(db, bank)
    cache = {r["id"]: State(r["balance"], 0, r["seq"], r["last"]) for r in kept}
    currencies = {r["id"]: r["currency"] for r in kept}
    marks = await anchors.marks(db, bank)
    start = await anchors.start(db, bank, report.say) if since_anchor else Start()
    replay = _Replay(bank, report, cache, start)
    chain = _Chain(bank, report, await store_proof.batches(db, bank, start.position), start)
    newest = marks[-1]["position"] if marks else None
    async for page in everything.journal(db, bank, start.position, report.say):
        for record in page:
            replay.step(record)
            chain.step(record)
            if record["position"] == newest and not since_anchor:
                here = Start(newest, b"", replay.accounts, replay.open)
                if anchors.state_digest(here) != marks[-1]["state"]:
                    report.say(f"bank {bank}: the anchor at {newest} knows other balances")
        report.entries += len(page)
        progress(report.entries)
    chain.end()
    for problem in await anchors.problems(db, bank, marks, whole=not since_anchor):
        report.say(problem)
    await _sum_up(db, bank, replay, currencies, report)
    return Start(replay.position, chain.hash, replay.accounts, replay.open)


async def _sum_up(
    db: Connection, bank: int, replay: _Replay, currencies: dict[int, str], report: Report
) -> None:
    """What the whole bank must add up to, each currency by itself: a fen of one is not a fen of another."""
    for account, kept in replay.cache.items():
        if kept.seq > replay.accounts[account].seq:
            report.say(f"bank {bank} account {account}: the cache is ahead of the journal")
        elif not kept.seq and (kept.balance or kept.last):
            report.say(f"bank {bank} account {account}: the cache differs from the journal")
    if await store_proof.held(db, bank) != {a: s.held for a, s in replay.accounts.items() if s.held}:
        report.say(f"bank {bank}: open holds differ from the journal")
    totals = defaultdict[str, int](int)
    clearing, centre = own_account(bank, CLEARING_SUBJECT).id, bank == CENTRE
    for account, state in replay.accounts.items():
        currency = currencies.get(account, "?")
        totals[currency] += state.balance
        if centre and account != clearing:
            report.clearing[account - centre_account(0).id, currency] += state.balance
        elif not centre and account == clearing:
            report.clearing[bank, currency] += state.balance
    for currency, fen in sorted(totals.items()):
        if fen:
            report.say(f"bank {bank}: balances in {currency} sum to {fen} fen, not zero")
        report.totals[currency] += fen
    report.accounts += len(replay.cache)


def _verify_clearing(report: Report) -> None:
    """What a bank says it has with the centre is what the centre says it owes the bank, each currency by itself."""
    for (bank, currency), fen in report.clearing.items():
        if bank > 0 and fen:
            report.say(f"bank {bank}: clearing in {currency} differs from the centre's by {fen} fen")
