"""SQL of devices and sessions, at the member bank that keeps the person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.access.model import Session
from fengshou.kernel import Record, Work


async def device(work: Work, principal: UUID, secret_mark: bytes) -> Record | None:
    """The device a secret belongs to, for this person."""
    return await work.fetchrow(
        "SELECT id, trusted_from FROM access.device"
        " WHERE institution_id=$1 AND principal_id=$2 AND secret_mark=$3 AND removed_at IS NULL",
        work.bank, principal, secret_mark,
    )  # fmt: skip


async def ever_had_device(work: Work, principal: UUID) -> bool:
    """Whether the person logged in on any device before; removed ones count."""
    return bool(
        await work.fetchval(
            "SELECT EXISTS (SELECT FROM access.device WHERE institution_id=$1 AND principal_id=$2)",
            work.bank, principal,
        )
    )  # fmt: skip


async def put_device(
    work: Work, id_: UUID, principal: UUID, secret_mark: bytes, name: str, trusted_from: datetime
) -> Record:
    """Add a device, or see the one that is there again: (id, trusted_from, added)."""
    row = await work.fetchrow(
        "INSERT INTO access.device AS d"
        " (institution_id, id, principal_id, secret_mark, name, first_seen_at, seen_at, trusted_from)"
        " VALUES ($1,$2,$3,$4,$5,$6,$6,$7)"
        " ON CONFLICT (institution_id, principal_id, secret_mark) WHERE removed_at IS NULL"
        " DO UPDATE SET seen_at=excluded.seen_at, name=excluded.name RETURNING id, trusted_from, id=$2 AS added",
        work.bank, id_, principal, secret_mark, name, work.now, trusted_from,
    )  # fmt: skip
    assert row is not None
    return row


async def devices_of(work: Work, principal: UUID) -> list[Record]:
    """Devices in use, latest seen first."""
    return await work.fetch(
        "SELECT id, name, first_seen_at, seen_at, trusted_from FROM access.device"
        " WHERE institution_id=$1 AND principal_id=$2 AND removed_at IS NULL ORDER BY seen_at DESC, id DESC",
        work.bank, principal,
    )  # fmt: skip


async def remove_devices(work: Work, principal: UUID, only: list[UUID] | None = None) -> list[UUID]:
    """Remove all or some devices of a person; the ids that were theirs and in use."""
    rows = await work.fetch(
        "UPDATE access.device SET removed_at=$3 WHERE institution_id=$1 AND principal_id=$2"
        " AND removed_at IS NULL AND ($4::uuid[] IS NULL OR id=ANY($4)) RETURNING id",
        work.bank, principal, work.now, only,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def cool_devices(work: Work, principal: UUID, until: datetime) -> None:
    """Treat every device of a person as new."""
    await work.execute(
        "UPDATE access.device SET trusted_from=$3 WHERE institution_id=$1 AND principal_id=$2 AND removed_at IS NULL",
        work.bank, principal, until,
    )  # fmt: skip


async def add_session(work: Work, session: Session, token_mark: bytes) -> None:
    """Store a fresh session."""
    await work.execute(
        "INSERT INTO access.session (institution_id, id, principal_kind, principal_id, device_id, bank, level, factors,"
        " proved_at, roles, locale, trusted_from, rotated_at, seen_at, expires_at, token_mark, created_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$14)",
        work.bank, session.id, session.principal_kind, session.principal_id, session.device_id, session.bank,
        session.level, sorted(session.factors), session.proved_at, sorted(session.roles), session.locale,
        session.trusted_from, work.now, work.now, session.expires_at, token_mark,
    )  # fmt: skip


async def find_session(work: Work, token_mark: bytes) -> Record | None:
    """The session a token opens now or opened before, with `current`: whether it is its latest token."""
    return await work.fetchrow(
        "SELECT id, principal_kind, principal_id, device_id, bank, level, factors, proved_at, roles, locale,"
        " trusted_from, rotated_at, seen_at, expires_at,"
        " token_mark=$2 AS current, former_mark IS NOT NULL AS has_former, former_until"
        " FROM access.session WHERE institution_id=$1 AND ended_at IS NULL AND (token_mark=$2 OR former_mark=$2)",
        work.bank, token_mark,
    )  # fmt: skip


async def trusted_from(work: Work, id_: UUID) -> datetime | None:
    """From when on the session's device is no longer new."""
    found: datetime | None = await work.fetchval(
        "SELECT trusted_from FROM access.session WHERE institution_id=$1 AND id=$2 AND ended_at IS NULL",
        work.bank, id_,
    )  # fmt: skip
    return found


