"""A page of sealed journal rows as bytes, and back; pure.

Rows of one bank are turned into columns, each column into its bytes by place (all highest bytes, then all next
ones), and the whole is compressed: high bytes repeat, so what costs space is what is truly random, as the
ids' chance bits. Positions and instants are kept as steps, pointers as distances.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate, pairwise
from struct import Struct, error, pack, unpack
from typing import Any, TypeAlias
from uuid import UUID

from fengshou.kernel import Record
from fengshou.ledger.row import micros

_MAGIC = b"FSJ1"
_HEAD = Struct("<4shI")  # magic, bank, rows
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# What may be missing, each with its bit in the row's mask; mandates come last, by their lengths.
_UUIDS = ("refers", "evidence", "decision")
_MAYBE = ("digest", "event_at", *_UUIDS, "mandate")
_PLAIN = (
    "debit", "credit", "amount", "debit_balance", "credit_balance", "debit_seq", "credit_seq", "code", "kind",
)  # fmt: skip
Row: TypeAlias = Mapping[str, Any] | Record  # a journal row, read from the journal or from a page


class PageDamaged(Exception):
    """The bytes are not a page, or not the page its checksum says."""


def encode(bank: int, rows: Sequence[Row]) -> bytes:
    """The rows of `bank` in order of position, packed."""
    positions = [r["position"] for r in rows]
    posted = [micros(r["posted_at"]) for r in rows]
    columns = [_steps(positions), _steps(posted), [_mask(r) for r in rows]]
    columns += [[r[name] for r in rows] for name in _PLAIN]
    columns += [[r["position"] - r[side] for r in rows] for side in ("debit_prev", "credit_prev")]
    columns.append([r["digest"] for r in rows if r["digest"] is not None])
    columns.append([micros(r["event_at"]) for r in rows if r["event_at"] is not None])
    mandates = [r["mandate"].encode() for r in rows if r["mandate"] is not None]
    columns.append([len(m) for m in mandates])
    body = [_shuffle(pack(f"<{len(column)}q", *column), 8) for column in columns]
    body.append(_shuffle(b"".join(r["id"].bytes for r in rows), 16))
    body += [_shuffle(b"".join(r[name].bytes for r in rows if r[name] is not None), 16) for name in _UUIDS]
    body += mandates
    return _HEAD.pack(_MAGIC, bank, len(rows)) + zlib.compress(b"".join(body), 6)


def decode(page: bytes, checksum: bytes) -> list[dict[str, Any]]:
    """The rows of a page as the journal had them. Raises `PageDamaged`."""
    if sha256(page).digest() != checksum:
        raise PageDamaged("its checksum is of other bytes")
    try:
        magic, bank, count = _HEAD.unpack_from(page)
        reader = _Reader(zlib.decompress(page[_HEAD.size :]))
    except (error, zlib.error) as problem:
        raise PageDamaged(str(problem)) from problem
    if magic != _MAGIC:
        raise PageDamaged("it does not begin as a page does")
    return _rows(bank, count, reader)


def checksum(page: bytes) -> bytes:
    """What is kept beside a page."""
    return sha256(page).digest()


class _Reader:
    """Takes the columns off the bytes, one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def take(self, size: int) -> bytes:
        self._at += size
        return self._body[self._at - size : self._at]

    def numbers(self, count: int) -> list[int]:
        return list(unpack(f"<{count}q", _unshuffle(self.take(count * 8), 8)))

    def ids(self, count: int) -> list[UUID]:
        flat = _unshuffle(self.take(count * 16), 16)
        return [UUID(bytes=flat[at : at + 16]) for at in range(0, len(flat), 16)]


def _rows(bank: int, count: int, reader: _Reader) -> list[dict[str, Any]]:
    positions = list(accumulate(reader.numbers(count)))
    posted = [_EPOCH + timedelta(microseconds=us) for us in accumulate(reader.numbers(count))]
    masks = reader.numbers(count)
    columns: dict[str, list[Any]] = {name: reader.numbers(count) for name in _PLAIN}
    for side in ("debit_prev", "credit_prev"):
        columns[side] = [p - back for p, back in zip(positions, reader.numbers(count), strict=True)]
    having = [sum(mask >> bit & 1 for mask in masks) for bit in range(len(_MAYBE))]
    maybe: list[list[Any]] = [reader.numbers(having[0])]
    maybe.append([_EPOCH + timedelta(microseconds=us) for us in reader.numbers(having[1])])
    lengths = reader.numbers(having[5])
    columns["id"] = reader.ids(count)
    maybe += [reader.ids(having[2 + n]) for n in range(len(_UUIDS))]
    maybe.append([reader.take(length).decode() for length in lengths])
    for bit, name in enumerate(_MAYBE):
        values = iter(maybe[bit])
        columns[name] = [next(values) if mask >> bit & 1 else None for mask in masks]
    columns |= {"position": positions, "posted_at": posted, "institution_id": [bank] * count}
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _mask(r: Row) -> int:
    return sum((r[name] is not None) << bit for bit, name in enumerate(_MAYBE))


def _steps(values: list[int]) -> list[int]:
    return values[:1] + [after - before for before, after in pairwise(values)]


def _shuffle(flat: bytes, width: int) -> bytes:
    return b"".join(flat[place::width] for place in range(width))


def _unshuffle(shuffled: bytes, width: int) -> bytes:
    count = len(shuffled) // width
    flat = bytearray(len(shuffled))
    for place in range(width):
        flat[place::width] = shuffled[place * count : (place + 1) * count]
    return bytes(flat)
