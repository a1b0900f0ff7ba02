"""The words that server processes of one bank say to each other about entries: frames on a local socket.

    frame     length (4 bytes) · number of the question (8) · kind (1) · body
    PACK      rows of the packed form, as they lie in memory; answered by arrays
    ENTRIES   a list of entries; answered by a list of outcomes
    ASK       the name of a question of the door and what it is asked with; answered by its answer
    REFUSED   the answer to a question of which nothing is known or nothing was tried

Both ends are processes of one installation and one version, behind a socket that only they may open.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import orjson

from fengshou.kernel import BankError, every_error
from fengshou.ledger import model, packs, terms
from fengshou.ledger.memory import refusal

_HEAD = Struct(">IQB")
FRAME_MAX = 1 << 24
_SAFE = 1 << 53  # numbers beyond it are not JSON's


class Kind(IntEnum):
    """What a frame is."""

    PACK = 1
    ENTRIES = 2
    ASK = 3
    REFUSED = 4


class Frame(NamedTuple):
    """One question or its answer; `number` is the question's."""

    number: int
    kind: Kind
    body: bytes


def frame(number: int, kind: Kind, body: bytes) -> bytes:
    """As bytes."""
    assert len(body) <= FRAME_MAX
    return _HEAD.pack(len(body), number, kind) + body


async def read(reader: asyncio.StreamReader) -> Frame:
    """The next frame. Raises `IncompleteReadError` at the end, `ValueError` for what is none."""
    length, number, kind = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if length > FRAME_MAX:
        raise ValueError(f"a frame of {length} bytes")
    return Frame(number, Kind(kind), await reader.readexactly(length))


def dump(value: Any) -> bytes:
    """JSON in which everything that entries and answers are made of comes back as what it was."""
    return orjson.dumps(_plain(value))


def load(body: bytes) -> Any:
    """What `dump` was given."""
    return _rich(orjson.loads(body))


# What entries and answers are made of, and nothing else.
_CLASSES = {
    cls.__name__: cls
    for module in (model, terms)
    for cls in vars(module).values()
    if isinstance(cls, type) and cls.__module__ == module.__name__
}


# Each value that is not JSON's own is an object {kind: value}.
def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, float, str):
        return value
    if kind is int:
        return value if -_SAFE < value < _SAFE else {"i": str(value)}
    if kind is list:
        return [_plain(item) for item in value]
    if kind in _DUMP:
        name, text = _DUMP[kind]
        return {name: text(value)}
    if isinstance(value, UUID):
        return {"u": value.hex}  # the database driver's own class
    if isinstance(value, BankError):
        return {"r": [value.code, _plain(value.facts)]}
    if isinstance(value, Enum):
        return {"e": [kind.__name__, value.value]}
    if kind is tuple or kind is dict:
        return {kind.__name__: [_plain(item) for item in (value.items() if kind is dict else value)]}
    if is_dataclass(value):
        return {"c": [kind.__name__, *(_plain(getattr(value, f.name)) for f in fields(value))]}
    if isinstance(value, tuple):
        return {"c": [kind.__name__, *(_plain(item) for item in value)]}
    raise TypeError(f"{kind.__name__} does not go over the wire")


_DUMP: dict[type, tuple[str, Callable[[Any], str]]] = {
    UUID: ("u", lambda value: value.hex),
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
    Decimal: ("n", str),
    bytes: ("b", lambda value: base64.b64encode(value).decode()),
}


def _rich(value: Any) -> Any:
    if type(value) is list:
        return [_rich(item) for item in value]
    if type(value) is dict:
        ((kind, inner),) = value.items()
        return _LOAD[kind](inner)
    return value


def _of_model(inner: list[Any]) -> Any:
    """A value of one of the model's own classes, and of no others."""
    name, *parts = inner
    return _CLASSES[name](*(_rich(part) for part in parts))


def _error(inner: list[Any]) -> BankError:
    code, facts = inner
    return refusal(next((cls for cls in every_error() if cls.code == code), BankError), _rich(facts))


_LOAD: dict[str, Callable[[Any], Any]] = {
    "i": int,
    "u": lambda text: UUID(hex=text),
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "b": base64.b64decode,
    "tuple": lambda items: tuple(_rich(item) for item in items),
    "dict": lambda items: dict(_rich(item) for item in items),
    "e": lambda inner: _CLASSES[inner[0]](inner[1]),
    "c": _of_model,
    "r": _error,
}

_ANSWERED = np.dtype([("position", np.int64), ("debit_balance", np.int64), ("credit_balance", np.int64)])


def pack_answer(pack: packs.Pack) -> bytes:
    """What became of a pack: three numbers for each row, then refusals and instants."""
    out = np.empty(len(pack), _ANSWERED)
    out["position"], out["debit_balance"] = pack.position, pack.debit_balance
    out["credit_balance"] = pack.credit_balance
    return out.tobytes() + dump([pack.refused, pack.at])


def read_pack_answer(rows: packs.Packed, body: bytes) -> packs.Pack:
    """The pack of these rows with its answers."""
    pack, size = packs.Pack(rows, None), len(rows) * _ANSWERED.itemsize
    out = np.frombuffer(body[:size], _ANSWERED)
    pack.position, pack.debit_balance = out["position"].copy(), out["debit_balance"].copy()
    pack.credit_balance = out["credit_balance"].copy()
    pack.refused, pack.at = load(body[size:])
    return pack
