"""`ledger reconcile`: a partner's file against our journal or a file of ours; what differs is shown or written."""

from __future__ import annotations

import argparse
import asyncio
import csv
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fengshou.runtime.cli.ledger_book import add_book, address, day, reports, yuan
from fengshou.runtime.cli.ledger_general import by_yuan
from fengshou.runtime.output import CommandError, Step, emit, step

if TYPE_CHECKING:
    from fengshou.ledger import Finding, Item, RowProblem

_WORDS = {
    "matched": "相符 matched",
    "missing_here": "我方没有 missing here",
    "missing_there": "对方没有 missing there",
    "different": "不一致 different",
}
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two CSV files with a header, in any order; or an account of ours and the partner's file."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE",
        help="ours (key, amount, date and perhaps currency) and the partner's; with --account the partner's alone",
    )  # fmt: skip
    parser.add_argument(
        "--account",
        metavar="NUMBER",
        help="our side is the journal of this account: 19 digits, or BANK:SUBJECT",
    )
    parser.add_argument("--since", type=day, help="first day compared (with --account)")
    parser.add_argument("--until", type=day, help="last day compared (with --account)")
    parser.add_argument(
        "--columns", default="key,amount,date",
        help="what the partner calls key, amount, date and, if it has one, currency (default key,amount,date)",
    )  # fmt: skip
    parser.add_argument("--opposite", action="store_true", help="the partner's amounts are from his side")
    parser.add_argument("--encoding", default="utf-8-sig", help="of the files (default UTF-8; often gb18030)")
    parser.add_argument("--out", type=Path, help="write what does not match to this CSV file")
    add_book(parser)


def main(args: argparse.Namespace) -> int:
    """Compare; 1 when anything differs, or a row of a file cannot be read: then nothing is compared."""
    from fengshou.ledger import Outcome

    columns = _columns(args)
    with step("comparing") as shown, ExitStack() as stack:
        found = _findings(stack, args, columns, shown)
        if isinstance(found, list):
            return _unreadable(args, found)
        total, lines_shown = _walk(stack, args, found)
    counts = {str(outcome): total.counts[outcome] for outcome in Outcome}
    sums = {c: [total.ours[c], total.theirs[c]] for c in by_yuan({*total.ours, *total.theirs})}
    yuan_sums = sums.get("CNY", [0, 0])
    result: dict[str, Any] = {
        "ok": total.clean, **counts, "ours_fen": yuan_sums[0], "theirs_fen": yuan_sums[1], "sums": sums
    }  # fmt: skip
    lines = [f"{_WORDS[name]:<30} {count:>12,}" for name, count in counts.items()]
    lines += [f"{c}  ours {yuan(ours)}   theirs {yuan(theirs)}" for c, (ours, theirs) in sums.items()]
    emit(args, result, "\n".join([*lines, *lines_shown]))
    return 0 if total.clean else 1


def _columns(args: argparse.Namespace) -> dict[str, str]:
    names = args.columns.split(",")
    if len(names) not in (3, 4) or not all(names):
        raise CommandError("--columns takes three or four names: key,amount,date or key,amount,date,currency")
    if len(args.files) != (1 if args.account else 2):
        raise CommandError("name our file and the partner's, or --account and the partner's alone")
    if args.account and not (args.since and args.until and args.since <= args.until):
        raise CommandError("with --account say which days: --since and --until")
    return dict(zip(("key", "amount", "date", "currency"), names, strict=False))


def _findings(
    stack: ExitStack, args: argparse.Namespace, columns: dict[str, str], shown: Step
) -> Iterator[Finding] | list[tuple[Path, RowProblem]]:
    """What the comparison finds, or the rows of the files that cannot be read."""
    from fengshou.ledger import in_order, reconcile

    faults: list[tuple[Path, RowProblem]] = []

    def read(path: Path, named: dict[str, str], sign: int) -> Iterator[Item]:
        wrong: list[RowProblem] = []
        try:
            items = in_order(_rows(stack, args, path, named, sign, wrong))
        except UnicodeDecodeError:
            raise CommandError(f"{path} is not {args.encoding}; name its --encoding, often gb18030") from None
        faults.extend((path, one) for one in wrong)
        return items

    theirs = read(args.files[-1], columns, -1 if args.opposite else 1)
    if args.account:
        ours = in_order(_ours(args, shown))
        border: tuple[date, ...] = (args.since, args.until)
    else:
        ours, border = read(args.files[0], {}, 1), ()
    return faults or reconcile(ours, theirs, border)


def _rows(
    stack: ExitStack, args: argparse.Namespace, path: Path, named: dict[str, str], sign: int,
    faults: list[RowProblem],
) -> Iterator[Item]:  # fmt: skip
    """A file's rows; of the partner's those of the days asked about."""
    from fengshou.ledger import HeaderProblem, read_csv

    file = stack.enter_context(path.open(newline="", encoding=args.encoding))
    if not named and _has_currency(file):
        named = {"currency": "currency"}
    try:
        for item in read_csv(file, named, sign=sign, faults=faults):
            if not args.account or args.since <= item.on <= args.until:
                yield item
    except HeaderProblem as problem:
        raise CommandError(f"{path}: {problem.messages['zh']} {problem.messages['en']}") from None


def _has_currency(file: TextIO) -> bool:
    """Whether our own file says currencies; it may, and need not."""
    head = next(csv.reader([file.readline()]), [])
    file.seek(0)
    return "currency" in head


def _ours(args: argparse.Namespace, shown: Step) -> list[Item]:
    """Our side, from the journal."""
    with address(args.data, shown) as dsn:
        return asyncio.run(_read_journal(dsn, args))


async def _read_journal(dsn: str, args: argparse.Namespace) -> list[Item]:
    from fengshou.kernel import parse_account_number
    from fengshou.ledger import AccountRef, journal_items, own_account

    bank, colon, subject = args.account.partition(":")
    if colon and not (bank.isdecimal() and subject.isdecimal()):
        raise CommandError(f"{args.account} is no account: write its 19 digits, or 109:1011")
    ref = own_account(int(bank), subject) if colon else AccountRef(*parse_account_number(args.account))
    async with reports(dsn) as found:
        return [item async for item in journal_items(found, ref, args.since, args.until)]


def _unreadable(args: argparse.Namespace, faults: list[tuple[Path, RowProblem]]) -> int:
    told = [
        {"file": str(path), "row": f.facts["row"], "zh": f.messages["zh"], "en": f.messages["en"]}
        for path, f in faults
    ]
    lines = [f"{one['file']}  {one['zh']}  {one['en']}" for one in told[:_SHOWN]]
    if len(told) > _SHOWN:
        lines.append(f"… {len(told) - _SHOWN} more")
    emit(args, {"ok": False, "faults": told}, "\n".join(["没有比对 nothing was compared", *lines]))
    return 1


def _walk(stack: ExitStack, args: argparse.Namespace, findings: Iterator[Finding]) -> tuple[Any, list[str]]:
    """Count every finding; what does not match is written or, the first of it, shown."""
    from fengshou.ledger import Outcome, tally

    shown: list[str] = []
    out = csv.writer(stack.enter_context(args.out.open("w", newline=""))) if args.out else None
    if out:
        sides = [f"{whose}_{what}" for whose in ("our", "their") for what in ("fen", "date", "currency")]
        out.writerow(("outcome", "key", *sides, "reasons"))

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


def _side(item: Item | None) -> tuple[Any, Any, str]:
    return ("", "", "") if item is None else (item.fen, item.on, item.currency)
