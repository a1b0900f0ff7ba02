"""The page of the simulated issuers: the newest orders and what became of them."""

from __future__ import annotations

from datetime import timedelta, timezone
from html import escape

from fengshou.adapters import wire
from fengshou.adapters.product.simulator import Issuers, Order

SHOWN_MAX = 60
_BEIJING = timezone(timedelta(hours=8))
_WORDS: dict[wire.Locale, dict[str, str]] = {
    "zh": {
        "title": "理财产品发行方", "sub": "演示用的发行方：名称就是一家，产品都是虚构的。", "list": "委托",
        "empty": "还没有委托。在应用里买一笔，它就会出现在这里。", "buy": "买入", "sell": "卖出", "accepted": "已受理",
        "paid": "已收款", "confirmed": "已确认", "settled": "已交收", "cancelled": "已撤销",
    },
    "en": {
        "title": "Product issuers", "sub": "Demo issuers: a name is enough to be one, and every product is invented.",
        "list": "Orders", "empty": "No orders yet. Buy something in the app and it will show up here.", "buy": "Buy",
        "sell": "Sell", "accepted": "Taken", "paid": "Paid", "confirmed": "Confirmed", "settled": "Settled",
        "cancelled": "Cancelled",
    },
}  # fmt: skip


def window_sheet(core: Issuers, locale: wire.Locale) -> wire.Sheet:
    """The sheet: the newest orders of all issuers."""
    words = _WORDS[locale]
    orders = [(name, order) for name, book in core.books().items() for order in book.orders.values()]
    newest = sorted(orders, key=lambda pair: pair[1].at, reverse=True)[:SHOWN_MAX]
    products = "".join(
        f'<li><p class="meta">{escape(id_)} <b>{escape(one.zh if locale == "zh" else one.en)}</b></p></li>'
        for id_, one in core.products.items()
    )
    return wire.Sheet(
        title=words["title"], sub=words["sub"], main=f"<ol>{products}</ol>", list_title=words["list"],
        rows=[_row(name, order, words) for name, order in newest], empty=words["empty"],
    )  # fmt: skip


def _row(provider: str, order: Order, words: dict[str, str]) -> str:
    shown = {"settled": "done", "cancelled": "rejected"}.get(order.state, "pending")
    return (
        f'<li><p class="meta">{escape(provider)} · {words[order.place.side]} <b>{escape(order.place.product)}</b>'
        f'<time datetime="{order.at.isoformat(timespec="seconds")}">{order.at.astimezone(_BEIJING):%m-%d %H:%M:%S}'
        f'</time></p><p class="row"><span class="money">¥ {order.place.fen / 100:,.2f}</span>'
        f'<span class="state" data-state="{shown}">{words[order.state]}</span></p></li>'
    )
