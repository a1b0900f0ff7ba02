"""`./bank test`: everything that must hold, ending with pytest's own closing line.

With arguments it is pytest with them and nothing else, for those who work on one thing.
"""

import argparse
import os
import subprocess
import sys

from fengshou.runtime.cli.check import require_checkout, run_checks, web_steps
from fengshou.runtime.cli.machine import ensure_browser
from fengshou.runtime.cli.steps import run_all
from fengshou.runtime.output import CommandError
from fengshou.runtime.web_build import build_if_stale, install_packages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is handed on to pytest."""
    parser.add_argument("arguments", nargs="*", help="pytest's own: with any of them only pytest runs")


def main(args: argparse.Namespace) -> int:
    """Run all and fail if anything failed, but always let pytest speak last."""
    root = require_checkout()
    failed = [] if args.arguments else _before_pytest()
    words = args.arguments or ["--ignore=tests/style"]  # the checks ran those already
    pytest = [sys.executable, "-m", "pytest", *words]
    if failed:
        print(f"✗ failed before pytest: {', '.join(failed)}", flush=True)
    # pytest writes to a pipe or a file as well as to a terminal: nothing of ours may come after it.
    code = subprocess.run(
        pytest, cwd=root, env={**os.environ, "PYTHONUNBUFFERED": "1"}, check=False
    ).returncode
    return code or (1 if failed else 0)


def _before_pytest() -> list[str]:
    """Everything but pytest; returns the names of what failed, and goes on after each, so that one run tells all."""
    root = require_checkout()
    ensure_browser()
    return [*_build_web(), *run_checks(), *run_all(web_steps(root, "test"))]


def _build_web() -> list[str]:
    try:
        build_if_stale()
        install_packages()
    except CommandError as error:
        print(f"✗ web build\n    {error}", flush=True)
        return ["web build"]
    return []
