"""The SQL of the general ledger, of closing its periods, and of interest numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from fengshou.kernel import Connection, Record

_FOLLOWED = "SELECT position, closed_to FROM ledger.followed WHERE institution_id=$1"
_GIVEN_UP = timedelta(minutes=10)
_FOLLOWED_LOCKED = _FOLLOWED + " FOR UPDATE"


async def general(db: Connection, bank: int | None, since: date, until: date) -> list[Record]:
    """Brought forward to `since`, turned over up to and with `until`, by bank, subject and currency."""
    return await db.fetch(
        "SELECT institution_id AS bank, subject, currency,"
        " coalesce(sum(credit - debit) FILTER (WHERE book_on < $2), 0) AS opening,"
        " coalesce(sum(debit) FILTER (WHERE book_on >= $2), 0) AS debit,"
        " coalesce(sum(credit) FILTER (WHERE book_on >= $2), 0) AS credit,"
        " coalesce(sum(legs) FILTER (WHERE book_on >= $2), 0)::bigint AS legs"
        " FROM ledger.general WHERE ($1::smallint IS NULL OR institution_id = $1) AND book_on <= $3"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        bank, since, until,
    )  # fmt: skip


async def days_of_subject(
    db: Connection, bank: int, subject: str, currency: str, since: date, until: date
) -> list[Record]:
    """The book days of one subject."""
    return await db.fetch(
        "SELECT book_on, debit, credit, legs FROM ledger.general WHERE institution_id=$1 AND subject=$2"
        " AND currency=$3 AND book_on BETWEEN $4 AND $5 ORDER BY 1",
        bank, subject, currency, since, until,
    )  # fmt: skip


async def sub_ledger(db: Connection, bank: int, position: int) -> list[Record]:
    """What the accounts of each subject add up to as of a position, by the balances in their own chains."""
    return await db.fetch(
        "SELECT a.subject, a.currency, sum(b.balance) AS fen, count(*)::int AS accounts"
        " FROM ledger.balances_as_of($1::smallint, $2) b"
        " JOIN ledger.account a ON a.institution_id = $1 AND a.id = b.account GROUP BY 1, 2 ORDER BY 1, 2",
        bank, position,
    )  # fmt: skip


async def followed(db: Connection, bank: int, *, lock: bool = False) -> Record | None:
    """Position and last closed day of a bank; locked against followers when it is to change."""
    return await db.fetchrow(_FOLLOWED_LOCKED if lock else _FOLLOWED, bank)


async def accounts(db: Connection, bank: int | None) -> dict[tuple[int, str, str], int]:
    """How many accounts stand under each subject in each currency, by bank; the yuan first."""
    rows = await db.fetch(
        "SELECT institution_id, subject, currency, count(*)::int FROM ledger.account"
        " WHERE ($1::smallint IS NULL OR institution_id = $1) GROUP BY 1, 2, 3"
        " ORDER BY 1, currency <> 'CNY', 3, 2",
        bank,
    )
    return {(r[0], r[1], r[2]): r[3] for r in rows}


async def other_currencies(db: Connection, bank: int) -> dict[int, str]:
    """The accounts that do not hold yuan, and what they hold."""
    rows = await db.fetch(
        "SELECT id, currency FROM ledger.account WHERE institution_id = $1 AND currency <> 'CNY'", bank
    )
    return {r[0]: r[1] for r in rows}


async def names(db: Connection) -> dict[str, tuple[str, str]]:
    """The chart's subjects by code."""
    return {r[0]: (r[1], r[2]) for r in await db.fetch("SELECT code, zh, en FROM ledger.subject")}


# -- periods --------------------------------------------------------------------------------------------


async def mark(
    db: Connection, bank: int, kind: str, first: date, last: date, status: str, by: UUID, at: datetime
) -> bool:
    """Set a period's status on its way; False when it is closed, or somebody else is closing it.

    A closing that takes longer than `_GIVEN_UP` was cut off, and is anybody's to begin again.
    """
    done = await db.fetchval(
        "INSERT INTO ledger.period AS p (institution_id, kind, first_on, last_on, status, changed_at, changed_by)"
        " VALUES ($1, $2, $3, $4, $5, $7, $6) ON CONFLICT (institution_id, kind, first_on) DO UPDATE"
        " SET status = excluded.status, changed_at = excluded.changed_at, changed_by = excluded.changed_by"
        " WHERE p.status = 'open' OR (p.status = 'closing' AND (excluded.status = 'open'"
        "  OR p.changed_by = excluded.changed_by OR p.changed_at < excluded.changed_at - $8::interval))"
        " RETURNING true",
        bank, kind, first, last, status, by, at, _GIVEN_UP,
    )  # fmt: skip
    return bool(done)


async def close(
    db: Connection, bank: int, kind: str, first: date, position: int, totals: tuple[int, int], digest: bytes
) -> None:
    """The period is closed, with what it turned over."""
    await db.execute(
        "UPDATE ledger.period SET status = 'closed', position = $4, debit = $5, credit = $6, digest = $7"
        " WHERE institution_id = $1 AND kind = $2 AND first_on = $3",
        bank, kind, first, position, *totals, digest,
    )  # fmt: skip


async def closed_to(db: Connection, bank: int, on: date) -> None:
    """Up to and with `on` nothing is booked any more; the caller holds the bank's row of `followed`."""
    await db.execute("UPDATE ledger.followed SET closed_to = $2 WHERE institution_id = $1", bank, on)