async def see_session(work: Work, id_: UUID, former_until: datetime | None) -> None:
    """The session is in use; `former_until` (when given) retires its former token."""
    await work.execute(
        "UPDATE access.session SET seen_at=greatest(seen_at,$3), former_until=coalesce(former_until,$4)"
        " WHERE institution_id=$1 AND id=$2",
        work.bank, id_, work.now, former_until,
    )  # fmt: skip


async def rotate(work: Work, old_mark: bytes, new_mark: bytes, due_before: datetime) -> bool:
    """Exchange the token a session is used with; of concurrent callers one wins, the others keep the old token.

    The token in use may be the former one: its successor was lost on the way and is replaced.
    """
    return bool(
        await work.fetchval(
            "UPDATE access.session SET token_mark=$3, former_mark=$2, former_until=NULL, rotated_at=$4"
            " WHERE institution_id=$1 AND (token_mark=$2 OR (former_mark=$2 AND former_until IS NULL))"
            " AND rotated_at<$5 AND ended_at IS NULL RETURNING true",
            work.bank, old_mark, new_mark, work.now, due_before,
        )
    )  # fmt: skip


async def lock_session(work: Work, id_: UUID) -> Record | None:
    """(level, factors, proved_at) of a session that has not ended, held until commit."""
    return await work.fetchrow(
        "SELECT level, factors, proved_at FROM access.session"
        " WHERE institution_id=$1 AND id=$2 AND ended_at IS NULL FOR UPDATE",
        work.bank, id_,
    )  # fmt: skip


async def raise_session(
    work: Work, id_: UUID, level: int, factors: frozenset[str], new_mark: bytes | None
) -> None:
    """Note fresh proof; with `new_mark` also exchange the token. A former token nobody replaced stays good."""
    await work.execute(
        "UPDATE access.session SET level=$3, factors=$4, proved_at=$5, token_mark=coalesce($6, token_mark),"
        " former_mark=CASE WHEN $6::bytea IS NULL OR (former_mark IS NOT NULL AND former_until IS NULL)"
        "  THEN former_mark ELSE token_mark END,"
        " former_until=CASE WHEN $6::bytea IS NULL THEN former_until END,"
        " rotated_at=CASE WHEN $6::bytea IS NULL THEN rotated_at ELSE $5 END WHERE institution_id=$1 AND id=$2",
        work.bank, id_, level, sorted(factors), work.now, new_mark,
    )  # fmt: skip


async def set_bank(work: Work, id_: UUID, bank: int) -> bool:
    """Serve the session at another member bank from now on."""
    return bool(
        await work.fetchval(
            "UPDATE access.session SET bank=$3 WHERE institution_id=$1 AND id=$2 AND ended_at IS NULL RETURNING true",
            work.bank, id_, bank,
        )
    )  # fmt: skip


async def end_sessions(
    work: Work, principal: UUID, why: str, *, only: UUID | None = None, but: UUID | None = None,
    devices: list[UUID] | None = None,
) -> list[UUID]:  # fmt: skip
    """End sessions of a person: all, one, all but one, or those of some devices."""
    rows = await work.fetch(
        "UPDATE access.session SET ended_at=$3, ended_why=$4"
        " WHERE institution_id=$1 AND principal_id=$2 AND ended_at IS NULL AND ($5::uuid IS NULL OR id=$5)"
        " AND ($6::uuid IS NULL OR id<>$6) AND ($7::uuid[] IS NULL OR device_id=ANY($7)) RETURNING id",
        work.bank, principal, work.now, why, only, but, devices,
    )  # fmt: skip
    return [row["id"] for row in rows]


def session_of(row: Record) -> Session:
    """The value of a row."""
    return Session(
        id=row["id"],
        principal_kind=row["principal_kind"],
        principal_id=row["principal_id"],
        device_id=row["device_id"],
        bank=row["bank"],
        level=row["level"],
        factors=frozenset(row["factors"]),
        proved_at=row["proved_at"],
        roles=frozenset(row["roles"]),
        locale=row["locale"],
        trusted_from=row["trusted_from"],
        rotated_at=row["rotated_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )
