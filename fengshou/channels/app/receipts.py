"""receipts.*: proof of a payment, on the screen and on paper, and whether a paper is genuine."""

from __future__ import annotations

import asyncio
import hmac
from datetime import datetime
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from fengshou.channels.app import paper, views, words
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import (
    Bi,
    EndShow,
    EntryShow,
    FileShow,
    PositionShow,
    ReceiptShow,
    ReversalShow,
)
from fengshou.channels.edge import Ask, Call, Doors, Show
from fengshou.kernel import Money
from fengshou.payments import Order, ReceiptPaper

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 O 1 I: people read it out
_PURPOSE = "app.receipt.verify"


class IdAsk(Ask):
    """The payment."""

    id: UUID


class VerifyAsk(Ask):
    """As printed: the number, the amount and the code."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9 ]{16,30}$")]
    amount: Annotated[str, StringConstraints(max_length=20)]
    verify: Annotated[str, StringConstraints(max_length=20)]


class Verified(Show):
    """Whether this bank printed it."""

    genuine: bool


@op("receipts.get")
async def get(call: Call, ask: IdAsk) -> ReceiptShow:
    """The receipt of a payment of mine."""
    return receipt_show(call.doors, await call.doors.payments.receipt(call.who, views.ours(ask.id)))


@op("receipts.pdf")
async def pdf(call: Call, ask: IdAsk) -> FileShow:
    """The receipt as a file."""
    receipt = receipt_show(call.doors, await call.doors.payments.receipt(call.who, views.ours(ask.id)))
    return await asyncio.to_thread(paper.receipt_pdf, receipt)


@op("receipts.verify", auth="none", braked=True)
async def verify(call: Call, ask: VerifyAsk) -> Verified:
    """Whether number, amount and code on a paper belong together; tells nothing about the payment."""
    number = ask.number.replace(" ", "")
    code = verification(call.doors, number, ask.amount.replace(",", "").strip())
    given = ask.verify.replace("-", "").replace(" ", "").upper()
    return Verified(genuine=hmac.compare_digest(code.replace("-", "").encode(), given.encode()))


def verification(doors: Doors, number: str, amount: str) -> str:
    """Twelve characters over number and amount, made with a key only this bank has: 60 bits."""
    digest = hmac.digest(doors.vault.key(_PURPOSE), f"{number}|{amount}".encode(), sha256)
    bits = int.from_bytes(digest[:8], "big")
    letters = "".join(_LETTERS[(bits >> (5 * place)) & 31] for place in range(12))
    return "-".join(letters[i : i + 4] for i in range(0, 12, 4))


def receipt_show(doors: Doors, paper_: ReceiptPaper) -> ReceiptShow:
    """The receipt as its payer may see it."""
    order = paper_.order
    shown = views.order_show(doors, order)
    number = shown.reference
    title, _ = words.STATES[order.state]
    booked: datetime = paper_.posted_at or order.posted_at or order.created_at
    return ReceiptShow(
        order=shown, title=title, number=number, amount_fen=order.amount_fen, capitals=shown.capitals,
        fee_fen=order.fee_fen, memo=order.memo, at=booked,
        payer=EndShow(name=paper_.payer_name, number_masked=shown.from_.number_masked, bank_name=shown.from_.bank_name),
        payee=EndShow(name=order.to_name, number_masked=shown.payee.number_masked, bank_name=shown.payee.bank_name),
        entry=EntryShow(
            id=order.id, posted_at=booked,
            positions=tuple(
                PositionShow(bank=bank, bank_name=views.bank_name(doors, bank), position=position)
                for bank, position in paper_.positions
            ),
        ),
        confirmed_by=_confirmed_by(paper_.proved),
        reversal=_reversal(order, shown.reason) if order.state == "returned" else None,
        verify=verification(doors, number, Money(order.amount_fen).text),
        issuer=shown.from_.bank_name,
    )  # fmt: skip


def _confirmed_by(proved: frozenset[str]) -> Bi:
    """How the payer confirmed, from the evidence the payment spent."""
    if "passkey" in proved:
        return words.bi("通行密钥", "Passkey")
    if {"password", "sms"} <= proved:
        return words.bi("密码 + 短信验证码", "Password and SMS code")
    if "password" in proved:
        return words.bi("密码", "Password")
    return words.bi("本人确认", "Confirmed by you")


def _reversal(order: Order, reason: Bi | None) -> ReversalShow:
    why = reason or words.bi("对方银行退回", "Returned by the other bank")
    return ReversalShow(at=order.closed_at, amount_fen=order.amount_fen, reason=why)
