"""The book ends holds and freezes whose time is up, all that are due at once: one batch, not one commit each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from fengshou.kernel import BankError, Kind, bank_of, new_id
from fengshou.ledger.book import Book
from fengshou.ledger.model import AccountRef, Entry, Hold, OutboxEvent, Posting, PostingKind, Receipt
from fengshou.ledger.terms import Lift, Order
from fengshou.ledger.timers import Timer

EXPIRY = "hold.expiry"
_AGAIN = (Kind.BUSY, Kind.WAITING)
_AT_ONCE = 1_000


async def expire_due(book: Book, now: datetime, post: Callable[[Entry], Awaitable[Receipt]]) -> int:
    """End what is due at `now`; returns how much of it ended. What was settled meanwhile is left alone."""
    ended = 0
    rung = book.timers.due(now)
    for begin in range(0, len(rung), _AT_ONCE):
        part = rung[begin : begin + _AT_ONCE]
        answers = await asyncio.gather(
            *(_end(book, timer, now, post) for timer in part), return_exceptions=True
        )
        for timer, answer in zip(part, answers, strict=True):
            if isinstance(answer, BaseException):
                book.timers.add(timer)  # nobody knows: it rings again, and by then it may be gone
                if not isinstance(answer, BankError):
                    raise answer
            else:
                ended += answer
    return ended


async def _end(book: Book, timer: Timer, now: datetime, post: Callable[[Entry], Awaitable[Receipt]]) -> bool:
    entry = _entry(book, timer)
    if entry is None:
        return False
    try:
        await post(entry)
    except BankError as refusal:
        if refusal.kind in _AGAIN:
            raise
        return False  # somebody was faster
    return True


def _entry(book: Book, timer: Timer) -> Entry | None:
    """What ends it, unless it is gone."""
    if timer.account is None:
        hold = book.holds.get(timer.id)
        return _end_hold(hold) if hold else None
    account = book.accounts.get(timer.account)
    order = next((o for o in account.orders if o.id == timer.id), None) if account else None
    return _end_freeze(order) if order else None


def _end_hold(hold: Hold) -> Entry:
    bank = hold.debit.bank
    body = {"hold": str(hold.id), "fen": hold.fen}
    return Entry(
        new_id(bank),
        (Posting(hold.debit, hold.credit, hold.fen, PostingKind.EXPIRE, hold.id, hold.code),),
        events=(OutboxEvent(bank, "ledger.hold_expired", str(hold.id), body),),
        mandate=EXPIRY,
    )


def _end_freeze(order: Order) -> Entry:
    ref: AccountRef = order.ref
    body = {"freeze": str(order.id), "bank": ref.bank, "account": ref.id}
    return Entry(
        new_id(bank_of(order.id)),
        changes=(Lift(ref, order.id, order.owner, "expired"),),
        events=(OutboxEvent(ref.bank, "ledger.freeze_expired", str(order.id), body),),
        mandate=EXPIRY,
    )
