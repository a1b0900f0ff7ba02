"""The commands that read the book, on a small bank: what they print and what they answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fengshou.kernel import Clock, Database, Money, account_number, jobs, migrate, new_id
from fengshou.ledger import AccountRef, Entry, NewAccount, exchange, fx_positions, own_account
from fengshou.runtime import cli
from fengshou.runtime.bench.ground import temporary_cluster
from fengshou.runtime.cli.ledger_book import table, yuan
from tests.support.book import XIAOSHAN, make_accounts, open_ledger, pay


async def make_book(dsn: str) -> AccountRef:
    await migrate.migrate(dsn)
    await jobs.install(dsn)
    db = Database(dsn, Clock(), web_max=2)
    await db.open()
    ledger = await open_ledger(db, Clock())
    await ledger.load_chart([("2111", "个人活期存款", "Personal current deposits", "credit")])
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(pay(ming, he, 1_50))
    cash = own_account(XIAOSHAN, "1001", "USD")
    opens = (*fx_positions(XIAOSHAN, ("CNY", "USD")), NewAccount(cash, "1001", "USD", floor_fen=None))
    counter = exchange(cash, own_account(XIAOSHAN, "1001"), Money(2_00, "USD"), Money(14_25))
    await ledger.post(Entry(new_id(XIAOSHAN), counter, opens=opens))
    await ledger.stop()
    await db.close()
    return ming


@pytest.fixture(scope="module")
def book() -> Iterator[tuple[Path, AccountRef]]:
    """A data folder with a small book in it, and an account of it."""
    with temporary_cluster(lambda _: None) as cluster:
        yield cluster.folder, asyncio.run(make_book(cluster.dsn))


class Bank:
    """Types commands at the book."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *words: str) -> tuple[int, dict[str, Any]]:
        code = cli.main(["ledger", *words, "--data", str(self.folder), "--json"])
        told: dict[str, Any] = json.loads(self._capsys.readouterr().out.splitlines()[-1])
        return code, told

    def text(self, *words: str) -> str:
        assert cli.main(["ledger", *words, "--data", str(self.folder)]) == 0
        return self._capsys.readouterr().out


