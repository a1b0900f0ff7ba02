"""The simulated rail remembers, and lets outside banks send money that fits its forms."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from fengshou.adapters.rail import CreditTransfer, Party, codec
from fengshou.adapters.rail.desk import BadWish, Desk, load_rules
from fengshou.adapters.rail.mapping import to_xml
from fengshou.adapters.rail.messages import Envelope, Message, Status, StatusReport, StatusRequest
from fengshou.adapters.rail.server import OWN_CODE, RAIL_CODE
from fengshou.adapters.rail.simulator import Reply
from fengshou.adapters.wire.journal import LINES_MAX, Journal

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
WISH: dict[str, Any] = {
    "creditor_account": "6290109000000000019",
    "creditor_name": "沈丰禾",
    "amount": "88",
    "key": "k1",
}


def desk_at(journal: Path | None) -> Desk:
    return Desk(code=RAIL_CODE, participant=OWN_CODE, rules=load_rules(), journal=journal)


def letter(message: Message, sender: str = OWN_CODE, receiver: str = RAIL_CODE) -> bytes:
    return codec.to_bytes(to_xml(Envelope(sender, receiver, message)))


def transfer(ending: str) -> CreditTransfer:
    ours, theirs = Party("898010900000", "1", "沈丰禾"), Party("899000000017", "6231" + ending, "王小谷")
    return CreditTransfer(f"m{ending}", f"e{ending}", 100, ours, theirs, date(2026, 3, 2), AT)


def test_after_a_restart_it_knows_what_it_knew(tmp_path: Path) -> None:
    first = desk_at(tmp_path / "rail.jsonl")
    for ending in ("0000", "9101", "9301"):
        first.receive(letter(transfer(ending)), AT)
    first.receive(letter(StatusRequest("q", AT, "m9301", "e9301")), AT)
    first.push(WISH, AT)
    letters, cursor = first.mail("", 100)

    second = desk_at(tmp_path / "rail.jsonl")

    assert second.mail("", 100) == (letters, cursor)
    assert second.mail(cursor, 100) == ([], cursor)
    told = second.receive(letter(StatusRequest("q2", AT, "m9301", "e9301")), AT)
    assert isinstance(told, Envelope)
    assert isinstance(told.message, StatusReport)
    assert told.message.status is Status.SETTLED  # the second time it was asked, counted over the restart


def test_a_line_cut_off_by_a_kill_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "rail.jsonl"
    first = desk_at(path)
    first.push(WISH, AT)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-03-')

    second = desk_at(path)
    second.push(WISH | {"key": "k2"}, AT)

    assert len(desk_at(path).mail("", 100)[0]) == 2


def test_a_line_of_an_older_version_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rail.jsonl"
    desk_at(path).push(WISH, AT)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-03-02T02:30:00+00:00", "letter": "<old/>"}\n{"when": 1}\n')

    with structlog.testing.capture_logs() as logs:
        assert len(desk_at(path).mail("", 100)[0]) == 1

    assert [(entry["event"], entry["lines"]) for entry in logs] == [("simulated_rail_forgot", 2)]


def test_the_journal_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "rail.jsonl"
    path.write_text("".join(f'{{"n": {n}}}\n' for n in range(LINES_MAX + 7)), "utf-8")
    journal = Journal(path)

    lines = list(journal.replay())

    assert (len(lines), lines[0]) == (LINES_MAX, {"n": 7})
    assert len(path.read_text("utf-8").splitlines()) == LINES_MAX


def test_without_a_journal_every_start_is_new() -> None:
    old = desk_at(None)
    old.push(WISH, AT)
    _, cursor = old.mail("", 10)

    fresh = desk_at(None)
    fresh.push(WISH, AT)

    assert len(fresh.mail(cursor, 10)[0]) == 1  # the old cursor hides nothing


@pytest.mark.parametrize(("sender", "receiver"), [("898010900000", RAIL_CODE), (OWN_CODE, "899000000017")])
def test_only_the_participant_speaks_to_it(sender: str, receiver: str) -> None:
    assert desk_at(None).receive(letter(transfer("0000"), sender, receiver), AT) is Reply.MISDIRECTED


def test_an_answer_about_money_it_never_sent_is_not_taken() -> None:
    report = StatusReport("a", AT, "Ik1", "k1", Status.SETTLED)

    assert desk_at(None).receive(letter(report), AT) is Reply.NOT_SEEN


@pytest.mark.parametrize(
    ("said", "fen"),
    [("88", 8_800), ("88.5", 8_850), ("88.05", 8_805), ("0.01", 1), ("9999999999999.99", 10**15 - 1)],
)
def test_amounts_are_read_to_the_fen(said: str, fen: int) -> None:
    assert desk_at(None).push(WISH | {"amount": said}, AT).fen == fen


@pytest.mark.parametrize(
    "change",
    [
        {"amount": ""},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "1e3"},
        {"amount": "1.234"},
        {"amount": "１２"},
        {"amount": "1" * 14},
        {"amount": None},
        {"creditor_name": ""},
        {"creditor_account": ""},
        {"creditor_account": "1234567890123456789"},
        {"creditor_account": "6290000000000000019"},
        {"key": "no spaces"},
        {"debtor_bank": "12"},
    ],
)
def test_a_wish_that_does_not_fit_moves_nothing(change: dict[str, Any]) -> None:
    desk = desk_at(None)

    with pytest.raises(BadWish):
        desk.push(WISH | change, AT)

    assert desk.mail("", 10)[0] == []
