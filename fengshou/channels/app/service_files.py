"""Files of services: taken in checked and scanned, shown by links that end."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.app.ops import op
from fengshou.channels.app.service import ServiceKey
from fengshou.channels.app.shapes import FileShow
from fengshou.channels.edge import LINE, Ask, Call, Show
from fengshou.kernel import bank_of
from fengshou.services import LINK_FOR, FileMissing, FileUnknown

UPLOAD_MAX = 6 * 1024 * 1024
FileName: TypeAlias = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]
Base64: TypeAlias = Annotated[str, StringConstraints(min_length=4, max_length=UPLOAD_MAX)]


class FileAsk(Ask):
    """A file from a phone. What it is is read from its content, whatever `media_type` says."""

    name: FileName
    media_type: Annotated[str, StringConstraints(max_length=80, pattern=LINE)] = ""
    base64: Base64


class UploadAsk(Ask):
    """Files for a service: they lie where its runs will."""

    service: ServiceKey
    files: Annotated[tuple[FileAsk, ...], Field(min_length=1, max_length=3)]


class Uploaded(Show):
    """The files by id, loose until they are handed in with a run."""

    ids: tuple[UUID, ...]


class LinkAsk(Ask):
    """A file of mine."""

    id: UUID


class Link(Show):
    """A word that opens the file until its time is over."""

    link: str
    expires_at: datetime


class OpenAsk(Ask):
    """A link that was given."""

    link: Annotated[str, StringConstraints(min_length=10, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]


@op("service.upload", changes=True, body_max=UPLOAD_MAX)
async def upload(call: Call, ask: UploadAsk) -> Uploaded:
    """Take files in: their type by content, their size, scanned, sealed. A file that is refused says why."""
    room, who = call.doors.services, call.who
    call.rates.take(f"upload {who.id}")
    bank = room.chosen(room.definition(ask.service, who.bank), who.bank).institution
    kept = [await call.doors.files.put(who, bank, one.name, _bytes(one.base64)) for one in ask.files]
    return Uploaded(ids=tuple(one.id for one in kept))


@op("service.link")
async def link(call: Call, ask: LinkAsk) -> Link:
    """A link to a file of mine; it ends by itself."""
    if not 1 <= bank_of(ask.id) <= 9_999:
        raise FileMissing()
    await call.doors.files.mine(call.who, [ask.id])
    return Link(link=call.doors.files.link(ask.id), expires_at=call.doors.clock.now() + LINK_FOR)


@op("service.file")
async def file(call: Call, ask: OpenAsk) -> FileShow:
    """What a link leads to, for who is signed in."""
    found = await call.doors.files.open(ask.link)
    ending = found.media_type.rpartition("/")[2]
    return FileShow(
        name=f"file.{ending}", media_type=found.media_type, base64=base64.b64encode(found.data).decode()
    )


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise FileUnknown() from None
