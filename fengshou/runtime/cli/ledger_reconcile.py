"""`ledger reconcile`: a partner's file against ours, row by row; what differs goes to a file or the screen."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fengshou.runtime.cli.ledger_book import yuan
from fengshou.runtime.output import CommandError, add_json, emit, step

if TYPE_CHECKING:
    from fengshou.ledger import Finding, Item

_WORDS = {
    "matched": "相符 matched",
    "missing_here": "我方没有 missing here",
    "missing_there": "对方没有 missing there",
    "different": "不一致 different",
}
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two CSV files with a header, in any order."""
    parser.add_argument("ours", type=Path, help="our file: key, amount (yuan, signed), date")
    parser.add_argument("theirs", type=Path, help="the partner's")
    parser.add_argument(
        "--columns", default="key,amount,date", help="what the partner calls key, amount and date"
    )
    parser.add_argument("--opposite", action="store_true", help="the partner's amounts are from his side")
    parser.add_argument("--out", type=Path, help="write what does not match to this CSV file")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Compare; 1 when anything differs."""
    from fengshou.ledger import Outcome

    names = args.columns.split(",")
    if len(names) != 3:
        raise CommandError("--columns takes three names: key,amount,date")
    columns = dict(zip(("key", "amount", "date"), names, strict=True))
    with step("comparing"), ExitStack() as stack:
        findings = _findings(stack, args, columns)
        total, shown = _walk(stack, args, findings)
    counts = {str(outcome): total.counts[outcome] for outcome in Outcome}
    result: dict[str, Any] = {
        "ok": total.clean, **counts, "ours_fen": total.ours_fen, "theirs_fen": total.theirs_fen
    }  # fmt: skip
    lines = [f"{_WORDS[name]:<30} {count:>12,}" for name, count in counts.items()]
    lines.append(f"ours {yuan(total.ours_fen)}   theirs {yuan(total.theirs_fen)}")
    emit(args, result, "\n".join([*lines, *shown]))
    return 0 if total.clean else 1


def _findings(stack: ExitStack, args: argparse.Namespace, columns: dict[str, str]) -> Iterator[Finding]:
    from fengshou.ledger import in_order, read_csv, reconcile

    ours, theirs = (
        stack.enter_context(path.open(newline="", encoding="utf-8-sig")) for path in (args.ours, args.theirs)
    )
    sign = -1 if args.opposite else 1
    return reconcile(in_order(read_csv(ours)), in_order(read_csv(theirs, columns, sign=sign)))


def _walk(stack: ExitStack, args: argparse.Namespace, findings: Iterator[Finding]) -> tuple[Any, list[str]]:
    """Count every finding; what does not match is written or, the first of it, shown."""
    from fengshou.ledger import Outcome, tally

    shown: list[str] = []
    out = csv.writer(stack.enter_context(args.out.open("w", newline=""))) if args.out else None
    if out:
        out.writerow(("outcome", "key", "our_fen", "our_date", "their_fen", "their_date", "reasons"))

    def told() -> Iterator[Finding]:
        for f in findings:
            if f.outcome is not Outcome.MATCHED:
                row = (str(f.outcome), f.key, *_side(f.ours), *_side(f.theirs), " ".join(f.reasons))
                if out:
                    out.writerow(row)
                elif len(shown) < _SHOWN:
                    shown.append("  ".join(map(str, row)))
            yield f

    return tally(told()), shown


def _side(item: Item | None) -> tuple[Any, Any]:
    return ("", "") if item is None else (item.fen, item.on)
