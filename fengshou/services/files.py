"""Files that people hand in: checked, scanned, sealed, and shown by links that end."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fengshou.kernel import BankError, Clock, Database, Kind, Principal, Vault, Work, bank_of, new_id
from fengshou.services import store_files as store
from fengshou.services.file_check import Clean, FileRefused, check

Scan: TypeAlias = Literal["clean", "found", "away"]

LOOSE_MAX = 60 * 1024 * 1024
LOOSE_FOR = timedelta(hours=24)
LINK_FOR = timedelta(minutes=15)
_NAME_MAX = 120
_NONCE = 12
_LINK = struct.Struct(">16sQ")
_TAG = 32


class Scanner(Protocol):
    """Looks for malware. Never raises; `away` means nobody looked."""

    async def scan(self, data: bytes) -> Scan:
        """What it says of these bytes."""
        ...


class FileInfected(FileRefused):
    """The scanner knows it."""

    code = "SERVICES.FILE_INFECTED"
    zh = "安全检查发现这个文件有问题，没有收下。请换一份"
    en = "The safety check found something in this file; it was not taken. Please send another."


class ScannerAway(BankError):
    """Nothing is taken unscanned."""

    code = "SERVICES.SCANNER_AWAY"
    kind = Kind.BUSY
    zh = "现在不能检查文件，请过几分钟再传"
    en = "Files cannot be checked just now. Please try again in some minutes."


class TooManyFiles(FileRefused):
    """Much was uploaded and nothing handed in."""

    code = "SERVICES.TOO_MANY_FILES"
    zh = "还没提交的文件太多了，请先提交，或明天再传"
    en = "Too many files wait to be handed in. Hand them in first, or come back tomorrow."


class FileMissing(BankError):
    """No such file, or not for this person, or the link has ended: nobody learns which."""

    code = "SERVICES.FILE_MISSING"
    kind = Kind.MISSING
    zh = "文件不存在，或链接已经过期"
    en = "There is no such file, or the link has ended."


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file to its owner. `sha256` in hex."""

    id: UUID
    name: str = field(repr=False)
    media_type: str
    size: int
    width: int
    height: int
    sha256: str


class Files:
    """The files of all banks' runs."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, scanner: Scanner) -> None:
        self._db, self._vault, self._clock, self._scanner = db, vault, clock, scanner
        self._drawing = asyncio.Semaphore(1)  # an image unfolds to 180 MB at worst
        self._link_key = vault.key("services.file link")

    async def put(self, who: Principal, bank: int, name: str, data: bytes) -> FileFacts:
        """Keep a file of `who` at `bank`, loose until it is handed in. Raises `FileRefused`, `ScannerAway`."""
        async with self._drawing:
            clean = await asyncio.to_thread(check, data)
        said = await self._scanner.scan(data)
        if said == "found":
            raise FileInfected()
        if said != "clean":
            raise ScannerAway()
        id_ = new_id(bank, self._clock.now())
        digest = sha256(clean.data).digest()
        row = store.FileRow(
            id_, who.id, None, self._seal_name(bank, id_, _tidy(name)), clean.media_type, len(clean.data),
            clean.width, clean.height, digest, self._clock.now(),
        )  # fmt: skip
        sealed = await asyncio.to_thread(self._seal, bank, id_, clean)
        async with self._db.work(bank, who) as work:
            if await store.loose_bytes(work, who.id) + len(clean.data) > LOOSE_MAX:
                raise TooManyFiles()
            await store.put(work, row, sealed)
        return self._facts(bank, row)

    async def attach(self, work: Work, ids: Sequence[UUID], run: UUID, owner: UUID) -> list[FileFacts]:
        """Hand files in with a run, in the caller's transaction. Raises `FileMissing` for any that is not theirs."""
        if await store.attach(work, ids, run, owner) != set(ids):
            raise FileMissing()
        rows = await store.facts(work, ids)
        return [self._facts(work.bank, rows[id_]) for id_ in ids]

    async def mine(self, who: Principal, ids: Sequence[UUID]) -> list[FileFacts]:
        """Facts of one's own files. Raises `FileMissing`."""
        found: list[FileFacts] = []
        for id_ in ids:
            bank = bank_of(id_)
            async with self._db.read(bank) as work:
                row = (await store.facts(work, [id_])).get(id_)
            if row is None or row.owner != who.id:
                raise FileMissing()
            found.append(self._facts(bank, row))
        return found

    async def of_run(self, run: UUID) -> list[FileFacts]:
        """What was handed in with a run, for who has been checked to be allowed to see it."""
        bank = bank_of(run)
        async with self._db.read(bank) as work:
            rows = await store.of_run(work, run)
        return [self._facts(bank, row) for row in rows]

    def link(self, id_: UUID, *, lasts: timedelta = LINK_FOR) -> str:
        """A word that opens this one file until its time is over. Give it only to who may see the file."""
        until = int((self._clock.now() + lasts).timestamp())
        body = _LINK.pack(id_.bytes, until)
        tag = hmac.digest(self._link_key, body, "sha256")
        return base64.urlsafe_b64encode(body + tag).rstrip(b"=").decode()

    async def open(self, link: str) -> Clean:
        """What a link leads to. Raises `FileMissing`."""
        try:
            raw = base64.urlsafe_b64decode(link.encode() + b"=" * (-len(link) % 4))
            body, tag = raw[: _LINK.size], raw[_LINK.size :]
            packed, until = _LINK.unpack(body)
        except (ValueError, struct.error):
            raise FileMissing() from None
        if len(tag) != _TAG or not hmac.compare_digest(tag, hmac.digest(self._link_key, body, "sha256")):
            raise FileMissing()
        if self._clock.now() >= datetime.fromtimestamp(until, UTC):
            raise FileMissing()
        return await self.read(UUID(bytes=packed))

    async def read(self, id_: UUID) -> Clean:
        """The file itself, for who has been checked to be allowed. Raises `FileMissing`, `VaultTampered`."""
        bank = bank_of(id_)
        async with self._db.read(bank) as work:
            row = (await store.facts(work, [id_])).get(id_)
            sealed = await store.sealed(work, id_)
        if row is None or sealed is None:
            raise FileMissing()
        data = await asyncio.to_thread(self._open, bank, id_, sealed)
        return Clean(row.media_type, data, row.width, row.height)

    async def sweep(self, bank: int, who: Principal) -> None:
        """Forget what was never handed in; a daily job."""
        async with self._db.work(bank, who) as work:
            await store.sweep(work, work.now - LOOSE_FOR)

    def _facts(self, bank: int, row: store.FileRow) -> FileFacts:
        name = self._vault.open(bank, "file name", row.name_sealed, aad=f"services.file|name|{row.id}")
        return FileFacts(
            row.id, name, row.media_type, row.size, row.width, row.height, row.sha256.hex()
        )  # fmt: skip

    def _seal_name(self, bank: int, id_: UUID, name: str) -> bytes:
        return self._vault.seal(bank, "file name", name, aad=f"services.file|name|{id_}")

    def _seal(self, bank: int, id_: UUID, clean: Clean) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher(bank).encrypt(nonce, clean.data, id_.bytes)

    def _open(self, bank: int, id_: UUID, sealed: bytes) -> bytes:
        return self._cipher(bank).decrypt(sealed[:_NONCE], sealed[_NONCE:], id_.bytes)

    def _cipher(self, bank: int) -> AESGCM:
        return AESGCM(self._vault.key(f"services.file {bank}"))


def _tidy(name: str) -> str:
    """A name to show: no path, nothing that cannot be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[-_NAME_MAX:] or "file"
