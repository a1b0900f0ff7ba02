"""`catalog check` and `pages share`: content is read as it stands, and faults are counted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fengshou.channels.app import OPS
from fengshou.pages import load
from fengshou.runtime import cli
from fengshou.runtime.cli.pages_share import counted
from fengshou.runtime.places import content_folder


def test_our_content_is_sound_and_a_fault_in_it_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["catalog", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "problems": []}

    copy = Path(shutil.copytree(content_folder(), tmp_path / "content"))
    mule = copy / "rules" / "mule.yaml"
    mule.write_text(mule.read_text("utf-8").replace("action: deny", "action: shout", 1), "utf-8")

    assert cli.main(["catalog", "check", "--content", str(copy)]) == 1
    problem, count = capsys.readouterr().out.splitlines()
    assert problem.startswith("rules/mule.yaml:")
    assert "shout" in problem
    assert count == "1 problem"


def test_every_function_is_defined_on_the_server_or_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pages", "share", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["functions"] > told["pages"] >= 30
    assert told["functions"] >= 100
    assert told["operations"] == len(OPS.all)
    assert told["share"] >= 0.95
    own = {entry["id"]: entry["reason"] for entry in told["own_questions"]}
    assert own.keys() == {"op keypad.key", "op pages.cohort", "op pages.report", "op session.me"}
    every = told["functions"] + len(own)
    assert told["share_with_own_questions"] == round(told["server_defined"] / every, 4)
    assert told["server_defined"] + len(told["client_code"]) == told["functions"]
    assert told["share"] == round(told["server_defined"] / told["functions"], 4)
    reasons = {entry["id"]: entry["reason"] for entry in told["client_code"]}
    assert reasons["page add-passkey: host passkey.create"] == "the browser makes a passkey for scripts only"
    assert reasons["page prove: host passkey.get"] == "the browser shows a passkey to scripts only"
    assert not any(id_.startswith("op stepup.") for id_ in reasons)
    assert "op transfer.submit" not in reasons


def test_an_operation_that_no_page_names_is_not_counted_as_defined() -> None:
    pages = list(load(content_folder() / "pages" / "app").sources.values())

    defined, code = counted(pages, {"transfer.submit", "made.up"})
    assert "page transfer: transfer.submit" in defined
    assert code["op made.up"] == "no page names it yet"
    assert counted([], {"transfer.submit"}) == (set(), {"op transfer.submit": "no page names it yet"})
