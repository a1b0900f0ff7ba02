"""All the SQL of the room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from fengshou.kernel import Record, Vault, Work
from fengshou.ledger import AccountRef, Rider, RiderKind
from fengshou.payments.errors import OrderMoved
from fengshou.payments.model import MOVES, Counter, LineText, Order, OrderState, SavedPayee

# -- riders: what is true together with the book's entry ---------------------------------------------

ORDER_MOVE = RiderKind(
    "payments.order_move",
    "UPDATE payments.orders o SET state = r.to_state, posted_at = coalesce(o.posted_at, r.at),"
    " closed_at = CASE WHEN r.to_state IN ('done','rejected','refused','expired','returned') THEN r.at END,"
    " hold_until = coalesce(r.hold_until, o.hold_until), reason = coalesce(r.reason, o.reason),"
    " decision = coalesce(r.decision, o.decision), evidence = coalesce(r.evidence, o.evidence),"
    " counters = coalesce(r.counters::jsonb, o.counters)"
    " FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],"
    " $7::timestamptz[], $8::text[], $9::uuid[], $10::uuid[], $11::text[])"
    " AS r(n, bank, id, from_states, to_state, at, hold_until, reason, decision, evidence, counters)"
    " WHERE o.institution_id = r.bank AND o.id = r.id AND o.state = ANY(string_to_array(r.from_states, ','))"
    " RETURNING r.n",
    10,
    OrderMoved,
)
LINE_PUT = RiderKind(
    "payments.line_put",
    "INSERT INTO payments.line (institution_id, account_id, entry, kind, other_name, other_bank, other_code,"
    " other_tail, memo_sealed, order_id)"
    " SELECT r.bank, r.account, r.entry, r.kind, r.name, r.other_bank, r.code, r.tail, r.memo, r.ord"
    " FROM unnest($1::int[], $2::smallint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::smallint[],"
    " $8::text[], $9::text[], $10::bytea[], $11::uuid[])"
    " AS r(n, bank, account, entry, kind, name, other_bank, code, tail, memo, ord)"
    " ON CONFLICT DO NOTHING RETURNING institution_id, account_id, entry",
    10,
    OrderMoved,
    by_target=True,
)
RIDERS = (ORDER_MOVE, LINE_PUT)


def order_move(
    order: Order, to_state: OrderState, at: datetime, *, hold_until: datetime | None = None,
    reason: str | None = None, decision: UUID | None = None, evidence: UUID | None = None,
    counters: tuple[Counter, ...] | None = None,
) -> Rider:  # fmt: skip
    """The rider that moves an order on, from any state that allows it."""
    allowed = ",".join(state for state, nexts in MOVES.items() if to_state in nexts)
    # As text: a list within an array parameter would read as a second dimension.
    kept = orjson.dumps([counter_body(c) for c in counters]).decode() if counters is not None else None
    return Rider(
        ORDER_MOVE.name,
        (order.bank, order.id),
        (order.bank, order.id, allowed, to_state, at, hold_until, reason, decision, evidence, kept),
    )


def line_put(ref: AccountRef, text: LineText, sealed_memo: bytes | None) -> Rider:
    """The rider that writes a statement line's words."""
    target = (ref.bank, ref.id, text.entry)
    return Rider(
        LINE_PUT.name, target,
        (*target, text.kind, text.other_name, text.other_bank, text.other_code, text.other_tail, sealed_memo,
         text.order),
    )  # fmt: skip


# -- orders ------------------------------------------------------------------------------------------


def counter_body(counter: Counter) -> dict[str, Any]:
    """A counter as it is kept with its order."""
    return {
        "bank": counter.bank, "customer": str(counter.customer), "kind": counter.kind, "day": counter.day,
        "cap_fen": counter.cap_fen, "units": counter.units,
    }  # fmt: skip


def _aad(id_: UUID, column: str) -> str:
    return f"payments.orders|{column}|{id_.hex}"


def order_of(vault: Vault, row: Record) -> Order:
    """A row opened."""
    bank, id_ = row["institution_id"], row["id"]

    def plain(column: str) -> str:
        return vault.open(bank, "payment", row[f"{column}_sealed"], aad=_aad(id_, column))

    counters = tuple(
        Counter(c["bank"], UUID(c["customer"]), c["kind"], c["day"], c["cap_fen"], c.get("units"))
        for c in row["counters"]
    )
    return Order(
        id=id_, customer=row["customer"], kind=row["kind"], state=row["state"],
        payer=AccountRef(bank, row["from_account"]), to_bank=row["to_bank"], to_account=row["to_account"],
        to_code=row["to_code"], to_number=plain("to_number"), to_name=plain("to_name"), to_masked=row["to_masked"],
        memo=plain("memo"), amount_fen=row["amount"], fee_fen=row["fee"], wish=row["wish"],
        let_go_id=row["let_go_id"], close_id=row["close_id"], return_id=row["return_id"],
        decision=row["decision"], reason=row["reason"],
        tries=row["tries"], counters=counters, hold_until=row["hold_until"], created_at=row["created_at"],
        posted_at=row["posted_at"], closed_at=row["closed_at"], evidence=row["evidence"],
    )  # fmt: skip


