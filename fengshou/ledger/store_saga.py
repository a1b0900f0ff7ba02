"""The SQL of payments between shards: two riders, and what is under way."""

from __future__ import annotations

from fengshou.kernel import Connection, Record

OPEN = (
    "INSERT INTO ledger.saga AS s (institution_id, id, payer, payee_bank, payee, amount, code)"
    " SELECT r.bank, r.id, r.payer, r.payee_bank, r.payee, r.fen, r.code FROM unnest($1::int[], $2::smallint[],"
    " $3::uuid[], $4::bigint[], $5::smallint[], $6::bigint[], $7::bigint[], $8::int[])"
    " AS r(n, bank, id, payer, payee_bank, payee, fen, code) ON CONFLICT DO NOTHING RETURNING institution_id, id"
)
CLOSE = (
    "UPDATE ledger.saga s SET state = r.state FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::smallint[])"
    " AS r(n, bank, id, state) WHERE s.institution_id = r.bank AND s.id = r.id AND s.state = 1"
    " RETURNING s.institution_id, s.id"
)


async def under_way(db: Connection, banks: list[int]) -> list[Record]:
    """Payments from these banks that have not come to their end."""
    return await db.fetch(
        "SELECT institution_id, id, payer, payee_bank, payee, amount, code FROM ledger.saga"
        " WHERE institution_id = ANY($1::smallint[]) AND state = 1 ORDER BY id",
        banks,
    )
