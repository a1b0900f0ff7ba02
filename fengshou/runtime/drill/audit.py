"""After a fault: is everything there that was acknowledged, once, and nothing else?"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from fengshou.kernel import CENTRE, BankError, Clock, Database, entry_of
from fengshou.ledger import AccountRef, Ledger, Receipt, verify
from fengshou.runtime.drill.diary import Diary
from fengshou.runtime.drill.teller import insist
from fengshou.runtime.drill.wishes import ACCOUNTS, BANKS, RIDE, START_FEN, TOPIC, Wish, account

_LEGS = {"across": 3}
_AGAIN = 25  # acknowledged entries that are sent once more after each fault
_PROBLEMS_MAX = 50


@dataclass(slots=True)
class Tally:
    """What the drill has seen so far."""

    tried: int = 0
    acked: int = 0
    refused: int = 0
    lost: int = 0
    doubled: int = 0
    commit_unknown_seen: int = 0
    takeover_s: float = 0.0  # the longest that nobody was answered when an owner went
    entries: int = 0
    trial_balance_fen: int = 0
    problems: list[str] = field(default_factory=list)

    def say(self, problem: str) -> None:
        """Note what is wrong."""
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(problem)

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing doubled, the book is whole."""
        return not (self.lost or self.doubled or self.problems)

    def told(self) -> str:
        """In a few words."""
        return (
            f"{self.acked} acknowledged, {self.lost} lost, {self.doubled} doubled,"
            f" {self.commit_unknown_seen} committed unheard"
        )

    def result(self) -> dict[str, Any]:
        """As `--json` prints it."""
        names = (
            "acked", "lost", "doubled", "commit_unknown_seen", "takeover_s", "tried", "refused", "entries",
            "trial_balance_fen", "problems",
        )  # fmt: skip
        return {"ok": self.ok} | {name: getattr(self, name) for name in names}


class Audit:
    """Compares the diary with the book, fault after fault; remembers how far it has read."""

    def __init__(self, dsn: str, diary: Diary, tally: Tally) -> None:
        self._dsn, self._diary, self._tally = dsn, diary, tally
        self._rows: Counter[str] = Counter()  # journal rows by entry
        self._read = dict.fromkeys((CENTRE, *BANKS), 0)
        self._chance = random.Random(1)  # noqa: S311 - it picks moments and amounts, not secrets

    async def run(self, *, prove: bool) -> None:
        """Take the book over as the next process would, finish what is open, compare, let go."""
        db = Database(self._dsn, Clock(), web_max=2)
        await db.open()
        ledger = Ledger(db, Clock(), takeover_wait_s=30)
        ledger.riders.register(RIDE)
        await ledger.start()
        try:
            await self._finish(ledger)
            await self._ask_again(ledger)
            await self._count_rows()
            self._compare_rows()
            await self._compare_balances(ledger)
            if prove:
                await self._prove(db)
        finally:
            await ledger.stop()
            await db.close()

    async def _finish(self, ledger: Ledger) -> None:
        """What was open when the teller died: perhaps it is there, unheard; sent again it is, once."""
        diary, tally = self._diary, self._tally
        heard = len(diary.found)
        for wish in diary.open:
            tally.commit_unknown_seen += isinstance(await ledger.answer(UUID(wish.id)), Receipt)
            outcome = await insist(ledger, wish)
            if isinstance(outcome, BankError):
                diary.refused[wish.id] = outcome.code
            else:
                diary.acked.add(wish.id)
        tally.commit_unknown_seen += heard
        diary.found.clear()
        tally.tried, tally.acked, tally.refused = len(diary.tried), len(diary.acked), len(diary.refused)

    async def _ask_again(self, ledger: Ledger) -> None:
        """Answered keys answer the same again, and move nothing (the balances are compared after this)."""
        diary = self._diary
        known = list(diary.tried.values())
        for wish in self._chance.sample(known, min(_AGAIN, len(known))):
            outcome = await insist(ledger, wish)
            code = outcome.code if isinstance(outcome, BankError) else None
            if code != diary.refused.get(wish.id):
                self._tally.say(f"{wish.kind} {wish.id} was answered otherwise than before")

    async def _count_rows(self) -> None:
        """Read the journal on from where the last fault left it."""
        connection = await asyncpg.connect(self._dsn)
        try:
            for bank, last in self._read.items():
                for row in await connection.fetch(
                    "SELECT position, id FROM ledger.journal WHERE institution_id = $1 AND position > $2"
                    " ORDER BY position",
                    bank, last,
                ):  # fmt: skip
                    self._rows[str(entry_of(row["id"]))] += 1
                    self._read[bank] = row["position"]
        finally:
            await connection.close()

    def _compare_rows(self) -> None:
        diary, tally = self._diary, self._tally
        tally.lost = tally.doubled = 0
        for id_, wish in diary.tried.items():
            wanted = 0 if id_ in diary.refused else _LEGS.get(wish.kind, 1)
            tally.lost += self._rows[id_] < wanted
            tally.doubled += self._rows[id_] > wanted

    async def _compare_balances(self, ledger: Ledger) -> None:
        """What every account holds follows from what was acknowledged."""
        posted, held = self._expected()
        for bank in BANKS:
            for number in range(ACCOUNTS):
                ref = account(bank, number)
                found = await ledger.balance(ref)
                if (found.posted_fen, found.held_fen) != (START_FEN + posted[ref], held[ref]):
                    self._tally.say(f"{ref}: {found.posted_fen} fen, not {START_FEN + posted[ref]}")

    def _expected(self) -> tuple[dict[AccountRef, int], dict[AccountRef, int]]:
        posted: dict[AccountRef, int] = defaultdict(int)
        held: dict[AccountRef, int] = defaultdict(int)
        diary = self._diary
        for wish in (w for id_, w in diary.tried.items() if id_ in diary.acked):
            debit, credit = _ends(wish)
            if wish.kind == "pend":
                held[debit] += wish.fen
                continue
            if wish.hold:
                held[debit] -= diary.tried[wish.hold].fen
            if wish.kind != "void":
                posted[debit] -= wish.fen
                posted[credit] += wish.fen
        return posted, held

    async def _prove(self, db: Database) -> None:
        async with db.pool("writer").acquire() as connection:
            report = await verify(connection)
        self._tally.entries, self._tally.trial_balance_fen = report.entries, report.trial_balance_fen
        for problem in report.problems:
            self._tally.say(problem)
        owner = await asyncpg.connect(self._dsn)
        try:
            rides = await owner.fetchval("SELECT count(*) FROM drill.ride")
            events = await owner.fetchval("SELECT count(*) FROM kernel.outbox WHERE topic = $1", TOPIC)
        finally:
            await owner.close()
        wanted = sum(w.kind == "ride" and id_ in self._diary.acked for id_, w in self._diary.tried.items())
        if (rides, events) != (wanted, wanted):
            self._tally.say(f"{rides} riders and {events} events rode with {wanted} entries")


def _ends(wish: Wish) -> tuple[AccountRef, AccountRef]:
    legs = wish.entry().postings
    return legs[0].debit, legs[-1].credit
