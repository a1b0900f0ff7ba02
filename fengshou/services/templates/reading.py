"""What there is to read, as a list: a touch opens an article, and that is what marks it as read."""

from __future__ import annotations

from typing import Any

from fengshou.services.definition import Definition


def reading_list(one: Definition) -> list[dict[str, Any]]:
    """The articles of a feed that are out today."""
    assert one.feed is not None
    opened = {
        "do": "submit",
        "op": "service.begin",
        "args": {"service": one.key, "form": {one.feed.item: "{{item.name}}"}},
        "then": [{"do": "go", "page": "service-run", "params": {"id": "{{result.id}}"}}],
        "fail": [{"do": "set", "to": {"state.view.said": "{{error.text}}"}}, {"do": "reload", "data": ["s"]}],
    }
    return [
        {
            "t": "list",
            "label": {"zh": "公告", "en": "To be read"},
            "show": "len(s.shelf) > 0",
            "repeat": "s.shelf",
            "limit": 200,
            "item": {
                "icon": "megaphone", "title": "{{lang(item.title)}}", "note": "{{lang(item.note)}}",
                "strong": True, "tap": [opened],
            },
        },
        {"t": "notice", "show": "len(s.shelf) == 0", "tone": "info", "icon": "megaphone",
         "text": {"zh": "现在没有新的内容", "en": "There is nothing to read now"}},
        {"t": "notice", "show": "state.view.said != ''", "tone": "danger", "icon": "warn",
         "text": "{{state.view.said}}"},
    ]  # fmt: skip
