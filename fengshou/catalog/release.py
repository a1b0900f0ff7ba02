"""What a release is: items with their layers and days, named by the hash of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

PROVINCE = ""
ALWAYS = date(1, 1, 1)
NEVER = date(9999, 12, 31)  # "until" of an item that has no end


class Item(NamedTuple):
    """One item in force at `layer` on the days from `valid_from` until the day before `valid_until`."""

    kind: str
    key: str
    layer: str
    valid_from: date
    valid_until: date
    body: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical JSON."""
        return sha256(self.body).digest()


@dataclass(frozen=True, slots=True)
class Release:
    """An immutable set of content; `current` says whether the pointer stands on it."""

    id: str
    items: int
    made_at: datetime
    current: bool


def canonical(value: Any) -> bytes:
    """JSON with sorted names and no spaces: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def release_id(items: Sequence[Item]) -> str:
    """The SHA-256 over all items, hexadecimal; the order they come in does not matter."""
    lines = sorted(
        (i.kind, i.key, i.layer, i.valid_from.isoformat(), i.valid_until.isoformat(), i.hash.hex())
        for i in items
    )
    return sha256(canonical(lines)).hexdigest()


def layer_of(bank: int, branch: str | None = None) -> str:
    """The name of a bank's layer, or of one of its branches."""
    return f"{bank}/{branch}" if branch else str(bank)
