"""The SQL of proving the book: everything, in order, and what lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg.cursor import Cursor

from fengshou.kernel import Connection, Record
from fengshou.ledger.store_replay import READ_S


async def banks(db: Connection) -> list[int]:
    """Every bank that has accounts, a batch, sealed pages or a record."""
    rows = await db.fetch(
        "SELECT institution_id AS bank FROM ledger.account UNION SELECT institution_id FROM ledger.batch"
        " UNION SELECT institution_id FROM ledger.sealed_page"
        " UNION SELECT institution_id FROM ledger.record ORDER BY 1",
        timeout=READ_S,
    )
    return [row["bank"] for row in rows]


async def positions(db: Connection, *, since_anchors: bool = False) -> int:
    """How many rows the batches tell of, or those after each bank's newest anchor: for people who wait."""
    found: int = await db.fetchval(
        "SELECT coalesce(sum(b.last - coalesce(a.position, 0)), 0)::bigint FROM (SELECT institution_id,"
        " max(last_position) AS last FROM ledger.batch GROUP BY 1) b LEFT JOIN (SELECT institution_id,"
        " max(position) AS position FROM ledger.anchor WHERE $1 GROUP BY 1) a USING (institution_id)",
        since_anchors,
    )
    return found


async def accounts(db: Connection, bank: int) -> list[Record]:
    """The account table of a bank."""
    return await db.fetch("SELECT * FROM ledger.account WHERE institution_id=$1", bank, timeout=READ_S)


async def checkpoint(db: Connection, bank: int) -> int:
    """Up to which position the account table is known to be whole."""
    found: int | None = await db.fetchval(
        "SELECT position FROM ledger.checkpoint WHERE institution_id=$1", bank
    )
    return found or 0


async def counts(db: Connection, table: str) -> dict[int, int]:
    """How many rows a table has of each bank."""
    sql = f"SELECT institution_id, count(*) FROM ledger.{table} GROUP BY 1"  # noqa: S608 - our own words
    found = await db.fetch(sql, timeout=READ_S)
    return {r[0]: r[1] for r in found}


async def record(db: Connection, bank: int, desk: int, after: int) -> list[Record]:
    """Some pages of a desk after a number, in order."""
    return await db.fetch(
        "SELECT number, position, made_at, body, previous, hash FROM ledger.record"
        " WHERE institution_id=$1 AND desk=$2 AND number > $3 ORDER BY number LIMIT 200",
        bank, desk, after,
    )  # fmt: skip


async def by_id(db: Connection, table: str, key: str, bank: int, ids: list[UUID]) -> list[Record]:
    """Rows of a table by their ids."""
    sql = f"SELECT * FROM ledger.{table} WHERE institution_id=$1 AND {key} = ANY($2)"  # noqa: S608 - our own words
    return await db.fetch(sql, bank, ids)


async def whole(db: Connection, table: str, bank: int) -> list[Record]:
    """Every row of a bank in a table."""
    sql = f"SELECT * FROM ledger.{table} WHERE institution_id=$1"  # noqa: S608 - our own words
    return await db.fetch(sql, bank, timeout=READ_S)


async def by_day(db: Connection, table: str, order: str, bank: int) -> Cursor:
    """A cursor over a table of days, in order of the day they were posted on."""
    sql = f"SELECT * FROM ledger.{table} WHERE institution_id=$1 ORDER BY posted_on{order}"  # noqa: S608 - our own words
    return await db.cursor(sql, bank, timeout=READ_S)


async def followed(db: Connection, bank: int) -> Record | None:
    """How far the days are built, and closed."""
    return await db.fetchrow(
        "SELECT position, posted_on, closed_to FROM ledger.followed WHERE institution_id=$1", bank
    )


async def open_holds(db: Connection, bank: int) -> dict[UUID, tuple[int, int]]:
    """Account and what is left of every open hold."""
    rows = await db.fetch(
        "SELECT id, debit, amount - settled FROM ledger.hold"
        " WHERE institution_id=$1 AND state=1 AND closed_at IS NULL",
        bank, timeout=READ_S,
    )  # fmt: skip
    return {r[0]: (r[1], r[2]) for r in rows}


async def owners(db: Connection) -> list[Record]:
    """What fences two writers: shard, epoch, the lease's epoch, and the greatest epoch of a batch."""
    return await db.fetch(
        "SELECT coalesce(e.shard, l.shard) AS shard, e.epoch, l.epoch AS lease,"
        " (SELECT max(epoch) FROM ledger.batch) AS newest,"
        " l.until > clock_timestamp() + interval '1 hour' AS too_long FROM ledger.epoch e"
        " FULL JOIN ledger.lease l USING (shard)"
    )


async def batches(db: Connection, bank: int, after: int = 0) -> list[Record]:
    """The batches of a bank after a position, in order."""
    return await db.fetch(
        "SELECT * FROM ledger.batch WHERE institution_id=$1 AND first_position > $2 ORDER BY first_position",
        bank, after, timeout=READ_S,
    )  # fmt: skip


async def journal(db: Connection, bank: int, after: int, upto: int, limit: int) -> list[Record]:
    """Unsealed rows of positions in (after, upto], in order, the first of them."""
    return await db.fetch(
        "SELECT * FROM ledger.journal WHERE institution_id=$1 AND position > $2 AND position <= $3"
        " ORDER BY position LIMIT $4",
        bank, after, upto, limit,
    )  # fmt: skip


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
    return await db.fetch(
        "SELECT * FROM ledger.anchor WHERE institution_id=$1 ORDER BY position, record, office", bank
    )


async def all_anchors(db: Connection) -> list[Record]:
    """Every anchor, to be kept outside."""
    return await db.fetch(
        "SELECT institution_id, position, made_at, hash, digest FROM ledger.anchor"
        " ORDER BY made_at, institution_id, position"
    )


async def hash_at(db: Connection, bank: int, position: int) -> bytes | None:
    """The hash of the batch that ends at a position."""
    found: bytes | None = await db.fetchval(
        "SELECT hash FROM ledger.batch WHERE institution_id=$1 AND first_position <= $2 AND last_position = $2"
        " ORDER BY first_position DESC LIMIT 1",
        bank, position,
    )  # fmt: skip
    return found


async def page_hash(db: Connection, bank: int, number: int) -> bytes | None:
    """The hash of a page of the writer's desk."""
    found: bytes | None = await db.fetchval(
        "SELECT hash FROM ledger.record WHERE institution_id=$1 AND desk=1 AND number=$2", bank, number
    )
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
    found: bytes = await db.fetchval(_BESIDE, bank, *positions, since, until, timeout=READ_S)
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


async def put_anchor(db: Connection, mark: Mapping[str, Any], state: bytes) -> None:
    """Write an anchor and the state it stands for."""
    marks = ", ".join(f"${n}" for n in range(1, len(mark) + 1))
    await db.execute(
        f"INSERT INTO ledger.anchor ({', '.join(mark)}) VALUES ({marks})",  # noqa: S608 - our own words
        *mark.values(),
    )
    await db.execute(
        "INSERT INTO ledger.anchor_state VALUES ($1, $2, $3) ON CONFLICT (institution_id)"
        " DO UPDATE SET position = excluded.position, body = excluded.body",
        mark["institution_id"], mark["position"], state,
    )  # fmt: skip
