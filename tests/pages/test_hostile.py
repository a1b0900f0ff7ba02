"""What attackers write, and what an author gets wrong: refused with a place and a reason, or drawn; never a crash."""

import copy
import json
import random
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from fengshou import pages
from fengshou.pages import hostile
from fengshou.pages.compile import not_protocol, source_of
from fengshou.pages.errors import SourceRefused
from fengshou.pages.expr import evaluate
from fengshou.pages.syntax import ExpressionError
from tests.pages.fixtures.bank import ROOT

APP = pages.load(ROOT / "content" / "pages" / "app").sources
MUTANTS = 240


def deep(levels: int) -> str:
    return '{"kids":[' * levels + "]}" * levels


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (json.dumps({"title": "x" * 10_000_000}), "size"),
        (deep(1_000), "json"),
        (deep(100), "depth"),
        (json.dumps({"__proto__": {"a": 1}}), "name"),
        (json.dumps({"state": {"constructor": 1}}), "name"),
        (json.dumps({"text": "<script>alert(1)</script>"}), "script"),
        (json.dumps({"text": "<img src=x onerror='a'>"}), "script"),
        (json.dumps({"page": "javascript:alert(1)"}), "script"),
        (json.dumps({"page": "java\nscript:alert(1)"}), "script"),
        (json.dumps({"page": "data:text/html,x"}), "script"),
        (json.dumps({"text": "a\u202eb"}), "control"),
        (json.dumps([[]] * 16_000), "size"),
        ("{not json", "json"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_never_read(text: str, reason: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        hostile.read(text)

    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "source",
    [
        "(" * 300 + "1" + ")" * 300,
        "!" * 500 + "a",
        "1+" * 400 + "1",
        "a" * 601,
        "[" * 200 + "]" * 200,
        "constructor('x')",
        "a.b(1)",
    ],
)
def test_expression_bombs_are_not_read(source: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(source, {"a": 1})


def test_an_expression_never_grows_what_it_was_given_without_bound() -> None:
    source = "l"
    for _ in range(8):
        source = f"join(l, {source})"
    long = evaluate(source.replace("l)", "'xxxxxxxxxx')"), {"l": ["x"] * 50})

    assert isinstance(long, str)
    assert len(long) <= 10_000


def test_members_that_nobody_owns_are_null() -> None:
    for name in ("__proto__", "constructor", "toString", "__class__"):
        assert evaluate(f"a.{name}", {"a": {}}) is None
        assert evaluate(f"a['{name}']", {"a": {}}) is None


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(value, dict):
        return found + [place for name, part in value.items() for place in places(part, (*at, name))]
    if isinstance(value, list):
        return found + [place for index, part in enumerate(value) for place in places(part, (*at, index))]
    return found


JUNK: tuple[Any, ...] = (
    None, 0, -1, 10**30, "", "{{", "{{1 +}}", "{{a.b.c.d}}", "<b>", "javascript:x", [], {}, [[]], {"zh": "好"}, True,
    {"t": "nothing"}, {"do": "fetch", "url": "https://bad.example"}, "x" * 5_000, "\u0000",
)  # fmt: skip


def mutant(chance: random.Random) -> tuple[str, Any]:
    """A page of the app with one to three of its parts taken away, doubled or made nonsense."""
    name = chance.choice(sorted(APP))
    source: Any = copy.deepcopy(source_of(APP[name]))
    for _ in range(chance.randint(1, 3)):
        *way, last = chance.choice(places(source))
        box: Any = source
        for step in way:
            box = box[step]
        what = chance.randrange(3)
        if what == 0:
            del box[last]
        elif what == 1:
            box[last] = chance.choice(JUNK)
        elif isinstance(box, list):
            box.append(box[last])
        else:
            box[f"{last}x"] = box[last]
    return name, source


@pytest.mark.parametrize("seed", range(MUTANTS))
def test_a_mutated_page_is_refused_with_a_place_and_a_reason_or_compiles(seed: int) -> None:
    name, source = mutant(random.Random(seed))
    try:
        hostile.refuse_hostile(source)
        page = pages.Page.model_validate(source)
    except SourceRefused as refused:
        reason = str(refused.facts["reason"])
        if reason not in ("name", "script", "control", "size", "depth"):
            pytest.fail(reason)
        return
    except ValidationError as error:
        said = not_protocol(name, error)
        assert said
        assert all(one.text and one.zh and one.todo_en and one.todo_zh for one in said)
        return
    for problem in pages.lint(page, pages=set(APP)):
        assert problem.at
        assert problem.text
        assert problem.todo_zh
    body = orjson.loads(pages.resolve(page, "zh-CN").body)
    assert body["id"] == page.id
