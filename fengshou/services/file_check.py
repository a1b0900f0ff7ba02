"""What somebody uploads, looked at before it is kept: what it is by its content, not too big, not a bomb.

An image is drawn anew from its pixels: what else was in the file (where it was taken, a second file behind the first)
does not come along. A PDF stays as it is, is never shown inside a page of ours, and may not run anything.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from PIL import Image, ImageOps, UnidentifiedImageError

from fengshou.kernel import BankError, Kind

MediaType: TypeAlias = Literal["image/jpeg", "image/png", "application/pdf"]

BYTES_MAX = 10 * 1024 * 1024
PIXELS_MAX = 60_000_000
SIDE_MAX = 4_096  # longer ones are made smaller: still 350 dots an inch on a sheet of A4
_JPEG_QUALITY = 88
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/jpeg", "MPO": "image/jpeg"}
# Names of things that run, open or send by themselves, as they stand in a PDF; `#xx` is a letter in disguise.
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|RichMedia|EmbeddedFiles?|XFA)\b")
_DISGUISED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENCRYPTED = re.compile(rb"/Encrypt\b")


class FileRefused(BankError):
    """Not taken; nothing of it is kept."""

    kind = Kind.INVALID


class FileTooLarge(FileRefused):
    """More bytes than anybody needs for a paper."""

    code = "SERVICES.FILE_TOO_LARGE"
    zh = "文件太大，最多 {most_mb} MB。可以拍得小一点，或分成几份"
    en = "The file is too large, {most_mb} MB at most. Take a smaller picture, or send it in parts."


class FileEmpty(FileRefused):
    """No bytes."""

    code = "SERVICES.FILE_EMPTY"
    zh = "文件是空的，请重新选择"
    en = "The file is empty. Please choose it again."


class FileUnknown(FileRefused):
    """By its content it is none of the kinds taken here."""

    code = "SERVICES.FILE_UNKNOWN"
    zh = "只收照片（JPG、PNG、WebP）和 PDF。这个文件不是，或者已经损坏"
    en = "Only pictures (JPG, PNG, WebP) and PDF are taken. This file is none, or is damaged."


class FileTooManyPixels(FileRefused):
    """An image that would unfold to more than a picture is."""

    code = "SERVICES.FILE_TOO_MANY_PIXELS"
    zh = "图片尺寸太大，请用手机直接拍一张"
    en = "The picture has too many pixels. Please take one with the phone."


class FileActive(FileRefused):
    """A PDF that runs, opens or sends something."""

    code = "SERVICES.FILE_ACTIVE"
    zh = "这个 PDF 里有会自己运行的内容，不能收。请打印成普通 PDF 再上传"
    en = "This PDF holds something that runs by itself. Print it to a plain PDF and send that."


class FileLocked(FileRefused):
    """A PDF nobody can read without its password."""

    code = "SERVICES.FILE_LOCKED"
    zh = "这个 PDF 有密码，办事人员打不开。请去掉密码再上传"
    en = "This PDF is locked by a password. Please remove it first."


@dataclass(frozen=True, slots=True)
class Clean:
    """What is kept. `width` and `height` in pixels, 0 for a PDF."""

    media_type: MediaType
    data: bytes = field(repr=False)
    width: int = 0
    height: int = 0


def check(data: bytes) -> Clean:
    """The file as it is kept. Raises a `FileRefused`. Takes up to a second: not for the event loop."""
    if not data:
        raise FileEmpty()
    if len(data) > BYTES_MAX:
        raise FileTooLarge(most_mb=BYTES_MAX // 1024 // 1024)
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(data)
    return _image(data)


def _pdf(data: bytes) -> Clean:
    # Every whole one has objects and, in a trailer or in the table's own object, where they begin.
    if b"%%EOF" not in data[-2_048:] or b" obj" not in data or b"/Root" not in data:
        raise FileUnknown()
    plain = _DISGUISED.sub(lambda found: bytes([int(found[1], 16)]), data)
    if _ENCRYPTED.search(plain):
        raise FileLocked()
    if _ACTIVE.search(plain):
        raise FileActive()
    return Clean("application/pdf", data)


def _image(data: bytes) -> Clean:
    try:
        with warnings.catch_warnings():
            # Pillow warns at a third of its own limit; ours is below that, and looked at before a pixel is made.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(_IMAGES)) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    raise FileTooManyPixels()
                return _drawn(picture)
    except Image.DecompressionBombError:
        raise FileTooManyPixels() from None
    except FileRefused:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        KeyError,
        OverflowError,
    ):
        # What Pillow raises for damage is not one kind of error.
        raise FileUnknown() from None


def _drawn(picture: Image.Image) -> Clean:
    kind = _IMAGES[picture.format or ""]
    if picture.format == "JPEG":
        picture.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a big one is not even unfolded whole
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((SIDE_MAX, SIDE_MAX))
    out = io.BytesIO()
    if kind == "image/png":
        plain = upright.convert(
            "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
        )
        _bare(plain).save(out, "PNG")
        return Clean("image/png", out.getvalue(), *plain.size)
    plain = upright.convert("RGB")
    _bare(plain).save(out, "JPEG", quality=_JPEG_QUALITY)
    return Clean("image/jpeg", out.getvalue(), *plain.size)


def _bare(picture: Image.Image) -> Image.Image:
    """The pixels and nothing else of it."""
    picture.info = {}
    return picture
