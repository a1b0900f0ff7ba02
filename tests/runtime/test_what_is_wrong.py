"""A start that cannot be says in one line what is wrong and what to do; a password is never in it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fengshou.runtime import standing
from fengshou.runtime.output import CommandError
from fengshou.runtime.standing import Plan, bind, quiet_logs, standing_house
from tests.support.postgres import dsn_of


@pytest.fixture
def own_logs() -> Iterator[None]:
    """Logging as it was, afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before, level


async def refusal(folder: Path) -> str:
    with pytest.raises(CommandError) as told:
        async with standing_house(Plan(folder, 0)):
            raise AssertionError("it opened")
    assert "\n" not in str(told.value)
    return str(told.value)


async def test_a_folder_that_cannot_be(tmp_path: Path, own_logs: None) -> None:
    file = tmp_path / "file"
    file.touch()

    for folder in (file, file / "data"):
        assert (await refusal(folder)).startswith(f"cannot use the data folder {folder} (")
        with pytest.raises(CommandError, match="name another with --data"):
            quiet_logs(folder)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "invalid DSN"),
        ("postgresql://ming:S3cret@127.0.0.1:1/bank", "Connect"),
        ("", "does not exist"),
    ],
)
async def test_a_database_that_cannot_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", address or dsn_of("no_such_database"))

    line = await refusal(tmp_path)

    assert line.startswith("the database of FENGSHOU_DATABASE_URL cannot be reached: ")
    assert said in line
    assert "S3cret" not in line


async def test_a_database_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", dsn)
    monkeypatch.setattr(standing, "_OLDEST", 99)

    assert (await refusal(tmp_path)).startswith(
        "PostgreSQL 99 or newer is needed, FENGSHOU_DATABASE_URL is of 1"
    )


def test_a_port_that_cannot_be() -> None:
    with pytest.raises(CommandError, match="there is no port 99999: choose one up to 65535"):
        bind(99_999)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} is taken .* choose another with --port"):
            bind(port)
    with pytest.raises(CommandError, match="is not to be had"):
        bind(0, "192.0.2.1")  # an address no machine has


async def test_a_second_bank_on_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", dsn)

    async with standing_house(Plan(tmp_path, 0, people=0)):
        line = await refusal(tmp_path)

    assert line.startswith(f"another bank runs on the data of {tmp_path}: stop it")


def test_libraries_log_to_the_file(tmp_path: Path, own_logs: None, capfd: pytest.CaptureFixture[str]) -> None:
    quiet_logs(tmp_path)
    logging.getLogger("asyncpg.pool").warning("cut off")

    assert "cut off" in (tmp_path / "bank.log").read_text()
    assert capfd.readouterr().err == ""
