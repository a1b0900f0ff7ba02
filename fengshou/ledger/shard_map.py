"""Which banks' books are in a database of their own. Pure.

    [{"dsn": "postgresql://…", "banks": [523, 1127]}, …]

Banks that are named nowhere are in the house's own database, which is shard 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from fengshou.kernel import CENTRE

_BANKS_END = 10_000


class BadShardMap(ValueError):
    """The map says a bank twice, or is none."""


@dataclass(frozen=True, slots=True)
class ShardPlace:
    """A database, and the banks whose books are in it."""

    dsn: str = field(repr=False)
    banks: tuple[int, ...]


def read_shard_map(text: str) -> tuple[ShardPlace, ...]:
    """The shards beside the house's own. Raises `BadShardMap`, which names no address: it may hold a password."""
    if not text.strip():
        return ()
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadShardMap(f"the map of shards is no JSON: {problem.msg}") from None
    if not isinstance(told, list):
        raise BadShardMap("the map of shards is a list")
    places = tuple(_place(n, one) for n, one in enumerate(told, start=1))
    seen: dict[int, int] = {}
    for number, place in enumerate(places, start=1):
        for bank in place.banks:
            if bank in seen:
                raise BadShardMap(f"bank {bank} is in shard {seen[bank]} and in shard {number}")
            seen[bank] = number
    if len({place.dsn for place in places}) < len(places):
        raise BadShardMap("two shards have the same database")
    return places


def shard_of(places: Sequence[ShardPlace], bank: int) -> int:
    """The number of a bank's shard, 0 for the house's own."""
    return next((n for n, place in enumerate(places, start=1) if bank in place.banks), 0)


def _place(number: int, told: Any) -> ShardPlace:
    if not isinstance(told, dict) or told.keys() != {"dsn", "banks"}:
        raise BadShardMap(f"shard {number} has to say dsn and banks, and nothing else")
    dsn, banks = told["dsn"], told["banks"]
    if not isinstance(dsn, str) or not dsn:
        raise BadShardMap(f"shard {number} has no database")
    if not isinstance(banks, list) or not banks:
        raise BadShardMap(f"shard {number} has no banks")
    for bank in banks:
        if type(bank) is not int or not CENTRE < bank < _BANKS_END:
            raise BadShardMap(f"shard {number}: {bank!r} is no member bank")
    return ShardPlace(dsn, tuple(banks))
