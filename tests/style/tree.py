"""The files that the style tests read: what git has, and what it would take."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = {".git", ".venv", "node_modules", "web_dist"}


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file of the project, relative to ROOT: tracked or new, ignored ones left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:  # a source archive has no git
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not _LEFT_OUT & set(path.parts)]
    return tuple(sorted(name for name in set(names) if (ROOT / name).is_file()))


def with_suffix(*suffixes: str) -> Iterator[Path]:
    """The files whose names end in one of `suffixes`."""
    return (name for name in files() if name.suffix in suffixes)


def text_of(name: Path) -> str:
    """A file's text; empty for a picture or another binary."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def parsed(name: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(text_of(name), filename=str(name))


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule."""

    name: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.name.as_posix()}:{self.line}: {self.what}"


def report(findings: list[Finding], advice: str) -> str:
    """The message of a failed style test."""
    return "\n".join([advice, *map(str, findings)])
