"""The app's answers and the app's pages fit: what an answer sends a reader to exists, and takes what it is given."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from fengshou.channels.app import OPS, qr
from fengshou.channels.app.tasks import _CARDS

PAGES = Path(__file__).parents[2] / "content" / "pages" / "app"


def page(name: str) -> dict[str, object]:
    """A page as it is written."""
    found: dict[str, object] = yaml.safe_load((PAGES / f"{name}.yaml").read_text("utf-8"))
    return found


def test_every_task_leads_to_a_page() -> None:
    for kind, card in _CARDS.items():
        params = page(card.page).get("params") or {}
        assert isinstance(params, dict), kind
        if kind in ("waiting", "came_back"):
            assert "id" in params


def test_a_letter_about_a_payment_leads_to_a_page_that_takes_its_id() -> None:
    params = page("order").get("params")
    assert isinstance(params, dict)
    assert "id" in params


def test_a_scanned_code_opens_a_page_that_takes_all_it_says() -> None:
    params = page(qr._PATH.removeprefix("/app/")).get("params")
    assert isinstance(params, dict)
    assert {"number", "name", "amount", "memo"} <= set(params)


def test_every_operation_a_page_names_exists() -> None:
    named: set[str] = set()

    def walk(part: object) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("op"), str):
                named.add(part["op"])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    for file in PAGES.glob("**/*.yaml"):
        walk(yaml.safe_load(file.read_text("utf-8")))

    assert named
    assert named <= set(OPS.all)


def test_the_contract_lists_every_operation_and_no_other() -> None:
    text = (PAGES.parents[2] / "docs" / "internals" / "ops.md").read_text("utf-8")
    rows = "\n".join(re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE))

    assert set(re.findall(r"`([a-z]+\.[a-z_]+)`", rows)) == set(OPS.all)
