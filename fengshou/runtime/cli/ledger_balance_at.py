"""`ledger balance-at`: what an account held at an instant, as posted, as it happened, or as it was known."""

from __future__ import annotations

import argparse
import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

from fengshou.runtime.cli.ledger_book import add_book, address, day, reports, yuan
from fengshou.runtime.output import CommandError, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which account, when."""
    parser.add_argument("account", help="the account's number of 19 digits")
    parser.add_argument("--at", help="a day (its end), or an instant with its zone (default: now)")
    parser.add_argument("--known-on", type=day, help="by event: what was known at the end of this day")
    add_book(parser)


def main(args: argparse.Namespace) -> int:
    """Print both balances."""
    with step("reading the account") as shown, address(args.data, shown) as dsn:
        result = asyncio.run(_read(dsn, args.account, args.at, args.known_on))
    text = (
        f"{result['account']} at {result['at']}\n"
        f"  入账 as posted       {yuan(result['posted_fen'])}\n"
        f"  起息 as it happened  {yuan(result['event_fen'])}"
    )
    emit(args, result, text)
    return 0


async def _read(dsn: str, number: str, at: str | None, known_on: date | None) -> dict[str, Any]:
    from fengshou.kernel import parse_account_number
    from fengshou.ledger import AccountRef

    ref = AccountRef(*parse_account_number(number))
    async with reports(dsn) as found:
        when = instant(at) if at else found.clock.now()
        return {
            "account": number,
            "at": when.isoformat(),
            "known_on": known_on,
            "posted_fen": await found.days.balance_at(ref, when),
            "event_fen": await found.days.event_balance(ref, when, known_on=known_on),
        }


def instant(text: str) -> datetime:
    """The end of a day, or an instant."""
    from fengshou.kernel import SHANGHAI

    try:
        if len(text) == len("2026-01-01"):
            dawn = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min, SHANGHAI)
            return dawn - timedelta(microseconds=1)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is not a day, nor an instant") from None
    if at.tzinfo is None:
        raise CommandError(f"{text} does not say its zone; write {text}+08:00")
    return at
