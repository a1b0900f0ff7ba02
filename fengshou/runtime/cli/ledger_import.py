"""`ledger import`: a file of history into a bank's book, with its own times; all of it or nothing."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fengshou.runtime.cli.ledger_book import add_book, address, database, yuan
from fengshou.runtime.output import CommandError, Step, emit, step

if TYPE_CHECKING:
    from fengshou.ledger import Imported

_SHOWN = 20
_LEASE_S = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, into which book."""
    parser.add_argument("file", type=Path, help="CSV: key,debit,credit,amount,happened_at,code")
    parser.add_argument("--name", help="what the file is known by (default: its file name)")
    add_book(parser, bank="institution number")


def main(args: argparse.Namespace) -> int:
    """Book it; 1, and every faulty row, when it cannot be."""
    from fengshou.ledger import ImportRefused, ShardTaken

    if args.bank is None:
        raise CommandError("name the bank with --bank")
    name, text = args.name or args.file.name, args.file.read_text(encoding="utf-8-sig")
    with step("importing") as shown, address(args.data, shown) as dsn:
        try:
            done = asyncio.run(_import(dsn, args.bank, name, text, shown))
        except ImportRefused as refused:
            return _refused(args, refused)
        except ShardTaken:
            raise CommandError("the bank is running and owns the book; stop it, then import") from None
    result = {"ok": True, "rows": done.rows, "entries": done.entries, "fen": done.fen, "again": done.again}
    told = "was booked before" if done.again else "booked"
    emit(args, result, f"{name}: {done.rows:,} rows {told}, {yuan(done.fen)}")
    return 0


def _refused(args: argparse.Namespace, refused: Any) -> int:
    faults = [{"row": f.row, "zh": f.zh, "en": f.en} for f in refused.faults]
    lines = [f"第 {f['row']} 行  {f['zh']}  row {f['row']}: {f['en']}" for f in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"… {len(faults) - _SHOWN} more")
    emit(args, {"ok": False, "faults": faults}, "\n".join(["nothing was booked", *lines]))
    return 1


async def _import(dsn: str, bank: int, name: str, text: str, shown: Step) -> Imported:
    from fengshou.kernel import system
    from fengshou.ledger import Ledger, import_file

    async with database(dsn) as db:
        # Nobody else is waiting, and deciding a long file takes longer than a lease usually lasts.
        ledger = Ledger(db, db.clock, lease_s=_LEASE_S)
        await ledger.start()
        try:
            return await import_file(
                ledger, system(bank), bank, name, text, progress=lambda rows: shown.say(f"{rows:,} rows")
            )
        finally:
            await ledger.stop()
