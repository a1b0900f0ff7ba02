"""The page of the simulated hub: look up what an account owes, and see what was paid and delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from html import escape
from urllib.parse import urlencode
from uuid import UUID

from fengshou.adapters import wire
from fengshou.adapters.biller.simulator import Book
from fengshou.services import Ring

SHOWN_MAX = 60
_BEIJING = timezone(timedelta(hours=8))
_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "缴费平台",
        "sub": "演示用的收费单位：名称就是一本账，没有一家是真的。",
        "provider": "收费单位",
        "account": "户号",
        "find": "查欠费",
        "list": "收到的缴费与充值",
        "empty": "还没有收到缴费。在应用里缴一笔，它就会出现在这里。",
        "nothing": "没有欠费",
        "owes": "欠费",
        "done": "已入账",
        "pending": "处理中",
        "refused": "未入账",
        "payment": "缴费",
        "delivery": "充值",
    },
    "en": {
        "title": "Biller hub",
        "sub": "Demo billers: a name is enough to be one, and none of them is real.",
        "provider": "Biller",
        "account": "Account number",
        "find": "Look up bills",
        "list": "Payments and top-ups received",
        "empty": "Nothing was paid yet. Pay a bill in the app and it will show up here.",
        "nothing": "Nothing is owed",
        "owes": "Owed",
        "done": "Booked",
        "pending": "In progress",
        "refused": "Not booked",
        "payment": "Bill",
        "delivery": "Top-up",
    },
}


def counter_sheet(
    hall: wire.Hall[Book], asked: Mapping[str, str], locale: wire.Locale, base: str
) -> wire.Sheet:
    """The sheet: what `asked` (provider and account) owes, and the newest orders of all billers."""
    words, at = _WORDS[locale], hall.now()
    provider, account = asked.get("provider", ""), asked.get("account", "")
    main = (
        f'<form action="{base}/" method="get"><input type="hidden" name="lang" value="{locale}">'
        f'<label>{words["provider"]}<input name="provider" value="{escape(provider)}" maxlength="40" '
        f'placeholder="water-0109"></label><label>{words["account"]}<input name="account" '
        f'value="{escape(account)}" inputmode="numeric" maxlength="24"></label>'
        f'<button class="go">{words["find"]}</button></form>'
    )
    if provider and account:
        main += _owed(hall.core, provider, account, at, locale)
    orders = [(book, order) for book in hall.core.books().values() for order in book.orders.values()]
    newest = sorted(orders, key=lambda pair: pair[1].at, reverse=True)[:SHOWN_MAX]
    keep = "&" + urlencode({"provider": provider, "account": account}) if provider else ""
    return wire.Sheet(
        title=words["title"],
        sub=words["sub"],
        main=main,
        list_title=words["list"],
        rows=[_row(book, order, at, locale) for book, order in newest],
        empty=words["empty"],
        keep=keep,
    )


def _owed(core: wire.Core[Book], provider: str, account: str, at: datetime, locale: wire.Locale) -> str:
    words = _WORDS[locale]
    said = core.ring(Ring("bill.arrears", provider, UUID(int=0), "", {"account": account}), at)
    if said.state != "done" or not said.body["bills"]:
        return f'<p class="empty">{words["nothing"]}</p>'
    rows = "".join(
        f'<li><p class="meta">{escape(bill[f"label_{locale}"])}</p>'
        f'<p class="money">¥ {(bill["fen"] + bill["late_fen"]) / 100:,.2f}</p></li>'
        for bill in said.body["bills"]
    )
    holder, place = escape(said.body["holder"]), escape(said.body["place"])
    return f'<p class="meta">{words["owes"]} <b>{holder}</b> {place}</p><ol>{rows}</ol>'


def _row(book: Book, order: wire.Order, at: datetime, locale: wire.Locale) -> str:
    words = _WORDS[locale]
    state = "pending" if not order.ended(at) else "refused" if order.outcome.ends_refused else "done"
    shown = "rejected" if state == "refused" else state
    what = words["payment" if order.what == "bill.status" else "delivery"]
    kind = book.kind.zh if locale == "zh" else book.kind.en
    return (
        f'<li><p class="meta">{what} · {escape(kind)} <b>{escape(book.provider)} {escape(order.account)}</b>'
        f'<time datetime="{order.at.isoformat(timespec="seconds")}">{order.at.astimezone(_BEIJING):%m-%d %H:%M:%S}'
        f'</time></p><p class="row"><span class="money">¥ {order.fen / 100:,.2f}</span>'
        f'<span class="state" data-state="{shown}">{words[state]}</span></p></li>'
    )
