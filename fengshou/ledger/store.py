"""All the SQL of the book."""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from fengshou.kernel import BankError, bank_of, every_error, leg_id, new_id
from fengshou.kernel.database import Connection
from fengshou.ledger.book import Account, Book, Plan, Request
from fengshou.ledger.model import AccountRef, Hold, Leg, PostingKind, Receipt

JOURNAL_COLUMNS = (
    "institution_id", "position", "id", "kind", "debit", "credit", "amount", "debit_balance", "credit_balance",
    "debit_seq", "credit_seq", "debit_prev", "credit_prev", "code", "digest", "refers", "evidence", "decision",
    "mandate", "event_at", "posted_at",
)  # fmt: skip
# What a batch's hash covers of each row, in this order; the five optional columns follow as text.
_PACK = struct.Struct(">hq16shqqqqqqqqqiqqq")
_FIRST_HASH = bytes(32)
_MONTHS_AHEAD = 3


def partition_of(id_: UUID) -> str:
    """The journal partition an id belongs to: one a month, by the time in the id."""
    return _month_of(id_.int >> 100)


@lru_cache(maxsize=4_096)
def _month_of(slice_: int) -> str:
    """A slice is 2^20 ms; partitions begin at one (see `_floor_id`), so none lies in two months."""
    at = datetime.fromtimestamp((slice_ << 20) / 1000, UTC)
    return f"journal_{at.year:04d}{at.month:02d}"


async def prepare_partitions(dsn: str, now: datetime) -> None:
    """Create the partitions of last month to three months ahead (as the owner of the database)."""
    db = await asyncpg.connect(dsn)
    try:
        month = _first_of(_first_of(now) - timedelta(days=1))
        for _ in range(_MONTHS_AHEAD + 2):
            following = _first_of(month + timedelta(days=32))
            name = f"journal_{month.year:04d}{month.month:02d}"
            if not await db.fetchval("SELECT to_regclass($1)", f"ledger.{name}"):
                await db.execute(
                    f"CREATE TABLE ledger.{name} PARTITION OF ledger.journal"
                    f" FOR VALUES FROM ('{_floor_id(month)}') TO ('{_floor_id(following)}');"
                    f"GRANT INSERT ON ledger.{name} TO fs_writer"
                )
            month = following
    finally:
        await db.close()


