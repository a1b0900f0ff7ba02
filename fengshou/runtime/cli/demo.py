"""`demo`: the main journey without a screen, on a temporary data folder."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fengshou.runtime.output import CommandError, add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to print."""
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Open a bank, send two people through it over HTTP, verify the book, close it."""
    result = asyncio.run(_demo())
    lines = [
        f"✓ {r['order']['from']['bank_name']['zh']} → {r['order']['payee']['bank_name']['zh']}"
        f"  {r['order']['amount_fen'] / 100:,.2f}  {r['order']['reference']}"
        for r in result["receipts"]
    ]
    lines.append(f"trial balance {result['trial_balance_fen']} fen over {result['entries']} entries")
    emit(args, result, "\n".join(lines))
    return 0 if result["ok"] else 1


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder that the database's user may enter, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="fengshou-demo-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


async def _demo() -> dict[str, Any]:
    from fengshou.ledger import verify
    from fengshou.runtime import standing
    from fengshou.runtime.journey import JourneyFailed, travel

    with folder() as data_dir:
        standing.quiet_logs(data_dir)
        listener = standing.bind(0)
        plan = standing.Plan(data_dir, listener.getsockname()[1], people=0, temporary=True)
        async with standing.standing_house(plan) as house, standing.serving(house, listener) as address:
            with step("two people, two banks, money between them"):
                try:
                    receipts = await travel(address, house.outside.simulators_url or "")
                except JourneyFailed as failed:
                    raise CommandError(str(failed)) from None
            async with house.db.pool("writer").acquire() as db:
                report = await verify(db)
    return {
        "ok": report.ok and report.trial_balance_fen == 0,
        "receipts": receipts,
        "trial_balance_fen": report.trial_balance_fen,
        "entries": report.entries,
        "problems": report.problems,
    }
