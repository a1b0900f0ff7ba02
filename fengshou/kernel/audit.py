"""The audit log's seals: rows are appended plain, one sealer per bank chains them.

A seal covers all rows of a bank that were not sealed yet, in id order:
    hash = SHA-256(previous hash | canonical JSON of each row)
so a changed, removed or added row of the past breaks the chain at its seal.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson

from fengshou.kernel.database import Database, Record, Work

_ROWS_PER_SEAL = 5_000
_FIRST = bytes(32)


async def seal(db: Database) -> int:
    """Chain what is open, bank by bank; returns the number of rows sealed."""
    async with db.relay() as work:
        banks = await work.fetch("SELECT DISTINCT institution_id FROM kernel.audit WHERE seal IS NULL")
    total = 0
    for row in banks:
        async with db.relay(row["institution_id"]) as work:
            total += await _seal_bank(work, row["institution_id"])
    return total


async def _seal_bank(work: Work, bank: int) -> int:
    # One sealer per bank: the lock is dropped with the transaction.
    if not await work.fetchval("SELECT pg_try_advisory_xact_lock(4201, $1)", bank):
        return 0
    rows = await work.fetch(
        "SELECT * FROM kernel.audit WHERE institution_id=$1 AND seal IS NULL ORDER BY id LIMIT $2",
        bank, _ROWS_PER_SEAL,
    )  # fmt: skip
    if not rows:
        return 0
    last = await work.fetchrow(
        "SELECT number, hash FROM kernel.audit_seal WHERE institution_id=$1 ORDER BY number DESC LIMIT 1",
        bank,
    )
    number, previous = (last["number"] + 1, last["hash"]) if last else (1, _FIRST)
    await work.execute(
        "INSERT INTO kernel.audit_seal (institution_id, number, rows, hash, previous, sealed_at)"
        " VALUES ($1,$2,$3,$4,$5,$6)",
        bank, number, len(rows), _digest(previous, rows), previous, work.now,
    )  # fmt: skip
    await work.execute(
        "UPDATE kernel.audit SET seal=$3 WHERE institution_id=$1 AND id = ANY($2)",
        bank, [r["id"] for r in rows], number,
    )  # fmt: skip
    return len(rows)


async def verify(db: Database) -> list[str]:
    """Recompute every chain; returns what is wrong, one line each."""
    problems: list[str] = []
    async with db.relay() as work:
        seals = await work.fetch("SELECT * FROM kernel.audit_seal ORDER BY institution_id, number")
        before: dict[int, Record] = {}
        for mark in seals:
            bank, number = mark["institution_id"], mark["number"]
            rows = await work.fetch(
                "SELECT * FROM kernel.audit WHERE institution_id=$1 AND seal=$2 ORDER BY id", bank, number
            )
            last = before.get(bank)
            expected = (last["number"] + 1, last["hash"]) if last else (1, _FIRST)
            if (number, mark["previous"]) != expected:
                problems.append(f"bank {bank}: seal {number} does not follow the one before")
            if len(rows) != mark["rows"] or _digest(mark["previous"], rows) != mark["hash"]:
                problems.append(f"bank {bank}: rows of seal {number} were changed")
            before[bank] = mark
    return problems


def _digest(previous: bytes, rows: list[Record]) -> bytes:
    state = sha256(previous)
    for row in rows:
        state.update(orjson.dumps(_plain(row), default=str, option=orjson.OPT_SORT_KEYS))
    return state.digest()


def _plain(row: Record) -> dict[str, Any]:
    columns = ("institution_id", "id", "at", "actor_kind", "actor", "act", "subject", "facts")
    return {name: row[name] for name in columns}
