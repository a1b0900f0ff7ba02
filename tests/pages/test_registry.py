"""The registry that the designer builds from is complete, and every example in it is a block or an action."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from fengshou.pages import registry
from fengshou.pages.actions import Action
from fengshou.pages.page import AnyBlock

_ALL = registry.block_registry()


@pytest.mark.parametrize(("what", "kind"), [("blocks", AnyBlock), ("actions", Action)])
def test_every_example_is_what_it_is_an_example_of(what: str, kind: Any) -> None:
    reader: TypeAdapter[Any] = TypeAdapter(kind)
    for entry in _ALL[what]:
        example = entry["example"]
        assert example.get("t", example.get("do")) == entry["name"], entry["name"]
        reader.validate_python(example)


def test_every_block_and_action_has_words_in_both_languages() -> None:
    for what in ("blocks", "actions"):
        assert {entry["name"] for entry in _ALL[what]} == set(registry._words()[what])
        for entry in _ALL[what]:
            assert all(entry["title"][tongue] and entry["about"][tongue] for tongue in ("zh", "en")), entry[
                "name"
            ]
