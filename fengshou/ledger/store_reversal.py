"""The SQL of reversing: an entry's rows, to post them the other way round."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import LEGS_MAX, Connection, Record, leg_id


async def rows(db: Connection, entry: UUID, banks: list[int]) -> list[Record]:
    """The rows of an entry in the order of its legs; `banks` is where they may lie."""
    return await db.fetch(
        "SELECT institution_id, id, debit, credit, amount, kind, code FROM ledger.journal"
        " WHERE institution_id = ANY($3::smallint[]) AND id BETWEEN $1 AND $2 ORDER BY id",
        entry, leg_id(entry, LEGS_MAX), banks,
    )  # fmt: skip
