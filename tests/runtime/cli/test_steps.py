"""The steps of `check` and `test`: one line each, details only of what failed."""

import argparse
import sys
from pathlib import Path

import pytest

from fengshou.runtime.cli import steps, test


def command(name: str, code: str, folder: Path) -> steps.Command:
    return steps.Command(name, (sys.executable, "-c", code), folder, {"COLOUR": "green"})


def test_a_step_is_one_line_and_a_failed_one_shows_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = steps.run_all(
        [
            command("quiet", "print('nobody wants this')", tmp_path),
            command(
                "loud", "import os; print('broken', os.environ['COLOUR']); raise SystemExit(4)", tmp_path
            ),
            command("last", "", tmp_path),
        ]
    )

    lines = capsys.readouterr().out.splitlines()
    assert failed == ["loud"]
    assert [line.split()[:2] for line in lines] == [
        ["✓", "quiet"],
        ["✗", "loud"],
        ["broken", "green"],
        ["✓", "last"],
    ]


def test_a_long_complaint_is_shown_from_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps.run_all([command("long", "print(*range(500), sep='\\n'); raise SystemExit(1)", tmp_path)])

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["    (420 lines before)", "    420"]
    assert lines[-1] == "    499"


@pytest.mark.parametrize(
    ("checks", "pytest_code", "code"), [([], 0, 0), (["lint"], 0, 1), ([], 2, 2), (["x"], 5, 5)]
)
def test_the_exit_code_tells_of_checks_and_of_pytest(
    checks: list[str], pytest_code: int, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(test, "_before_pytest", lambda: checks)
    make_pytest(tmp_path, monkeypatch, pytest_code)

    assert test.main(argparse.Namespace(arguments=[])) == code


def test_with_arguments_only_pytest_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test, "_before_pytest", lambda: pytest.fail("checks were run"))
    make_pytest(tmp_path, monkeypatch, 0)

    assert test.main(argparse.Namespace(arguments=["tests/ledger", "-k", "two words"])) == 0
    assert (tmp_path / "calls").read_text() == "-m,pytest,tests/ledger,-k,two words,\n"


def make_pytest(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    python = folder / "python"
    python.write_text(
        f'#!/bin/sh\nfor word; do printf "%s," "$word"; done >{folder}/calls\n'
        f"echo >>{folder}/calls\nexit {code}\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
