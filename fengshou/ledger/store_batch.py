"""The SQL of one batch: what a decided plan writes, all of it in the writer's open transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg.exceptions import NotNullViolationError

from fengshou.kernel import BankError, Connection, bank_of, new_id
from fengshou.ledger import record, row, store_freeze, store_record, store_trip
from fengshou.ledger.book import Book
from fengshou.ledger.plan import Plan
from fengshou.ledger.store import FENCE, Fenced
from fengshou.ledger.store_month import partition_of


@dataclass(slots=True)
class Pages:
    """A plan made ready for the wire while the batch before it commits."""

    rows: dict[str, list[bytes]]  # by partition
    batches: list[tuple[int, int, int, bytes, bytes, datetime]]
    record: list[record.Page]


def encode(book: Book, plan: Plan) -> Pages:
    """Sort the rows by partition and chain each bank's; moves the book's hashes on, the record's first."""
    told = []
    for bank, lines in record.lines_of(book, plan).items():
        position = plan.positions.get(bank, book.positions.get(bank, 0))
        head, journal = book.records.get(bank, record.NONE), book.hashes.get(bank, row.FIRST_HASH)
        told.append(record.page(bank, record.WRITER, head, position, journal, plan.now, lines))
        book.records[bank] = told[-1].number, told[-1].hash
    batches = []
    for bank, rows in _by_bank(plan).items():
        first = plan.positions[bank] + 1
        previous = book.hashes.get(bank, row.FIRST_HASH)
        beside = book.records.get(bank, record.NONE)[1]
        book.hashes[bank] = digest = row.chain_with(previous, rows, beside, book.epoch)
        # The bank's last position is this plan's last: the next one is decided after this is encoded.
        batches.append((bank, first, book.positions[bank], digest, previous, plan.now))
    return Pages(_by_month(plan.rows), batches, told)


def _by_bank(plan: Plan) -> dict[int, list[bytes]]:
    """The rows of each bank in the order of their positions."""
    if len(plan.positions) <= 1:
        return {bank: plan.rows for bank in plan.positions if plan.rows}
    sorted_: dict[bytes, list[bytes]] = defaultdict(list)
    for packed in plan.rows:
        sorted_[row.bank_bytes(packed)].append(packed)
    return {int.from_bytes(bank, "big"): rows for bank, rows in sorted_.items()}


def _by_month(rows: list[bytes]) -> dict[str, list[bytes]]:
    """The rows of each partition."""
    tops = {
        packed[row.ID_TOP] for packed in rows
    }  # the first four bytes of the id: what its partition is found by
    names = {top: partition_of(top) for top in tops}
    if len(set(names.values())) == 1:
        return {next(iter(names.values())): rows}
    sorted_: dict[str, list[bytes]] = defaultdict(list)
    for packed in rows:
        sorted_[names[packed[row.ID_TOP]]].append(packed)
    return sorted_


async def commit(db: Connection, plan: Plan, pages: Pages, epoch: int, *, begun: bool = False) -> None:
    """Write a decided plan and commit it. Raises `Fenced`.

    begun  the transaction is open already, as when riders went before

    What is nothing but rows of one month is one trip to the database.
    """
    months = list(pages.rows.items())
    alone = len(months) == 1 and not pages.record and not _has_more(plan)
    begin = [] if begun else ["BEGIN"]
    if months:
        ends = ["COMMIT"] if alone else []
        statements = [*begin, _fenced_batches(pages, epoch), _COPY.format(months[0][0]), *ends]
        try:
            await store_trip.copy_within(db, statements, row.stream(months[0][1]))
        except NotNullViolationError as problem:
            raise Fenced from problem
        if alone:
            return
    else:
        if begin:
            await db.execute("BEGIN")
        if not await db.fetchval(FENCE, epoch):
            raise Fenced
    for name, rows in months[1:]:
        await store_trip.copy_within(db, [_COPY.format(name)], row.stream(rows))
    await _write_more(db, plan, pages)
    await db.execute("COMMIT")


_COPY = f'COPY "ledger"."{{}}" ({", ".join(row.COLUMNS)}) FROM STDIN (FORMAT binary)'


