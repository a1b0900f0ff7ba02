"""Who is measured: our batcher, a naive transfer, pgbench's TPC-B, django-hordak.

Each has its own database in the same cluster, is prepared once, and then runs rounds in turn with
the others. All commit with fsync; none is given a shortcut the others lack.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import asyncpg

from fengshou.kernel import CENTRE, Clock, Database, install_jobs, migrate_database, new_id
from fengshou.ledger import (
    AccountRef,
    Entry,
    Ledger,
    NewAccount,
    Posting,
    RiderKind,
    open_banks,
    own_account,
    verify,
)
from fengshou.runtime.bench.load import Load, drive

BANK = 109
START_FEN = 1_000_000_00
FIRST_ACCOUNT = 10_000_000


class Contender(Protocol):
    """One way to move money, ready to be measured."""

    name: str
    dsn: str

    async def prepare(self) -> None:
        """Make tables and accounts."""

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """Move money for `seconds`."""

    async def close(self) -> list[str]:
        """Stop; returns broken invariants."""


class Batcher:
    """Our ledger: one entry per call, awaited, through the front door."""

    name = "fengshou"

    def __init__(self, dsn: str, accounts: int, kinds: Sequence[RiderKind] = (), tables: str = "") -> None:
        self.dsn, self.accounts = dsn, accounts
        self._kinds, self._tables = kinds, tables

    async def prepare(self) -> None:
        """Migrate, open the bank, pay everybody in."""
        await migrate_database(self.dsn)
        await install_jobs(self.dsn)
        self.db = Database(self.dsn, Clock(), web_max=2)
        if self._tables:
            owner = await asyncpg.connect(self.dsn)
            await owner.execute(self._tables)
            await owner.close()
        await self.db.open()
        self.ledger = Ledger(self.db, Clock())
        for kind in self._kinds:
            self.ledger.riders.register(kind)
        await self.ledger.start()
        await open_banks(self.ledger, (CENTRE, BANK), ("1001", "2011", "3001"))
        self._refs = [AccountRef(BANK, FIRST_ACCOUNT + i) for i in range(self.accounts)]
        cash = own_account(BANK, "1001")
        for at in range(0, self.accounts, 1_000):
            part = self._refs[at : at + 1_000]
            await self.ledger.post(
                Entry(
                    id=new_id(BANK),
                    opens=tuple(NewAccount(ref, "2111") for ref in part),
                    postings=tuple(Posting(cash, ref, START_FEN) for ref in part),
                    mandate="bench",
                )
            )

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """Post entries one by one from each caller."""
        refs, ledger = self._refs, self.ledger

        async def transfer(debit: int, credit: int) -> None:
            await ledger.post(Entry(id=new_id(BANK), postings=(Posting(refs[debit], refs[credit], 100),)))

        return await drive(transfer, self.accounts, mode, callers, seconds)

    async def close(self) -> list[str]:
        """Replay the whole journal."""
        async with self.db.pool("writer").acquire() as connection:
            report = await verify(connection)
        await self.ledger.stop()
        await self.db.close()
        return report.problems


_NAIVE = """
CREATE TABLE account (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0),
  seq bigint NOT NULL DEFAULT 0);
