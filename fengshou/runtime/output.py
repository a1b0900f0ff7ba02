"""How commands speak: results on stdout, everything else on stderr, and nothing long without a sign of life."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_QUIET_S = 2.0  # what is done sooner needs no announcement
_REPEAT_S = 15.0  # how often a step says that it still runs, where lines cannot be overwritten


class CommandError(Exception):
    """A command cannot go on; its text is the one line that the user sees."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """Give a command the option `--json`."""
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object on stdout")


def emit(args: argparse.Namespace, result: Mapping[str, Any], text: str) -> None:
    """Print `result` as one JSON line when `--json` was given, else `text`."""
    if getattr(args, "json", False):
        print(json.dumps(result, ensure_ascii=False, separators=(",", ":"), default=str), flush=True)
    else:
        print(text, flush=True)


class Step:
    """One piece of work that is shown on stderr while it takes longer than two seconds."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.started = time.monotonic()
        self._tty = sys.stderr.isatty()
        self._done = threading.Event()
        self._shown = False
        self._thread = threading.Thread(target=self._show, daemon=True)

    def say(self, detail: str) -> None:
        """What the step is at just now, in a few words."""
        self.detail = detail

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.started

    def start(self) -> None:
        """Begin to watch the time."""
        self._thread.start()

    def finish(self, sign: str) -> None:
        """Stop watching; leaves one line if the step was long enough to be announced."""
        self._done.set()
        self._thread.join()
        if self._shown or self.seconds >= _QUIET_S:
            self._write(f"{sign} {self.title}  {self.seconds:.1f} s", end="\n")

    def _show(self) -> None:
        wait = _QUIET_S
        while not self._done.wait(wait):
            self._shown = True
            self._write(f"… {self.title}  {self.seconds:.0f} s  {self.detail}", end="" if self._tty else "\n")
            wait = 0.2 if self._tty else _REPEAT_S

    def _write(self, line: str, end: str) -> None:
        start = "\r\x1b[K" if self._tty else ""
        sys.stderr.write(start + line[:110].rstrip() + end)
        sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show `title` with its seconds on stderr if the block takes more than two; ✓ or ✗ at its end."""
    shown = Step(title)
    shown.start()
    sign = "✗"
    try:
        yield shown
        sign = "✓"
    finally:
        shown.finish(sign)
