"""The page a simulator shows to people who try the bank out: one look, a list that refreshes, the demo control."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse

from fengshou.adapters.wire.stand import Mode

_SHELL = Template((Path(__file__).parent / "page.html").read_text("utf-8"))
Locale = Literal["zh", "en"]
_WORDS: dict[Locale, dict[str, str]] = {
    "zh": {
        "lang": "zh-CN",
        "other": "English",
        "other_lang": "en",
        "other_locale": "en",
        "pause": "暂停刷新",
        "resume": "继续刷新",
        "fresh": "有新消息",
        "copied": "已复制",
        "failed": "没有成功，请检查填写的内容",
        "control": "模拟器状态（演示故障用）",
    },
    "en": {
        "lang": "en",
        "other": "中文",
        "other_lang": "zh-CN",
        "other_locale": "zh",
        "pause": "Pause refresh",
        "resume": "Resume refresh",
        "fresh": "Something new",
        "copied": "Copied",
        "failed": "That did not work. Please check what you typed.",
        "control": "How the simulator behaves (to show failures)",
    },
}
_MODES: dict[Mode, dict[Locale, str]] = {
    Mode.NORMAL: {"zh": "正常", "en": "Normal"},
    Mode.UNAVAILABLE: {"zh": "停止服务", "en": "Out of service"},
    Mode.SILENT: {"zh": "收下但不应答", "en": "Takes, never answers"},
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one simulator puts on its page, in one language. `main` and `rows` are HTML, already escaped.

    main   forms above the list
    rows   list items; none shows `empty`
    keep   what the language link carries on of the query, beginning with `&`, already quoted
    """

    title: str
    sub: str
    main: str
    list_title: str
    rows: list[str]
    empty: str
    keep: str = ""


def locale_of(request: Request) -> Locale:
    """The reader's language: `?lang=`, else what the browser asks for."""
    said = request.query_params.get("lang") or request.headers.get("accept-language", "zh")
    return "en" if said.lower().startswith("en") else "zh"


def base_of(request: Request) -> str:
    """The path the simulator is mounted at, so that links work wherever that is."""
    return escape(request.scope.get("root_path", ""))


def show(request: Request, sheet: Sheet, mode: Mode) -> HTMLResponse:
    """The page; with `?part=list` the list alone, which the page fetches anew every two seconds."""
    items = "\n".join(sheet.rows)
    listed = f'<ol id="list" aria-label="{escape(sheet.list_title)}">\n{items}\n</ol>'
    if not sheet.rows:
        listed = f'<p id="list" class="empty">{escape(sheet.empty)}</p>'
    if request.query_params.get("part") == "list":
        return HTMLResponse(listed, headers={"cache-control": "no-store"})
    nonce, locale = secrets.token_urlsafe(12), locale_of(request)
    text = _SHELL.substitute(
        {name: escape(word) for name, word in _WORDS[locale].items()},
        title=escape(sheet.title),
        sub=escape(sheet.sub),
        main=sheet.main,
        list_title=escape(sheet.list_title),
        list=listed,
        keep=escape(sheet.keep),
        modes="\n".join(_button(name, words[locale], mode) for name, words in _MODES.items()),
        base=json.dumps(base_of(request))[1:-1],
        nonce=nonce,
    )
    return HTMLResponse(
        text, headers={"content-security-policy": _policy(nonce), "cache-control": "no-store"}
    )


def _button(name: Mode, label: str, now: Mode) -> str:
    pressed = "true" if name is now else "false"
    return f'<button type="button" data-mode="{name}" aria-pressed="{pressed}">{escape(label)}</button>'


def _policy(nonce: str) -> str:
    """The page runs its own script and style and speaks to its own server, nothing else."""
    own = f"'nonce-{nonce}'"
    return (
        f"default-src 'none'; style-src {own}; script-src {own}; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )
