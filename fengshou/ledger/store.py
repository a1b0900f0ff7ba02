"""The SQL of owning the book: take it over, load it, check it in, find old answers again."""

from __future__ import annotations

import gc
from datetime import datetime
from io import BytesIO
from struct import Struct
from uuid import UUID

import asyncpg

from fengshou.kernel import CENTRE, LEGS_MAX, BankError, Connection, bank_of, every_error, leg_id
from fengshou.ledger import row, store_freeze, store_office, store_replay, store_sealed
from fengshou.ledger.book import Book
from fengshou.ledger.memory import Answer, refusal
from fengshou.ledger.model import CLOSES_HOLD, AccountRef, Entry, Hold, Leg, Posting, PostingKind, Receipt
from fengshou.ledger.plan import Account, State
from fengshou.ledger.sealed import Row

# An entry is undone at most once: the ledger's own rider.
REVERSE_ONCE = (
    "INSERT INTO ledger.reversal (institution_id, entry, by_entry)"
    " SELECT r.bank, r.entry, r.by_entry FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::uuid[])"
    " AS r(n, bank, entry, by_entry) ON CONFLICT DO NOTHING RETURNING institution_id, entry"
)


class Fenced(Exception):
    """Another writer took over this shard."""


# True as long as this epoch's writer owns the shard; the row stays so until the transaction ends.
FENCE = "SELECT true FROM ledger.epoch WHERE shard = 0 AND epoch = $1 FOR SHARE"


async def load(db: Connection) -> Book:
    """The book as of the last commit: the checkpointed accounts, and the journal after the checkpoint."""
    # Nothing made here is garbage, and looking for some among a million accounts takes as long as reading them.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return await _load(db)
    finally:
        if collecting:
            gc.enable()


async def _load(db: Connection) -> Book:
    book = Book()
    for r in await db.fetch(
        "SELECT institution_id, id, subject, currency, floor, flags, balance, seq, last, ceiling"
        " FROM ledger.account",
        timeout=store_replay.READ_S,
    ):
        ref = AccountRef(r[0], r[1])
        book.accounts[ref] = Account(
            ref, r[2], r[3], r[4], r[5], balance=r[6], seq=r[7], last=r[8], ceiling=r[9]
        )
    banks = sorted({ref.bank for ref in book.accounts})
    await store_freeze.load(db, book)
    book.ahead = await store_replay.replay(db, book, banks)
    for r in await db.fetch("SELECT * FROM ledger.hold WHERE state = 1"):
        debit = AccountRef(r["institution_id"], r["debit"])
        credit = AccountRef(r["institution_id"], r["credit"])
        rest = r["amount"] - r["settled"]
        book.holds[r["id"]] = Hold(r["id"], debit, credit, rest, r["code"], r["expires_at"], r["settled"])
        book.accounts[debit].held += rest
        book.ahead.add(book.accounts[debit])
    for r in await db.fetch(
        "SELECT b.bank, l.last_position, l.hash FROM unnest($1::smallint[]) AS b(bank), LATERAL ("
        " SELECT last_position, hash FROM ledger.batch WHERE institution_id = b.bank"
        " ORDER BY first_position DESC LIMIT 1) l",
        banks,
    ):
        book.positions[r[0]], book.hashes[r[0]] = r[1], r[2]
    return book


async def newest_key(db: Connection, banks: list[int]) -> int:
    """The greatest `UUID.int` that was ever answered; later ids are new for certain."""
    newest = await db.fetchval(
        "SELECT id FROM (SELECT l.id FROM unnest($1::smallint[]) AS b(bank), LATERAL ("
        "  SELECT id FROM ledger.journal WHERE institution_id = b.bank ORDER BY id DESC LIMIT 1) l"
        " UNION ALL (SELECT id FROM ledger.refusal ORDER BY id DESC LIMIT 1)"
        " UNION ALL (SELECT id FROM ledger.act ORDER BY id DESC LIMIT 1)) answered ORDER BY id DESC LIMIT 1",
        banks,
    )
    return newest.int if newest else 0


_STATE = Struct(">hihiqiqiqiqiq").pack  # institution, id, balance, held, seq, last as binary COPY has them


