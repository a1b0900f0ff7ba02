"""Runs the steps of `check` and `test`: one line each, details only of what failed."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

_AT_ONCE = 2  # most developers' machines have two cores to spare
_DETAIL_LINES_MAX = 80


@dataclass(frozen=True)
class Command:
    """A program that succeeds or fails; `folder` is where it runs, `environment` is added to ours."""

    name: str
    words: Sequence[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How one command ended: its exit code, its seconds, and all it wrote."""

    command: Command
    code: int
    seconds: float
    text: str


def python(name: str, root: Path, *words: str) -> Command:
    """A step that is `python -m …` in the checkout."""
    return Command(name, (sys.executable, "-m", *words), root)


def run_all(commands: Sequence[Command]) -> list[str]:
    """Run the commands, two at a time; print a line for each as it ends and return the names that failed."""
    failed: list[str] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for outcome in pool.map(_run, commands):
            sign = "✓" if outcome.code == 0 else "✗"
            print(f"{sign} {outcome.command.name:<24} {outcome.seconds:6.1f} s", flush=True)
            if outcome.code != 0:
                failed.append(outcome.command.name)
                print(_details(outcome), flush=True)
    return failed


def _run(command: Command) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        list(command.words),
        cwd=command.folder,
        env={**os.environ, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(command, done.returncode, time.monotonic() - started, done.stdout)


def _details(outcome: Outcome) -> str:
    lines = outcome.text.strip().splitlines()
    left_out = len(lines) - _DETAIL_LINES_MAX
    if left_out > 0:
        lines = [f"({left_out} lines before)", *lines[-_DETAIL_LINES_MAX:]]
    return "\n".join(f"    {line}" for line in lines)
