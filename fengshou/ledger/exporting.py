"""The journal as a file for others: CSV with nothing more than we have, Parquet with the extra `parquet`.

Rows come out bank by bank in order of position, from partitions and sealed months alike, in one consistent
snapshot. Amounts are whole hundredths of the row's currency, instants UTC. Account numbers are the ledger's; no
name is in it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from fengshou.kernel import Connection
from fengshou.ledger import everything, store_general, store_proof
from fengshou.ledger.row import COLUMNS
from fengshou.ledger.sealed import Row

_INTEGERS = {"institution_id": "int16", "kind": "int8", "code": "int32"}
_IDS = ("id", "refers", "evidence", "decision")
_INSTANTS = ("event_at", "posted_at")
EXPORTED = (*COLUMNS, "currency")
_GROUP = 50_000  # rows in a Parquet row group


class NoParquet(Exception):
    """The library that writes Parquet is not installed."""


async def export(
    db: Connection, path: Path, bank: int | None = None, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Write the journal of `bank` (or of all) to `path`, .parquet or .csv; returns the number of rows.

    The file appears whole or not at all. Raises `NoParquet`.
    """
    part = path.with_name(path.name + ".part")
    writer: _Csv | _Parquet = _Parquet(part) if path.suffix == ".parquet" else _Csv(part)
    rows = 0
    with ExitStack() as stack:
        stack.callback(part.unlink, missing_ok=True)
        stack.callback(writer.close)
        async with db.transaction(isolation="repeatable_read", readonly=True):
            for number in [bank] if bank is not None else await store_proof.banks(db):
                others = await store_general.other_currencies(db, number)
                async for page in everything.journal(db, number):
                    writer.write([dict(r) | {"currency": others.get(r["debit"], "CNY")} for r in page])
                    rows += len(page)
                    progress(rows)
        writer.close()
        part.replace(path)
    return rows


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(EXPORTED)

    def write(self, rows: Iterable[Row]) -> None:
        for r in rows:
            self._writer.writerow([_told(r, name) for name in EXPORTED])

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        try:
            # Imported by name: it is an extra, 165 MB on disk, and the bank runs without it.
            self._arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ModuleNotFoundError:
            raise NoParquet("Parquet needs the extra: pip install 'fengshou[parquet]'") from None
        self._schema = self._arrow.schema([(name, self._type(name)) for name in EXPORTED])
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def write(self, rows: Iterable[Row]) -> None:
        self._rows += rows
        if len(self._rows) >= _GROUP:
            self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = {name: [_told(r, name) for r in self._rows] for name in EXPORTED}
        self._writer.write_table(self._arrow.table(columns, schema=self._schema))
        self._rows = []

    def _type(self, name: str) -> Any:
        if name in _IDS or name in ("mandate", "currency"):
            return self._arrow.string()
        if name in _INSTANTS:
            return self._arrow.timestamp("us", tz="UTC")
        return getattr(self._arrow, _INTEGERS.get(name, "int64"))()


def _told(r: Row, name: str) -> Any:
    """A value as others read it: an event's time is always there, an id is text."""
    value = r[name]
    if name == "event_at":
        return value or r["posted_at"]
    return str(value) if name in _IDS and value is not None else value
