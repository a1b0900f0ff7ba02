"""The font, and a page to draw on. Measures are millimetres from the top left."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT = "FengshouSansSC"
WIDTH_MM, HEIGHT_MM = A4[0] / mm, A4[1] / mm
GREEN, INK, GREY, RULE, SEAL = (
    (0.04, 0.36, 0.24),
    (0.08, 0.12, 0.1),
    (0.4, 0.44, 0.42),
    (0.83, 0.84, 0.8),
    (0.72, 0.16, 0.12),
)
_FILE = Path(__file__).with_name(f"{FONT}.ttf")
_UNKNOWN = "〓"  # what Chinese printers set for a character their case lacks


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    """The characters the font has; registers it on the way, once a process (about 0.1 s)."""
    font = TTFont(FONT, str(_FILE))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def printable(text: str) -> str:
    """`text` with what the font cannot set replaced, so that a lack is seen and never silent."""
    known = _known()
    return "".join(char if ord(char) in known else _UNKNOWN for char in text)


def width(text: str, size: float) -> float:
    """How many millimetres a line takes."""
    return float(pdfmetrics.stringWidth(printable(text), FONT, size) / mm)


def fitted(text: str, size: float, most_mm: float) -> str:
    """`text`, its end cut to fit."""
    if width(text, size) <= most_mm:
        return text
    while text and width(f"{text}…", size) > most_mm:
        text = text[:-1]
    return f"{text}…"


class Sheet:
    """A PDF being drawn, A4, one canvas."""

    def __init__(self, title: str) -> None:
        _known()
        self._out = io.BytesIO()
        # invariant: the same content is the same bytes, whenever it is drawn.
        self.canvas = Canvas(self._out, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor("Fengshou")

    def text(
        self, x: float, y: float, text: str, size: float = 10, color: tuple[float, float, float] = INK,
        align: str = "left",
    ) -> None:  # fmt: skip
        """One line whose baseline is `y` below the top."""
        canvas, text = self.canvas, printable(text)
        canvas.setFont(FONT, size)
        canvas.setFillColorRGB(*color)
        draw = {
            "left": canvas.drawString,
            "right": canvas.drawRightString,
            "centre": canvas.drawCentredString,
        }[align]
        draw(x * mm, (HEIGHT_MM - y) * mm, text)

    def rule(self, x: float, y: float, until: float, color: tuple[float, float, float] = RULE) -> None:
        """A thin horizontal line."""
        self.canvas.setStrokeColorRGB(*color)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(x * mm, (HEIGHT_MM - y) * mm, until * mm, (HEIGHT_MM - y) * mm)

    def bar(
        self, x: float, y: float, wide: float, high: float, color: tuple[float, float, float] = GREEN
    ) -> None:
        """A filled rectangle whose top is `y`."""
        self.canvas.setFillColorRGB(*color)
        self.canvas.rect(x * mm, (HEIGHT_MM - y - high) * mm, wide * mm, high * mm, stroke=0, fill=1)

    def seal(self, x: float, y: float, upper: str, lower: str) -> None:
        """A round stamp with two lines."""
        canvas = self.canvas
        canvas.setStrokeColorRGB(*SEAL)
        canvas.setLineWidth(1.2)
        canvas.circle(x * mm, (HEIGHT_MM - y) * mm, 17 * mm, stroke=1, fill=0)
        self.text(x, y - 1, fitted(upper, 8.5, 31), 8.5, SEAL, "centre")
        self.text(x, y + 5, lower, 9, SEAL, "centre")

    def next_page(self) -> None:
        """Go on on another page."""
        self.canvas.showPage()

    def done(self) -> bytes:
        """The file."""
        self.canvas.showPage()
        self.canvas.save()
        return self._out.getvalue()
