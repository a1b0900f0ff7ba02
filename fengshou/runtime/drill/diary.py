"""What a teller wrote down before it was killed: one line before it asks, one after it was answered.

The lines go to a file by one `write` each. The kernel has them once `write` returned, so a killed
teller loses none (only the machine's own death would, and this drill does not kill machines).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from fengshou.runtime.drill.wishes import Wish, read

TRIED, ACKED, REFUSED, FOUND, READY = "T", "A", "R", "F", "!"


class Pen:
    """Writes a diary."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, sign: str, text: str = "") -> None:
        """One line."""
        os.write(self._file, f"{sign} {text}\n".encode())


@dataclass(slots=True)
class Diary:
    """Everything tellers noted so far.

    tried    by id, in the order they were asked for
    acked    ids whose caller holds a receipt
    refused  the code by id
    found    ids whose answer was lost on the way, and which the book had when asked by key
    """

    path: Path
    tried: dict[str, Wish] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    starts: int = 0
    _offset: int = 0

    def read(self) -> None:
        """Take in what was written since the last time; half a line waits for its other half."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode().splitlines():
            self._take(line[0], line[2:])

    def _take(self, sign: str, text: str) -> None:
        if sign == TRIED:
            wish = read(text)
            self.tried[wish.id] = wish
        elif sign == ACKED:
            self.acked.add(text)
        elif sign == REFUSED:
            id_, _, code = text.partition(" ")
            self.refused[id_] = code
        elif sign == FOUND:
            self.found.add(text)
        elif sign == READY:
            self.starts += 1

    @property
    def open(self) -> list[Wish]:
        """What was tried and never answered for good."""
        return [w for id_, w in self.tried.items() if id_ not in self.acked and id_ not in self.refused]
