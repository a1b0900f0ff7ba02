"""Every row of a bank's journal in order of position, wherever it lies: in its partitions or in sealed pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from operator import itemgetter
from typing import Any

from fengshou.kernel import Connection, Record
from fengshou.ledger import store_proof, store_sealed
from fengshou.ledger.sealed import PageDamaged, Row, decode

_STEP, _PAGES = 5_000, 6  # rows and sealed pages read at once
_END = (1 << 63) - 1


async def journal(
    db: Connection, bank: int, after: int = 0, say: Callable[[str], None] = lambda _: None
) -> AsyncIterator[list[Row]]:
    """Rows of positions above `after`, some thousands at a time.

    say  hears of sealed pages that are not what they should be; their rows are left out
    """
    told: set[str] = set()
    upto: int | None = after
    while upto is not None:
        after = upto
        pages = await store_sealed.pages_after(db, bank, after, _PAGES)
        # Pages that were not fetched begin no earlier than the last one that was.
        bound = pages[-1]["first_position"] - 1 if len(pages) == _PAGES else 0
        found = await store_proof.journal(db, bank, after, bound if bound > after else _END, _STEP)
        # The last one is read again, with what may stand at the same position.
        upto = found[-1]["position"] - 1 if len(found) == _STEP else bound if bound > after else None
        end = _END if upto is None else upto
        rows: dict[int, Row] = {}
        for page in pages:
            if page["first_position"] <= end:
                opened, problem = _opened(bank, page)
                if problem and problem not in told:
                    told.add(problem)
                    say(problem)
                rows |= {r["position"]: r for r in opened if after < r["position"] <= end}
        there = {r["position"] for r in found}
        sealed = [r for position, r in rows.items() if position not in there]
        yield sorted([*sealed, *(r for r in found if r["position"] <= end)], key=itemgetter("position"))


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
