"""Each adapter's manifest says what is true: grades are earned, samples are read, limits are those in force."""

import json
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import yaml

import fengshou.adapters as adapters
from fengshou.adapters.rail import codec
from fengshou.adapters.rail.mapping import from_xml
from fengshou.adapters.realname import mapping as realname
from fengshou.adapters.scanner import ClamdScanner
from fengshou.adapters.sms import mapping as sms
from fengshou.adapters.wire import Outside

HOME = Path(adapters.__file__).parent
FOLDERS = sorted(path.parent.name for path in HOME.glob("*/manifest.yaml"))
GRADES = {
    "bronze": {"simulator", "samples"},
    "silver": {"simulator", "samples", "failure_samples", "both_languages"},
    "gold": {
        "simulator",
        "samples",
        "failure_samples",
        "both_languages",
        "runbook",
        "load_figure",
        "reconciliation",
    },
}
ASKED = "0195550e-8c5a-7c3b-a100-0001b1800000"


def manifest(folder: str) -> dict[str, Any]:
    said = yaml.safe_load((HOME / folder / "manifest.yaml").read_text("utf-8"))
    assert isinstance(said, dict)
    return said


def sample(folder: str, name: str) -> bytes:
    return (HOME / folder / "samples" / name).read_bytes()


def test_every_adapter_has_a_manifest() -> None:
    folders = {path.parent.name for path in HOME.glob("*/client.py")}

    assert folders == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_adapter_is_whole(folder: str) -> None:
    missing = [
        name
        for name in ("client.py", "mapping.py", "simulator.py", "server.py", "samples")
        if not (HOME / folder / name).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_manifest_says_who_answers_for_it_and_what_is_real(folder: str) -> None:
    said = manifest(folder)

    assert set(said["name"]) == {"zh", "en"}
    for key in ("owner", "port", "protocol", "idempotent_by", "when_unknown"):
        assert said[key], key
    for key in ("answers", "real", "simulated", "not_here"):
        assert isinstance(said[key], list), key
        assert said[key], key


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_grade_is_earned(folder: str) -> None:
    said = manifest(folder)
    checks = said["checklist"]

    assert set(checks) == GRADES["gold"]
    for name, state in checks.items():
        reason = state.get("exempt") if isinstance(state, dict) else None
        assert state in ("done", "todo") or reason, f"{folder}: {name} is done, todo, or exempt with a reason"
        assert name not in GRADES[said["grade"]] or state != "todo", f"{folder}: {name} is part of its grade"


@pytest.mark.parametrize("folder", FOLDERS)
def test_limits_are_those_in_force(folder: str) -> None:
    defaults = {field.name: field.default for field in fields(Outside)}
    if folder == "scanner":  # the one that does not speak HTTP
        defaults = {name: one.default for name, one in signature(ClamdScanner).parameters.items()}

    assert manifest(folder)["limits"].items() <= defaults.items()


@pytest.mark.parametrize(
    "path", sorted((HOME / "rail" / "samples").glob("*.xml")), ids=lambda path: path.stem
)
def test_a_sample_of_the_rail_is_a_message_and_complete(path: Path) -> None:
    node = codec.from_bytes(path.read_bytes())

    _header, name, _values = codec.read(node)

    assert path.stem.startswith(name[:8])
    assert from_xml(node).message.message_id


def test_samples_of_the_register_are_read() -> None:
    asked = json.loads(sample("realname", "request.json"))

    assert json.loads(realname.request_body(asked["name"], asked["id_number"], ASKED)) == asked
    for word in ("match", "mismatch", "not-found"):
        answer = realname.answer_from(200, sample("realname", f"answer-{word}.json"), ASKED)
        assert answer is not None
        assert answer.result == word.replace("-", "_")


def test_samples_of_the_gateway_are_read() -> None:
    asked = json.loads(sample("sms", "request.json"))

    assert json.loads(sms.message_body(asked["phone"], asked["text"], ASKED)) == asked
    assert sms.answer_from(202, sample("sms", "answer-accepted.json"), ASKED) is sms.SmsAnswer.ACCEPTED
    assert sms.answer_from(422, sample("sms", "answer-refused.json"), ASKED) is sms.SmsAnswer.REFUSED
    told = sms.receipts_from(200, sample("sms", "receipts.json"))
    assert told is not None
    assert [(receipt.message_id, receipt.state) for receipt in told[0]] == [
        (ASKED, sms.ReceiptState.DELIVERED)
    ]
