"""Knowing a folder again without reading YAML.

Two marks name a folder: a cheap one of names, sizes and times of change, and a sure one of names
and bytes (a fresh checkout has new times and the same bytes). Both take in the schemas of the
kinds, because a new version of the code may make another release of the same files.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import orjson

from fengshou.catalog.kinds import Kinds
from fengshou.catalog.reading import content_files

# Raised when the way from files to a release changes without a schema changing.
_BUILD = 1


def schemas(kinds: Kinds) -> bytes:
    """A digest of the models and places of all kinds."""
    known = [
        (kind.name, kind.where, kind.key, kind.layered, kind.model.model_json_schema())
        for kind in sorted(kinds, key=lambda kind: kind.name)
    ]
    return sha256(orjson.dumps([_BUILD, known], option=orjson.OPT_SORT_KEYS)).digest()


def quick_mark(folder: Path, schema: bytes) -> bytes:
    """32 bytes over names, sizes and times of change."""
    state = sha256(b"quick" + schema + str(folder.resolve()).encode())
    for path in content_files(folder):
        about = path.stat()
        state.update(f"{path.relative_to(folder)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return state.digest()


def sure_mark(folder: Path, schema: bytes) -> bytes:
    """32 bytes over names and bytes."""
    state = sha256(b"sure" + schema)
    for path in content_files(folder):
        inside = sha256(path.read_bytes()).hexdigest()
        state.update(f"{path.relative_to(folder)}\0{inside}\n".encode())
    return state.digest()
