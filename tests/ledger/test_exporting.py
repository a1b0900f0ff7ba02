"""The journal as CSV and Parquet, row for row, sealed months included."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest

from fengshou.kernel import Clock, Money, new_id
from fengshou.ledger import Entry, Ledger, NewAccount, exchange, exporting, fx_positions, own_account
from fengshou.ledger.exporting import EXPORTED, NoParquet, export
from fengshou.ledger.row import COLUMNS
from fengshou.ledger.sealing import seal
from tests.ledger.test_sealing import old_book
from tests.support.book import XIAOSHAN, make_accounts


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
    assert table.column_names == [*COLUMNS, "currency"]
    for text, read, row in zip(told, table.to_pylist(), rows, strict=True):
        expected = dict(row) | {"event_at": row["event_at"] or row["posted_at"], "currency": "CNY"}
        assert text == {name: "" if expected[name] is None else str(expected[name]) for name in EXPORTED}
        ids = {
            name: str(expected[name]) for name in ("id", "refers", "evidence", "decision") if expected[name]
        }
        assert read == {name: expected[name] for name in EXPORTED} | ids
        assert isinstance(read["posted_at"], datetime)
    assert sorted(os.listdir(tmp_path)) == ["journal.csv", "journal.parquet"]


async def test_each_row_says_its_currency(
    ledger: Ledger, owner: asyncpg.Connection, clock: Clock, tmp_path: Path
) -> None:
    cash = own_account(XIAOSHAN, "1001", "USD")
    opens = (*fx_positions(XIAOSHAN, ("CNY", "USD")), NewAccount(cash, "1001", "USD", floor_fen=None))
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=10_00)
    pair = exchange(cash, ming, Money(2_00, "USD"), Money(14_25))
    await ledger.post(Entry(new_id(XIAOSHAN), pair, opens=opens))

    await export(owner, tmp_path / "one.csv", XIAOSHAN)

    with (tmp_path / "one.csv").open(newline="") as file:
        told = [(row["currency"], row["amount"]) for row in csv.DictReader(file)]
    assert told == [("CNY", "1000"), ("USD", "200"), ("CNY", "1425")]


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