async def insert_order(work: Work, vault: Vault, order: Order, client_key: UUID, release: str) -> bool:
    """Store a draft; False when the client's key is taken already."""

    def sealed(column: str, text: str) -> bytes:
        return vault.seal(order.bank, "payment", text, aad=_aad(order.id, column))

    tag = await work.execute(
        "INSERT INTO payments.orders (institution_id, id, customer, client_key, wish, kind, state, from_account,"
        " to_bank, to_account, to_code, to_number_sealed, to_name_sealed, to_tail, to_masked, memo_sealed, amount,"
        " fee, release_id, let_go_id, close_id, return_id, created_at)"
        " SELECT $1,$2,$3,$4,$5,$6,'draft',$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22"
        # A draft need not be on disk before the posting it is for: that one's commit brings it along, and
        # a draft lost in a crash moved nothing.
        " FROM set_config('synchronous_commit', 'off', true)"
        " ON CONFLICT (institution_id, customer, client_key) DO NOTHING",
        order.bank, order.id, order.customer, client_key, order.wish, order.kind, order.payer.id, order.to_bank,
        order.to_account, order.to_code, sealed("to_number", order.to_number), sealed("to_name", order.to_name),
        order.to_number[-4:], order.to_masked, sealed("memo", order.memo), order.amount_fen, order.fee_fen, release,
        order.let_go_id, order.close_id, order.return_id, order.created_at,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def order_by_key(work: Work, customer: UUID, client_key: UUID) -> Record | None:
    """The order a client's key made."""
    return await work.fetchrow(
        "SELECT * FROM payments.orders WHERE institution_id=$1 AND customer=$2 AND client_key=$3",
        work.bank, customer, client_key,
    )  # fmt: skip


async def order_by_id(work: Work, id_: UUID) -> Record | None:
    """One order of `work.bank`."""
    return await work.fetchrow(
        "SELECT * FROM payments.orders WHERE institution_id=$1 AND id=$2", work.bank, id_
    )


async def orders_of(
    work: Work, customer: UUID, before: UUID | None, limit: int, state: str | None, kind: str | None
) -> list[Record]:
    """A customer's orders at `work.bank`, newest first; those never confirmed are left out."""
    return await work.fetch(
        "SELECT * FROM payments.orders WHERE institution_id=$1 AND customer=$2 AND state <> 'draft'"
        " AND reason IS DISTINCT FROM 'PAYMENTS.ABANDONED'"
        " AND ($3::uuid IS NULL OR id < $3) AND ($5::text IS NULL OR state = $5)"
        " AND ($6::text IS NULL OR kind = $6) ORDER BY id DESC LIMIT $4",
        work.bank, customer, before, limit, state, kind,
    )  # fmt: skip


async def open_orders(
    work: Work, states: tuple[str, ...], older_than: datetime, after: UUID | None, limit: int
) -> list[Record]:
    """A page of the orders of all banks that stand in `states` since before `older_than`, by id (relay role)."""
    return await work.fetch(
        "SELECT institution_id, id, state, created_at FROM payments.orders WHERE state = ANY($1) AND created_at < $2"
        " AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        list(states), older_than, after, limit,
    )  # fmt: skip


async def move_alone(
    work: Work, id_: UUID, from_states: tuple[str, ...], to_state: str, reason: str | None
) -> bool:
    """Move an order without any entry: a refusal before the book, or an unknown answer. False: it stood elsewhere."""
    closed = work.now if to_state == "refused" else None
    tag = await work.execute(
        "UPDATE payments.orders SET state=$3, reason=coalesce($4, reason), closed_at=$6"
        " WHERE institution_id=$1 AND id=$2 AND state = ANY($5)",
        work.bank, id_, to_state, reason, list(from_states), closed,
    )  # fmt: skip
    return tag == "UPDATE 1"


async def count_try(work: Work, id_: UUID) -> int:
    """One question more to the rail about an order; returns how many."""
    tries: int = await work.fetchval(
        "UPDATE payments.orders SET tries = tries + 1 WHERE institution_id=$1 AND id=$2 RETURNING tries",
        work.bank,
        id_,
    )
    return tries


# -- statement lines ---------------------------------------------------------------------------------


def memo_aad(ref: AccountRef, entry: UUID) -> str:
    """Where a line's memo is sealed to."""
    return f"payments.line|memo|{ref.bank}-{ref.id}-{entry.hex}"


async def put_lines(work: Work, rows: list[tuple[Any, ...]]) -> None:
    """Lines in words of accounts at `work.bank`; writing one twice is writing it once."""
    await work.executemany(
        "INSERT INTO payments.line VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT DO NOTHING", rows
    )


async def lines(work: Work, account: int, entries: list[UUID]) -> list[Record]:
    """The words of an account's entries."""
    return await work.fetch(
        "SELECT * FROM payments.line WHERE institution_id=$1 AND account_id=$2 AND entry = ANY($3)",
        work.bank, account, entries,
    )  # fmt: skip


# -- payees ------------------------------------------------------------------------------------------


def _payee_aad(id_: UUID, column: str) -> str:
    return f"payments.payee|{column}|{id_.hex}"


async def save_payee(
    work: Work, vault: Vault, customer: UUID, id_: UUID, number: str, name: str, code: str | None, paid: bool
) -> None:
    """Keep a payee at the customer's home bank, or refresh it."""
    await work.execute(
        "INSERT INTO payments.payee (institution_id, customer, id, number_blind, number_sealed, name_sealed, to_code,"
        " paid_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (institution_id, customer, number_blind)"
        " DO UPDATE SET paid_at = coalesce(excluded.paid_at, payments.payee.paid_at)",
        work.bank, customer, id_, vault.blind("payee", number),
        vault.seal(work.bank, "payee", number, aad=_payee_aad(id_, "number")),
        vault.seal(work.bank, "payee", name, aad=_payee_aad(id_, "name")),
        code, work.now if paid else None,
    )  # fmt: skip


async def payees(work: Work, vault: Vault, customer: UUID, limit: int) -> list[SavedPayee]:
    """The customer's payees, the ones paid last first."""
    rows = await work.fetch(
        "SELECT * FROM payments.payee WHERE institution_id=$1 AND customer=$2"
        " ORDER BY paid_at DESC NULLS LAST, id DESC LIMIT $3",
        work.bank, customer, limit,
    )  # fmt: skip
    return [
        SavedPayee(
            r["id"],
            vault.open(work.bank, "payee", r["number_sealed"], aad=_payee_aad(r["id"], "number")),
            vault.open(work.bank, "payee", r["name_sealed"], aad=_payee_aad(r["id"], "name")),
            None,
            r["to_code"],
            r["paid_at"],
        )
        for r in rows
    ]


async def remove_payee(work: Work, customer: UUID, id_: UUID) -> bool:
    """Forget a payee; False when it was not there."""
    tag = await work.execute(
        "DELETE FROM payments.payee WHERE institution_id=$1 AND customer=$2 AND id=$3",
        work.bank,
        customer,
        id_,
    )
    return tag == "DELETE 1"


async def has_paid(work: Work, vault: Vault, customer: UUID, number: str) -> bool:
    """Whether the customer paid this number before."""
    return bool(
        await work.fetchval(
            "SELECT true FROM payments.payee WHERE institution_id=$1 AND customer=$2 AND number_blind=$3"
            " AND paid_at IS NOT NULL",
            work.bank,
            customer,
            vault.blind("payee", number),
        )
    )


# -- money from outside ------------------------------------------------------------------------------


async def take_inbound(work: Work, message: str, entry: UUID) -> tuple[UUID, str | None, bool]:
    """The entry a message of the rail is booked under, whether it was refused, whether it is answered."""
    row = await work.fetchrow(
        "INSERT INTO payments.inbound (institution_id, message, entry, at) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (institution_id, message) DO UPDATE SET message = excluded.message"
        " RETURNING entry, reason, answered",
        work.bank, message, entry, work.now,
    )  # fmt: skip
    assert row is not None
    return row["entry"], row["reason"], row["answered"]


async def end_inbound(work: Work, message: str, reason: str | None, answered: bool) -> None:
    """Note why money from outside was not booked, and whether the rail was told."""
    await work.execute(
        "UPDATE payments.inbound SET reason=$3, answered=$4 WHERE institution_id=$1 AND message=$2",
        work.bank, message, reason, answered,
    )  # fmt: skip


async def cursor(work: Work) -> str:
    """Up to where the rail's mail was read."""
    text: str = await work.fetchval("SELECT cursor FROM payments.rail_cursor")
    return text


async def keep_cursor(work: Work, text: str) -> None:
    """Go on from here next time."""
    await work.execute("UPDATE payments.rail_cursor SET cursor = $1", text)
