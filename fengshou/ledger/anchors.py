"""Anchors: where a bank's book was proved whole, to go on from there and to be kept outside.

Whoever can write to the database can write the past anew, hashes and all. He cannot change a line that left
the house: `export` is for a place he has no key to, and `compare` asks the book whether it still agrees.
An anchor covers the newest batch and the newest page of either desk of the record, and so all that is before them.
Those of version 1, from before the record, cover batches' epochs, refusals, acts and closed holds by themselves.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Any
from uuid import UUID

from fengshou.kernel import Connection, Record
from fengshou.ledger import row, store_proof
from fengshou.ledger.record import NONE, Head

# What was written in the last minute before an anchor may have been on its way: the next one covers it.
_ON_ITS_WAY = timedelta(minutes=1)
_ACCOUNT, _HOLD, _COUNTS, _HEAD = Struct("<5q"), Struct("<16sqq"), Struct("<II"), Struct("<hqq")
_DESKS = Struct("<hqq")
FIRST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class State:
    """An account as the replay has it."""

    balance: int = 0
    held: int = 0
    seq: int = 0
    last: int = 0


@dataclass(slots=True)
class Start:
    """Where a proof begins: nothing, or what was proved before. `open`: holds, their account and fen."""

    position: int = 0
    hash: bytes = row.FIRST_HASH
    accounts: dict[int, State] = field(default_factory=lambda: defaultdict(State))
    open: dict[UUID, tuple[int, int]] = field(default_factory=dict)


def flat_of(state: Start) -> bytes:
    """Every account and open hold as bytes, in one order."""
    accounts = sorted((n, s) for n, s in state.accounts.items() if s != State())
    parts = [_COUNTS.pack(len(accounts), len(state.open))]
    parts += [_ACCOUNT.pack(n, s.balance, s.held, s.seq, s.last) for n, s in accounts]
    parts += [_HOLD.pack(id_.bytes, *state.open[id_]) for id_ in sorted(state.open)]
    return b"".join(parts)


def _unflat(flat: bytes) -> tuple[dict[int, State], dict[UUID, tuple[int, int]]]:
    count, holds = _COUNTS.unpack_from(flat)
    cut = _COUNTS.size + count * _ACCOUNT.size
    accounts = {n: State(*s) for n, *s in _ACCOUNT.iter_unpack(flat[_COUNTS.size : cut])}
    open_ = {
        UUID(bytes=id_): (debit, fen)
        for id_, debit, fen in _HOLD.iter_unpack(flat[cut : cut + holds * _HOLD.size])
    }
    return accounts, open_


def state_digest(state: Start) -> bytes:
    """SHA-256 over every account and open hold."""
    return sha256(flat_of(state)).digest()


async def export_anchors(db: Connection) -> list[str]:
    """Every anchor as a line of JSON."""
    return list(export(await store_proof.all_anchors(db)))


async def marks(db: Connection, bank: int) -> list[Record]:
    """The anchors of a bank, oldest first."""
    return await store_proof.anchors(db, bank)


async def start(db: Connection, bank: int, say: Callable[[str], None]) -> Start:
    """The newest anchor's state, when it is what the anchor says; otherwise from the beginning."""
    found, kept = await marks(db, bank), await store_proof.anchor_state(db, bank)
    if not found:
        return Start()
    try:
        flat = zlib.decompress(kept["body"]) if kept and kept["position"] == found[-1]["position"] else b""
    except (zlib.error, TypeError):
        flat = b""
    if sha256(flat).digest() != found[-1]["state"]:
        say(f"bank {bank}: the state of the anchor at {found[-1]['position']} is damaged")
        return Start()
    accounts, open_ = _unflat(flat)
    return Start(found[-1]["position"], found[-1]["hash"], defaultdict(State, accounts), open_)


def states(accounts: Iterable[Record]) -> dict[int, State]:
    """What the account table keeps, by account."""
    return {r["id"]: State(r["balance"], r["held"], r["seq"], r["last"]) for r in accounts}