@pytest.fixture
def bank(
    book: tuple[Path, AccountRef], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Bank:
    """The commands, on that book."""
    monkeypatch.setattr(cli, "ensure", lambda _: None)
    return Bank(book[0], capsys)


def test_a_trial_balance_is_zero_and_names_its_subjects(bank: Bank) -> None:
    code, told = bank("trial")
    rows = {row["subject"]: row for row in told["banks"][str(XIAOSHAN)]}

    assert (code, told["ok"], told["trial_balance_fen"], told["problems"]) == (0, True, 0, [])
    assert (rows["2111"]["debit_fen"], rows["2111"]["credit_fen"], rows["2111"]["closing_fen"]) == (
        1_50,
        201_50,
        200_00,
    )
    assert rows["2111"]["name"] == {"zh": "个人活期存款", "en": "Personal current deposits"}
    text = bank.text("general", "--bank", str(XIAOSHAN))
    assert "2111 个人活期存款 Personal current deposits" in text
    assert "200.00" in text


def test_currencies_stand_apart(bank: Bank) -> None:
    code, told = bank("trial", "--bank", str(XIAOSHAN))
    rows = {(row["currency"], row["subject"]): row["closing_fen"] for row in told["banks"][str(XIAOSHAN)]}
    assert (code, told["trial_balance"], told["trial_balance_fen"]) == (0, {"CNY": 0, "USD": 0}, 0)
    assert (rows["USD", "1001"], rows["USD", "3002"], rows["CNY", "3002"]) == (-2_00, 2_00, -14_25)
    assert [row["currency"] for row in bank("general")[1]["federation"]].count("USD") == 2
    text = bank.text("general", "--bank", str(XIAOSHAN))
    yuan, dollars = text.split("  USD\n")
    assert "合计 total CNY" in yuan
    assert "合计 total USD" in dollars
    assert ("14.25" in yuan, "14.25" in dollars) == (True, False)


def test_a_balance_at_a_day(bank: Bank, book: tuple[Path, AccountRef]) -> None:
    number = account_number(*book[1])
    yesterday = (Clock().today() - timedelta(days=1)).isoformat()
    assert bank("balance-at", number)[1]["posted_fen"] == 98_50
    assert bank("balance-at", number, "--at", yesterday)[1]["event_fen"] == 0
    assert "98.50" in bank.text("balance-at", number)


def test_closing_a_day_shows_it(bank: Bank) -> None:
    yesterday = Clock().today() - timedelta(days=1)
    code, told = bank("close", "--bank", str(XIAOSHAN), "--day", yesterday.isoformat())
    assert (code, [p["status"] for p in told["periods"]]) == (0, ["closed"])
    assert (
        cli.main(["ledger", "close", "--bank", "109", "--day", str(yesterday), "--data", str(bank.folder)])
        == 1
    )


def test_anchors_are_set_exported_and_held_against_the_book(bank: Bank, tmp_path: Path) -> None:
    kept = tmp_path / "anchors.jsonl"
    code, told = bank("anchors", "--export", str(kept))
    assert (code, told["made"], told["anchors"]) == (0, 3, 3)
    assert bank("verify", "--since-anchor", "--against", str(kept))[1]["ok"]
    kept.write_text(kept.read_text().replace('"hash": "', '"hash": "ff'))
    code, told = bank("verify", "--against", str(kept))
    assert (code, len(told["problems"])) == (1, 3)


def test_nothing_is_sealed_that_is_young(bank: Bank) -> None:
    assert bank("seal") == (0, {"ok": True, "months": []})


def test_the_journal_goes_out_as_a_file(bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    rows = bank("export", str(file))[1]["rows"]
    assert rows == len(file.read_text().splitlines()) - 1 > 2


def test_history_goes_in_and_faults_are_listed(
    bank: Bank, book: tuple[Path, AccountRef], tmp_path: Path
) -> None:
    file = tmp_path / "old.csv"
    number = account_number(*book[1])
    head = "key,debit,credit,amount,happened_at\n"
    file.write_text(f"{head}a,1001,{number},1.00,2020-01-01\nb,1001,nobody,1.00,2020-01-01\n")
    code, told = bank("import", str(file), "--bank", str(XIAOSHAN))
    assert (code, [f["row"] for f in told["faults"]]) == (1, [3])
    file.write_text(f"{head}a,1001,{number},1.00,2020-01-01\n")
    assert bank("import", str(file), "--bank", str(XIAOSHAN))[1]["again"] is False
    assert bank("import", str(file), "--bank", str(XIAOSHAN))[1]["again"] is True
    assert bank("balance-at", number, "--at", "2020-01-01")[1]["event_fen"] == 1_00


def test_two_files_are_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "ensure", lambda _: None)
    ours, theirs, out = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "out.csv"
    ours.write_text("key,amount,date\nb,2.00,2026-01-01\na,1.00,2026-01-01\nc,3.00,2026-01-01\n")
    theirs.write_text("号,额,日\na,-1.00,2026-01-01\nb,-2.01,2026-01-01\nd,-4.00,2026-01-01\n")
    words = ["ledger", "reconcile", str(ours), str(theirs), "--columns", "号,额,日", "--opposite"]

    assert cli.main([*words, "--out", str(out), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [told[k] for k in ("matched", "missing_here", "missing_there", "different")] == [1, 1, 1, 1]
    assert [line.split(",")[0] for line in out.read_text().splitlines()[1:]] == [
        "different",
        "missing_there",
        "missing_here",
    ]


def test_a_file_that_cannot_be_read_is_not_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "ensure", lambda _: None)
    ours, theirs = tmp_path / "a.csv", tmp_path / "b.csv"
    ours.write_text("key,amount,date,currency\na,1.00,2026-01-01,USD\n")
    theirs.write_text("号,额,日\na,1.00,2026-01-01\nb,x,2026-01-01\n,1,2026-01-01\n", encoding="gb18030")
    words = ["ledger", "reconcile", str(ours), str(theirs), "--columns", "号,额,日"]

    assert cli.main(words) == 1
    assert "--encoding" in capsys.readouterr().err
    assert cli.main([*words, "--encoding", "gb18030", "--json"]) == 1
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert [(f["row"], f["file"]) for f in faults] == [(3, str(theirs)), (4, str(theirs))]
    assert "第 3 行" in faults[0]["zh"]
    theirs.write_text("号,额,日\na,1.00,2026-01-01\n")
    assert cli.main([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["different"], told["sums"]) == (1, {"CNY": [0, 1_00], "USD": [1_00, 0]})
    assert cli.main([*words[:3]]) == 1
    assert "--account" in capsys.readouterr().err


def test_our_journal_is_compared_with_a_partners_file(
    bank: Bank, book: tuple[Path, AccountRef], tmp_path: Path
) -> None:
    out, today = tmp_path / "out.csv", Clock().today().isoformat()
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(f"key,amount,date\nx,9.00,{today}\ny,1.00,2020-01-01\n")
    words = ["--account", account_number(*book[1]), "--since", today, "--until", today, "--out", str(out)]
    code, told = bank("reconcile", str(theirs), *words)

    assert (code, told["missing_there"], told["missing_here"]) == (1, 2, 1)  # paid in, paid out; and theirs
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    ours = sorted((row[2], row[1]) for row in rows if row[0] == "missing_there")
    assert [fen for fen, _ in ours] == ["-150", "10000"]
    assert {row[-1] for row in rows} == {"border"}
    theirs.write_text(f"key,amount,date\n{ours[0][1]},-1.50,{today}\n{ours[1][1]},100.00,{today}\n")
    assert bank("reconcile", str(theirs), *words)[1]["matched"] == 2


def test_tables_stand_straight_in_both_scripts() -> None:
    told = table(("科目", "x"), [("ab", "1"), ("一二三", "22")])
    assert told.splitlines() == ["科目     x", "ab       1", "一二三  22"]
    assert (yuan(-1234567), yuan(5)) == ("-12,345.67", "0.05")
