"""From a typed word to a command: the registry, the errors, and what a user sees of both."""

import argparse
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from fengshou.kernel import BankError, Kind
from fengshou.runtime import cli
from fengshou.runtime.output import CommandError, add_json, emit

ROOT = Path(__file__).resolve().parents[3]
PROMISED = (
    "run test check demo crawl clock lock;db backup;db restore;db reset;db upgrade;bench ledger;bench app;"
    "bench pages;bench services;bench till;bench risk;drill ledger;drill failover;"
    "ledger verify;catalog count;catalog check;catalog sweep;"
    "pages share;risk replay;risk overlap;risk simulate"
)


class TillIsShut(BankError):
    """Made up for this test."""

    code = "TEST.TILL_IS_SHUT"
    kind = Kind.REFUSED
    zh = "{teller} 号窗口已关闭"
    en = "Till {teller} is shut"


def make_command(monkeypatch: pytest.MonkeyPatch, outcome: int | Exception) -> None:
    """A command `probe` that ends with `outcome`."""
    module = types.ModuleType("probe_command")

    def main(args: argparse.Namespace) -> int:
        if isinstance(outcome, Exception):
            raise outcome
        emit(args, {"ok": True, "name": "丰收"}, "well")
        return outcome

    module.__dict__.update(add_arguments=add_json, main=main)
    monkeypatch.setitem(sys.modules, "probe_command", module)
    monkeypatch.setitem(cli.COMMANDS, "probe", cli.CommandSpec("a probe", "probe_command"))
    monkeypatch.setattr(cli, "ensure", lambda names: None)


def test_every_promised_command_is_known() -> None:
    first, *pairs = PROMISED.split(";")

    assert {*first.split(), *pairs} <= set(cli.COMMANDS)


def test_listing_imports_nothing_but_the_standard_library() -> None:
    code = "import sys; import fengshou.runtime.cli as c; c.main([]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],  # -S: no site-packages at all
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "catalog sweep" in done.stdout
    assert "fengshou.kernel" not in done.stderr.split()


def test_json_is_one_line_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_command(monkeypatch, 0)

    assert cli.main(["probe", "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"ok": True, "name": "丰收"}
    ]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (CommandError("the disk is full"), "bank: the disk is full"),
        (TillIsShut(teller=7), "bank: TEST.TILL_IS_SHUT: Till 7 is shut"),
        (ValueError("odd\nthing"), "bank: ValueError: odd thing (FENGSHOU_TRACEBACK=1 shows where)"),
    ],
)
def test_an_error_is_one_clear_line(
    error: Exception, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FENGSHOU_TRACEBACK", raising=False)
    make_command(monkeypatch, error)

    assert cli.main(["probe"]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", line + "\n")


def test_a_commands_exit_code_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    make_command(monkeypatch, 3)

    assert cli.main(["probe"]) == 3


def test_unknown_words_are_told_apart_from_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench"]) == 2
    assert "bench ledger" in capsys.readouterr().err
    assert cli.main(["benhc"]) == 2
    assert capsys.readouterr().err.startswith("bank: there is no command 'benhc'")


def test_a_command_of_a_later_version_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_command(monkeypatch, 0)
    monkeypatch.setitem(cli.COMMANDS, "later", cli.CommandSpec("x", "fengshou.runtime.cli.not_there"))

    assert cli.main(["later"]) == 1
    assert capsys.readouterr().err == "bank: `later` comes in a later version\n"


def test_the_script_works_through_a_link_from_anywhere(tmp_path: Path) -> None:
    link = tmp_path / "a link"
    link.symlink_to(ROOT / "bank")
    done = subprocess.run([link], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "./bank ledger verify" in done.stdout


def test_the_script_says_what_to_install_where_python_is_missing(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/sh", ROOT / "bank", "run"],
        env={"PATH": str(tmp_path), "FENGSHOU_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "bank: Python 3.11 or newer is needed: e.g. `apt install python3 python3-venv`\n"
    assert not (tmp_path / "venv").exists()
