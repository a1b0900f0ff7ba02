"""What a form sends is held against the rules of the page it came from."""

import json

import pytest

from fengshou.pages.errors import FormRefused
from fengshou.pages.forms import FormGuards

PAGE = {
    "id": "x",
    "blocks": [
        {"t": "field", "kind": "phone", "bind": "form.phone", "label": "手机号", "required": True, "max": 11},
        {"t": "stepper", "bind": "form.people", "label": "几位", "least": 1, "most": 6,
         "rules": [{"test": "value <= 4 || form.day != ''", "text": "超过四位请先选日子，您选了 {{value}} 位"}]},
        {"t": "field", "kind": "text", "bind": "form.note", "label": "说明", "required": True, "max": 5,
         "show": "form.people > 3"},
        {"t": "field", "kind": "text", "bind": "form.far", "label": "远", "max": 9,
         "rules": [{"test": "value == data.x", "text": "不"}]},
    ],
    "foot": [{"t": "buttons", "items": [{"text": "办", "tap": [{
        "do": "submit", "form": "form", "op": "visit.book", "args": {
        "phone": "{{form.phone}}", "people": "{{form.people}}", "when": {"day": "{{form.day}}"},
        "note": "{{trim(form.note)}}", "far": "{{form.far}}"}}]}]}],
}  # fmt: skip
GOOD = {"phone": "13800000000", "people": 2, "when": {"day": ""}, "note": None, "far": "x"}


def check(**change: object) -> None:
    FormGuards().check(
        "h",
        json.dumps(PAGE).encode(),
        "visit.book",
        json.dumps(GOOD | change).encode(),
        "zh-CN",
        lambda: "2026-11-23",
    )


def test_what_holds_passes_and_other_operations_are_not_looked_at() -> None:
    check()
    check(people=5, when={"day": "2026-11-30"}, note="早上")
    FormGuards().check("h", json.dumps(PAGE).encode(), "other.op", b"{}", "zh-CN", lambda: "")


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"phone": None}, "phone", "请填写手机号"),
        ({"phone": "123"}, "phone", "手机号不对，请再看一遍"),
        ({"people": 7}, "people", "几位不对，请再看一遍"),
        ({"people": "2"}, "people", "几位不对，请再看一遍"),
        ({"people": 5, "note": "好"}, "people", "超过四位请先选日子，您选了 5 位"),
        ({"people": 4}, "note", "请填写说明"),
        ({"people": 4, "note": "太长太长太长"}, "note", "说明不对，请再看一遍"),
    ],
)
def test_what_breaks_a_rule_is_refused_in_its_own_words(
    change: dict[str, object], field: str, text: str
) -> None:
    with pytest.raises(FormRefused) as refused:
        check(**change)

    assert (refused.value.facts["field"], refused.value.messages["zh"]) == (field, text)
