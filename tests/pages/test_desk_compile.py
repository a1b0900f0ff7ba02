"""Descriptors of desks: what each makes is a sound page, and what cannot be meant is said with what to do."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fengshou.catalog import KINDS, Catalog
from fengshou.pages import LOCALES, Desk, Page, desk_page, desk_problems, members, resolve
from fengshou.pages.desk import Act

CONTENT = Path(__file__).parents[2] / "content"
FILES = sorted((CONTENT / "desks").glob("*.yaml"))
SHIPPED = [item for file in FILES for item in yaml.safe_load(file.read_text("utf-8"))["items"]]
LEAST: dict[str, Any] = {
    "key": "things", "title": {"zh": "东西", "en": "Things"}, "icon": "list", "order": 5, "roles": ["teller"],
    "list": {"op": "things.list", "label": {"zh": "东西", "en": "Things"},
             "columns": [{"title": {"zh": "名称", "en": "Name"}, "text": "{{item.name}}"}]},
    "detail": {"op": "things.view", "args": {"id": "{{state.chosen.id}}"}, "title": "{{one.name}}",
               "none": {"title": {"zh": "选一件", "en": "Choose one"}}},
}  # fmt: skip
ACT: dict[str, Any] = {
    "name": "take", "key": "c", "text": {"zh": "领取", "en": "Take"}, "op": "things.take", "args": {"id": "{{one.id}}"},
    "done": {"zh": "好了", "en": "Done"},
}  # fmt: skip


def desk(**more: Any) -> Desk:
    """The least desk there is, and more."""
    return Desk.model_validate({**deepcopy(LEAST), **more})


def ops_of(page: Page) -> set[object]:
    """Every operation a page names."""
    return {value for _, _, name, _, value in members(page) if name == "op" and value is not None}


@pytest.mark.parametrize("source", SHIPPED, ids=lambda source: str(source["key"]))
def test_every_shipped_desk_makes_a_sound_page(source: dict[str, Any]) -> None:
    made = Desk.model_validate(source)

    assert [str(one) for one in desk_problems(made)] == []
    page = desk_page(made)
    assert Page.model_validate(page.model_dump(mode="json")) == page
    wanted = {made.list.op, *(act.op for act in made.every_act)}
    assert wanted <= ops_of(page)
    assert len({resolve(page, locale).hash for locale in LOCALES}) == len(LOCALES)


def test_the_content_publishes() -> None:
    found = Catalog.check(CONTENT)

    assert [str(one) for one in found if "desk" in str(one)] == []
    assert "desk" in {kind.name for kind in KINDS}


@settings(max_examples=40, deadline=None)
@given(
    filters=st.integers(0, 6),
    acts=st.integers(0, 8),
    bulk=st.integers(0, 4),
    asks=st.booleans(),
    states=st.booleans(),
)
def test_whatever_a_descriptor_holds_its_page_is_sound_and_the_same_again(
    filters: int, acts: int, bulk: int, asks: bool, states: bool
) -> None:
    ask = [{"t": "field", "bind": "form.why", "label": {"zh": "为什么", "en": "Why"}}] if asks else []
    more: dict[str, Any] = {
        "filters": [
            {"name": f"f{n}", "label": {"zh": "条件", "en": "By"}, "kind": "text"} for n in range(filters)
        ],
        "acts": [{**ACT, "name": f"a{n}", "key": "abcdefghi"[n], "ask": ask} for n in range(acts)],
        "bulk": [
            {**ACT, "name": f"b{n}", "key": None, "args": {"ids": "{{state.picked}}"}} for n in range(bulk)
        ],
    }
    if states:
        more["states"] = {"open": {"text": {"zh": "开着", "en": "Open"}, "tone": "grain"}}
        more["list"] = {
            **LEAST["list"],
            "columns": [{"title": {"zh": "状态", "en": "State"}, "state": "item.state"}],
        }
    made = desk(**more)
    page = desk_page(made)

    assert [str(one) for one in desk_problems(made)] == []
    assert page == desk_page(desk(**more))
    assert set(page.sheets) == ({f"act_a{n}" for n in range(acts)} if asks else set())
    # Whatever is done is offered only to whom may ask for it.
    shown = [part.show for _, part, name, _, _ in members(page) if name == "key" and isinstance(part, Act)]
    assert all(str(one).startswith("'things.take' in me.may") for one in shown)
    assert len(shown) == acts + bulk


def test_the_last_thing_shown_is_the_thing_acted_on() -> None:
    page = desk_page(desk(acts=[ACT]))

    acts = next(block for block in page.foot if block.t == "acts")
    assert acts.show == "state.chosen != null && one.id == state.chosen.id"
    assert page.data["one"].when == "state.chosen != null"


def test_what_was_written_about_one_thing_is_not_said_of_the_next() -> None:
    ask = [{"t": "field", "bind": "form.why", "label": {"zh": "为什么", "en": "Why"}}]
    page = desk_page(desk(acts=[{**ACT, "ask": ask}]))

    (act,) = next(block for block in page.foot if block.t == "acts").items
    assert [one.model_dump(exclude_defaults=True) for one in act.tap] == [
        {"do": "set", "to": {"form.why": ""}}, {"do": "sheet", "open": "act_take"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"acts": [ACT, ACT]}, "two acts are called `take`"),
        ({"acts": [ACT, {**ACT, "name": "other"}]}, "the letter `c` stands for two acts"),
        ({"acts": [{**ACT, "key": "j"}]}, "the letter `j` moves in the list"),
        ({"acts": [ACT], "detail": None}, "give the desk a `detail`"),
        ({"filters": [{"name": "a", "label": "{{1}}"}] * 2}, "two filters are called `a`"),
        ({"data": {"one": {"op": "x.y"}}}, "`data.one` is the desk's own name"),
        ({"state": {"chosen": 1}}, "`state.chosen` is the desk's own name"),
        ({"roles": []}, "at least 1"),
        ({"roles": ["king"]}, "roles"),
        ({"icon": "dragon"}, "no icon 'dragon'"),
        (
            {"list": {**LEAST["list"], "columns": [{"title": "{{1}}", "text": "{{1}}", "fen": "{{2}}"}]}},
            "has one of",
        ),
        ({"list": {**LEAST["list"], "op": "https://evil.example"}}, "op"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        desk(**more)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": {"zh": "东西", "en": "东西"}}, "english_chinese"),
        ({"detail": {**LEAST["detail"], "title": "{{nobody.name}}"}}, "unknown_name"),
        ({"detail": {**LEAST["detail"], "title": "Things"}}, "both_languages"),
        ({"acts": [{**ACT, "args": {"id": "{{form.nothing}}"}}]}, "undeclared_read"),
        ({"detail": {**LEAST["detail"], "blocks": [
            {"t": "buttons", "items": [{"text": "{{1}}", "tap": [{"do": "go", "page": "home"}]}]}]}}, "not_on_desk"),
    ],
)  # fmt: skip
def test_what_reads_well_and_works_not_is_found_by_lint(more: dict[str, Any], code: str) -> None:
    assert code in {one.code for one in desk_problems(desk(**more))}


def test_an_operation_the_console_lacks_is_found() -> None:
    found = desk_problems(desk(), ops={"things.list"})

    assert [one.code for one in found] == ["op_missing"]


def test_the_desk_of_the_guide_is_one() -> None:
    guide = (CONTENT.parent / "docs" / "guides" / "desks.md").read_text("utf-8")
    (source,) = yaml.safe_load(guide.split("```yaml\n")[1].split("```")[0])["items"]

    assert [str(one) for one in desk_problems(Desk.model_validate(source))] == []
