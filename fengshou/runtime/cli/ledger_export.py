"""`ledger export`: the journal as a CSV or Parquet file."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from fengshou.runtime.cli.ledger_book import add_book, address, database
from fengshou.runtime.output import CommandError, Step, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to; the suffix says which."""
    parser.add_argument("file", type=Path, help="a .csv or .parquet file to write")
    add_book(parser, bank="institution number (default: all)")


def main(args: argparse.Namespace) -> int:
    """Write it."""
    from fengshou.ledger import NoParquet

    if args.file.suffix not in (".csv", ".parquet"):
        raise CommandError("the file's name ends in .csv or .parquet")
    with step("writing the journal") as shown, address(args.data, shown) as dsn:
        try:
            rows = asyncio.run(_export(dsn, args.file, args.bank, shown))
        except NoParquet as problem:
            raise CommandError(str(problem)) from None
    emit(args, {"ok": True, "rows": rows, "file": str(args.file)}, f"{rows:,} rows in {args.file}")
    return 0


async def _export(dsn: str, file: Path, bank: int | None, shown: Step) -> int:
    from fengshou.ledger import export

    async with database(dsn) as db:
        connection = await db.connect("writer")
        try:
            return await export(connection, file, bank, lambda rows: shown.say(f"{rows:,} rows"))
        finally:
            await connection.close()
