"""The page of the simulated rail: send money in from an outside bank, and see what passed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fengshou.adapters import wire
from fengshou.adapters.rail.mapping import REASONS
from fengshou.adapters.rail.simulator import Passage

_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "跨行通道",
        "sub": "这里演示联盟以外的银行。它们都是虚构的，没有一分钱离开这台电脑。",
        "account": "收款账号（本联盟 19 位）",
        "name": "收款户名",
        "amount": "金额（元）",
        "memo": "附言",
        "send": "从他行汇入",
        "done": "已汇出，等待入账",
        "list": "往来报文",
        "empty": "还没有往来。从应用里转账到他行，或在上面汇入一笔。",
        "out": "汇出",
        "in": "汇入",
    },
    "en": {
        "title": "Interbank rail",
        "sub": "Banks outside the federation, all fictional. No money leaves this computer.",
        "account": "Payee's account (19 digits)",
        "name": "Payee's name",
        "amount": "Amount (yuan)",
        "memo": "Note",
        "send": "Send from outside",
        "done": "Sent. It waits to be booked.",
        "list": "What passed",
        "empty": "Nothing yet. Send money to another bank in the app, or send some in above.",
        "out": "out",
        "in": "in",
    },
}
_STATES: dict[str, dict[wire.Locale, str]] = {
    "accepted": {"zh": "已入账", "en": "Settled"},
    "rejected": {"zh": "已拒绝", "en": "Rejected"},
    "returned": {"zh": "已退回", "en": "Returned"},
    "pending": {"zh": "处理中", "en": "Pending"},
    "silent": {"zh": "未应答", "en": "No answer given"},
    "waiting": {"zh": "等待入账", "en": "Waiting to be booked"},
}


def lobby_sheet(passages: Sequence[Passage], *, locale: wire.Locale) -> wire.Sheet:
    """The sheet for `passages`, newest first."""
    words = _WORDS[locale]
    fields = (
        ("creditor_account", "account", 'inputmode="numeric" maxlength="19" required'),
        ("creditor_name", "name", 'maxlength="60" required'),
        ("amount", "amount", 'inputmode="decimal" maxlength="16" required'),
        ("memo", "memo", 'maxlength="60"'),
    )
    inputs = "".join(
        f'<label>{words[word]}<input name="{name}" autocomplete="off" {rest}></label>'
        for name, word, rest in fields
    )
    return wire.Sheet(
        title=words["title"],
        sub=words["sub"],
        main=(
            f'<form data-post="/inbound" data-done="{words["done"]}">{inputs}'
            f'<button class="go">{words["send"]}</button></form>'
        ),
        list_title=words["list"],
        rows=[_row(passage, locale) for passage in passages],
        empty=words["empty"],
    )


def _row(passage: Passage, locale: wire.Locale) -> str:
    words = _WORDS[locale]
    transfer = passage.transfer
    other = transfer.debtor if passage.inbound else transfer.creditor
    code = passage.reason or ""
    reason = f"{code} {REASONS[code][locale]}" if code in REASONS else code
    return (
        f'<li><p class="meta">{words["in" if passage.inbound else "out"]} <b>{escape(other.name)}</b>'
        f'<span class="state" data-state="{passage.state}">{_STATES[passage.state][locale]}</span></p>'
        f'<p class="money">{transfer.fen // 100:,}.{transfer.fen % 100:02d}</p>'
        f'<p class="meta">{escape(other.bank)} {escape(other.account)}</p>'
        + (f'<p class="meta">{escape(reason)}</p></li>' if reason else "</li>")
    )
