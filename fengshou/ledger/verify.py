"""Proof of the whole book from the journal alone.

Reads every row in order and recomputes: positions without a gap, the hash chain, each account's
sequence, balance after, pointer to the entry before, and what is held; then compares with the
account table, and sums every bank's balances to zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from fengshou.kernel.database import Connection
from fengshou.ledger.model import PostingKind
from fengshou.ledger.store import JOURNAL_COLUMNS, chain

_PROBLEMS_MAX = 50
_FETCH = 5_000


@dataclass(slots=True)
class Report:
    """What was read and what is wrong. `clearing_fen`: bank's side plus centre's side, by bank; all zero."""

    entries: int = 0
    banks: int = 0
    accounts: int = 0
    trial_balance_fen: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    def say(self, problem: str) -> None:
        """Note a problem, the first `_PROBLEMS_MAX` of them."""
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(problem)


@dataclass(slots=True)
class _State:
    balance: int = 0
    held: int = 0
    seq: int = 0
    last: int = 0


class _Replay:
    """One bank's journal, replayed."""

    def __init__(self, bank: int, report: Report) -> None:
        self.bank, self.report = bank, report
        self.accounts: dict[int, _State] = defaultdict(_State)
        self.open: dict[Any, tuple[int, int]] = {}
        self.position = 0

    def step(self, row: Any) -> None:
        """Apply one row and compare it with what it should be."""
        say, r = self.report.say, row
        if r["position"] != self.position + 1:
            say(f"bank {self.bank}: position {r['position']} follows {self.position}")
        self.position = r["position"]
        kind = PostingKind(r["kind"])
        debit, credit = self.accounts[r["debit"]], self.accounts[r["credit"]]
        if (r["debit_prev"], r["credit_prev"]) != (debit.last, credit.last):
            say(f"bank {self.bank} position {self.position}: chain pointers are wrong")
        if kind is PostingKind.PEND:
            debit.held += r["amount"]
            self.open[r["id"]] = (r["debit"], r["amount"])
        elif kind in (PostingKind.SETTLE, PostingKind.VOID):
            owner, fen = self.open.pop(r["refers"], (0, 0))
            self.accounts[owner].held -= fen
            if owner != r["debit"] or r["amount"] > fen:
                say(f"bank {self.bank} position {self.position}: closes a hold that is not open")
        if kind not in (PostingKind.PEND, PostingKind.VOID):
            self._move(r, debit, credit)

    def _move(self, r: Any, debit: _State, credit: _State) -> None:
        debit.balance -= r["amount"]
        credit.balance += r["amount"]
        debit.seq += 1
        credit.seq += 1
        debit.last = credit.last = self.position
        if (r["debit_seq"], r["credit_seq"]) != (debit.seq, credit.seq):
            self.report.say(f"bank {self.bank} position {self.position}: sequence has a gap")
        if (r["debit_balance"], r["credit_balance"]) != (debit.balance, credit.balance):
            self.report.say(f"bank {self.bank} position {self.position}: balance after is wrong")


async def verify(db: Connection, progress: Callable[[int], None] = lambda _: None) -> Report:
    """Check everything, in one consistent snapshot; `db` sees all banks (the writer's role does)."""
    report = Report()
    async with db.transaction(isolation="repeatable_read", readonly=True):
        known = await db.fetch("SELECT DISTINCT institution_id AS bank FROM ledger.account ORDER BY 1")
        for row in known:
            await _verify_bank(db, row["bank"], report)
            progress(report.entries)
        report.banks = len(known)
        await _verify_clearing(db, report)
    return report


async def _verify_bank(db: Connection, bank: int, report: Report) -> None:
    replay = _Replay(bank, report)
    batches = await db.fetch(
        "SELECT * FROM ledger.batch WHERE institution_id=$1 ORDER BY first_position", bank
    )
    marks, previous, rows = iter(batches), bytes(32), []
    mark = next(marks, None)
    async for row in _rows(db, bank):
        replay.step(row)
        report.entries += 1
        rows.append(tuple(row[name] for name in JOURNAL_COLUMNS))
        if mark is None:
            report.say(f"bank {bank}: position {row['position']} is in no batch")
        elif row["position"] == mark["last_position"]:
            if mark["previous"] != previous or chain(previous, rows) != mark["hash"]:
                report.say(f"bank {bank}: the hash of batch {mark['first_position']} does not match")
            previous, rows, mark = mark["hash"], [], next(marks, None)
    if mark is not None or rows:
        report.say(f"bank {bank}: the last batch is not whole")
    await _compare(db, bank, replay, report)


async def _rows(db: Connection, bank: int) -> AsyncIterator[asyncpg.Record]:
    last = 0
    while page := await db.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id=$1 AND position>$2 ORDER BY position LIMIT $3",
        bank, last, _FETCH,
    ):  # fmt: skip
        for row in page:
            yield row
        last = page[-1]["position"]


async def _compare(db: Connection, bank: int, replay: _Replay, report: Report) -> None:
    """The account table against the replay."""
    total = 0
    for a in await db.fetch("SELECT * FROM ledger.account WHERE institution_id=$1", bank):
        state = replay.accounts.pop(a["id"], _State())
        if (a["balance"], a["held"], a["seq"], a["last"]) != (
            state.balance,
            state.held,
            state.seq,
            state.last,
        ):
            report.say(f"bank {bank} account {a['id']}: the cache differs from the journal")
        total += a["balance"]
        report.accounts += 1
    if replay.accounts:
        report.say(f"bank {bank}: {len(replay.accounts)} accounts of the journal are not open")
    if total:
        report.say(f"bank {bank}: balances sum to {total} fen, not zero")
    report.trial_balance_fen += total


async def _verify_clearing(db: Connection, report: Report) -> None:
    """What a bank says it has with the centre is what the centre says it owes the bank."""
    for row in await db.fetch(
        "SELECT b.institution_id AS bank, b.balance + c.balance AS fen FROM ledger.account b JOIN ledger.account c"
        " ON c.institution_id = 1 AND c.id = 1000000 + b.institution_id"
        " WHERE b.id = 3001 AND b.institution_id <> 1 AND b.balance + c.balance <> 0"
    ):
        report.say(f"bank {row['bank']}: clearing differs from the centre's by {row['fen']} fen")
