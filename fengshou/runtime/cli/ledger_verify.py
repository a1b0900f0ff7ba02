"""`ledger verify`: the whole journal read again, beside a running bank or without one."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from fengshou.runtime.cli.ledger_book import add_book, address, rows_of
from fengshou.runtime.output import CommandError, Step, emit, step

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
        report, seconds = asyncio.run(_verify(dsn, shown, since_anchor=args.since_anchor, kept=kept))
    result = {
        "ok": report.ok,
        "entries": report.entries,
        "banks": report.banks,
        "accounts": report.accounts,
        "trial_balance_fen": report.trial_balance_fen,
        "totals_fen": dict(report.totals),
        "rows_per_s": round(report.entries / max(seconds, 0.001)),
        "anchored_at": report.anchored_at,
        "since_anchors": report.since_anchors,
        "notices": report.notices,
        "problems": report.problems,
    }
    emit(args, result, _sentence(report, seconds))
    return 0 if report.ok else 1


async def _verify(dsn: str, shown: Step, *, since_anchor: bool, kept: list[str]) -> tuple[Report, float]:
    import asyncpg

    from fengshou.kernel import Clock, Database
    from fengshou.ledger import compare_anchors, verify

    older = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
    connection = await Database(dsn, Clock()).connect("writer")
    try:
        began = monotonic()
        report = await verify(connection, rows_of(shown), since_anchor=since_anchor)
        seconds = monotonic() - began
        for problem in await compare_anchors(connection, kept):
            report.say(problem)
        return report, seconds
    except older:
        raise CommandError(
            "the database is older than this program: start the bank once, which brings it up to date"
        ) from None
    finally:
        await connection.close()


def _sentence(report: Report, seconds: float) -> str:
    speed = f"{report.entries / max(seconds, 0.001):,.0f} rows/s"
    told = f"{report.entries:,} journal rows of {report.banks} banks, {report.accounts:,} accounts, {speed}"
    lines = [f"{told}: whole, and every bank sums to zero in each currency"]
    if not report.ok:
        lines = [f"{told}: {len(report.problems)} problems", *report.problems]
    return "\n".join([*lines, _anchored(report), *report.notices])


def _anchored(report: Report) -> str:
    """How far the book is anchored: what came after could be cut off by who writes to every table."""
    from fengshou.kernel import SHANGHAI

    if report.anchored_at is None:
        return "never anchored: `./bank ledger anchors --export FILE`, and keep the file outside"
    at = report.anchored_at.astimezone(SHANGHAI)
    return f"last anchors {at:%Y-%m-%d %H:%M} Shanghai; {report.since_anchors:,} rows came since"
