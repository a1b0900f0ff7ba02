"""The SQL of the days: following the journal, and what is read from the days built so."""

from __future__ import annotations

from datetime import date, datetime

from asyncpg import PostgresError

from fengshou.kernel import Connection, Record
from fengshou.ledger.model import AccountRef

_SEALED = "FS001"  # raised by ledger.must_be_open


async def committed(db: Connection, banks: list[int] | None) -> dict[int, int]:
    """The last durable position of each bank (of all that have a journal, when none is named)."""
    if banks is None:
        banks = [r[0] for r in await db.fetch("SELECT DISTINCT institution_id FROM ledger.account")]
    rows = await db.fetch(
        "SELECT b.bank, l.last_position FROM unnest($1::smallint[]) AS b(bank), LATERAL ("
        " SELECT last_position FROM ledger.batch WHERE institution_id = b.bank"
        " ORDER BY first_position DESC LIMIT 1) l",
        banks,
    )
    return dict.fromkeys(banks, 0) | {r[0]: r[1] for r in rows}


async def followed(db: Connection) -> dict[int, int]:
    """Up to which position each bank's days are built."""
    return {r[0]: r[1] for r in await db.fetch("SELECT institution_id, position FROM ledger.followed")}


async def begin_following(db: Connection, bank: int) -> None:
    """Make the bank's row of `followed`, if it is not there."""
    await db.execute("INSERT INTO ledger.followed (institution_id) VALUES ($1) ON CONFLICT DO NOTHING", bank)


async def follow(db: Connection, bank: int, to: int) -> int:
    """Build the days up to a position; returns how many rows that were."""
    rows: int = await db.fetchval("SELECT ledger.follow($1::smallint, $2)", bank, to)
    return rows


class PartSealed(Exception):
    """The answer lies in a sealed month, which SQL does not read."""


async def balance_at(db: Connection, ref: AccountRef, at: datetime) -> int:
    """The balance at an instant, as posted then. Raises `PartSealed`."""
    try:
        fen: int = await db.fetchval("SELECT ledger.balance_at($1::smallint, $2, $3)", ref.bank, ref.id, at)
    except PostgresError as problem:
        if problem.sqlstate == _SEALED:
            raise PartSealed from None
        raise
    return fen


async def day_begins(db: Connection, bank: int, position: int) -> int:
    """The first position of the day that a position was posted on."""
    first: int | None = await db.fetchval(
        "SELECT max(first_position) FROM ledger.day_edge WHERE institution_id=$1 AND first_position <= $2",
        bank, position,
    )  # fmt: skip
    return first or 1


async def value_balance(db: Connection, ref: AccountRef, on: date, known_on: date) -> int:
    """The balance at the end of a value day, as known at the end of another."""
    fen: int = await db.fetchval(
        "SELECT ledger.value_balance($1::smallint, $2, $3, $4)", ref.bank, ref.id, on, known_on
    )
    return fen


async def posted_days_of(db: Connection, ref: AccountRef, value_on: date, known_on: date) -> list[date]:
    """On which days movements of a value day were posted."""
    rows = await db.fetch(
        "SELECT posted_on FROM ledger.day_turn WHERE institution_id=$1 AND account=$2 AND value_on=$3"
        " AND posted_on <= $4 ORDER BY 1",
        ref.bank, ref.id, value_on, known_on,
    )  # fmt: skip
    return [r[0] for r in rows]


async def head_on(db: Connection, ref: AccountRef, on: date) -> int:
    """The position a statement up to and with that day begins at."""
    position: int = await db.fetchval("SELECT ledger.head_on($1::smallint, $2, $3)", ref.bank, ref.id, on)
    return position


async def heads(db: Connection, ref: AccountRef, since: date, until: date) -> list[Record]:
    """The end of each day from `since` until before `until` on which the account moved; and the one before."""
    return await db.fetch(
        "(SELECT posted_on, balance, seq FROM ledger.day_head WHERE institution_id=$1 AND account=$2"
        " AND posted_on < $3 ORDER BY posted_on DESC LIMIT 1) UNION ALL"
        " SELECT posted_on, balance, seq FROM ledger.day_head WHERE institution_id=$1 AND account=$2"
        " AND posted_on >= $3 AND posted_on < $4 ORDER BY 1",
        ref.bank, ref.id, since, until,
    )  # fmt: skip


async def value_turns(
    db: Connection, ref: AccountRef, since: date, until: date, known_on: date
) -> list[Record]:
    """Value balance brought forward to `since` (value_on NULL), then the net of each value day before `until`."""
    return await db.fetch(
        "SELECT NULL::date AS value_on, coalesce(sum(credit - debit), 0)::bigint AS net FROM ledger.day_turn"
        " WHERE institution_id=$1 AND account=$2 AND value_on < $3 AND posted_on <= $5"
        " UNION ALL SELECT value_on, sum(credit - debit)::bigint FROM ledger.day_turn"
        " WHERE institution_id=$1 AND account=$2 AND value_on >= $3 AND value_on < $4 AND posted_on <= $5"
        " GROUP BY 1 ORDER BY 1 NULLS FIRST",
        ref.bank, ref.id, since, until, known_on,
    )  # fmt: skip


async def as_of(db: Connection, bank: int, position: int) -> list[Record]:
    """Every account's balance, sequence and last movement as of a position."""
    return await db.fetch("SELECT * FROM ledger.balances_as_of($1::smallint, $2)", bank, position)
