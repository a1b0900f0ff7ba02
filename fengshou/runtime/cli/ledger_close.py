"""`ledger close`: close a day, a month or an interest quarter of a bank, or show what is closed."""

from __future__ import annotations

import argparse
import asyncio
from datetime import date
from typing import Any

from fengshou.runtime.cli.ledger_book import add_book, address, day, reports, table, yuan
from fengshou.runtime.output import CommandError, emit, step

_HEAD = ("期间 period", "状态 status", "借方 debit", "贷方 credit")
_STATUS = {"open": "开放 open", "closing": "结账中 closing", "closed": "已结账 closed"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to close; nothing shows the periods. `ledger reopen` opens the last day again, by two people."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--day", type=day, help="this day and all before it")
    what.add_argument("--month", type=_month, help="a month whose days are closed: 2026-03")
    what.add_argument("--quarter", type=day, help="the interest quarter that ends on this day: 2026-03-20")
    add_book(parser, bank="institution number")


def main(args: argparse.Namespace) -> int:
    """Close it, and show the periods; 1 when a closed period is no longer what it was."""
    if args.bank is None:
        raise CommandError("name the bank with --bank")
    with step("closing") as shown, address(args.data, shown) as dsn:
        result = asyncio.run(_close(dsn, args))
    rows = [
        (
            f"{p['kind']} {p['first_on']}" + " !" * p["changed"],
            _STATUS[p["status"]],
            *("" if p[side] is None else yuan(p[side]) for side in ("debit_fen", "credit_fen")),
        )
        for p in result["periods"]
    ]
    text = table(_HEAD, rows, left=2) if rows else "没有结过账 nothing was closed yet"
    if result["numbers"] is not None:
        text += f"\n积数 interest numbers: {result['numbers']}"
    emit(args, result, text)
    return 0 if result["ok"] else 1


async def _close(dsn: str, args: argparse.Namespace) -> dict[str, Any]:
    from fengshou.kernel import system

    async with reports(dsn) as found:
        closing, who, numbers = found.closing, system(args.bank), None
        if args.day:
            await closing.close_day(who, args.bank, args.day)
        elif args.month:
            await closing.close_month(who, args.bank, args.month)
        elif args.quarter:
            numbers = await found.interest.close_quarter(who, args.bank, args.quarter)
        changed = {(p.kind, p.first_on) for p in await closing.changed(args.bank)}
        periods = await closing.periods(args.bank, date.min)
    told = [
        {
            "kind": p.kind, "first_on": p.first_on, "last_on": p.last_on, "status": p.status,
            "position": p.position, "debit_fen": p.debit_fen, "credit_fen": p.credit_fen,
            "changed": (p.kind, p.first_on) in changed,
        }
        for p in periods
    ]  # fmt: skip
    return {"ok": not changed, "periods": told, "numbers": numbers}


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a month; write 2026-03") from None
