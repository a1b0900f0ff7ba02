"""The rows of what the bank itself keeps for services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fengshou.kernel import Work

_SET = """
INSERT INTO services.setting (institution_id, customer, key, value_sealed, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (institution_id, customer, key)
DO UPDATE SET value_sealed = excluded.value_sealed, since = excluded.since
  WHERE services.setting.since <= excluded.since
"""
_TAKE = """
INSERT INTO services.tally (institution_id, name, taken)
SELECT $1::smallint, $2::text, $3::integer WHERE $3 <= $4::integer
ON CONFLICT (institution_id, name) DO UPDATE SET taken = services.tally.taken + $3
  WHERE services.tally.taken + $3 <= $4
RETURNING taken
"""
_GIVE_BACK = """
UPDATE services.tally SET taken = taken - $3 WHERE institution_id = $1 AND name = $2 AND taken >= $3 RETURNING taken
"""


async def set_one(work: Work, customer: UUID, key: str, sealed: bytes, since: datetime) -> None:
    """Keep a setting, unless a later one is kept already."""
    await work.execute(_SET, work.bank, customer, key, sealed, since)


async def settings(work: Work, customer: UUID, keys: Sequence[str]) -> dict[str, bytes]:
    """Settings that somebody has made, sealed."""
    rows = await work.fetch(
        "SELECT key, value_sealed FROM services.setting WHERE institution_id = $1 AND customer = $2"
        " AND key = ANY($3::text[])",
        work.bank, customer, list(keys),
    )  # fmt: skip
    return {row["key"]: row["value_sealed"] for row in rows}


async def first_time(work: Work, key: UUID) -> bool:
    """Whether this call takes for the first time."""
    found = await work.fetchval(
        "INSERT INTO services.tallied (institution_id, key) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
        work.bank, key,
    )  # fmt: skip
    return found is True


async def take(work: Work, name: str, by: int, most: int) -> bool:
    """Take `by` of a tally that may come to `most`, or give it back; False when it is used up, or was never taken."""
    if by < 0:
        return await work.fetchval(_GIVE_BACK, work.bank, name, -by) is not None
    return await work.fetchval(_TAKE, work.bank, name, by, most) is not None


async def taken(work: Work, names: Sequence[str]) -> dict[str, int]:
    """How much is taken of each."""
    rows = await work.fetch(
        "SELECT name, taken FROM services.tally WHERE institution_id = $1 AND name = ANY($2::text[])",
        work.bank, list(names),
    )  # fmt: skip
    return {row["name"]: row["taken"] for row in rows}
