"""The SQL of importing: which files were taken in."""

from __future__ import annotations

from datetime import datetime

from fengshou.kernel import Connection, Record


async def register(
    db: Connection, bank: int, name: str, digest: bytes, entries: int, now: datetime
) -> Record:
    """The file's row: new, as it was, or begun again after it was taken back."""
    row = await db.fetchrow(
        "INSERT INTO ledger.import_file AS f (institution_id, name, digest, status, entries, begun_at)"
        " VALUES ($1, $2, $3, 'begun', $4, $5) ON CONFLICT (institution_id, name) DO UPDATE SET"
        "  status = CASE WHEN f.status = 'taken_back' THEN 'begun' ELSE f.status END,"
        "  digest = CASE WHEN f.status = 'taken_back' THEN excluded.digest ELSE f.digest END,"
        "  entries = CASE WHEN f.status = 'taken_back' THEN excluded.entries ELSE f.entries END,"
        "  begun_at = CASE WHEN f.status = 'taken_back' THEN excluded.begun_at ELSE f.begun_at END,"
        "  attempt = f.attempt + (f.status = 'taken_back')::int"
        " RETURNING digest, attempt, status, entries, begun_at",
        bank, name, digest, entries, now,
    )  # fmt: skip
    assert row is not None
    return row


async def find(db: Connection, bank: int, name: str) -> Record | None:
    """What is known of a file."""
    return await db.fetchrow(
        "SELECT digest, attempt, status, entries, begun_at FROM ledger.import_file"
        " WHERE institution_id = $1 AND name = $2",
        bank, name,
    )  # fmt: skip


async def mark(db: Connection, bank: int, name: str, status: str) -> None:
    """What became of the file."""
    await db.execute(
        "UPDATE ledger.import_file SET status = $3 WHERE institution_id = $1 AND name = $2",
        bank,
        name,
        status,
    )