CREATE TABLE entry (id uuid PRIMARY KEY, debit bigint NOT NULL, credit bigint NOT NULL, amount bigint NOT NULL,
  debit_balance bigint NOT NULL, credit_balance bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON entry (debit, at);
CREATE INDEX ON entry (credit, at);
"""


class Naive:
    """What one writes first: BEGIN, lock both rows in order, two updates, one insert, COMMIT."""

    name = "naive"
    _CONNECTIONS = 32

    def __init__(self, dsn: str, accounts: int) -> None:
        self.dsn, self.accounts = dsn, accounts

    async def prepare(self) -> None:
        """Two tables and their accounts."""
        self._pool = await asyncpg.create_pool(
            self.dsn, min_size=self._CONNECTIONS, max_size=self._CONNECTIONS
        )
        await self._pool.execute(_NAIVE)
        await self._pool.execute(
            "INSERT INTO account SELECT i, $2 FROM generate_series(0, $1 - 1) i", self.accounts, START_FEN
        )

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """Five statements and a commit for each transfer."""

        async def transfer(debit: int, credit: int) -> None:
            async with self._pool.acquire() as db, db.transaction():
                rows = await db.fetch(
                    "SELECT id, balance FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE",
                    [debit, credit],
                )
                held = {row["id"]: row["balance"] for row in rows}
                assert held[debit] >= 100
                await db.execute(
                    "UPDATE account SET balance = balance - 100, seq = seq + 1 WHERE id = $1", debit
                )
                await db.execute(
                    "UPDATE account SET balance = balance + 100, seq = seq + 1 WHERE id = $1", credit
                )
                await db.execute(
                    "INSERT INTO entry (id, debit, credit, amount, debit_balance, credit_balance)"
                    " VALUES ($1, $2, $3, 100, $4, $5)",
                    new_id(BANK), debit, credit, held[debit] - 100, held[credit] + 100,
                )  # fmt: skip

        return await drive(transfer, self.accounts, mode, callers, seconds)

    async def close(self) -> list[str]:
        """Money is conserved here too, or the comparison is not fair."""
        total = await self._pool.fetchval("SELECT sum(balance) FROM account")
        await self._pool.close()
        return [] if total == self.accounts * START_FEN else ["naive: money was made or lost"]


class TPCB:
    """pgbench's own TPC-B-like script, prepared statements, 16 clients; mode and callers do not apply."""

    name = "tpcb"
    _CLIENTS = 16

    def __init__(self, dsn: str, pgbench: Path) -> None:
        self.dsn, self._pgbench = dsn, pgbench

    async def prepare(self) -> None:
        """pgbench -i at scale 20."""
        await self._run("-i", "-q", "-s", "20")

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """One pgbench run of `seconds`; its average latency stands for both percentiles."""
        text = await self._run(
            "-c", str(self._CLIENTS), "-j", "2", "-M", "prepared", "-n", "-T", str(max(1, round(seconds)))
        )
        found = re.search(r"tps = ([0-9.]+)", text)
        assert found, f"pgbench told no tps: {text}"
        tps = float(found[1])
        return Load(seconds, [self._CLIENTS / tps] * round(tps * seconds))

    async def close(self) -> list[str]:
        """Nothing stays open."""
        return []

    async def _run(self, *args: str) -> str:
        parts = urlsplit(self.dsn)
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        where = ["-h", host, "-U", parts.username or "fengshou", parts.path.lstrip("/")]
        if parts.port:
            where = ["-p", str(parts.port), *where]
        process = await asyncio.create_subprocess_exec(
            str(self._pgbench), *args, *where,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"pgbench: {err.decode()[-300:]}")
        return out.decode()


class Hordak:
    """django-hordak, 8 threads, in a process of its own (Django keeps its settings per process)."""

    name = "hordak"

    def __init__(self, dsn: str, accounts: int) -> None:
        self.dsn, self.accounts = dsn, min(accounts, 200)

    async def prepare(self) -> None:
        """Migrate and make accounts."""
        await self._run("prepare", "uniform", 0)

    async def round(self, mode: str, callers: int, seconds: float) -> Load:
        """Transfers by `Account.transfer_to` from eight threads."""
        return await self._run("round", mode, seconds)

    async def close(self) -> list[str]:
        """Nothing stays open."""
        return []

    async def _run(self, act: str, mode: str, seconds: float) -> Load:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fengshou.runtime.bench.hordak",
            act, self.dsn, str(self.accounts), mode, str(seconds),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"hordak: {err.decode()[-500:]}")
        told = json.loads(out.splitlines()[-1])
        return Load(told["seconds"], told["latencies"])
