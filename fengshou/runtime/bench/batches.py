"""Our ledger again, on the same book: handed whole batches, or entries some of which bring riders."""

from __future__ import annotations

import asyncio
import random
import time
from itertools import count

import numpy as np

from fengshou.kernel import BankError, new_id
from fengshou.ledger import PACKED, AccountRef, Entry, Ledger, Packed, Posting, Rider, RiderKind
from fengshou.runtime.bench.contenders import BANK, FIRST_ACCOUNT, Batcher
from fengshou.runtime.bench.load import Load, drive, drive_batches

EACH = 1_000
_CALLERS = 6  # with fewer there is at times nothing to decide while a batch commits
_FEN = 100
RIDER_TABLES = """
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO fs_writer;
CREATE TABLE bench.spent (institution_id smallint, entry uuid, PRIMARY KEY (institution_id, entry));
CREATE TABLE bench.day (institution_id smallint, customer bigint, fen bigint NOT NULL, cap bigint NOT NULL,
  PRIMARY KEY (institution_id, customer)) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA bench TO fs_writer;
"""


class OverTheCap(BankError):
    """The bench's rider did not take effect."""

    code = "BENCH.OVER_THE_CAP"


SPENT = RiderKind(
    "bench.spent",
    "INSERT INTO bench.spent SELECT r.bank, r.entry FROM unnest($1::int[], $2::smallint[], $3::uuid[])"
    " AS r(n, bank, entry) ON CONFLICT DO NOTHING RETURNING institution_id, entry",
    2, OverTheCap, by_target=True,
)  # fmt: skip
DAY = RiderKind(
    "bench.day",
    "INSERT INTO bench.day AS d SELECT r.bank, r.customer, r.fen, 1::bigint << 50 FROM unnest($1::int[],"
    " $2::smallint[], $3::bigint[], $4::bigint[]) AS r(n, bank, customer, fen)"
    " ON CONFLICT (institution_id, customer) DO UPDATE SET fen = d.fen + excluded.fen"
    " WHERE d.fen + excluded.fen <= d.cap RETURNING institution_id, customer",
    3, OverTheCap, by_target=True,
)  # fmt: skip


class Maker:
    """Makes batches of payments between random accounts."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(7)

    def rows(self, accounts: int, mode: str) -> Packed:
        """A thousand payments with fresh ids, as `kernel.new_id` lays them out."""
        chance, rows = self._chance, np.zeros(EACH, PACKED)
        millis = time.time_ns() // 1_000_000
        noise = np.sort(chance.integers(0, 1 << 47, EACH, dtype=np.uint64))
        rows["hi"] = np.uint64(millis << 16 | 0x7000) | noise >> np.uint64(36)
        low = noise & np.uint64((1 << 36) - 1)
        rows["lo"] = np.uint64(0b10 << 62 | BANK << 10) | low << np.uint64(26)
        rows["bank"], rows["fen"] = BANK, _FEN
        debit, credit = chance.integers(1, accounts, EACH), chance.integers(0, accounts, EACH)
        if mode == "hot50":
            credit[chance.random(EACH) < 0.5] = 0
        credit[credit == debit] = 0
        rows["debit"], rows["credit"] = FIRST_ACCOUNT + debit, FIRST_ACCOUNT + credit
        return rows


class Batches:
    """Callers that hand over a thousand plain entries at once, packed, each with its own answer."""

    name = "batch"

    def __init__(self, batcher: Batcher) -> None:
        self.dsn, self._batcher = batcher.dsn, batcher
        self._maker = Maker()

    async def prepare(self) -> None:
        """The book is open."""

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """Batches as fast as they are answered; `callers` is not asked."""
        ledger, accounts = self._batcher.ledger, self._batcher.accounts

        async def hand_over() -> None:
            answers = await ledger.post_packed(self._maker.rows(accounts, mode))
            assert not answers.refused

        return await drive_batches(hand_over, _CALLERS, EACH, seconds)

    async def fill(self, rows: int) -> int:
        """Make the journal longer by `rows`, rounded up to whole batches; returns by how many."""
        batches = iter(range(-(-rows // EACH)))
        ledger, accounts = self._batcher.ledger, self._batcher.accounts

        async def caller() -> int:
            return sum(
                [len(await ledger.post_packed(self._maker.rows(accounts, "uniform"))) for _ in batches]
            )

        return sum(await asyncio.gather(*(caller() for _ in range(_CALLERS))))

    async def close(self) -> list[str]:
        """The batcher proves the whole book."""
        return []


class Riders:
    """Single entries, one in ten with proofs and two riders: a spent proof, and a day's used-up limit."""

    name = "riders"

    def __init__(self, batcher: Batcher) -> None:
        self.dsn, self._batcher = batcher.dsn, batcher
        self._turn, self._chance = count(), random.Random(11)

    async def prepare(self) -> None:
        """The book is open."""

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """Post entries one by one from each caller."""
        ledger: Ledger = self._batcher.ledger

        async def transfer(debit: int, credit: int) -> None:
            await ledger.post(self._entry(FIRST_ACCOUNT + debit, FIRST_ACCOUNT + credit))

        return await drive(transfer, self._batcher.accounts, mode, callers, seconds)

    def _entry(self, debit: int, credit: int) -> Entry:
        id_, postings = new_id(BANK), (Posting(AccountRef(BANK, debit), AccountRef(BANK, credit), _FEN),)
        if next(self._turn) % 10:
            return Entry(id_, postings)
        riders = (
            Rider(SPENT.name, (BANK, id_), (BANK, id_)),
            Rider(DAY.name, (BANK, debit), (BANK, debit, _FEN)),
        )
        return Entry(id_, postings, riders=riders, evidence=new_id(BANK), decision=new_id(BANK))

    async def close(self) -> list[str]:
        """The batcher proves the whole book."""
        return []
