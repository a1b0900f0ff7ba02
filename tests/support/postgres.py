"""A real PostgreSQL for tests: one cluster for the whole run, as many fresh databases as wanted.

`cluster_dsn()` starts it once for a process and its children (or uses the one in FENGSHOU_TEST_DSN);
`await fresh_database()` returns the DSN of a new empty database; `await fresh_database(template)` copies
a database that nobody is connected to, which is how a migrated schema is shared between tests.
"""

import asyncio
import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from fengshou.runtime.postgres import Cluster

VARIABLE = "FENGSHOU_TEST_DSN"
PREFIX = "fengshou-test-"

# Durable like the real thing; only smaller, because several runs may share a machine.
SMALL = {"shared_buffers": "128MB", "max_wal_size": "1GB", "max_connections": "200"}


def cluster_dsn() -> str:
    """The owner's DSN of the run's cluster; starts it at the first call and stops it when this process ends."""
    if given := os.environ.get(VARIABLE):
        return given
    _sweep()
    # Root's temporary folder may be closed to the database's user; the supervisor would then use the system's folder.
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, settings=SMALL, state_dir=folder / "state", ends_with_us=True)
    dsn = cluster.start()
    os.environ[VARIABLE] = dsn
    atexit.register(_end, cluster, os.getpid())
    return dsn


async def fresh_database(template: str | None = None) -> str:
    """The DSN of a new database: empty, or a copy of the database that the DSN or name `template` means."""
    name = f"t_{secrets.token_hex(6)}"
    source = database_of(template) if template else "template0"
    await run_on_cluster(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    return dsn_of(name)


async def drop_database(dsn: str) -> None:
    """Drop a database that `fresh_database` made, whoever is still connected to it."""
    await run_on_cluster(f'DROP DATABASE IF EXISTS "{database_of(dsn)}" WITH (FORCE)')


async def run_on_cluster(sql: str) -> None:
    """Run one statement as the owner of the cluster, in its first database."""
    connection = await asyncpg.connect(
        cluster_dsn() if VARIABLE in os.environ else await asyncio.to_thread(cluster_dsn)
    )
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def dsn_of(name: str) -> str:
    """The DSN of a database of the run's cluster."""
    return urlunsplit(urlsplit(cluster_dsn())._replace(path=f"/{quote(name)}"))


def database_of(dsn_or_name: str) -> str:
    """The database's name in a DSN; a bare name is returned as it is."""
    return urlsplit(dsn_or_name).path.lstrip("/") if "://" in dsn_or_name else dsn_or_name


def _end(cluster: Cluster, starter: int) -> None:
    if os.getpid() == starter:  # a forked child inherits this hook, and must not end its parent's database
        cluster.stop(even_if_used=True)
        shutil.rmtree(cluster.folder, ignore_errors=True)


def _sweep() -> None:
    """End what an earlier run of ours left when it was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not _lives(int(pid)) and folder.stat().st_uid == os.geteuid():
            Cluster(folder).stop()
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
