"""SQL of finding people from a desk."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fengshou.kernel import Work


async def named(work: Work, blind: bytes, limit: int) -> list[UUID]:
    """Holders of accounts here under one name."""
    rows = await work.fetch(
        "SELECT DISTINCT customer_id FROM party.customer_account"
        " WHERE institution_id=$1 AND name_blind=$2 AND status <> 'opening' ORDER BY customer_id LIMIT $3",
        work.bank, blind, limit,
    )  # fmt: skip
    return [row["customer_id"] for row in rows]


async def masked_names(work: Work, accounts: Sequence[int]) -> dict[int, str]:
    """The masked holder of each of these accounts."""
    rows = await work.fetch(
        "SELECT account_id, name_masked FROM party.customer_account WHERE institution_id=$1 AND account_id = ANY($2)",
        work.bank, list(accounts),
    )  # fmt: skip
    return {row["account_id"]: row["name_masked"] for row in rows}


async def counts(work: Work, bank: int | None) -> dict[int, int]:
    """Holders of accounts that are not closed, by bank."""
    rows = await work.fetch(
        "SELECT institution_id, count(DISTINCT customer_id)::int AS n FROM party.customer_account"
        " WHERE ($1::smallint IS NULL OR institution_id=$1) AND status IN ('active', 'frozen_by_customer')"
        " GROUP BY institution_id",
        bank,
    )
    return {row["institution_id"]: row["n"] for row in rows}
