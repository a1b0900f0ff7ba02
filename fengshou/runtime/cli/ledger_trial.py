"""`ledger trial`: the trial balance of one bank or of all at the end of a day."""

from __future__ import annotations

import argparse

from fengshou.runtime.cli.ledger_book import add_book, day
from fengshou.runtime.cli.ledger_general import show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which day of which bank."""
    parser.add_argument("--on", type=day, help="the day (default: today)")
    add_book(parser, bank="institution number (default: all, and the federation)")


def main(args: argparse.Namespace) -> int:
    """Print it; 1 when it does not balance, or accounts do not add up to their subject."""
    from fengshou.kernel import Clock

    on = args.on or Clock().today()
    return show(args, on, on, check=True)
