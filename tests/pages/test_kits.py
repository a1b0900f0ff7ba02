"""A client one kit back draws what is published today."""

import json

from fengshou import pages
from fengshou.pages.compile import Press
from fengshou.pages.kits import for_kit, known_kit
from fengshou.pages.page import BLOCK_MODELS
from tests.pages.fixtures.bank import SAMPLES

OLD = {name for name, model in BLOCK_MODELS.items() if model.model_fields["min"].default == 1}


def kinds(value: object) -> set[str]:
    """Every kind of block in a body."""
    if isinstance(value, dict):
        own = {value["t"]} if isinstance(value.get("t"), str) and "min" in value else set()
        return own.union(*(kinds(part) for part in value.values()))
    return set().union(*(kinds(part) for part in value)) if isinstance(value, list) else set()


def test_an_older_client_gets_fallbacks_and_nothing_it_never_knew() -> None:
    sources = pages.load(SAMPLES)
    press = Press()
    edition = press.edition(sources.sources, sources.shell, "zh-CN", 1)
    bodies = {name: json.loads(press.bodies[page][1]) for name, page in edition.pages.items()}

    assert len(OLD) == 33
    for name, body in bodies.items():
        assert kinds(body) <= OLD, name
        assert '"fallback"' not in json.dumps(body)
    newer = bodies["newer"]["blocks"]
    assert [block["t"] for block in newer] == ["text", "notice", "list", "form"]
    assert [kid["t"] for kid in newer[3]["kids"]] == ["field", "field", "notice"]
    assert bodies["desk"]["blocks"][0]["t"] == "empty"
    assert bodies["desk"]["title"] == "工作台"


def test_a_page_without_newer_blocks_is_one_body_for_every_kit() -> None:
    sources, press = pages.load(SAMPLES), Press()
    old = press.edition(sources.sources, sources.shell, "en", 1)
    new = press.edition(sources.sources, sources.shell, "en", 2)

    assert {name for name in new.pages if old.pages[name] != new.pages[name]} == {"desk", "newer"}


def test_a_replaced_block_stays_under_its_own_condition() -> None:
    block = {
        "t": "image",
        "min": 2,
        "show": "a",
        "fallback": {"t": "text", "min": 1, "show": "b", "text": "x"},
    }

    made = for_kit({"blocks": [block]}, 1, "en")["blocks"][0]
    assert (made["t"], made["show"]) == ("text", "(a) && (b)")
    assert (known_kit(0), known_kit(1), known_kit(2), known_kit(99)) == (1, 1, 2, 2)
