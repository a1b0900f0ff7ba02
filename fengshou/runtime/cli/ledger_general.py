"""`ledger general`: the general ledger by subject of one bank or of all, for some days."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from fengshou.runtime.cli.ledger_book import add_book, address, day, reports, table, yuan
from fengshou.runtime.output import emit, step

if TYPE_CHECKING:
    from fengshou.ledger import GeneralLedger, GeneralRow

_HEAD = ("科目 subject", "期初 opening", "借方 debit", "贷方 credit", "期末 closing")
Names = dict[str, tuple[str, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which days of which bank."""
    parser.add_argument("--since", type=day, help="first day (default: the first of this month)")
    parser.add_argument("--until", type=day, help="last day (default: today)")
    parser.add_argument(
        "--check", action="store_true", help="compare it with the balances of the accounts too"
    )
    add_book(parser, bank="institution number (default: all, and the federation)")


def main(args: argparse.Namespace) -> int:
    """Print it; 1 when it does not balance."""
    return show(args, args.since, args.until, check=args.check)


def show(args: argparse.Namespace, since: date | None, until: date | None, *, check: bool) -> int:
    """Read and print the ledger of some days; 1 when anything does not agree."""
    with step("adding up the journal") as shown, address(args.data, shown) as dsn:
        book, names, problems = asyncio.run(_read(dsn, args.bank, since, until, check=check))
    federation = book.federation() if args.bank is None else []
    result: dict[str, Any] = {
        "ok": not problems,
        "since": book.since,
        "until": book.until,
        "positions": book.positions,
        "banks": {bank: [_json(r, names) for r in rows] for bank, rows in book.banks.items()},
        "federation": [_json(r, names) for r in federation],
        "trial_balance": (apart := _apart(book)),
        "trial_balance_fen": sum(apart.values()),
        "problems": problems,
    }
    parts = [_text(f"{args.bank}", book, book.banks.get(args.bank, []), names)] if args.bank else []
    if args.bank is None:
        parts = [_text(str(bank), book, rows, names) for bank, rows in book.banks.items()]
        parts.append(_text("全省 federation", book, federation, names))
    emit(args, result, "\n\n".join([*parts, *problems]))
    return 0 if not problems else 1


async def _read(
    dsn: str, bank: int | None, since: date | None, until: date | None, *, check: bool
) -> tuple[GeneralLedger, Names, list[str]]:
    async with reports(dsn) as found:
        last = until or found.clock.today()
        book = await found.general.ledger(bank, since or last.replace(day=1), last)
        problems = book.unbalanced()
        for number in book.banks if check else ():
            problems += [
                f"bank {d.bank} {d.subject} {d.currency}: the general ledger has {yuan(d.general_fen)},"
                f" the accounts {yuan(d.accounts_fen)}"
                for d in await found.general.differences(number)
            ]
        return book, await found.general.names(), problems


def _json(row: GeneralRow, names: Names) -> dict[str, Any]:
    zh, en = names.get(row.subject, ("", ""))
    return asdict(row) | {"name": {"zh": zh, "en": en}}


def _text(name: str, book: GeneralLedger, rows: list[GeneralRow], names: Names) -> str:
    """A table for each currency, the yuan first: currencies are never added up."""
    days = f"{book.since}" if book.since == book.until else f"{book.since} – {book.until}"
    parts = []
    for currency in by_yuan({r.currency for r in rows}) or ["CNY"]:
        own = [r for r in rows if r.currency == currency]
        lines = [(" ".join((r.subject, *names.get(r.subject, ("", "")))), *map(yuan, _money(r))) for r in own]
        sums = [sum(column) for column in zip(*map(_money, own), strict=True)] or [0] * 4
        lines.append((f"合计 total {currency}", *map(yuan, sums)))
        parts.append(f"{name}  {days}  {currency}\n{table(_HEAD, lines)}")
    return "\n\n".join(parts)


def by_yuan(currencies: Iterable[str]) -> list[str]:
    """Currencies in their order, the yuan first."""
    return sorted(currencies, key=lambda currency: (currency != "CNY", currency))


def _money(r: GeneralRow) -> tuple[int, int, int, int]:
    return (r.opening_fen, r.debit_fen, r.credit_fen, r.closing_fen)


def _apart(book: GeneralLedger) -> dict[str, int]:
    """By how much each currency's balances miss zero, every bank's miss counted."""
    missed: dict[str, int] = {}
    for rows in book.banks.values():
        for currency in {r.currency for r in rows}:
            fen = sum(r.closing_fen for r in rows if r.currency == currency)
            missed[currency] = missed.get(currency, 0) + abs(fen)
    return {currency: missed[currency] for currency in by_yuan(missed)}
