"""`ledger seal`: pack the journal's old months; they go on answering."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fengshou.runtime.cli.ledger_book import add_book, address, reports, table
from fengshou.runtime.output import CommandError, Step, emit, step

if TYPE_CHECKING:
    from fengshou.ledger import Sealed

_HEAD = ("月份 month", "行 rows", "before B/row", "after B/row")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which book."""
    add_book(parser)


def main(args: argparse.Namespace) -> int:
    """Seal every month before the last one."""
    from fengshou.ledger import SealRefused

    with step("sealing old months") as shown, address(args.data, shown) as dsn:
        try:
            done = asyncio.run(_seal(dsn, shown))
        except SealRefused as refusal:
            raise CommandError(str(refusal)) from None
    months = [
        {"month": s.name, "rows": s.entries, "bytes_before": s.bytes_before, "bytes_after": s.bytes_after}
        for s in done
    ]
    rows = [
        (
            s.name.removeprefix("journal_"),
            f"{s.entries:,}",
            f"{s.bytes_before / max(s.entries, 1):.1f}",
            f"{s.bytes_after / max(s.entries, 1):.1f}",
        )
        for s in done
    ]
    emit(args, {"ok": True, "months": months}, table(_HEAD, rows) if rows else "nothing to seal")
    return 0


async def _seal(dsn: str, shown: Step) -> list[Sealed]:
    from fengshou.ledger import Chores, SealRefused, seal

    async with reports(dsn) as found:
        await found.days.follow()
        result = ""
        try:
            done = await seal(dsn, datetime.now(UTC), progress=shown.say)
            result = f"{len(done)} months sealed"
        except SealRefused as refusal:
            result = str(refusal)
            raise
        finally:
            if result:
                async with found.db.pool("writer").acquire() as db:
                    await Chores(db).told(Chores.SEALING, datetime.now(UTC), result)
    return done
