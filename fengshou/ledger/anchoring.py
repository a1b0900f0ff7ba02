"""Setting anchors: a bank's book is proved from its newest anchor on, and one is set where it ends."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime

from fengshou.kernel import Connection
from fengshou.ledger import anchors, row, store_proof
from fengshou.ledger.proof import Report, verify_bank


async def make(db: Connection, now: datetime, say: Callable[[str], None] = lambda _: None) -> int:
    """Prove each bank from its newest anchor, and set one where it ends; returns how many were set.

    A bank with a problem gets none; `say` hears of it. `db` is the writer's role.
    """
    made = 0
    for bank in await store_proof.banks(db):
        async with db.transaction(isolation="repeatable_read"):
            report = Report()
            marks_ = await anchors.marks(db, bank)
            end = await verify_bank(db, bank, report, lambda _: None, since_anchor=True)
            for problem in report.problems:
                say(problem)
            if report.problems or (marks_[-1]["position"] if marks_ else 0) == end.position:
                continue
            before = (marks_[-1]["position"], marks_[-1]["made_at"]) if marks_ else (0, anchors.FIRST)
            beside = await anchors.beside_of(db, bank, before, (end.position, now))
            previous = marks_[-1]["digest"] if marks_ else row.FIRST_HASH
            state = anchors.state_digest(end)
            digest = anchors.digest_of(previous, bank, end.position, now, end.hash, state, beside)
            values = (bank, end.position, now, end.hash, state, beside, previous, digest)
            await store_proof.put_anchor(db, values, zlib.compress(anchors.flat_of(end), 1))
            made += 1
    return made
