"""A statement as CSV for spreadsheets and as PDF for people."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from fengshou.channels.app.paper.ink import GREEN, GREY, WIDTH_MM, fitted
from fengshou.channels.app.paper.ink import Sheet as Pdf
from fengshou.channels.app.shapes import Bi, FileShow, LineShow
from fengshou.kernel import SHANGHAI, Money

_HEAD = ("日期 Date", "时间 Time", "摘要 What", "对方 Other side", "对方银行 Bank", "对方账号尾号 Account",
         "附言 Memo", "收入 In", "支出 Out", "余额 Balance", "流水 Entry")  # fmt: skip
# A cell that begins like this is run as a formula by spreadsheets (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LEFT, _RIGHT, _LINE, _BOTTOM = 14.0, WIDTH_MM - 14.0, 7.0, 278.0

_COLUMNS = (
    (_LEFT, "时间 Time", "left"),
    (50.0, "摘要 What", "left"),
    (82.0, "对方与附言 Other side, memo", "left"),
    (158.0, "金额 Amount", "right"),
    (_RIGHT, "余额 Balance", "right"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: an account, a span of days (both ends in it), oldest line first."""

    owner: str = field(repr=False)
    number: str = field(repr=False)
    bank: Bi
    since: date
    until: date
    lines: Sequence[LineShow]
    printed_at: datetime

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return f"statement-{self.number[-4:]}-{self.since:%Y%m%d}-{self.until:%Y%m%d}"


def statement_csv(sheet: Sheet) -> FileShow:
    """UTF-8 with a byte order mark, as spreadsheets in China want it; nothing in it is a formula."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(_HEAD)
    for line in sheet.lines:
        at = line.at.astimezone(SHANGHAI)
        came, went = (line.delta_fen, 0) if line.delta_fen > 0 else (0, -line.delta_fen)
        write.writerow(
            (at.date().isoformat(), f"{at:%H:%M:%S}", line.title.zh, _plain(line.other),
             line.other_bank.zh if line.other_bank else "", _plain(line.other_tail), _plain(line.memo),
             Money(came).text if came else "", Money(went).text if went else "", Money(line.balance_fen).text,
             str(line.entry))
        )  # fmt: skip
    data = b"\xef\xbb\xbf" + out.getvalue().encode()
    return FileShow(name=f"{sheet.name}.csv", media_type="text/csv", base64=base64.b64encode(data).decode())


def statement_pdf(sheet: Sheet) -> FileShow:
    """Pages of lines under a head that names account and span."""
    pdf = Pdf(f"{sheet.bank.zh} 账户明细 {sheet.number[-4:]}")
    y = _head(pdf, sheet)
    number = 1
    for line in sheet.lines:
        if y > _BOTTOM:
            _foot(pdf, sheet, number)
            pdf.next_page()
            number += 1
            y = _columns(pdf, 18)
        _row(pdf, line, y)
        y += _LINE
    if not sheet.lines:
        pdf.text(WIDTH_MM / 2, y + 6, "这段时间没有收支 Nothing moved in this time", 10, GREY, "centre")
    _foot(pdf, sheet, number)
    data = base64.b64encode(pdf.done()).decode()
    return FileShow(name=f"{sheet.name}.pdf", media_type="application/pdf", base64=data)


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _head(pdf: Pdf, sheet: Sheet) -> float:
    came = sum(line.delta_fen for line in sheet.lines if line.delta_fen > 0)
    went = -sum(line.delta_fen for line in sheet.lines if line.delta_fen < 0)
    pdf.bar(0, 0, WIDTH_MM, 4)
    pdf.text(_LEFT, 18, sheet.bank.zh, 14, GREEN)
    pdf.text(_RIGHT, 18, "账户明细 Account statement", 12, align="right")
    pdf.rule(_LEFT, 22, _RIGHT, GREEN)
    pdf.text(_LEFT, 29, f"户名 Name  {sheet.owner}", 9)
    pdf.text(_LEFT, 35, f"账号 Account  {' '.join(sheet.number[i : i + 4] for i in range(0, 19, 4))}", 9)
    pdf.text(_RIGHT, 29, f"{sheet.since:%Y-%m-%d} — {sheet.until:%Y-%m-%d}", 9, align="right")
    pdf.text(_RIGHT, 35, f"收入 In {Money(came).shown}    支出 Out {Money(went).shown}", 9, align="right")
    return _columns(pdf, 43)


def _columns(pdf: Pdf, y: float) -> float:
    for x, text, align in _COLUMNS:
        pdf.text(x, y, text, 7.5, GREY, align)
    pdf.rule(_LEFT, y + 2, _RIGHT)
    return y + 8


def _row(pdf: Pdf, line: LineShow, y: float) -> None:
    at = line.at.astimezone(SHANGHAI)
    sign = "+" if line.delta_fen > 0 else "−"
    about = "  ".join(part for part in (line.other, line.other_tail, line.memo) if part)
    pdf.text(_LEFT, y, f"{at:%Y-%m-%d %H:%M}", 8)
    pdf.text(50, y, fitted(line.title.zh, 8.5, 30), 8.5)
    pdf.text(82, y, fitted(about, 8.5, 52), 8.5)
    pdf.text(
        158,
        y,
        f"{sign}{Money(abs(line.delta_fen)).shown}",
        8.5,
        GREEN if sign == "+" else (0.08, 0.12, 0.1),
        "right",
    )
    pdf.text(_RIGHT, y, Money(line.balance_fen).shown, 8.5, GREY, "right")
    pdf.rule(_LEFT, y + 2.2, _RIGHT)


def _foot(pdf: Pdf, sheet: Sheet, number: int) -> None:
    printed = sheet.printed_at.astimezone(SHANGHAI)
    pdf.text(
        _LEFT,
        290,
        f"打印时间 Printed {printed:%Y-%m-%d %H:%M}    演示系统，内容为虚构 A demonstration",
        7,
        GREY,
    )
    pdf.text(_RIGHT, 290, str(number), 7, GREY, "right")