async def reopen(db: Connection, bank: int, on: date, by: UUID, at: datetime) -> list[Record]:
    """Every closed period that contains `on` is open again; returns them."""
    return await db.fetch(
        "UPDATE ledger.period SET status = 'open', changed_by = $3, changed_at = $4"
        " WHERE institution_id = $1 AND first_on <= $2 AND last_on >= $2 AND status = 'closed'"
        " RETURNING kind, first_on",
        bank, on, by, at,
    )  # fmt: skip


async def periods(
    db: Connection, bank: int, since: date, before: date | None = None, limit: int | None = None
) -> list[Record]:
    """The newest periods of a bank that end on `since` or later and begin before `before`; oldest first."""
    return await db.fetch(
        "SELECT * FROM (SELECT * FROM ledger.period WHERE institution_id=$1 AND last_on >= $2"
        "  AND ($3::date IS NULL OR first_on < $3) ORDER BY first_on DESC, kind DESC LIMIT $4) p"
        " ORDER BY first_on, kind",
        bank, since, before, limit,
    )  # fmt: skip


async def ask_reopening(
    db: Connection, bank: int, id_: UUID, on: date, reason: str, by: UUID, at: datetime
) -> bool:
    """Write down who asks to open a day again; False when somebody asks already."""
    done = await db.fetchval(
        "INSERT INTO ledger.reopening (institution_id, id, on_day, reason, asked_by, asked_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (institution_id, on_day) WHERE agreed_at IS NULL AND refused_at IS NULL DO NOTHING"
        " RETURNING true",
        bank, id_, on, reason, by, at,
    )  # fmt: skip
    return bool(done)


async def reopening(db: Connection, bank: int, id_: UUID) -> Record | None:
    """What was asked, locked."""
    return await db.fetchrow(
        "SELECT * FROM ledger.reopening WHERE institution_id=$1 AND id=$2 FOR UPDATE", bank, id_
    )


async def wish(db: Connection, bank: int, id_: UUID) -> Record | None:
    """What was asked, to look at."""
    return await db.fetchrow("SELECT * FROM ledger.reopening WHERE institution_id=$1 AND id=$2", bank, id_)


async def agree_reopening(db: Connection, bank: int, id_: UUID, by: UUID, at: datetime) -> None:
    """Write down who agreed."""
    await db.execute(
        "UPDATE ledger.reopening SET agreed_by=$3, agreed_at=$4 WHERE institution_id=$1 AND id=$2",
        bank, id_, by, at,
    )  # fmt: skip


async def refuse_reopening(db: Connection, bank: int, id_: UUID, by: UUID, at: datetime, answer: str) -> None:
    """Write down who said no, or took it back, and why."""
    await db.execute(
        "UPDATE ledger.reopening SET refused_by=$3, refused_at=$4, answer=$5 WHERE institution_id=$1 AND id=$2",
        bank, id_, by, at, answer,
    )  # fmt: skip


async def reopenings(db: Connection, bank: int, limit: int) -> list[Record]:
    """What was asked at a bank, newest first."""
    return await db.fetch(
        "SELECT * FROM ledger.reopening WHERE institution_id=$1 ORDER BY id DESC LIMIT $2", bank, limit
    )


# -- interest numbers -----------------------------------------------------------------------------------


async def last_quarter(db: Connection, bank: int) -> date | None:
    """The quarter day closed last."""
    found: date | None = await db.fetchval(
        "SELECT max(quarter_on) FROM ledger.interest_number WHERE institution_id=$1", bank
    )
    return found


async def close_quarter(
    db: Connection, bank: int, quarter_on: date, before: date | None, subjects: list[str], position: int
) -> int:
    """Write the interest number of every account of `subjects`; returns how many.

    A movement counts once for each day from its value day to the quarter's end; what counts before the quarter
    and was not in an earlier number is its correction. Nothing was closed before when `before` is None.
    """
    done = await db.execute(
        "INSERT INTO ledger.interest_number"
        " SELECT $1, t.account, $2,"
        "  sum((t.credit - t.debit)::numeric * ($2::date + 1 - greatest(t.value_on, $3::date + 1))),"
        "  coalesce(sum((t.credit - t.debit)::numeric * ($3::date + 1 - t.value_on))"
        "   FILTER (WHERE t.value_on <= $3), 0)"
        "   - coalesce(min(c.charged), 0), $5"
        " FROM ledger.day_turn t JOIN ledger.account a ON a.institution_id = $1 AND a.id = t.account"
        " LEFT JOIN (SELECT account, sum(number + correction) AS charged FROM ledger.interest_number"
        "  WHERE institution_id = $1 AND quarter_on < $2 GROUP BY 1) c ON c.account = t.account"
        " WHERE t.institution_id = $1 AND t.value_on <= $2 AND a.subject = ANY($4) GROUP BY t.account",
        bank, quarter_on, before or date(1900, 1, 1), subjects, position,
    )  # fmt: skip
    return int(done.split()[-1])


async def interest_numbers(db: Connection, bank: int, account: int) -> list[Record]:
    """The closed quarters of an account, oldest first."""
    return await db.fetch(
        "SELECT quarter_on, number, correction, position FROM ledger.interest_number"
        " WHERE institution_id=$1 AND account=$2 ORDER BY 1",
        bank, account,
    )  # fmt: skip
