"""The inbox page of the simulator: what arrived on everybody's phone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta, timezone
from html import escape
from urllib.parse import quote

from fengshou.adapters import wire
from fengshou.adapters.sms.simulator import Letter

_BEIJING = timezone(timedelta(hours=8))
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "短信收件箱",
        "sub": "这里是演示用的手机，没有一条短信离开这台电脑。",
        "phone": "手机号",
        "find": "只看这个号码",
        "all": "全部号码",
        "copy": "复制验证码",
        "empty": "还没有短信。在应用里获取验证码，它就会出现在这里。",
        "to": "发给",
        "list": "短信",
    },
    "en": {
        "title": "Text messages",
        "sub": "These are demo phones. No message leaves this computer.",
        "phone": "Phone number",
        "find": "Show this number",
        "all": "All numbers",
        "copy": "Copy code",
        "empty": "No messages yet. Ask the app for a code and it will show up here.",
        "to": "to",
        "list": "Messages",
    },
}


def inbox_sheet(letters: Sequence[Letter], *, phone: str, locale: wire.Locale, base: str) -> wire.Sheet:
    """The sheet for `letters`, newest first; `phone` is what the reader looks for."""
    words = _WORDS[locale]
    main = (
        f'<form action="{base}/" method="get"><input type="hidden" name="lang" value="{locale}">'
        f'<label>{words["phone"]}<input name="phone" value="{escape(phone)}" inputmode="numeric" maxlength="11" '
        f'autocomplete="off"></label><button class="go">{words["find"]}</button>'
        f'<a class="link" href="{base}/?lang={locale}">{words["all"]}</a></form>'
    )
    return wire.Sheet(
        title=words["title"],
        sub=words["sub"],
        main=main,
        list_title=words["list"],
        rows=[_row(letter, words) for letter in letters],
        empty=words["empty"],
        keep=f"&phone={quote(phone)}" if phone else "",
    )


def _row(letter: Letter, words: dict[str, str]) -> str:
    at = letter.at.astimezone(_BEIJING)
    found = _CODE.search(letter.text)
    code = ""
    if found:
        digits = found.group()
        code = (
            f'<p class="code"><output>{digits}</output>'
            f'<button type="button" data-code="{digits}">{words["copy"]}</button></p>'
        )
    phone = f"{letter.phone[:3]} {letter.phone[3:7]} {letter.phone[7:]}"
    return (
        f'<li><p class="meta">{words["to"]} <b>{escape(phone)}</b>'
        f'<time datetime="{letter.at.isoformat(timespec="seconds")}">{at:%m-%d %H:%M:%S}</time></p>'
        f'<p class="text">{escape(letter.text)}</p>{code}</li>'
    )
