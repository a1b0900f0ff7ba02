"""What is taken, what is not, and what is left of a picture."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fengshou.services.file_check import (
    BYTES_MAX,
    SIDE_MAX,
    FileActive,
    FileEmpty,
    FileLocked,
    FileRefused,
    FileTooLarge,
    FileTooManyPixels,
    FileUnknown,
    check,
)

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(kind: str, size: tuple[int, int] = (40, 30), **other: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 20).convert("RGB").save(out, kind, **other)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes that unfold to as much as they say."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "kept"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg")]
)
def test_pictures_are_drawn_anew(kind: str, kept: str) -> None:
    clean = check(picture(kind))

    assert (clean.media_type, clean.width, clean.height) == (kept, 40, 30)
    assert Image.open(io.BytesIO(clean.data)).size == (40, 30)


def test_where_it_was_taken_and_what_hides_behind_it_does_not_come_along() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home, 120.1E 30.2N"
    exif[0x0112] = 6  # lies on its side
    hidden = picture("JPEG", (40, 30), exif=exif, comment=b"secret") + b"PK\x03\x04 a second file"

    clean = check(hidden)

    assert (clean.width, clean.height) == (30, 40)  # upright
    assert not any(word in clean.data for word in (b"at home", b"secret", b"PK\x03\x04", b"Exif"))
    assert check(clean.data).media_type == "image/jpeg"


def test_a_text_in_a_png_does_not_come_along() -> None:
    from PIL.PngImagePlugin import PngInfo

    note = PngInfo()
    note.add_text("Comment", "secret")

    assert b"secret" not in check(picture("PNG", pnginfo=note)).data


def test_a_big_one_is_made_smaller() -> None:
    clean = check(picture("JPEG", (SIDE_MAX + 2_000, 500)))

    assert max(clean.width, clean.height) == SIDE_MAX


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", FileEmpty),
        (b"x" * (BYTES_MAX + 1), FileTooLarge),
        (b"hello", FileUnknown),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", FileUnknown),
        (b"<html>", FileUnknown),
        (b"MZ\x90\0", FileUnknown),
        (b"PK\x03\x04", FileUnknown),
        (picture("GIF"), FileUnknown),
        (picture("TIFF"), FileUnknown),
        (picture("JPEG")[:200], FileUnknown),
        (png_that_says(60_000, 60_000), FileTooManyPixels),
        (png_that_says(7_000, 9_000), FileTooManyPixels),
        (png_that_says(400, 400), FileUnknown),  # says more than it holds
        (b"%PDF-1.7 cut off", FileUnknown),
        (PDF.replace(b"/Type/Catalog", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), FileActive),
        (PDF.replace(b"/Type/Catalog", b"/S/J#61vaScript"), FileActive),
        (PDF.replace(b"/Type/Catalog", b"/S/Launch"), FileActive),
        (PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root"), FileLocked),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_is_refused(data: bytes, why: type[FileRefused]) -> None:
    with pytest.raises(why) as refusal:
        check(data)
    assert refusal.value.messages["zh"]
    assert refusal.value.messages["en"]


def test_a_plain_pdf_stays_as_it_is() -> None:
    assert check(PDF).data == PDF


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_damage_is_refused_or_harmless_and_never_an_error_of_ours(kind: str, data: st.DataObject) -> None:
    whole = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        clean = check(bytes(whole))
    except FileRefused:
        return
    assert Image.open(io.BytesIO(clean.data)).size == (clean.width, clean.height)


@given(st.binary(max_size=2_000))
def test_anything_at_all_is_refused_and_never_an_error_of_ours(data: bytes) -> None:
    for head in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBP", b"%PDF-"):
        with pytest.raises(FileRefused):
            check(head + data)
