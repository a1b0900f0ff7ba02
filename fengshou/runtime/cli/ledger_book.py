"""What the commands of the ledger share: finding the book, the names of its subjects, tables in two scripts."""

from __future__ import annotations

import argparse
import os
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from fengshou.runtime.output import CommandError, Step, add_json
from fengshou.runtime.places import checkout

if TYPE_CHECKING:
    from fengshou.kernel import Database
    from fengshou.ledger import Reports

# Where a data folder may keep its cluster: it is one itself, or has it inside.
_BAR = 20
_INSIDE = ("", "database", "postgres")


def add_book(parser: argparse.ArgumentParser, *, bank: str = "") -> None:
    """`--data`, `--json`, and with `bank` its help text for `--bank`."""
    parser.add_argument(
        "--data", type=Path, help="the data folder (default: FENGSHOU_DATABASE_URL, else ./data)"
    )
    if bank:
        parser.add_argument("--bank", type=int, help=bank)
    add_json(parser)


@contextmanager
def address(data: Path | None, shown: Step) -> Iterator[str]:
    """The DSN of the book; a database that was not running is started, and stopped again."""
    from fengshou.runtime.postgres import Cluster

    if data is None and (url := os.environ.get("FENGSHOU_DATABASE_URL")):
        yield url
        return
    folder = data or (checkout() or Path.cwd()) / "data"
    clusters = (Cluster(folder / name) for name in _INSIDE)
    cluster = next((c for c in clusters if c.status().state != "absent"), None)
    if cluster is None:
        raise CommandError(f"there is no database in {folder}; name its folder with --data")
    dsn = cluster.start(shown.say)
    try:
        yield dsn
    finally:
        cluster.stop(shown.say)


@asynccontextmanager
async def database(dsn: str) -> AsyncIterator[Database]:
    """The pools of the book, by the wall's clock."""
    from fengshou.kernel import Clock, Database

    db = Database(dsn, Clock())
    await db.open()
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def reports(dsn: str) -> AsyncIterator[Reports]:
    """The reports of the book, beside a running bank or without one."""
    from fengshou.kernel import Clock
    from fengshou.ledger import Reports

    async with database(dsn) as db:
        yield Reports(db, Clock())


def rows_of(shown: Step) -> Callable[[int, int], None]:
    """Shows how many rows of a book are read, of how many, and how fast."""
    began = monotonic()

    def show(rows: int, of: int) -> None:
        part = min(rows / of, 1.0) if of else 1.0
        bar = "▓" * round(part * _BAR) + "░" * (_BAR - round(part * _BAR))
        shown.say(
            f"{bar} {part:4.0%}  {rows:,} of {of:,} rows  {rows / max(monotonic() - began, 0.001):,.0f}/s"
        )

    return show


def day(text: str) -> date:
    """An argument that is a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a day; write 2026-03-31") from None


def yuan(fen: int) -> str:
    """1234567 as 12,345.67."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Rows under a head, numbers to the right; a Chinese character is as wide as two others."""
    widths = [max(map(_width, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, *rows):
        cells = []
        for n, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(cell + space if n < left else space + cell)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
