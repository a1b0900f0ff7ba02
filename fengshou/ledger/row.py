"""The one form of a journal row in bytes: PostgreSQL's binary COPY.

The writer packs a row once and the bytes do three things: they go to the database as they are, the
hash chain is taken over them, and `verify` packs what it reads back and must come to the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from struct import Struct
from typing import Any
from uuid import UUID

from fengshou.kernel import Record

# The order of the columns in the bytes: fixed widths first, what may be missing last.
COLUMNS = (
    "institution_id", "position", "id", "kind", "debit", "credit", "amount", "debit_balance", "credit_balance",
    "debit_seq", "credit_seq", "debit_prev", "credit_prev", "code", "digest", "event_at", "posted_at",
    "refers", "evidence", "decision", "mandate",
)  # fmt: skip
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # signature, no flags, no extension
_TRAILER = b"\xff\xff"
FIRST_HASH = bytes(32)
NOTHING_MORE = b"\xff" * 16  # the four columns that may be missing, all missing: length -1 each

# A row is the number of its columns, then for each its length and value; a missing value has length -1.
_ALWAYS = ">h" + "".join(
    "i" + {2: "h", 4: "i", 8: "q", 16: "16s"}[w] for w in (2, 8, 16, 2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4)
)
# Digest, event_at and posted_at; most rows need neither of the first two (see the journal's migration).
_PLAIN, _NO_DIGEST, _NO_EVENT, _FULL = (
    Struct(_ALWAYS + tail) for tail in ("iiiq", "iiqiq", "iqiiq", "iqiqiq")
)
_PACK = _PLAIN.pack
# The plain form again, for whoever packs thousands: what is the same in all is one piece, `plain_head`, a length, or
# `plain_tail`. Half the arguments are half the time.
PLAIN = Struct(">12sq4s16s10s" + "q4s" * 9 + "i36s").pack
_DIGEST_AT = Struct(_ALWAYS).size
_LENGTH, _BIGINT = Struct(">i"), Struct(">q")
_COUNT = len(COLUMNS)
_NONE = -1  # the length of a value that is missing
_BANK, ID_TOP = slice(6, 8), slice(24, 28)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BY_NAME = itemgetter(*COLUMNS)


def pack(
    bank: int, position: int, id_: bytes, kind: int, debit: int, credit: int, fen: int, debit_balance: int,
    credit_balance: int, debit_seq: int, credit_seq: int, debit_prev: int, credit_prev: int, code: int,
    digest: int | None, event_us: int | None, posted_us: int, more: bytes = NOTHING_MORE,
) -> bytes:  # fmt: skip
    """The row as bytes; instants by `micros`, `more` by `pack_more`.

    digest    None when the columns say all that was asked for (`Entry.told_by_row`)
    event_us  None when it happened as it was booked
    """
    if digest is None and event_us is None:
        return _PACK(
            _COUNT, 2, bank, 8, position, 16, id_, 2, kind, 8, debit, 8, credit, 8, fen, 8, debit_balance,
            8, credit_balance, 8, debit_seq, 8, credit_seq, 8, debit_prev, 8, credit_prev, 4, code,
            _NONE, _NONE, 8, posted_us,
        ) + more  # fmt: skip
    always = (
        _COUNT, 2, bank, 8, position, 16, id_, 2, kind, 8, debit, 8, credit, 8, fen, 8, debit_balance,
        8, credit_balance, 8, debit_seq, 8, credit_seq, 8, debit_prev, 8, credit_prev, 4, code,
    )  # fmt: skip
    if digest is None:
        return _NO_DIGEST.pack(*always, _NONE, 8, event_us, 8, posted_us) + more
    if event_us is None:
        return _NO_EVENT.pack(*always, 8, digest, _NONE, 8, posted_us) + more
    return _FULL.pack(*always, 8, digest, 8, event_us, 8, posted_us) + more


def plain_head(bank: int) -> bytes:
    """What `PLAIN` begins with at a bank: up to the length of the position."""
    return Struct(">hihi").pack(_COUNT, 2, bank, 8)


def plain_tail(posted_us: int) -> bytes:
    """What it ends with: no digest, no time of event, when it was posted, nothing more."""
    return Struct(">iiiq").pack(_NONE, _NONE, 8, posted_us) + NOTHING_MORE


def dress(packed: bytes, digest: int | None, event_us: int | None, more: bytes) -> bytes:
    """A row of `PLAIN` with what it lacks, as `pack` would have made it."""
    (posted_us,) = _BIGINT.unpack_from(packed, _DIGEST_AT + 12)
    said = b"".join(
        b"\xff\xff\xff\xff" if value is None else _LENGTH.pack(8) + _BIGINT.pack(value)
        for value in (digest, event_us, posted_us)
    )
    return packed[:_DIGEST_AT] + said + more


def stream(rows: Sequence[bytes]) -> bytes:
    """Packed rows as the COPY protocol wants them."""
    return b"".join((_HEADER, *rows, _TRAILER))


def pack_more(
    refers: UUID | None, evidence: UUID | None, decision: UUID | None, mandate: str | None
) -> bytes:
    """The columns that may be missing."""
    parts = [None if value is None else value.bytes for value in (refers, evidence, decision)]
    parts.append(None if mandate is None else mandate.encode())
    return b"".join(b"\xff\xff\xff\xff" if p is None else _LENGTH.pack(len(p)) + p for p in parts)


def pack_record(record: Record | Mapping[str, Any]) -> bytes:
    """A row read from the database, as the writer packed it."""
    (
        bank, position, id_, kind, debit, credit, fen, debit_balance, credit_balance, debit_seq, credit_seq,
        debit_prev, credit_prev, code, digest, event_at, posted_at, refers, evidence, decision, mandate,
    ) = _BY_NAME(record)  # fmt: skip
    bare = refers is None and evidence is None and decision is None and mandate is None
    return pack(
        bank, position, id_.bytes, kind, debit, credit, fen, debit_balance, credit_balance, debit_seq, credit_seq,
        debit_prev, credit_prev, code, digest, None if event_at is None else micros(event_at),
        _same_instant(posted_at), NOTHING_MORE if bare else pack_more(refers, evidence, decision, mandate),
    )  # fmt: skip


def unpack(row: bytes) -> dict[str, Any]:
    """The fixed columns of a packed row by name; instants as `micros`, None for what is missing."""
    (digest,) = _LENGTH.unpack_from(row, _DIGEST_AT)
    (event,) = _LENGTH.unpack_from(row, _DIGEST_AT + 4 + max(digest, 0))
    form = {(-1, -1): _PLAIN, (-1, 8): _NO_DIGEST, (8, -1): _NO_EVENT, (8, 8): _FULL}[digest, event]
    values = form.unpack_from(row)
    found = dict(zip(COLUMNS, values[2:29:2], strict=False)) | {"posted_at": values[-1]}
    found["id"] = UUID(bytes=values[6])
    found["digest"] = values[30] if digest == 8 else None
    found["event_at"] = values[-3] if event == 8 else None
    return found


def bank_bytes(row: bytes) -> bytes:
    """The bank of a packed row, still packed: to group by."""
    return row[_BANK]


def instant(us: int) -> datetime:
    """The instant that `micros` counted."""
    return _EPOCH + timedelta(microseconds=us)


def micros(at: datetime) -> int:
    """Whole microseconds since 2000, as PostgreSQL counts, without the rounding of a float."""
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=1_024)
def _same_instant(at: datetime) -> int:
    """`micros` of an instant that many rows share: their batch's."""
    return micros(at)


def chain(previous: bytes, rows: Sequence[bytes]) -> bytes:
    """SHA-256 over the hash before and every byte of the rows, in position order: batches from before the record."""
    return sha256(previous + b"".join(rows)).digest()


def chain_with(previous: bytes, rows: Sequence[bytes], record: bytes, epoch: int) -> bytes:
    """`chain`, and over the hash of the bank's newest page of the record and over the writer's epoch."""
    return sha256(previous + b"".join(rows) + record + epoch.to_bytes(8, "big", signed=True)).digest()
