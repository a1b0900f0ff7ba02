"""The SQL of proving the book: everything, in order, and nothing aggregated but holds."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fengshou.kernel import Connection, Record

_FETCH = 5_000


async def banks(db: Connection) -> list[int]:
    """Every bank that has accounts."""
    rows = await db.fetch("SELECT DISTINCT institution_id AS bank FROM ledger.account ORDER BY 1")
    return [row["bank"] for row in rows]


async def accounts(db: Connection, bank: int) -> list[Record]:
    """The account table of a bank."""
    return await db.fetch("SELECT id, balance, seq, last FROM ledger.account WHERE institution_id=$1", bank)


async def batches(db: Connection, bank: int) -> list[Record]:
    """The batches of a bank in order."""
    return await db.fetch("SELECT * FROM ledger.batch WHERE institution_id=$1 ORDER BY first_position", bank)


async def journal(db: Connection, bank: int) -> AsyncIterator[list[Record]]:
    """Every journal row of a bank in order of position, in pages."""
    last = 0
    while page := await db.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id=$1 AND position>$2 ORDER BY position LIMIT $3",
        bank, last, _FETCH,
    ):  # fmt: skip
        yield page
        last = page[-1]["position"]


async def held(db: Connection, bank: int) -> dict[int, int]:
    """What is held by account, from the hold table."""
    rows = await db.fetch(
        "SELECT debit, sum(amount - settled)::bigint AS fen FROM ledger.hold"
        " WHERE institution_id=$1 AND state=1 GROUP BY 1",
        bank,
    )
    return {row["debit"]: row["fen"] for row in rows}
