"""The journal as CSV and Parquet, row for row, sealed months included."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest

from fengshou.kernel import Clock
from fengshou.ledger import Ledger, exporting
from fengshou.ledger.exporting import NoParquet, export
from fengshou.ledger.row import COLUMNS
from fengshou.ledger.sealing import seal
from tests.ledger.test_sealing import old_book
from tests.support.book import XIAOSHAN


async def test_both_files_hold_every_row_before_and_after_sealing(
    ledger: Ledger, dsn: str, clock: Clock, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await old_book(ledger, clock)
    rows = await owner.fetch("SELECT * FROM ledger.journal ORDER BY institution_id, position")
    plain, packed = tmp_path / "journal.csv", tmp_path / "journal.parquet"

    assert await export(owner, plain) == len(rows)
    await seal(dsn, clock.now())
    assert await export(owner, packed) == len(rows)

    with plain.open(newline="") as file:
        told = list(csv.DictReader(file))
    table = import_module("pyarrow.parquet").read_table(packed)
    assert table.column_names == list(COLUMNS)
    for text, read, row in zip(told, table.to_pylist(), rows, strict=True):
        expected = dict(row) | {"event_at": row["event_at"] or row["posted_at"]}
        assert text == {name: "" if expected[name] is None else str(expected[name]) for name in COLUMNS}
        ids = {
            name: str(expected[name]) for name in ("id", "refers", "evidence", "decision") if expected[name]
        }
        assert read == {name: expected[name] for name in COLUMNS} | ids
        assert isinstance(read["posted_at"], datetime)
    assert sorted(os.listdir(tmp_path)) == ["journal.csv", "journal.parquet"]


async def test_one_bank_alone(
    ledger: Ledger, owner: asyncpg.Connection, clock: Clock, tmp_path: Path
) -> None:
    await old_book(ledger, clock)
    assert await export(owner, tmp_path / "one.csv", XIAOSHAN) == await ledger.position(XIAOSHAN)


async def test_without_the_extra_it_says_what_to_do(
    owner: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(exporting, "import_module", absent)
    with pytest.raises(NoParquet, match="parquet"):
        await export(owner, tmp_path / "x.parquet")
    assert os.listdir(tmp_path) == []
