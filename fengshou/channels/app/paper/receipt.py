"""An electronic receipt as PDF: one page, both languages, every figure as booked."""

from __future__ import annotations

import base64

from fengshou.channels.app.paper.ink import GREEN, GREY, WIDTH_MM, Sheet, fitted
from fengshou.channels.app.shapes import Bi, FileShow, ReceiptShow
from fengshou.kernel import SHANGHAI, Money

_LEFT, _RIGHT, _VALUE = 20.0, WIDTH_MM - 20.0, 62.0
_LINE = 9.5


def receipt_pdf(receipt: ReceiptShow) -> FileShow:
    """The receipt to keep and to show."""
    sheet = Sheet(f"{receipt.issuer.zh} 电子回单 {receipt.number}")
    sheet.bar(0, 0, WIDTH_MM, 4)
    sheet.text(_LEFT, 22, receipt.issuer.zh, 15, GREEN)
    sheet.text(_LEFT, 28.5, receipt.issuer.en, 9, GREY)
    sheet.text(_RIGHT, 22, "电子回单", 15, align="right")
    sheet.text(_RIGHT, 28.5, "Electronic receipt", 9, GREY, "right")
    sheet.rule(_LEFT, 33, _RIGHT, GREEN)
    y = 44.0
    for label, value in _rows(receipt):
        sheet.text(_LEFT, y, label.zh, 10, GREY)
        sheet.text(_LEFT, y + 3.7, label.en, 6.5, GREY)
        sheet.text(_VALUE, y + 1, fitted(value, 11, _RIGHT - _VALUE), 11)
        sheet.rule(_LEFT, y + 5.5, _RIGHT)
        y += _LINE
    if receipt.order.state == "done":
        sheet.seal(_RIGHT - 20, y + 24, receipt.issuer.zh, "业务办讫")
    y += 10
    sheet.text(_LEFT, y, f"校验码 Verification code  {receipt.verify}", 10)
    for words in (
        "凭回单号和校验码可在手机银行核对真伪。本回单可重复打印，请勿重复记账。",
        "Check number and code in the app. Printing it again does not book it again.",
        "演示系统：所有银行与客户均为虚构。 A demonstration: every bank and customer in it is fictional.",
    ):
        y += 6
        sheet.text(_LEFT, y, fitted(words, 8, _RIGHT - _LEFT - 42), 8, GREY)
    return FileShow(
        name=f"receipt-{receipt.number}.pdf", media_type="application/pdf",
        base64=base64.b64encode(sheet.done()).decode(),
    )  # fmt: skip


def _rows(receipt: ReceiptShow) -> list[tuple[Bi, str]]:
    def row(zh: str, en: str, value: str) -> tuple[Bi, str]:
        return Bi(zh=zh, en=en), value

    booked = receipt.entry.posted_at.astimezone(SHANGHAI)
    rows = [
        row("回单号", "Receipt number", receipt.number),
        row("交易时间", "Booked at (Beijing time)", f"{booked:%Y-%m-%d %H:%M:%S}"),
        row("付款人", "Payer", receipt.payer.name),
        row("付款账号", "Paying account", receipt.payer.number_masked),
        row("付款银行", "Paying bank", receipt.payer.bank_name.zh),
        row("收款人", "Payee", receipt.payee.name),
        row("收款账号", "Payee's account", receipt.payee.number_masked),
        row("收款银行", "Payee's bank", receipt.payee.bank_name.zh),
        row("金额（小写）", "Amount", f"¥ {Money(receipt.amount_fen).shown}"),
        row("金额（大写）", "Amount in words", f"人民币{receipt.capitals}"),
        row("手续费", "Fee", f"¥ {Money(receipt.fee_fen).shown}"),
        row("附言", "Memo", receipt.memo or "—"),
        row("状态", "State", f"{receipt.title.zh}  {receipt.title.en}"),
    ]
    rows += [
        row("记账序号", "Journal position", f"{place.bank_name.zh}  第 {place.position} 号")
        for place in receipt.entry.positions
    ]
    if receipt.reversal:
        back = receipt.reversal
        rows.append(row("退回", "Returned", f"¥ {Money(back.amount_fen).shown}  {back.reason.zh}"))
    return rows
