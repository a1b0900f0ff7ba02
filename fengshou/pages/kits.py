"""What an older client gets: the same page with what it cannot draw replaced, so that no phone is left behind.

A client says which kit it has; one that says nothing has the first. Blocks newer than its kit become their fallback
(again made for that kit), or a notice that asks for the newer app; what a kit never knew is not sent to it.
"""

from __future__ import annotations

from typing import Any

from fengshou.pages.page import KIT, KITS
from fengshou.pages.resolve import Locale

_UPDATE = {
    "zh-CN": ("请更新后使用", "这里需要新版本。关掉再打开，就会自动更新。", "刷新"),
    "en": ("Please update", "This needs the newer version. Close and open the app; it updates by itself.", "Refresh"),
}  # fmt: skip


def known_kit(kit: int) -> int:
    """The newest kit we serve that a client of `kit` can draw."""
    return max((one for one in KITS if one <= kit), default=KITS[0])


def for_kit(body: dict[str, Any], kit: int, locale: Locale) -> dict[str, Any]:
    """A page's wire form as a client of `kit` can draw it; the same object when nothing differs."""
    if kit >= KIT:
        return body
    if int(body.get("min", 0)) > kit:
        return _please_update(body, locale)
    made = _made(body, kit, locale)
    assert isinstance(made, dict)
    for newer in ("min", "surface"):
        made.pop(newer, None)
    return made


def _made(value: Any, kit: int, locale: Locale) -> Any:
    if isinstance(value, list):
        return [_made(item, kit, locale) for item in value]
    if not isinstance(value, dict):
        return value
    if "t" in value and isinstance(value.get("min"), int) and value["min"] > kit:
        return _instead(value, kit, locale)
    newer = "fallback" if "t" in value else ""
    return {name: _made(part, kit, locale) for name, part in value.items() if name != newer}


def _instead(block: dict[str, Any], kit: int, locale: Locale) -> Any:
    """The fallback of a block, or a word that something newer stands here; either under the block's own condition."""
    fallback = block.get("fallback")
    if fallback is None:
        fallback = {"t": "notice", "min": 1, "icon": "info", "tone": "info", "text": _UPDATE[locale][1]}
    made = _made(fallback, kit, locale)
    if "show" in block and isinstance(made, dict):
        own = made.get("show")
        made["show"] = f"({block['show']}) && ({own})" if own else block["show"]
    return made


def _please_update(body: dict[str, Any], locale: Locale) -> dict[str, Any]:
    title, note, button = _UPDATE[locale]
    empty = {
        "t": "empty", "min": 1, "icon": "download", "title": title, "note": note,
        "button": {"text": button, "style": "main", "tap": [{"do": "host", "name": "update"}]},
    }  # fmt: skip
    kept: dict[str, Any] = {name: body[name] for name in ("v", "id", "title", "auth", "nav") if name in body}
    return {**kept, "refresh": False, "blocks": [empty]}