async def record_of(db: Connection, bank: int, mark: Record) -> Head:
    """The writer's page that an anchor stands for, to go on from; none of one from before there was a record."""
    number = mark["record"]
    return (number, await _page(db, bank, number)) if number else NONE


async def _page(db: Connection, bank: int, number: int) -> bytes:
    return (await store_proof.page_hash(db, bank, number) or b"") if number else row.FIRST_HASH


async def problems(
    db: Connection, bank: int, found: list[Record], office: dict[int, bytes], *, whole: bool
) -> list[str]:
    """What the anchors do not agree with: each other, the batches, and what lies beside the journal.

    office  the hash of each page of the office's desk, by its number
    whole   also what anchors from before the record cover, which has to be read again
    """
    told = []
    previous, before = row.FIRST_HASH, (0, FIRST)
    for mark in found:
        position, at = mark["position"], mark["made_at"]
        name = f"bank {bank}: anchor at {position}"
        if mark["previous"] != previous or mark["digest"] != digest_of(previous, mark):
            told.append(f"{name} is not what it was")
        if await store_proof.hash_at(db, bank, position) != mark["hash"] and position:
            told.append(f"{name}: the batch that ends there has another hash")
        if mark["version"] > 1:
            page = await _page(db, bank, mark["record"])
            if mark["beside"] != beside_hash(page, office.get(mark["office"], b"")):
                told.append(f"{name}: the record before it was changed")
        elif whole and await beside_of(db, bank, before, (position, at)) != mark["beside"]:
            told.append(f"{name}: batches, refusals, acts, holds or accounts before it were changed")
        previous, before = mark["digest"], (position, at)
    return told


def export(found: Iterable[Record]) -> Iterable[str]:
    """Anchors as lines of JSON, to be kept where nobody of the database has a key."""
    for mark in found:
        line = {
            "bank": mark["institution_id"],
            "position": mark["position"],
            "at": mark["made_at"].isoformat(),
        }
        yield json.dumps(line | {"hash": mark["hash"].hex(), "digest": mark["digest"].hex()})


async def compare(db: Connection, lines: Iterable[str]) -> list[str]:
    """What a file of exported anchors says otherwise than the book; run beside `verify`, which proves the rest."""
    told = []
    digests = {(m["institution_id"], m["digest"].hex()) for m in await store_proof.all_anchors(db)}
    for text in filter(str.strip, lines):
        kept = json.loads(text)
        bank, position = int(kept["bank"]), int(kept["position"])
        found = await store_proof.hash_at(db, bank, position)
        if (found or row.FIRST_HASH).hex() != kept["hash"]:
            told.append(f"bank {bank}: at position {position} the book is not the one that was anchored")
        elif (bank, kept["digest"]) not in digests:
            told.append(f"bank {bank}: the anchor at position {position} is not the one that was exported")
    return told


async def beside_of(
    db: Connection, bank: int, before: tuple[int, datetime], upto: tuple[int, datetime]
) -> bytes:
    """SHA-256 over what the chain does not cover, between two anchors."""
    return await store_proof.beside(
        db, bank, (before[0], upto[0]), before[1] - _ON_ITS_WAY, upto[1] - _ON_ITS_WAY
    )


def beside_hash(record: bytes, office: bytes) -> bytes:
    """What an anchor of version 2 says of the record: a hash over the newest page of either desk."""
    return sha256(record + office).digest()


def digest_of(previous: bytes, mark: Mapping[str, Any] | Record) -> bytes:
    """What makes an anchor one with those before it."""
    head = _HEAD.pack(mark["institution_id"], mark["position"], row.micros(mark["made_at"]))
    if mark["version"] > 1:
        head += _DESKS.pack(mark["version"], mark["record"], mark["office"])
    return sha256(previous + head + mark["hash"] + mark["state"] + mark["beside"]).digest()
