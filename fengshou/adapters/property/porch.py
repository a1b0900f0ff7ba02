"""The page of the simulated property companies: stand at a door, see who passed and who did not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from html import escape

import yaml

from fengshou.adapters import wire
from fengshou.adapters.property import homes
from fengshou.adapters.property.mapping import HOME
from fengshou.adapters.property.simulator import Companies
from fengshou.services import DoorEvent

SHOWN_MAX = 60
_BEIJING = timezone(timedelta(hours=8))
_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "物业与门禁",
        "sub": "演示用的物业公司和门口机：名称就是一家，住户都是虚构的。",
        "provider": "物业公司",
        "door": "门",
        "code": "通行码内容",
        "scan": "在门口出示",
        "scanned": "门口机已识读，结果见下",
        "list": "通行记录",
        "empty": "还没有人走到门口。在应用里发一张访客通行证，把它的实时通行码贴到上面。",
        "passed": "已开门",
        "shut": "未开门",
        "offline": "离线，稍后上传",
    },
    "en": {
        "title": "Property companies and doors",
        "sub": "Demo companies and door controllers: a name is enough to be one. Residents are invented.",
        "provider": "Company",
        "door": "Door",
        "code": "What the code says",
        "scan": "Show it to the door",
        "scanned": "The door has read it; see below",
        "list": "At the doors",
        "empty": "Nobody came to a door yet. Grant a visitor pass in the app and paste its live code above.",
        "passed": "Opened",
        "shut": "Stayed shut",
        "offline": "Offline, told later",
    },
}
_WHY: Mapping[str, Mapping[str, str]] = yaml.safe_load((HOME / "manifest.yaml").read_text("utf-8"))["doors"]


def porch_sheet(core: Companies, asked: Mapping[str, str], locale: wire.Locale) -> wire.Sheet:
    """The sheet: what happened at all doors, told or not yet."""
    words = _WORDS[locale]
    told = [(p, one, False) for p, book in core.books().items() for one in book.events[-SHOWN_MAX:]]
    kept = [
        (p, one, True)
        for p, book in core.books().items()
        for door in book.doors.values()
        for one in door.kept
    ]
    newest = sorted(told + kept, key=lambda row: row[1].at, reverse=True)[:SHOWN_MAX]
    side = 0 if locale == "zh" else 1
    options = "".join(f'<option value="{id_}">{names[side]}</option>' for id_, names in homes.DOORS.items())
    main = (
        f'<form data-post="/desk" data-done="{words["scanned"]}"><input type="hidden" name="act" value="scan">'
        f'<label>{words["provider"]}<input name="provider" required maxlength="80" '
        f'value="{escape(asked.get("provider", ""))}" placeholder="property-0109"></label>'
        f'<label>{words["door"]}<select name="door">{options}</select></label>'
        f'<label>{words["code"]}<input name="code" required maxlength="2000" autocomplete="off"></label>'
        f'<button class="go">{words["scan"]}</button></form>'
    )
    return wire.Sheet(
        title=words["title"],
        sub=words["sub"],
        main=main,
        list_title=words["list"],
        rows=[_row(provider, event, locale, waits=waits) for provider, event, waits in newest],
        empty=words["empty"],
    )


def _row(provider: str, event: DoorEvent, locale: wire.Locale, *, waits: bool) -> str:
    words, at = _WORDS[locale], event.at.astimezone(_BEIJING)
    name = homes.DOORS[event.door][0 if locale == "zh" else 1]
    why = _WHY[event.reason][locale] if event.reason else ""
    late = f" · {words['offline']}" if waits else ""
    state, label = ("done", words["passed"]) if event.passed else ("rejected", words["shut"])
    return (
        f'<li><p class="meta">{escape(provider)} · {escape(name)} <b>{escape(event.number)}</b>'
        f'<time datetime="{event.at.isoformat(timespec="seconds")}">{at:%m-%d %H:%M:%S}</time></p>'
        f'<p class="row"><span class="meta">{escape(why)}{late}</span>'
        f'<span class="state" data-state="{state}">{label}</span></p></li>'
    )
