"""`jobs`: what failed so often that nothing is tried about it any more, and how to try it again."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fengshou.runtime.output import add_json, emit

if TYPE_CHECKING:
    from fengshou.kernel import Parked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and which to try again."""
    parser.add_argument("--data", type=Path, default=None, help="the data folder")
    parser.add_argument(
        "--again", metavar="ID", type=int, nargs="+", default=[], help="put these back into the queue"
    )
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """List what is parked, after putting back what was asked for; 1 when one of those stayed where it is."""
    parked, went = asyncio.run(_with_database(args))
    rows = [
        {"id": job.id, "name": job.name, "attempts": job.attempts, "at": job.at.isoformat(), "why": job.why}
        for job in parked
    ]
    lines = [f"{row['id']:>8}  {row['at']:.19}  {row['name']}  {row['why']}" for row in rows]
    lines += [f"{number:>8}  tried again" for number in went]
    emit(args, {"parked": rows, "again": went}, "\n".join(lines) or "nothing is parked")
    return 0 if set(went) == set(args.again) else 1


async def _with_database(args: argparse.Namespace) -> tuple[list[Parked], list[int]]:
    from fengshou.runtime import standing
    from fengshou.runtime.cli.db_place import cluster_in

    if dsn := os.environ.get("FENGSHOU_DATABASE_URL"):
        return await look(dsn, args.again)
    cluster = cluster_in((args.data or standing.default_data_dir()).absolute())
    dsn = await asyncio.to_thread(cluster.start)
    try:
        return await look(dsn, args.again)
    finally:
        await asyncio.to_thread(cluster.stop)


async def look(dsn: str, again: list[int]) -> tuple[list[Parked], list[int]]:
    """What is parked once `again` was put back, and which of those went."""
    from fengshou.kernel import Clock, Database, Jobs

    clock = Clock()
    db = Database(dsn, clock, web_max=1)
    await db.open()
    try:
        jobs = Jobs(db, clock)
        went = await jobs.again(again)
        return await jobs.parked(), went
    finally:
        await db.close()