def _first_of(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _floor_id(at: datetime) -> UUID:
    """The first id of the first 2^20 ms slice that begins at `at` or after: a month's partition begins there."""
    return UUID(int=-(-int(at.timestamp() * 1000) >> 20) << 100)


# -- loading ---------------------------------------------------------------------------------------


async def load(db: Connection) -> Book:
    """The book as of the last commit: the checkpointed accounts, and the journal after the checkpoint."""
    book = Book()
    for r in await db.fetch(
        "SELECT institution_id, id, subject, currency, floor, flags, balance, seq, last FROM ledger.account"
    ):
        ref = AccountRef(r[0], r[1])
        book.accounts[ref] = Account(ref, r[2], r[3], r[4], r[5], balance=r[6], seq=r[7], last=r[8])
    for r in await db.fetch(
        "SELECT j.institution_id, j.position, j.debit, j.credit, j.debit_balance, j.credit_balance, j.debit_seq,"
        " j.credit_seq FROM ledger.journal j LEFT JOIN ledger.checkpoint c USING (institution_id)"
        " WHERE j.position > coalesce(c.position, 0) AND j.debit_seq > 0 ORDER BY j.institution_id, j.position"
    ):
        _replay(book.accounts[AccountRef(r[0], r[2])], r[1], r[4], r[6])
        _replay(book.accounts[AccountRef(r[0], r[3])], r[1], r[5], r[7])
    for r in await db.fetch("SELECT * FROM ledger.hold WHERE state = 1"):
        bank = r["institution_id"]
        debit = AccountRef(bank, r["debit"])
        book.holds[r["id"]] = Hold(
            r["id"], debit, AccountRef(bank, r["credit"]), r["amount"], r["code"], r["expires_at"]
        )
        book.accounts[debit].held += r["amount"]
    for r in await db.fetch(
        "SELECT DISTINCT ON (institution_id) institution_id, last_position, hash FROM ledger.batch"
        " ORDER BY institution_id, first_position DESC"
    ):
        book.positions[r[0]], book.hashes[r[0]] = r[1], r[2]
    return book


def _replay(account: Account, position: int, balance: int, seq: int) -> None:
    """The checkpoint is fuzzy: an account may be ahead of it, never ahead of its own sequence."""
    if seq > account.seq:
        account.balance, account.seq, account.last = balance, seq, position


async def checkpoint(
    db: Connection,
    states: dict[AccountRef, tuple[int, int, int, int, int]],
    positions: dict[int, int],
    epoch: int,
) -> None:
    """Bring the account cache up to `states`, all of them durable at `positions`, in one transaction."""
    async with db.transaction():
        if not await db.fetchval(
            "SELECT true FROM ledger.epoch WHERE shard = 0 AND epoch = $1 FOR SHARE", epoch
        ):
            raise Fenced
        rows = [(r.bank, r.id, s[0], s[1], s[2], s[3]) for r, s in sorted(states.items())]
        await db.execute(
            "UPDATE ledger.account a SET balance=v.balance, held=v.held, seq=v.seq, last=v.last"
            " FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])"
            " AS v(bank, id, balance, held, seq, last)"
            " WHERE a.institution_id = v.bank AND a.id = v.id AND a.seq <= v.seq",
            *_columns(rows, 6),
        )
        await db.execute(
            "INSERT INTO ledger.checkpoint AS c SELECT * FROM unnest($1::smallint[], $2::bigint[])"
            " ON CONFLICT (institution_id) DO UPDATE SET position = greatest(c.position, excluded.position)",
            list(positions), list(positions.values()),
        )  # fmt: skip


async def take_over(db: Connection) -> int:
    """Raise the epoch: whoever wrote before is fenced from now on."""
    epoch = await db.fetchval("UPDATE ledger.epoch SET epoch = epoch + 1 WHERE shard = 0 RETURNING epoch")
    assert isinstance(epoch, int)
    return epoch


async def recall(db: Connection, ids: list[UUID]) -> dict[UUID, tuple[int, Receipt | BankError]]:
    """What was answered to keys that memory no longer knows: digest and answer by key."""
    banks = [bank_of(id_) for id_ in ids]
    known: dict[UUID, tuple[int, Receipt | BankError]] = {}
    pairs = "SELECT * FROM unnest($1::smallint[], $2::uuid[]) AS k(bank, id)"
    for r in await db.fetch(
        f"SELECT j.id, j.digest, j.posted_at FROM ({pairs}) k"
        " JOIN ledger.journal j ON j.institution_id = k.bank AND j.id = k.id",
        banks, ids,
    ):  # fmt: skip
        known[r["id"]] = (r["digest"], await _receipt(db, r["id"], r["posted_at"]))
    for r in await db.fetch(
        f"SELECT r.* FROM ({pairs}) k JOIN ledger.refusal r ON r.institution_id = k.bank AND r.id = k.id",
        banks,
        ids,
    ):
        known[r["id"]] = (r["digest"], _error(r["code"], r["facts"]))
    for r in await db.fetch(
        f"SELECT a.* FROM ({pairs}) k JOIN ledger.act a ON a.institution_id = k.bank AND a.id = k.id",
        banks,
        ids,
    ):
        known[r["id"]] = (r["digest"], Receipt(r["id"], r["posted_at"], ()))
    return known


async def _receipt(db: Connection, entry: UUID, posted_at: datetime) -> Receipt:
    """Find the legs again. They may lie at any bank; this is the rare path of an old key."""
    rows = await db.fetch(
        "SELECT institution_id, position, debit_balance, credit_balance FROM ledger.journal"
        " WHERE institution_id IN (SELECT DISTINCT institution_id FROM ledger.batch) AND id BETWEEN $1 AND $2"
        " ORDER BY id",
        entry, leg_id(entry, 1023),
    )  # fmt: skip
    return Receipt(entry, posted_at, tuple(Leg(*row) for row in rows))


def _error(code: str, facts: dict[str, Any]) -> BankError:
    for cls in every_error():
        if cls.code == code:
            error = cls.__new__(cls)
            BankError.__init__(error, **facts)
            return error
    return BankError(**facts)


# -- writing ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Pages:
    """A plan made ready for the wire while the batch before it commits."""

    rows: dict[str, list[tuple[Any, ...]]]  # by partition
    batches: list[tuple[Any, ...]]


def encode(book: Book, plan: Plan, epoch: int) -> Pages:
    """Sort the rows by partition and chain each bank's; moves the book's hashes on."""
    by_month: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    by_bank: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in plan.rows:
        by_month[partition_of(row[2])].append(row)
        by_bank[row[0]].append(row)
    batches = []
    for bank, rows in by_bank.items():
        previous = book.hashes.get(bank, _FIRST_HASH)
        book.hashes[bank] = digest = chain(previous, rows)
        batches.append((bank, rows[0][1], rows[-1][1], digest, previous, epoch, plan.now))
    return Pages(by_month, batches)


async def write(db: Connection, plan: Plan, pages: Pages, epoch: int) -> None:
    """Put a decided plan into the open transaction of the writer."""
    if not await db.fetchval("SELECT true FROM ledger.epoch WHERE shard = 0 AND epoch = $1 FOR SHARE", epoch):
        raise Fenced
    if plan.opened:
        await _write_opened(db, plan)
    for name, rows in pages.rows.items():
        await db.copy_records_to_table(name, schema_name="ledger", records=rows, columns=JOURNAL_COLUMNS)
    if pages.batches:
        await db.execute(_INSERT_BATCHES, *_columns(pages.batches, 7))
    if plan.holds_opened or plan.holds_closed:
        await _write_holds(db, plan)
    if plan.acts or plan.flagged:
        await _write_acts(db, plan)
    await _write_events(db, plan)


class Fenced(Exception):
    """Another writer took over this shard."""


_INSERT_BATCHES = (
    "INSERT INTO ledger.batch SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bytea[],"
    " $5::bytea[], $6::bigint[], $7::timestamptz[])"
)


def chain(previous: bytes, rows: list[tuple[Any, ...]]) -> bytes:
    """SHA-256 over the hash before and every column of the rows, in position order."""
    state = sha256(previous)
    for r in rows:
        state.update(
            _PACK.pack(r[0], r[1], r[2].bytes, r[3], *r[4:13], r[13], r[14], _micros(r[19]), _micros(r[20]))
        )
        if r[15] or r[16] or r[17] or r[18]:
            state.update(f"{r[15]}|{r[16]}|{r[17]}|{r[18]}".encode())
    return state.digest()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(at: datetime) -> int:
    """Whole microseconds, without the rounding of a float."""
    return (at - _EPOCH) // timedelta(microseconds=1)


async def _write_opened(db: Connection, plan: Plan) -> None:
    rows = [
        (n.ref.bank, n.ref.id, n.subject, n.currency, n.floor_fen, int(n.flags), plan.now)
        for n in plan.opened
    ]
    await db.execute(
        "INSERT INTO ledger.account (institution_id, id, subject, currency, floor, flags, opened_at)"
        " SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::int[],"
        " $7::timestamptz[])",
        *_columns(rows, 7),
    )


async def _write_holds(db: Connection, plan: Plan) -> None:
    fresh = [
        (h.debit.bank, h.id, h.debit.id, h.credit.id, h.fen, 1, h.code, plan.now, h.expires_at)
        for h in plan.holds_opened
    ]
    if fresh:
        await db.execute(
            "INSERT INTO ledger.hold (institution_id, id, debit, credit, amount, state, code, opened_at, expires_at)"
            " SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[],"
            " $6::smallint[], $7::int[], $8::timestamptz[], $9::timestamptz[])",
            *_columns(fresh, 9),
        )
    closed = [
        (h.debit.bank, h.id, settled, state, plan.now) for h, settled, state in plan.holds_closed.values()
    ]
    if closed:
        done = await db.execute(
            "UPDATE ledger.hold h SET settled=v.settled, state=v.state, closed_at=v.at FROM unnest($1::smallint[],"
            " $2::uuid[], $3::bigint[], $4::smallint[], $5::timestamptz[]) AS v(bank, id, settled, state, at)"
            " WHERE h.institution_id = v.bank AND h.id = v.id AND h.state = 1",
            *_columns(closed, 5),
        )
        if done != f"UPDATE {len(closed)}":
            raise Fenced


async def _write_acts(db: Connection, plan: Plan) -> None:
    """Keys of entries without postings; and flags, which the cache must never show late."""
    if plan.flagged:
        flagged = [(ref.bank, ref.id, flags) for ref, flags in plan.flagged.items()]
        await db.execute(
            "UPDATE ledger.account a SET flags = v.flags FROM unnest($1::smallint[], $2::bigint[], $3::int[])"
            " AS v(bank, id, flags) WHERE a.institution_id = v.bank AND a.id = v.id",
            *_columns(flagged, 3),
        )
    rows = [
        (
            bank_of(q.entry.id),
            q.entry.id,
            q.digest,
            _act_facts(q),
            q.entry.evidence,
            q.entry.mandate,
            plan.now,
        )
        for q in plan.acts
    ]
    await db.executemany(
        "INSERT INTO ledger.act (institution_id, id, digest, facts, evidence, mandate, posted_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)",
        rows,
    )


def _act_facts(request: Request) -> dict[str, Any]:
    entry = request.entry
    return {
        "opens": [[n.ref.bank, n.ref.id, n.subject] for n in entry.opens],
        "flags": [[f.ref.bank, f.ref.id, int(f.set), int(f.clear), f.reason] for f in entry.flags],
    }


async def _write_events(db: Connection, plan: Plan) -> None:
    rows = [
        (e.bank, new_id(e.bank), e.topic, e.key, e.body, plan.now)
        for q in plan.posted
        for e in q.entry.events
    ]
    if rows:
        await db.execute(
            "INSERT INTO kernel.outbox (institution_id, id, topic, key, body, at) SELECT * FROM unnest("
            "$1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])",
            *_columns(rows, 6),
        )


async def write_refusals(db: Connection, plan: Plan) -> None:
    """Remember refusals that stick to their key."""
    rows = [
        (bank_of(q.entry.id), q.entry.id, q.digest, q.outcome.code, q.outcome.facts, plan.now)
        for q in plan.refused
        if q.sticky and isinstance(q.outcome, BankError)
    ]
    if rows:
        await db.execute(
            "INSERT INTO ledger.refusal (institution_id, id, digest, code, facts, at) SELECT * FROM unnest("
            "$1::smallint[], $2::uuid[], $3::bigint[], $4::text[], $5::jsonb[], $6::timestamptz[])",
            *_columns(rows, 6),
        )


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[i] for row in rows] for i in range(width)]