def _fenced_batches(pages: Pages, epoch: int) -> str:
    """The batches' rows, if this epoch's writer still owns the shard; else their epoch is NULL, which is refused."""
    values = ", ".join(
        f"({bank}::smallint, {first}::bigint, {last}::bigint, '\\x{digest.hex()}'::bytea,"
        f" '\\x{previous.hex()}'::bytea, '{at.isoformat()}'::timestamptz)"
        for bank, first, last, digest, previous, at in pages.batches
    )
    return (  # numbers and hashes of our own
        f"WITH fence AS MATERIALIZED (SELECT epoch FROM ledger.epoch WHERE shard = 0 AND epoch = {epoch} FOR SHARE)"  # noqa: S608 - numbers and hashes of ours
        " INSERT INTO ledger.batch (institution_id, first_position, last_position, hash, previous, posted_at, epoch)"
        f" SELECT b.*, (SELECT epoch FROM fence) FROM (VALUES {values}) b"
    )


def _has_more(plan: Plan) -> bool:
    """Whether a plan writes anything but rows."""
    return bool(
        plan.refused or plan.opened or plan.holds_opened or plan.holds_closed or plan.acts or plan.flagged
        or plan.bounded or plan.frozen or plan.lifted
        or any(not q.entry.bare and (q.events or q.entry.note is not None) for q in plan.posted)
    )  # fmt: skip


async def _write_more(db: Connection, plan: Plan, pages: Pages) -> None:
    if plan.opened:
        await _write_opened(db, plan)
    if plan.frozen or plan.lifted:
        await store_freeze.write(db, plan)
    if plan.holds_opened or plan.holds_closed:
        await _write_holds(db, plan)
    if plan.acts or plan.flagged or plan.bounded:
        await _write_acts(db, plan)
    await store_freeze.write_notes(db, plan)
    await _write_events(db, plan)
    await _write_refusals(db, plan)
    if pages.record:
        await store_record.write(db, pages.record)


async def _write_opened(db: Connection, plan: Plan) -> None:
    rows = [
        (n.ref.bank, n.ref.id, n.subject, n.currency, n.floor_fen, int(n.flags), plan.now, n.ceiling_fen)
        for n in plan.opened
    ]
    await db.execute(
        "INSERT INTO ledger.account (institution_id, id, subject, currency, floor, flags, opened_at, ceiling)"
        " SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::int[],"
        " $7::timestamptz[], $8::bigint[])",
        *_columns(rows, 8),
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
            "UPDATE ledger.hold h SET settled=v.settled, state=v.state, "
            " closed_at=CASE WHEN v.state > 1 THEN v.at END FROM unnest($1::smallint[],"
            " $2::uuid[], $3::bigint[], $4::smallint[], $5::timestamptz[]) AS v(bank, id, settled, state, at)"
            " WHERE h.institution_id = v.bank AND h.id = v.id AND h.state = 1",
            *_columns(closed, 5),
        )
        if done != f"UPDATE {len(closed)}":
            raise Fenced


async def _write_acts(db: Connection, plan: Plan) -> None:
    """Keys of entries without postings; and flags and bounds, which the cache must never show late."""
    if plan.bounded:
        await _write_bounds(db, plan)
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
            record.act_facts(q),
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


async def _write_bounds(db: Connection, plan: Plan) -> None:
    """Floor and ceiling, together with the balance they bound: the table's is older, and might not fit."""
    rows = [(a.ref.bank, a.ref.id, a.floor, a.ceiling, *a.save()[:4]) for a in plan.bounded]
    await db.execute(
        "UPDATE ledger.account a SET floor=v.floor, ceiling=v.ceiling, balance=v.balance, held=v.held, seq=v.seq,"
        " last=v.last FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
        " $6::bigint[], $7::bigint[], $8::bigint[]) AS v(bank, id, floor, ceiling, balance, held, seq, last)"
        " WHERE a.institution_id = v.bank AND a.id = v.id",
        *_columns(rows, 8),
    )


async def _write_events(db: Connection, plan: Plan) -> None:
    rows = [(e.bank, new_id(e.bank), e.topic, e.key, e.body, plan.now) for q in plan.posted for e in q.events]
    if rows:
        await db.execute(
            "INSERT INTO kernel.outbox (institution_id, id, topic, key, body, at) SELECT * FROM unnest("
            "$1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[])",
            *_columns(rows, 6),
        )


async def _write_refusals(db: Connection, plan: Plan) -> None:
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
