"""A backup: one zip file with the roles and a dump of the owner's database, taken while the bank is open."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from fengshou.runtime.postgres.cluster import Cluster
from fengshou.runtime.postgres.conf import OWNER
from fengshou.runtime.postgres.diagnosis import files_of
from fengshou.runtime.postgres.place import Say
from fengshou.runtime.postgres.problem import PostgresProblem
from fengshou.runtime.postgres.tools import MAINTENANCE, Server

FORMAT = 1
MANIFEST, ROLES, SETTINGS, DUMP = "manifest.json", "roles.sql", "settings.sql", "database.dump"


def backup(cluster: Cluster, file: Path, say: Say = lambda _: None) -> None:
    """Write the database of a started cluster to `file`, as it is at this moment; others go on working.

    file    must not exist; it appears whole or not at all, readable by its owner alone
    Raises  PostgresProblem
    """
    if file.exists():
        raise PostgresProblem(f"{file} exists already: name a new file, a backup is never overwritten.")
    server = cluster.server()
    partial = file.with_name(f"{file.name}.partial-{os.getpid()}")
    say(f"Backing up to {file}.")
    try:
        with files_of(file.parent), open(partial, "xb", opener=_private) as raw:
            with zipfile.ZipFile(raw, "w") as archive:
                _fill(archive, server)
            raw.flush()
            os.fsync(raw.fileno())
            partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)


def _fill(archive: zipfile.ZipFile, server: Server) -> None:
    parts = {
        # Without the owner, whom every cluster of ours has from its beginning.
        ROLES: _without(
            server.read("pg_dumpall", "--roles-only", database=MAINTENANCE), f"CREATE ROLE {OWNER};"
        ),
        SETTINGS: _settings_of(server),
        DUMP: server.read("pg_dump", "--format=custom"),
    }
    manifest: dict[str, object] = {
        "format": FORMAT,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "postgresql": server.place.binaries.version,
        "sha256": {name: _store(archive, name, pieces) for name, pieces in parts.items()},
    }
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def _store(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> str:
    """Write one member, piece by piece so that its size does not matter, and return its SHA-256."""
    digest = hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in pieces:
            digest.update(piece)
            member.write(piece)
    return digest.hexdigest()


def _without(pieces: Iterable[bytes], line: str) -> Iterator[bytes]:
    text = b"".join(pieces)
    yield b"".join(each for each in text.splitlines(keepends=True) if each.strip() != line.encode())


def _settings_of(server: Server) -> Iterator[bytes]:
    """The settings that were given to the database itself, which a dump leaves out unless it also creates it."""
    whole = b"".join(server.read("pg_dump", "--create", "--schema-only", "--exclude-schema=*"))
    for line in whole.splitlines(keepends=True):
        is_ours = line.startswith((b"ALTER DATABASE ", b"ALTER ROLE ")) and b" SET " in line
        if is_ours:
            yield line


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