# -- reading ---------------------------------------------------------------------------------------


async def walk(db: Connection, ref: AccountRef, position: int, limit: int) -> list[asyncpg.Record]:
    """Movements of an account from `position` back."""
    return await db.fetch("SELECT * FROM ledger.walk($1, $2, $3, $4)", ref.bank, ref.id, position, limit)


async def turnover(
    db: Connection, bank: int | None, since: datetime, until: datetime
) -> list[asyncpg.Record]:
    """Debits and credits by bank and subject between two instants, and the net since then."""
    moves = [int(k) for k in (PostingKind.POST, PostingKind.SETTLE, PostingKind.REVERSE, PostingKind.IMPORT)]
    return await db.fetch(
        "WITH legs AS ("
        " SELECT institution_id, debit AS account, amount AS dr, 0::bigint AS cr, posted_at FROM ledger.journal"
        "  WHERE ($1::smallint IS NULL OR institution_id = $1) AND kind = ANY($4) AND id >= $5"
        " UNION ALL"
        " SELECT institution_id, credit, 0, amount, posted_at FROM ledger.journal"
        "  WHERE ($1::smallint IS NULL OR institution_id = $1) AND kind = ANY($4) AND id >= $5)"
        " SELECT a.institution_id, a.subject,"
        "  coalesce(sum(dr) FILTER (WHERE posted_at >= $2 AND posted_at < $3), 0)::bigint AS dr,"
        "  coalesce(sum(cr) FILTER (WHERE posted_at >= $2 AND posted_at < $3), 0)::bigint AS cr,"
        "  coalesce(sum(cr - dr) FILTER (WHERE posted_at >= $3), 0)::bigint AS later"
        " FROM legs JOIN ledger.account a ON a.institution_id = legs.institution_id AND a.id = legs.account"
        " GROUP BY 1, 2",
        bank, since, until, moves, _floor_id(since - timedelta(days=1)),
    )  # fmt: skip


