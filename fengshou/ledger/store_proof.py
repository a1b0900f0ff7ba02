"""The SQL of proving the book: everything, in order, and what lies beside it."""

from __future__ import annotations

from datetime import datetime

from fengshou.kernel import Connection, Record


async def banks(db: Connection) -> list[int]:
    """Every bank that has accounts, or had a batch."""
    rows = await db.fetch(
        "SELECT institution_id AS bank FROM ledger.account UNION"
        " SELECT institution_id FROM ledger.batch UNION SELECT institution_id FROM ledger.sealed_page ORDER BY 1"
    )
    return [row["bank"] for row in rows]


async def accounts(db: Connection, bank: int) -> list[Record]:
    """The account table of a bank."""
    return await db.fetch(
        "SELECT id, balance, seq, last, currency FROM ledger.account WHERE institution_id=$1", bank
    )


async def batches(db: Connection, bank: int, after: int = 0) -> list[Record]:
    """The batches of a bank after a position, in order."""
    return await db.fetch(
        "SELECT * FROM ledger.batch WHERE institution_id=$1 AND first_position > $2 ORDER BY first_position",
        bank, after,
    )  # fmt: skip


async def last_position(db: Connection, bank: int) -> int:
    """The greatest position of the journal, sealed pages not counted."""
    found: int | None = await db.fetchval(
        "SELECT max(position) FROM ledger.journal WHERE institution_id=$1", bank
    )
    return found or 0


async def journal(db: Connection, bank: int, after: int, upto: int) -> list[Record]:
    """The unsealed rows of positions in (after, upto], in order."""
    return await db.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id=$1 AND position > $2 AND position <= $3 ORDER BY position",
        bank, after, upto,
    )  # fmt: skip


async def held(db: Connection, bank: int) -> dict[int, int]:
    """What is held by account, from the hold table."""
    rows = await db.fetch(
        "SELECT debit, sum(amount - settled)::bigint AS fen FROM ledger.hold"
        " WHERE institution_id=$1 AND state=1 GROUP BY 1",
        bank,
    )
    return {row["debit"]: row["fen"] for row in rows}


async def wrong_months(db: Connection) -> list[str]:
    """Sealed months whose pages are not as many rows as were sealed, or pages of no sealed month."""
    rows = await db.fetch(
        "SELECT coalesce(m.name, p.month) AS name FROM ledger.sealed_month m FULL JOIN"
        " (SELECT month, sum(entries) AS n FROM ledger.sealed_page GROUP BY 1) p ON p.month = m.name"
        " WHERE m.entries IS DISTINCT FROM p.n AND (m.entries > 0 OR p.n > 0)"
    )
    return [row["name"] for row in rows]


# -- anchors --------------------------------------------------------------------------------------------


async def anchors(db: Connection, bank: int) -> list[Record]:
    """The anchors of a bank, oldest first."""
    return await db.fetch("SELECT * FROM ledger.anchor WHERE institution_id=$1 ORDER BY position", bank)


async def all_anchors(db: Connection) -> list[Record]:
    """Every anchor, to be kept outside."""
    return await db.fetch(
        "SELECT institution_id, position, made_at, hash, digest FROM ledger.anchor ORDER BY position, institution_id"
    )


async def hash_at(db: Connection, bank: int, position: int) -> bytes | None:
    """The hash of the batch that ends at a position."""
    found: bytes | None = await db.fetchval(
        "SELECT hash FROM ledger.batch WHERE institution_id=$1 AND first_position <= $2 AND last_position = $2"
        " ORDER BY first_position DESC LIMIT 1",
        bank, position,
    )  # fmt: skip
    return found


async def anchor_state(db: Connection, bank: int) -> Record | None:
    """What every account held as of the newest anchor."""
    return await db.fetchrow("SELECT position, body FROM ledger.anchor_state WHERE institution_id=$1", bank)


async def beside(
    db: Connection, bank: int, positions: tuple[int, int], since: datetime, until: datetime
) -> bytes:
    """SHA-256 over what lies beside the journal: batches of positions (from, to], and what was written since < at
    <= until: refusals, acts, holds closed, accounts opened.
    """
    await db.execute(
        "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex'"
    )
    found: bytes = await db.fetchval(_BESIDE, bank, *positions, since, until)
    return found


def _part(table: str, columns: str, window: str, order: str = "id") -> str:
    return (
        f"(SELECT sha256(convert_to(coalesce(string_agg(ROW({columns})::text, chr(10) ORDER BY {order}), ''),"  # noqa: S608 - our own words
        f" 'UTF8')) FROM ledger.{table} WHERE institution_id = $1 AND {window})"
    )


_BETWEEN = "{0} > $4 AND {0} <= $5"
_BESIDE = (
    "SELECT sha256("
    + " || ".join(
        (
            _part(
                "batch",
                "first_position, last_position, hash, previous, epoch, posted_at",
                "first_position > $2 AND last_position <= $3",
                "first_position",
            ),
            _part("refusal", "id, digest, code, facts, at", _BETWEEN.format("at")),
            _part("act", "id, digest, facts, evidence, mandate, posted_at", _BETWEEN.format("posted_at")),
            _part(
                "hold",
                "id, debit, credit, amount, settled, state, code, opened_at, expires_at, closed_at",
                _BETWEEN.format("closed_at"),
            ),
            _part("account", "id, subject, currency, opened_at", _BETWEEN.format("opened_at")),
        )
    )
    + ")"
)


async def put_anchor(db: Connection, values: tuple[object, ...], state: bytes) -> None:
    """Write an anchor and the state it stands for."""
    await db.execute("INSERT INTO ledger.anchor VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", *values)
    await db.execute(
        "INSERT INTO ledger.anchor_state VALUES ($1, $2, $3) ON CONFLICT (institution_id)"
        " DO UPDATE SET position = excluded.position, body = excluded.body",
        values[0], values[1], state,
    )  # fmt: skip
