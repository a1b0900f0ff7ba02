"""Every row of a bank's journal in order of position, wherever it lies: in its partitions or in sealed pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from fengshou.kernel import Connection, Record
from fengshou.ledger import store_proof, store_sealed
from fengshou.ledger.sealed import PageDamaged, Row, decode

_STEP = 5_000  # positions read at once


async def journal(
    db: Connection, bank: int, after: int = 0, say: Callable[[str], None] = lambda _: None
) -> AsyncIterator[list[Row]]:
    """Rows of positions above `after`, some thousands at a time.

    say  hears of sealed pages that are not what they should be; their rows are left out
    """
    end = max(await store_proof.last_position(db, bank), await store_sealed.last_position(db, bank))
    told: set[str] = set()
    while after < end:
        upto = after + _STEP
        rows: dict[int, Row] = {}
        for page in await store_sealed.pages_about(db, bank, after, upto):
            opened, problem = _opened(bank, page)
            if problem and problem not in told:
                told.add(problem)
                say(problem)
            rows |= {r["position"]: r for r in opened if after < r["position"] <= upto}
        for record in await store_proof.journal(db, bank, after, upto):
            rows[record["position"]] = record
        yield [rows[position] for position in sorted(rows)]
        after = upto


def _opened(bank: int, page: Record) -> tuple[list[dict[str, Any]], str]:
    """The rows of a page, and what is wrong with it."""
    name = f"bank {bank}: sealed page at {page['first_position']}"
    try:
        rows = decode(page["body"], page["checksum"])
    except PageDamaged as problem:
        return [], f"{name} is damaged: {problem}"
    if any(r["institution_id"] != bank for r in rows):
        return [], f"{name} is of another bank"
    ids = [r["id"] for r in rows]
    said = (page["first_position"], page["last_position"], page["entries"], page["first_id"], page["last_id"])
    if said != (rows[0]["position"], rows[-1]["position"], len(rows), min(ids), max(ids)):
        return rows, f"{name} is not what its row says"
    return rows, ""
