"""The page of the simulated hospitals: who holds, has booked, has arrived; and a department that goes away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from urllib.parse import urlencode

from fengshou.adapters import wire
from fengshou.adapters.hospital.simulator import Hospitals, Place, state_of
from fengshou.adapters.hospital.wards import BEIJING
from fengshou.adapters.wire import invented

SHOWN_MAX = 60
_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "医院",
        "sub": "演示用的医院：名称就是一家，医生和患者都是虚构的。",
        "provider": "医院",
        "department": "科室",
        "day": "日期",
        "suspend": "当日停诊",
        "suspended": "已停诊，预约的患者会收到通知",
        "list": "预约",
        "empty": "还没有预约。在应用里挂一个号，它就会出现在这里。",
        "held": "保留中",
        "booked": "已预约",
        "checked_in": "已签到",
        "fulfilled": "已就诊",
        "cancelled": "已取消",
        "no_show": "爽约",
        "expired": "已过期",
        "by_hospital": "医院停诊",
        "queue": "排队号",
    },
    "en": {
        "title": "Hospitals",
        "sub": "Demo hospitals: a name is enough to be one. Doctors and patients are invented.",
        "provider": "Hospital",
        "department": "Department",
        "day": "Day",
        "suspend": "Away on that day",
        "suspended": "The department is away; whoever had booked is told",
        "list": "Appointments",
        "empty": "No appointments yet. Book one in the app and it will show up here.",
        "held": "Held",
        "booked": "Booked",
        "checked_in": "Arrived",
        "fulfilled": "Seen",
        "cancelled": "Cancelled",
        "no_show": "Did not come",
        "expired": "Expired",
        "by_hospital": "Cancelled by the hospital",
        "queue": "Queue number",
    },
}


def corridor_sheet(
    core: Hospitals, at: datetime, asked: Mapping[str, str], locale: wire.Locale, base: str
) -> wire.Sheet:
    """The sheet: the newest appointments of all hospitals, or of the one that is asked for."""
    words = _WORDS[locale]
    wanted = asked.get("provider", "")
    places = [
        (provider, place)
        for provider, book in core.books().items()
        for place in list(book.places.values())[-SHOWN_MAX:]
        if wanted in ("", provider)
    ]
    newest = sorted(places, key=lambda pair: pair[1].expires_at, reverse=True)[:SHOWN_MAX]
    today = at.astimezone(BEIJING).date()
    main = (
        f'<form data-post="/desk" data-done="{words["suspended"]}"><input type="hidden" name="act" value="suspend">'
        f'<label>{words["provider"]}<input name="provider" required maxlength="40" value="{escape(wanted)}"></label>'
        f'<label>{words["department"]}<input name="department" required maxlength="40" placeholder="internal">'
        f'</label><label>{words["day"]}<input name="day" type="date" required value="{today}"></label>'
        f'<button class="go">{words["suspend"]}</button></form>'
    )
    return wire.Sheet(
        title=words["title"],
        sub=words["sub"],
        main=main,
        list_title=words["list"],
        rows=[_row(provider, place, at, locale) for provider, place in newest],
        empty=words["empty"],
        keep="&" + urlencode({"provider": wanted}) if wanted else "",
    )


def _row(provider: str, place: Place, at: datetime, locale: wire.Locale) -> str:
    words, doctor = _WORDS[locale], place.session.doctor
    state = state_of(place, at)
    label = words["by_hospital"] if place.by_hospital else words[state]
    bad = state in ("cancelled", "no_show", "expired")
    department = doctor.department.zh if locale == "zh" else doctor.department.en
    when = place.session.starts_at.astimezone(BEIJING)
    queue = f" · {words['queue']} {place.queue_number}" if place.queue_number else ""
    voucher = invented.code(8, place.key, "voucher")
    return (
        f'<li><p class="meta">{escape(provider)} · {escape(department)} <b>{escape(doctor.name)}</b>'
        f'<time datetime="{when.isoformat(timespec="minutes")}">{when:%m-%d %H:%M}</time></p>'
        f'<p class="row"><span class="meta">{voucher}{escape(queue)}</span>'
        f'<span class="state" data-state="{"rejected" if bad else "done"}">{label}</span></p></li>'
    )
