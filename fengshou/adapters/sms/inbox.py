"""The inbox page of the simulator: what arrived on everybody's phone, for people who try the bank out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from pathlib import Path
from string import Template

_HERE = Path(__file__).parent
_BEIJING = timezone(timedelta(hours=8))
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_WORDS = {
    "zh": {
        "lang": "zh-CN",
        "title": "短信收件箱",
        "sub": "这里是演示用的手机，没有一条短信离开这台电脑。",
        "phone": "手机号",
        "find": "只看这个号码",
        "all": "全部号码",
        "pause": "暂停刷新",
        "resume": "继续刷新",
        "copy": "复制验证码",
        "copied": "已复制",
        "empty": "还没有短信。在应用里获取验证码，它就会出现在这里。",
        "fresh": "有新短信",
        "other": "English",
        "other_lang": "en",
        "to": "发给",
        "list": "短信",
    },
    "en": {
        "lang": "en",
        "title": "Text messages",
        "sub": "These are demo phones. No message leaves this computer.",
        "phone": "Phone number",
        "find": "Show this number",
        "all": "All numbers",
        "pause": "Pause refresh",
        "resume": "Resume refresh",
        "copy": "Copy code",
        "copied": "Copied",
        "empty": "No messages yet. Ask the app for a code and it will show up here.",
        "fresh": "New message",
        "other": "中文",
        "other_lang": "zh-CN",
        "to": "to",
        "list": "Messages",
    },
}


def security_policy(nonce: str) -> str:
    """The page runs its own script and style and speaks to its own server, nothing else."""
    own = f"'nonce-{nonce}'"
    return (
        f"default-src 'none'; style-src {own}; script-src {own}; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )


def inbox_list(letters: Sequence[dict[str, str]], *, locale: str) -> str:
    """The list alone: what the page fetches anew every two seconds."""
    words = _WORDS[locale]
    if not letters:
        return f'<p id="list" class="empty">{words["empty"]}</p>'
    items = "\n".join(_item(letter, words) for letter in letters)
    return f'<ol id="list" aria-label="{words["list"]}">\n{items}\n</ol>'


def inbox_page(letters: Sequence[dict[str, str]], *, phone: str, locale: str, base: str, nonce: str) -> str:
    """The page for `letters` (newest first), in `locale` (zh or en).

    base  the path the simulator is mounted at, so that links work wherever that is
    """
    safe = {name: escape(text) for name, text in _WORDS[locale].items()}
    return Template((_HERE / "inbox.html").read_text("utf-8")).substitute(
        safe,
        body=inbox_list(letters, locale=locale),
        value=escape(phone),
        base=escape(base),
        nonce=escape(nonce),
        other_locale="zh" if locale == "en" else "en",
    )


def _item(letter: dict[str, str], words: dict[str, str]) -> str:
    at = datetime.fromisoformat(letter["at"]).astimezone(_BEIJING)
    found = _CODE.search(letter["text"])
    code = ""
    if found:
        digits = found.group()
        code = (
            f'<p class="code"><output>{digits}</output>'
            f'<button type="button" data-code="{digits}">{words["copy"]}</button></p>'
        )
    return (
        f'<li id="m-{escape(letter["message_id"])}"><p class="meta">{words["to"]} '
        f"<b>{escape(_spaced(letter['phone']))}</b>"
        f'<time datetime="{escape(letter["at"])}">{at:%m-%d %H:%M:%S}</time></p>'
        f'<p class="text">{escape(letter["text"])}</p>{code}</li>'
    )


def _spaced(phone: str) -> str:
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
