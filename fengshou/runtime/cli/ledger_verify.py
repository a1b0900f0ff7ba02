"""`ledger verify`: the whole journal read again, beside a running bank or without one."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from fengshou.runtime.cli.ledger_book import add_book, address
from fengshou.runtime.output import Step, emit, step

if TYPE_CHECKING:
    from fengshou.ledger import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which book."""
    parser.add_argument(
        "--since-anchor", action="store_true", help="read only what came since the last `ledger anchors`"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help="anchors exported before: the book must still agree with them",
    )
    add_book(parser)


def main(args: argparse.Namespace) -> int:
    """Check everything; 1 when something is wrong."""
    kept = args.against.read_text().splitlines() if args.against else []
    with step("reading the journal") as shown, address(args.data, shown) as dsn:
        report = asyncio.run(_verify(dsn, shown, since_anchor=args.since_anchor, kept=kept))
    result = {
        "ok": report.ok,
        "entries": report.entries,
        "banks": report.banks,
        "accounts": report.accounts,
        "trial_balance_fen": report.trial_balance_fen,
        "problems": report.problems,
    }
    emit(args, result, _sentence(report))
    return 0 if report.ok else 1


async def _verify(dsn: str, shown: Step, *, since_anchor: bool, kept: list[str]) -> Report:
    from fengshou.kernel import Clock, Database
    from fengshou.ledger import compare_anchors, verify

    connection = await Database(dsn, Clock()).connect("writer")
    try:
        report = await verify(connection, lambda rows: shown.say(f"{rows:,} rows"), since_anchor=since_anchor)
        for problem in await compare_anchors(connection, kept):
            report.say(problem)
        return report
    finally:
        await connection.close()


def _sentence(report: Report) -> str:
    told = f"{report.entries:,} journal rows of {report.banks} banks, {report.accounts:,} accounts"
    if report.ok:
        return f"{told}: whole, and every bank sums to zero"
    return "\n".join([f"{told}: {len(report.problems)} problems", *report.problems])