async def checkpoint(
    db: Connection, states: list[tuple[AccountRef, State]], positions: dict[int, int], epoch: int
) -> None:
    """Bring the account cache up to `states`, all of them durable at `positions`, in one transaction."""
    rows = [_STATE(6, 2, ref.bank, 8, ref.id, 8, s[0], 8, s[1], 8, s[2], 8, s[3]) for ref, s in states]
    async with db.transaction():
        if not await db.fetchval(FENCE, epoch):
            raise Fenced
        await db.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS account_state (institution_id smallint, id bigint,"
            " balance bigint, held bigint, seq bigint, last bigint) ON COMMIT DELETE ROWS"
        )
        await db.copy_to_table(
            "account_state",
            schema_name="pg_temp",
            source=BytesIO(row.stream(rows)),
            format="binary",
        )
        await db.execute(
            "UPDATE ledger.account a SET balance=v.balance, held=v.held, seq=v.seq, last=v.last"
            " FROM pg_temp.account_state v"
            " WHERE a.institution_id = v.institution_id AND a.id = v.id AND a.seq <= v.seq"
        )
        await db.execute(
            "INSERT INTO ledger.checkpoint AS c SELECT * FROM unnest($1::smallint[], $2::bigint[])"
            " ON CONFLICT (institution_id) DO UPDATE SET position = greatest(c.position, excluded.position)",
            list(positions), list(positions.values()),
        )  # fmt: skip


async def recall(db: Connection, ids: list[UUID], banks: list[int]) -> dict[int, Answer]:
    """What was answered to keys that memory no longer knows, by `UUID.int`.

    banks  where legs of an entry may lie: all that have a journal
    """
    ids = list(dict.fromkeys(ids))  # the same key may come twice in one batch; its legs are there once
    known: dict[int, Answer] = {}
    digests: dict[UUID, tuple[int, datetime]] = {}
    legs: dict[UUID, list[Leg]] = {id_: [] for id_ in ids}
    found: list[Row] = []
    found += await db.fetch(
        "SELECT k.id AS entry, j.* FROM unnest($1::uuid[], $2::uuid[]) AS k(id, last), LATERAL ("
        " SELECT institution_id, position, debit_balance, credit_balance, digest, posted_at, id AS leg,"
        "  debit, credit, amount, kind, code, refers FROM ledger.journal"
        " WHERE institution_id = ANY($3::smallint[]) AND id BETWEEN k.id AND k.last) j"
        " ORDER BY j.leg",
        ids, [leg_id(id_, LEGS_MAX) for id_ in ids], banks,
    )  # fmt: skip
    found += await store_sealed.answers(db, ids, banks)
    for r in found:
        digests[r["entry"]] = _told(r), r["posted_at"]
        legs[r["entry"]].append(
            Leg(r["institution_id"], r["position"], r["debit_balance"], r["credit_balance"], r["amount"])
        )
    for id_, (digest, posted_at) in digests.items():
        known[id_.int] = digest, Receipt(id_, posted_at, tuple(legs[id_]))
    keys = ([bank_of(id_) for id_ in ids], ids)
    for r in await db.fetch(_BY_KEY.format("refusal"), *keys):
        known[r["id"].int] = r["digest"], refusal(_class_of(r["code"]), r["facts"])
    for r in await db.fetch(_BY_KEY.format("act"), *keys):
        known[r["id"].int] = r["digest"], Receipt(r["id"], r["posted_at"], ())
    return known


def _told(r: Row) -> int:
    """The digest of the entry that a row tells of: kept, or of the row itself."""
    if r["digest"] is not None:
        return int(r["digest"])
    bank, kind = r["institution_id"], PostingKind(r["kind"])
    hold = r["refers"] if kind in CLOSES_HOLD else None
    debit, credit = AccountRef(bank, r["debit"]), AccountRef(bank, r["credit"])
    return Entry(r["entry"], (Posting(debit, credit, r["amount"], kind, hold, r["code"]),)).digest


_BY_KEY = (
    "SELECT r.* FROM unnest($1::smallint[], $2::uuid[]) AS k(bank, id)"
    " JOIN ledger.{} r ON r.institution_id = k.bank AND r.id = k.id"
)


def _class_of(code: str) -> type[BankError]:
    return next((cls for cls in every_error() if cls.code == code), BankError)


async def load_chart(dsn: str, rows: list[tuple[str, str, str, str]]) -> None:
    """Bring the chart of accounts (code, zh, en, side) up to date."""
    db = await asyncpg.connect(dsn)
    try:
        async with db.transaction():
            await store_office.lock(db, CENTRE)
            changed = await db.fetch(
                "INSERT INTO ledger.subject AS s SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
                " ON CONFLICT (code) DO UPDATE SET zh=excluded.zh, en=excluded.en, side=excluded.side"
                " WHERE (s.zh, s.en, s.side) IS DISTINCT FROM (excluded.zh, excluded.en, excluded.side)"
                " RETURNING code",
                *map(list, zip(*rows, strict=True)),
            )
            keys = [(r[0],) for r in changed]
            if keys:
                await store_office.put(db, CENTRE, await db.fetchval("SELECT now()"), "subject", *keys)
    finally:
        await db.close()
