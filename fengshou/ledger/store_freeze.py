"""The SQL of freezes and notes: what a batch writes of them, what a start loads, what people read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fengshou.kernel import Connection, bank_of
from fengshou.ledger.book import Book
from fengshou.ledger.model import AccountFlag, AccountRef
from fengshou.ledger.plan import Plan
from fengshou.ledger.terms import Order


async def load(db: Connection, book: Book) -> None:
    """Put the freezes in force on their accounts."""
    for r in await db.fetch(
        "SELECT * FROM ledger.freeze WHERE lifted_at IS NULL ORDER BY institution_id, account, placed_at, id"
    ):
        ref = AccountRef(r["institution_id"], r["account"])
        account, stops = book.accounts[ref], AccountFlag(r["stops"])
        order = Order(r["id"], ref, r["owner"], r["reason"], stops, r["amount"], r["until"])
        account.bound((account.floor, account.ceiling, (*account.orders, order)))


async def write(db: Connection, plan: Plan) -> None:
    """What the plan freezes, then what it lifts."""
    placed = [
        (o.ref.bank, o.id, o.ref.id, o.owner, o.reason, int(o.stops), o.fen, o.until, entry, plan.now)
        for o, entry in plan.frozen
    ]
    if placed:
        await db.executemany(
            "INSERT INTO ledger.freeze (institution_id, id, account, owner, reason, stops, amount, until, placed_by,"
            " placed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
            placed,
        )
    lifted = [(x.ref.bank, x.freeze, entry, plan.now, x.reason) for x, entry in plan.lifted]
    if lifted:
        await db.executemany(
            "UPDATE ledger.freeze SET lifted_by=$3, lifted_at=$4, lift_reason=$5"
            " WHERE institution_id=$1 AND id=$2 AND lifted_at IS NULL",
            lifted,
        )


async def write_notes(db: Connection, plan: Plan) -> None:
    """The notes of what is posted."""
    notes = [(bank_of(q.entry.id), q.entry.id, q.entry.note) for q in plan.posted if q.entry.note is not None]
    if notes:
        await db.executemany("INSERT INTO ledger.note (institution_id, entry, note) VALUES ($1,$2,$3)", notes)


async def note(db: Connection, entry: UUID) -> dict[str, Any] | None:
    """The note of an entry, or None."""
    found = await db.fetchval(
        "SELECT note FROM ledger.note WHERE institution_id = $1 AND entry = $2", bank_of(entry), entry
    )
    return found if isinstance(found, dict) else None
