"""Setting anchors: a bank's book is proved from its newest anchor on, and one is set where it ends."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from fengshou.kernel import Connection, Record
from fengshou.ledger import anchors, row, store_office, store_proof
from fengshou.ledger.proof import Checked, Progress, Report, verify_bank


async def make(
    db: Connection, now: datetime, say: Callable[[str], None] = lambda _: None,
    *, progress: Progress = lambda _, __: None,
) -> int:  # fmt: skip
    """Prove each bank from its newest anchor, and set one where it ends; returns how many were set.

    A bank with a problem gets none; `say` hears of it. `db` is the writer's role.
    """
    made, of = 0, await store_proof.positions(db, since_anchors=True)
    read = 0
    for bank in await store_proof.banks(db):
        report = Report()
        async with db.transaction(isolation="repeatable_read", readonly=True):
            marks = await anchors.marks(db, bank)
            so_far = partial(_so_far, progress, read, of)
            checked = await verify_bank(db, bank, report, so_far, since_anchor=True)
            read += report.entries
        for problem in report.problems:
            say(problem)
        if not report.problems and checked.record[0] and _moved(marks, checked):
            made += await _set(db, bank, now, marks, checked)
    return made


def _so_far(progress: Progress, before: int, of: int, rows: int) -> None:
    progress(before + rows, of)


def _moved(marks: list[Record], checked: Checked) -> bool:
    """Whether anything came since the newest anchor; its own page at the office's desk is nothing."""
    if not marks:
        return True
    mark = marks[-1]
    moved = checked.end.position != mark["position"] or checked.record[0] != mark["record"]
    return bool(moved or checked.office[0] > mark["office"] + 1)


async def _set(db: Connection, bank: int, now: datetime, marks: list[Record], checked: Checked) -> bool:
    """Write the anchor, unless somebody else set one since the proof began."""
    end = checked.end
    previous = marks[-1]["digest"] if marks else row.FIRST_HASH
    mark: dict[str, Any] = {
        "institution_id": bank, "position": end.position, "made_at": now, "hash": end.hash,
        "state": anchors.state_digest(end), "beside": anchors.beside_hash(checked.record[1], checked.office[1]),
        "previous": previous, "version": 2, "record": checked.record[0], "office": checked.office[0],
    }  # fmt: skip
    mark["digest"] = anchors.digest_of(previous, mark)
    async with db.transaction():
        await store_office.lock(db, bank)
        if len(await anchors.marks(db, bank)) != len(marks):
            return False
        await store_proof.put_anchor(db, mark, zlib.compress(anchors.flat_of(end), 1))
        key = (end.position, checked.record[0], checked.office[0])
        lines = await store_office.told(db, bank, "anchor", key)
        lines += await store_office.told(db, bank, "anchor_state")
        await store_office.say(db, bank, now, lines)
    return True