async def balances_by_subject(db: Connection, bank: int | None) -> list[asyncpg.Record]:
    """The sum and number of accounts of each subject, by bank: the cache plus the journal it lacks."""
    return await db.fetch(
        "WITH tail AS (SELECT j.* FROM ledger.journal j LEFT JOIN ledger.checkpoint c USING (institution_id)"
        "  WHERE ($1::smallint IS NULL OR j.institution_id = $1) AND j.position > coalesce(c.position, 0)"
        "  AND j.debit_seq > 0),"
        " moved AS (SELECT institution_id, debit AS id, debit_seq AS seq, -amount AS fen FROM tail"
        "  UNION ALL SELECT institution_id, credit, credit_seq, amount FROM tail),"
        " late AS (SELECT m.institution_id, m.id, sum(m.fen) AS fen FROM moved m JOIN ledger.account a"
        "  ON a.institution_id = m.institution_id AND a.id = m.id AND m.seq > a.seq GROUP BY 1, 2)"
        " SELECT a.institution_id, a.subject, sum(a.balance + coalesce(l.fen, 0))::bigint AS fen,"
        "  count(*)::int AS accounts"
        " FROM ledger.account a LEFT JOIN late l ON l.institution_id = a.institution_id AND l.id = a.id"
        " WHERE ($1::smallint IS NULL OR a.institution_id = $1) GROUP BY 1, 2 ORDER BY 1, 2",
        bank,
    )


async def recent(db: Connection, bank: int, before: int | None, limit: int) -> list[asyncpg.Record]:
    """The newest journal rows of a bank, for the console."""
    return await db.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3",
        bank, before or 2**62, limit,
    )  # fmt: skip


async def load_chart(dsn: str, rows: list[tuple[str, str, str, str]]) -> None:
    """Bring the chart of accounts (code, zh, en, side) up to date."""
    db = await asyncpg.connect(dsn)
    try:
        await db.executemany(
            "INSERT INTO ledger.subject VALUES ($1,$2,$3,$4) ON CONFLICT (code) DO UPDATE SET zh=$2, en=$3, side=$4",
            rows,
        )
    finally:
        await db.close()
