"""The crash drill, short: every kind of fault once, and an auditor that notices."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from fengshou.runtime.cli import drill_ledger
from fengshou.runtime.drill.audit import Audit, Tally
from fengshou.runtime.drill.diary import ACKED, FOUND, REFUSED, TRIED, Diary, Pen
from fengshou.runtime.drill.ledger import FAULTS
from fengshou.runtime.drill.wishes import Wish, Wisher, read


@pytest.mark.kill
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(capsys: pytest.CaptureFixture[str]) -> None:
    args = argparse.Namespace(faults=20, simulate=0, seed=7, json=True)

    code = drill_ledger.main(args)

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["problems"] == []
    assert (told["lost"], told["doubled"], told["trial_balance_fen"]) == (0, 0, 0)
    assert told["faults"] == 20 >= 2 * len(FAULTS)
    assert told["tried"] == told["acked"] + told["refused"]
    assert told["refused"] > 0
    assert told["commit_unknown_seen"] > 0  # the batch whose answer was cut off, if no other
    assert code == 0


def make_diary(folder: Path) -> tuple[Diary, Wish]:
    diary, wish = Diary(folder / "diary"), Wisher(1).draw()
    pen = Pen(diary.path)
    pen.note(TRIED, wish.line())
    return diary, wish


def test_the_auditor_counts_what_is_lost_doubled_or_moved_by_a_refusal(tmp_path: Path) -> None:
    diary, wish = make_diary(tmp_path)
    Pen(diary.path).note(ACKED, wish.id)
    diary.read()
    audit = Audit("", diary, tally := Tally())

    audit._compare_rows()
    assert (tally.lost, tally.doubled) == (1, 0)

    audit._rows[wish.id] = 6
    audit._compare_rows()
    assert (tally.lost, tally.doubled) == (0, 1)

    diary.refused[wish.id] = "LEDGER.INSUFFICIENT_FUNDS"
    audit._rows[wish.id] = 1
    audit._compare_rows()
    assert (tally.lost, tally.doubled, tally.ok) == (0, 1, False)


def test_a_diary_cut_off_in_the_middle_of_a_line_is_read_on(tmp_path: Path) -> None:
    diary, wish = make_diary(tmp_path)
    with diary.path.open("ab") as file:
        file.write(f"{REFUSED} {wish.id} LEDGER.INSUFF".encode())
    diary.read()
    assert diary.open == [wish]

    with diary.path.open("ab") as file:
        file.write(f"ICIENT_FUNDS\n{FOUND} x\n".encode())
    diary.read()

    assert diary.refused == {wish.id: "LEDGER.INSUFFICIENT_FUNDS"}
    assert diary.found == {"x"}
    assert diary.open == []


def test_a_wish_read_back_makes_the_same_entry() -> None:
    wisher = Wisher(3)
    for _ in range(200):
        wish = wisher.draw()
        if wish.kind == "pend":
            wisher.held(wish)
        again = read(wish.line())
        assert again == wish
        assert again.entry() == wish.entry()
        assert again.entry().digest == wish.entry().digest
        wish.entry().check()
