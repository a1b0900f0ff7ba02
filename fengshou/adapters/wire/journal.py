"""What a simulator was told, line by line, so that it knows the same after a restart.

The simulator is a pure function of what it hears; its memory is this list. Each line is written out before
it is answered, but not fsynced: it outlives a killed process, not a power cut.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LINES_MAX = 20_000


class Journal:
    """An append-only file of JSON objects; None keeps nothing. Older lines than the newest 20,000 are let go."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def replay(self) -> Iterator[dict[str, Any]]:
        """The lines kept so far, oldest first."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as old:
            # The last line may be cut off where the process was killed: it was never answered.
            lines = deque((line for line in old if line.endswith("\n")), maxlen=LINES_MAX)
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as new:
            new.writelines(lines)
        fresh.replace(self._path)
        yield from (json.loads(line) for line in lines)

    def write(self, line: dict[str, Any]) -> None:
        """Append one line. The file is closed each time: nobody has to remember to."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
