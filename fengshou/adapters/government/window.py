"""The page of the simulated authorities: the newest cases, and what an official may do with one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from html import escape

from fengshou.adapters import wire
from fengshou.adapters.government.cases import Case
from fengshou.adapters.government.simulator import Authorities

SHOWN_MAX = 60
_BEIJING = timezone(timedelta(hours=8))
_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "省政务服务网",
        "sub": "演示用的政务机构：名称就是一家，办件和证照都是虚构的。",
        "provider": "机构",
        "number": "办件编号",
        "act": "处理",
        "do": "办理",
        "done": "已处理",
        "list": "办件",
        "empty": "还没有办件。在应用里提交一件，它就会出现在这里。",
        "return": "退回补正",
        "approve": "准予",
        "refuse": "不予",
        "submitted": "已提交",
        "pre_checked": "预审",
        "returned": "待补正",
        "accepted": "已受理",
        "in_review": "审批中",
        "approved": "准予",
        "refused": "不予",
        "delivered": "已办结",
        "withdrawn": "已撤回",
    },
    "en": {
        "title": "Provincial service network",
        "sub": "Demo authorities: a name is enough to be one. Cases and certificates are invented.",
        "provider": "Authority",
        "number": "Case number",
        "act": "What to do",
        "do": "Do it",
        "done": "Done",
        "list": "Cases",
        "empty": "No cases yet. Hand one in with the app and it will show up here.",
        "return": "Return for fix",
        "approve": "Approve",
        "refuse": "Refuse",
        "submitted": "Submitted",
        "pre_checked": "First look",
        "returned": "To be mended",
        "accepted": "Accepted",
        "in_review": "In review",
        "approved": "Approved",
        "refused": "Refused",
        "delivered": "Closed",
        "withdrawn": "Withdrawn",
    },
}


def window_sheet(core: Authorities, asked: Mapping[str, str], locale: wire.Locale) -> wire.Sheet:
    """The sheet: the newest cases of all authorities."""
    words = _WORDS[locale]
    cases = [
        (provider, case)
        for provider, book in core.books().items()
        for case in list(book.cases.values())[-SHOWN_MAX:]
    ]
    newest = sorted(cases, key=lambda pair: pair[1].at, reverse=True)[:SHOWN_MAX]
    options = "".join(
        f'<option value="{act}">{words[act]}</option>' for act in ("return", "approve", "refuse")
    )
    provider, number = escape(asked.get("provider", "")), escape(asked.get("number", ""))
    main = (
        f'<form data-post="/desk" data-done="{words["done"]}"><label>{words["provider"]}'
        f'<input name="provider" required maxlength="80" value="{provider}"></label><label>{words["number"]}'
        f'<input name="number" required maxlength="80" value="{number}"></label><label>{words["act"]}'
        f'<select name="act">{options}</select></label><button class="go">{words["do"]}</button></form>'
    )
    return wire.Sheet(
        title=words["title"],
        sub=words["sub"],
        main=main,
        list_title=words["list"],
        rows=[_row(provider, case, words) for provider, case in newest],
        empty=words["empty"],
    )


def _row(provider: str, case: Case, words: dict[str, str]) -> str:
    at = case.at.astimezone(_BEIJING)
    shown = "rejected" if case.stage in ("refused", "returned", "withdrawn") else "done"
    return (
        f'<li><p class="meta">{escape(provider)} · {escape(case.item)} <b>{escape(case.number)}</b>'
        f'<time datetime="{case.at.isoformat(timespec="seconds")}">{at:%m-%d %H:%M:%S}</time></p>'
        f'<p class="row"><span class="meta">{escape(", ".join(case.fix))}</span>'
        f'<span class="state" data-state="{shown}">{words[case.stage]}</span></p></li>'
    )
