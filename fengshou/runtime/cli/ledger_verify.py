"""`ledger verify`: the whole journal read again, beside a running bank or without one."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fengshou.runtime.output import CommandError, Step, add_json, emit, step
from fengshou.runtime.places import checkout

if TYPE_CHECKING:
    from fengshou.ledger import Report

# Where a data folder may keep its cluster: it is one itself, or has it inside.
_INSIDE = ("", "database", "postgres")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which book."""
    parser.add_argument(
        "--data", type=Path, help="the data folder (default: FENGSHOU_DATABASE_URL, else ./data)"
    )
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Check everything; 1 when something is wrong."""
    with step("reading the journal") as shown, _address(args.data, shown) as dsn:
        report = asyncio.run(_verify(dsn, shown))
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


async def _verify(dsn: str, shown: Step) -> Report:
    from fengshou.kernel import Clock, Database
    from fengshou.ledger import verify

    connection = await Database(dsn, Clock()).connect("writer")
    try:
        return await verify(connection, lambda rows: shown.say(f"{rows:,} rows"))
    finally:
        await connection.close()


def _sentence(report: Report) -> str:
    told = f"{report.entries:,} journal rows of {report.banks} banks, {report.accounts:,} accounts"
    if report.ok:
        return f"{told}: whole, and every bank sums to zero"
    return "\n".join([f"{told}: {len(report.problems)} problems", *report.problems])


@contextmanager
def _address(data: Path | None, shown: Step) -> Iterator[str]:
    """The DSN of the book; a database that was not running is started, and stopped again."""
    from fengshou.runtime.postgres import Cluster

    if data is None and (url := os.environ.get("FENGSHOU_DATABASE_URL")):
        yield url
        return
    folder = data or (checkout() or Path.cwd()) / "data"
    clusters = (Cluster(folder / name) for name in _INSIDE)
    cluster = next((c for c in clusters if c.status().state != "absent"), None)
    if cluster is None:
        raise CommandError(f"there is no database in {folder}; name its folder with --data")
    dsn = cluster.start(shown.say)
    try:
        yield dsn
    finally:
        cluster.stop(shown.say)
