"""`db backup`, `reset`, `restore`, `upgrade`: a bank goes and comes back, with its sealed fields."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fengshou.kernel import VaultTampered
from fengshou.runtime import cli, standing

_ON_ITS_WAY = "SELECT count(*) FROM payments.orders WHERE state IN ('sent', 'unknown')"


@dataclass(frozen=True)
class Seen:
    """What of a bank must be the same after its journey through a file."""

    balances: dict[tuple[int, str], int]
    names: list[str]


async def look(data_dir: Path) -> Seen:
    """Open the bank of a data folder (a small demo one when there is none), read its book and sealed names."""
    async with standing.standing_house(standing.Plan(data_dir, 8000, people=5)) as house:
        async with house.db.pool("relay").acquire() as db, asyncio.timeout(60):
            # The demo's errands of today are still on their way to the rail when the doors open.
            while await db.fetchval(_ON_ITS_WAY):  # noqa: ASYNC110 - what is waited for is in the database
                await asyncio.sleep(0.1)
            rows = await db.fetch(
                "SELECT institution_id, id FROM party.customer WHERE name_sealed IS NOT NULL ORDER BY id"
            )
        names = []
        for row in rows:
            async with house.db.read(row["institution_id"]) as work:
                names.append((await house.party.customer(work, row["id"])).name or "")
        book = await house.ledger.trial_balance()
    return Seen({(bank, r.subject): r.closing_fen for bank, rows in book.items() for r in rows}, names)


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of a data folder is meant, and its own key."""
    monkeypatch.delenv("FENGSHOU_DATABASE_URL", raising=False)
    monkeypatch.delenv("FENGSHOU_MASTER_KEY", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder the database's own user may enter; what still runs in it is stopped."""
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(0o755)
    yield tmp_path
    for data in tmp_path.glob("*/postgres"):
        standing.cluster_of(data.parent).stop(even_if_used=True)


def bank(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    """The JSON line of a command that succeeds."""
    capsys.readouterr()
    assert bank(*words, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """The one line of a command that does not."""
    capsys.readouterr()
    assert bank(*words) == 1
    # A step that took long on a busy machine tells of itself; that is no error's line.
    lines = [x for x in capsys.readouterr().err.splitlines() if not x.startswith(("…", "✓", "✗"))]
    assert len(lines) == 1, lines
    return lines[0]


def test_a_bank_goes_and_comes_back(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    data, file, key = folder / "data", folder / "bank.zip", folder / "key"
    before = asyncio.run(look(data))
    assert len(before.names) >= 5
    assert sum(abs(fen) for fen in before.balances.values()) > 0

    saved = told(capsys, "db", "backup", file, "--data", data)
    assert saved["key_not_in_it"] == str(data / "keys" / "master")
    assert saved["bytes"] == file.stat().st_size
    assert "exists already" in refused(capsys, "db", "backup", file, "--data", data)
    assert (data / "keys" / "master").read_text() not in file.read_bytes().decode("latin-1")
    shutil.copy(data / "keys" / "master", key)

    assert "say --yes if you mean it" in refused(capsys, "db", "reset", "--data", data)
    assert "holds a database already" in refused(capsys, "db", "restore", file, "--data", data)
    assert told(capsys, "db", "upgrade", "--data", data)["old_data"] is None
    told(capsys, "db", "reset", "--yes", "--data", data)
    left = sorted(p.name for p in data.iterdir())
    assert left == ["postgres"]
    assert not list((data / "postgres").glob("data*"))

    assert told(capsys, "db", "restore", file, "--data", data)["has_key"] is False
    (data / "keys").mkdir()
    shutil.copy(key, data / "keys" / "master")
    assert asyncio.run(look(data)) == before

    # With another key the book is whole and the names stay shut.
    (data / "keys" / "master").write_text("00" * 32)
    with pytest.raises(VaultTampered):
        asyncio.run(look(data))


def test_where_there_is_no_bank_one_line_says_so(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for words in (("backup", folder / "x.zip"), ("reset", "--yes"), ("upgrade",)):
        said = refused(capsys, "db", *words, "--data", folder / "none")
        assert said == f"bank: there is no bank in {folder / 'none'}; name its folder with --data"
    said = refused(capsys, "db", "restore", folder / "x.zip", "--data", folder / "none")

    assert said == f"bank: There is no backup {folder / 'x.zip'}: name one made by `fengshou db backup`."


def test_a_database_of_its_own_server_is_not_touched(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", "postgresql://elsewhere/bank")

    assert "use that server's own tools" in refused(capsys, "db", "reset", "--yes", "--data", folder)
