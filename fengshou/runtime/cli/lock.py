"""`./bank lock`: the one way in which requirements/*.txt are written."""

import argparse
import subprocess
import sys
from pathlib import Path

from fengshou.runtime.cli.check import require_checkout
from fengshou.runtime.output import CommandError, step

_OPTIONS = (
    "--universal",  # one lock for every system and Python
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--custom-compile-command",
    "./bank lock",
    "--quiet",
)
# Groups are solved on top of `run`, so that a tool never moves what the bank itself runs on.
_LOCKS = {
    "run": ("pyproject.toml",),
    "dev": ("--group", "pyproject.toml:dev", "-c", "requirements/run.txt"),
    "bench": ("--group", "pyproject.toml:bench", "-c", "requirements/run.txt"),
    "web": ("--group", "pyproject.toml:web"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may move."""
    parser.add_argument("--upgrade", action="store_true", help="take the newest of everything")
    parser.add_argument("package", nargs="*", help="take the newest of these only")


def main(args: argparse.Namespace) -> int:
    """Solve pyproject.toml; what is locked already stays unless it is asked to move."""
    root = require_checkout()
    moves = ["--upgrade"] if args.upgrade else [f"--upgrade-package={name}" for name in args.package]
    for name, source in _LOCKS.items():
        with step(f"solving requirements/{name}.txt"):
            _compile(root, [*source, *_OPTIONS, *moves, "-o", f"requirements/{name}.txt"])
    print(f"wrote {', '.join(f'requirements/{name}.txt' for name in _LOCKS)}")
    return 0


def _compile(root: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"uv could not solve it: {' '.join(done.stderr.split())}")
