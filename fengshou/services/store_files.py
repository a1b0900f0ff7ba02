"""The rows of files. Their bytes are sealed before they come here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from fengshou.kernel import Work
from fengshou.services.file_check import MediaType

_PUT = """
INSERT INTO services.file
  (institution_id, id, owner, name_sealed, media_type, size, width, height, sha256, sealed, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_FACTS = """
SELECT id, owner, run, name_sealed, media_type, size, width, height, sha256, created_at FROM services.file
WHERE institution_id = $1 AND id = ANY($2::uuid[])
"""
_LOOSE = "SELECT coalesce(sum(size), 0) FROM services.file WHERE institution_id = $1 AND owner = $2 AND run IS NULL"
_LOCK_OWNER = (
    "SELECT pg_advisory_xact_lock(hashtextextended('services.file ' || $1::text || ' ' || $2::text, 0))"
)
_ATTACH = """
UPDATE services.file SET run = $3
WHERE institution_id = $1 AND id = ANY($2::uuid[]) AND owner = $4 AND (run IS NULL OR run = $3)
RETURNING id
"""
_OF_RUN = """
SELECT id, owner, run, name_sealed, media_type, size, width, height, sha256, created_at FROM services.file
WHERE institution_id = $1 AND run = $2 ORDER BY id LIMIT 200
"""
_BYTES = "SELECT sealed FROM services.file WHERE institution_id = $1 AND id = $2"
_SWEEP = "DELETE FROM services.file WHERE institution_id = $1 AND run IS NULL AND created_at < $2"


class FileRow(NamedTuple):
    """A file without its bytes. `run` is what it was handed in with, None while it is loose."""

    id: UUID
    owner: UUID
    run: UUID | None
    name_sealed: bytes
    media_type: MediaType
    size: int
    width: int
    height: int
    sha256: bytes
    created_at: datetime


async def put(work: Work, row: FileRow, sealed: bytes) -> None:
    """Keep a file."""
    await work.execute(
        _PUT, work.bank, row.id, row.owner, row.name_sealed, row.media_type, row.size, row.width, row.height,
        row.sha256, sealed, row.created_at,
    )  # fmt: skip


async def facts(work: Work, ids: Sequence[UUID]) -> dict[UUID, FileRow]:
    """What is known of files, by id."""
    return {row["id"]: FileRow(*row) for row in await work.fetch(_FACTS, work.bank, list(ids))}


async def of_run(work: Work, run: UUID) -> list[FileRow]:
    """What was handed in with a run, in the order it came."""
    return [FileRow(*row) for row in await work.fetch(_OF_RUN, work.bank, run)]


async def loose_bytes(work: Work, owner: UUID) -> int:
    """How much somebody has uploaded and not handed in; who asks at once waits in line."""
    await work.execute(_LOCK_OWNER, str(work.bank), str(owner))
    return int(await work.fetchval(_LOOSE, work.bank, owner))


async def attach(work: Work, ids: Sequence[UUID], run: UUID, owner: UUID) -> set[UUID]:
    """Hand files of `owner` in with a run; who is not in the answer is somebody else's, or another run's."""
    return {row["id"] for row in await work.fetch(_ATTACH, work.bank, list(ids), run, owner)}


async def sealed(work: Work, id_: UUID) -> bytes | None:
    """The bytes as they lie there."""
    found: bytes | None = await work.fetchval(_BYTES, work.bank, id_)
    return found


async def sweep(work: Work, before: datetime) -> None:
    """Forget what was uploaded and never handed in."""
    await work.execute(_SWEEP, work.bank, before)
