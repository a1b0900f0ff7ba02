"""The reference page of blocks and actions, written from the registry: `docs/reference/blocks.md`."""

from __future__ import annotations

import json
from typing import Any

from fengshou.pages.registry import block_registry

_HEAD = """# Blocks and actions

Written from the models by `python -m fengshou.pages.generate`; do not edit. How a page is put together:
[write a page](../guides/write-a-page.md). *Kit* is the first client kit that draws a block; older clients get its
`fallback`. Every picture is its example, drawn by the app (`./bank pages pictures blocks`); that each example can be
published and is drawn is tested (`tests/pages/test_registry.py`, `tests/runtime/test_pictures.py`).
"""


def blocks_page() -> str:
    """The whole page."""
    known = block_registry()
    lines = [_HEAD, "## Blocks", ""]
    for entry in known["blocks"]:
        lines += _entry(entry)
    lines += ["## Actions", ""]
    for entry in known["actions"]:
        lines += _entry(entry)
    lines += ["## Functions of expressions", "", "| function | what it gives |", "| --- | --- |"]
    lines += [f"| `{one['name']}({one['args']})` | {one['about']['en']} |" for one in known["functions"]]
    return "\n".join(lines) + "\n"


def _entry(entry: dict[str, Any]) -> list[str]:
    where = {"mobile": "phones", "console": "desks", "both": "phones and desks"}[entry["surface"]]
    kit = f", kit {entry['min']}" if entry["min"] > 1 else ""
    picture = [f"![{entry['name']}](blocks/{entry['name']}.webp)", ""] if "t" in entry["example"] else []
    example = json.dumps(entry["example"], ensure_ascii=False, indent=1)
    return [
        f"### `{entry['name']}` {entry['title']['zh']}", "", f"{entry['about']['en']} ({where}{kit})", "",
        *picture,
        "| member | kind | default |", "| --- | --- | --- |", *_members(entry["schema"]), "",
        "```json", example, "```", "",
    ]  # fmt: skip


def _members(schema: dict[str, Any]) -> list[str]:
    needed = schema.get("required", [])
    rows = []
    for name, rule in schema["properties"].items():
        if name in ("t", "do"):
            continue
        default = (
            "**needed**" if name in needed else f"`{json.dumps(rule.get('default'), ensure_ascii=False)}`"
        )
        rows.append(f"| `{name}` | {_kind(rule)} | {default} |")
    return rows


def _kind(rule: dict[str, Any]) -> str:
    if "x-widget" in rule:
        return str(rule["x-widget"])
    if "enum" in rule:
        return " ".join(f"`{value}`" for value in rule["enum"])
    if "anyOf" in rule:
        kinds = [_kind(one) for one in rule["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in rule:
        return f"a {rule['$ref'].rsplit('/', 1)[-1]}"
    return str(rule.get("type", "any"))
