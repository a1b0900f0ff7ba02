"""`clock`: show or move the business clock of a demo bank."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fengshou.runtime.output import CommandError, add_json, emit

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How far, and whose."""
    parser.add_argument("--data", type=Path, default=None, help="the data folder")
    parser.add_argument("--forward", metavar="SPAN", help="move on, e.g. 90m, 2h, 3d")
    parser.add_argument("--reset", action="store_true", help="back to the real time")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Print the business time, after moving it."""
    forward = _seconds(args.forward) if args.forward else 0
    offset = asyncio.run(_clock(args, forward))
    now = datetime.now(UTC) + timedelta(seconds=offset)
    text = f"business time {now.isoformat(timespec='seconds')} ({offset:+,.0f} s)"
    emit(args, {"now": now.isoformat(), "offset_s": offset}, text)
    return 0


def _seconds(span: str) -> int:
    found = re.fullmatch(r"(\d{1,5})([smhd])", span)
    if not found:
        raise CommandError("a span is a number and s, m, h or d: 90m, 2h, 3d")
    return int(found[1]) * _UNITS[found[2]]


async def _clock(args: argparse.Namespace, forward: int) -> float:
    from fengshou.kernel import Clock, Database
    from fengshou.runtime import standing

    data_dir = (args.data or standing.default_data_dir()).absolute()
    dsn = os.environ.get("FENGSHOU_DATABASE_URL")
    cluster = None
    if not dsn:
        if not (data_dir / "postgres").exists():
            raise CommandError(f"there is no bank in {data_dir}")
        cluster = standing.cluster_of(data_dir)
        dsn = await asyncio.to_thread(cluster.start)
    db = Database(dsn, Clock(), web_max=1)
    try:
        await db.open()
        offset = 0.0 if args.reset else await standing.clock_offset(db) + forward
        if args.reset or forward:
            await standing.move_clock(db, offset)
        return offset
    finally:
        await db.close()
        if cluster:
            cluster.stop()
