"""`ledger anchors`: prove what came since the last anchors, set new ones, and export them for keeping outside."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from fengshou.runtime.cli.ledger_book import add_book, address, database, rows_of
from fengshou.runtime.output import Step, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("--export", type=Path, metavar="FILE", help="write every anchor to this file")
    add_book(parser)


def main(args: argparse.Namespace) -> int:
    """Set them; 1 when a bank's book has a problem, which keeps it from being anchored."""
    with step("proving what is new") as shown, address(args.data, shown) as dsn:
        made, problems, lines = asyncio.run(_make(dsn, shown))
    if args.export:
        part = args.export.with_name(args.export.name + ".part")
        part.write_text("".join(f"{line}\n" for line in lines))
        part.replace(args.export)
    told = f"{made} banks anchored" + (f", {len(lines)} anchors in {args.export}" if args.export else "")
    result = {"ok": not problems, "made": made, "anchors": len(lines), "problems": problems}
    emit(args, result, "\n".join([told, *problems]))
    return 0 if not problems else 1


async def _make(dsn: str, shown: Step) -> tuple[int, list[str], list[str]]:
    from fengshou.ledger import Chores, export_anchors, make_anchors

    problems: list[str] = []
    async with database(dsn) as db:
        connection = await db.connect("writer")
        try:
            made = await make_anchors(connection, db.clock.now(), problems.append, progress=rows_of(shown))
            told = f"{made} banks anchored" if not problems else f"{len(problems)} problems: {problems[0]}"
            await Chores(connection).told(Chores.ANCHORS, db.clock.now(), told)
            return made, problems, await export_anchors(connection)
        finally:
            await connection.close()
