"""PostgreSQL's own tools, run against a cluster as the account that owns it."""

from pathlib import Path

from fengshou.runtime.postgres.conf import OWNER
from fengshou.runtime.postgres.place import Place
from fengshou.runtime.postgres.problem import PostgresProblem


def tool(place: Place, socket: Path, name: str, *args: str, database: str = OWNER) -> str:
    """Run the tool `name` against a database of the cluster and return what it printed.

    Raises  PostgresProblem with the tool's own last words
    """
    login = f"--dbname=host={socket} dbname={database} user={OWNER}"
    done = place.account.run([place.binaries.program(name), login, "--no-password", *args])
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if "rror" in line or "FATAL" in line] or [
            done.stderr
        ]
        raise PostgresProblem(f"{name} failed: {said[0].strip()}")
    return done.stdout


def query(place: Place, socket: Path, sql: str, *, database: str = OWNER) -> str:
    """Run statements and return their rows as bare text."""
    args = (
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        "--command",
        sql,
    )
    return tool(place, socket, "psql", *args, database=database).strip()


def ensure_database(place: Place, socket: Path) -> None:
    """Create the owner's database when it is not there, which is so after the first start only."""
    there = query(place, socket, "SELECT datname FROM pg_database", database="postgres")
    if OWNER not in there.splitlines():
        query(place, socket, f"CREATE DATABASE {OWNER}", database="postgres")
