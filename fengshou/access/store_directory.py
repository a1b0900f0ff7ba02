"""SQL of the directory tables: codes, rate windows, locks, challenges, whose passkey it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fengshou.kernel import Record, Work


async def put_code(
    work: Work,
    phone_blind: bytes,
    purpose: str,
    message_id: UUID,
    mark: bytes,
    life: timedelta,
    resend: timedelta,
) -> bool:
    """Replace the code of a phone and purpose unless one was sent within `resend`."""
    return bool(
        await work.fetchval(
            "INSERT INTO access.sms_code AS c (phone_blind, purpose, message_id, mark, sent_at, expires_at)"
            " VALUES ($1,$2,$3,$4,$5::timestamptz,$5::timestamptz + $6::interval)"
            " ON CONFLICT (phone_blind, purpose) DO UPDATE SET message_id=excluded.message_id, mark=excluded.mark,"
            "  tries=0, sent_at=excluded.sent_at, expires_at=excluded.expires_at, used_at=NULL"
            " WHERE c.sent_at <= excluded.sent_at - $7::interval RETURNING true",
            phone_blind, purpose, message_id, mark, work.now, life, resend,
        )
    )  # fmt: skip


async def code_sent_at(work: Work, phone_blind: bytes, purpose: str) -> datetime:
    """When the code now in place was sent."""
    sent: datetime = await work.fetchval(
        "SELECT sent_at FROM access.sms_code WHERE phone_blind=$1 AND purpose=$2", phone_blind, purpose
    )
    return sent


async def kill_code(work: Work, message_id: UUID, phone_blind: bytes, purpose: str) -> None:
    """The carrier refused the message: nobody can know its code."""
    await work.execute(
        "UPDATE access.sms_code SET used_at=$4 WHERE phone_blind=$1 AND purpose=$2 AND message_id=$3",
        phone_blind, purpose, message_id, work.now,
    )  # fmt: skip


async def try_code(
    work: Work, phone_blind: bytes, purpose: str, mark: bytes, tries_most: int
) -> Record | None:
    """Count a try and use the code up when it is right: one statement, so concurrent tries queue on the row.

    Returns (tries, correct), or None when there is no code that may still be tried.
    """
    return await work.fetchrow(
        "UPDATE access.sms_code SET tries=tries+1, used_at=CASE WHEN mark=$3 THEN $4::timestamptz END"
        " WHERE phone_blind=$1 AND purpose=$2 AND used_at IS NULL AND tries<$5 AND expires_at>$4"
        " RETURNING tries, used_at IS NOT NULL AS correct",
        phone_blind, purpose, mark, work.now, tries_most,
    )  # fmt: skip


async def take_window(
    work: Work, key_blind: bytes, scope: str, began_at: datetime, ends_at: datetime, most: int
) -> bool:
    """Count one more in a window; False when it is full."""
    return bool(
        await work.fetchval(
            "INSERT INTO access.rate_window AS w (key_blind, scope, began_at, ends_at, count) VALUES ($1,$2,$3,$4,1)"
            " ON CONFLICT (key_blind, scope, began_at) DO UPDATE SET count=w.count+1 WHERE w.count<$5 RETURNING true",
            key_blind, scope, began_at, ends_at, most,
        )
    )  # fmt: skip


async def take_try(work: Work, key_blind: bytes, tries_most: int, waits: Sequence[timedelta]) -> int | None:
    """Count a try before its secret is looked at; the last one locks at once. None: it is locked.

    A right try gives the count back (`clear_tries`), so concurrent guesses never get more looks than `tries_most`.
    """
    tries: int | None = await work.fetchval(
        "INSERT INTO access.lock AS l (key_blind, tries, changed_at) VALUES ($1,1,$2::timestamptz)"
        " ON CONFLICT (key_blind) DO UPDATE SET changed_at=$2,"
        "  tries=CASE WHEN l.locked_until IS NULL THEN l.tries+1 ELSE 1 END,"
        "  locks=l.locks + (l.locked_until IS NULL AND l.tries+1>=$3)::int,"
        "  locked_until=CASE WHEN l.locked_until IS NULL AND l.tries+1>=$3"
        "   THEN $2::timestamptz + ($4::interval[])[least(l.locks+1, cardinality($4::interval[]))] END"
        " WHERE l.frozen_at IS NULL AND (l.locked_until IS NULL OR l.locked_until<=$2) RETURNING tries",
        key_blind, work.now, tries_most, list(waits),
    )  # fmt: skip
    return tries


async def lock_of(work: Work, key_blind: bytes) -> Record | None:
    """(locked_until, frozen_at) of a name."""
    return await work.fetchrow(
        "SELECT locked_until, frozen_at FROM access.lock WHERE key_blind=$1", key_blind
    )


async def clear_tries(work: Work, key_blind: bytes) -> None:
    """The secret was right: forget the wrong tries and their locks, not a freeze."""
    await work.execute("DELETE FROM access.lock WHERE key_blind=$1 AND frozen_at IS NULL", key_blind)


async def add_failure(work: Work, key_blind: bytes, id_: UUID) -> None:
    """A secret was wrong."""
    await work.execute(
        "INSERT INTO access.failure (key_blind, id, at) VALUES ($1,$2,$3)", key_blind, id_, work.now
    )


async def failures_since(work: Work, key_blind: bytes, since: datetime) -> int:
    """How often the secret of a name was wrong."""
    count: int = await work.fetchval(
        "SELECT count(*) FROM access.failure WHERE key_blind=$1 AND at>$2 AND at<=$3",
        key_blind, since, work.now,
    )  # fmt: skip
    return count


async def freeze(work: Work, key_blind: bytes) -> None:
    """Refuse every log-in of this name until `unfreeze`."""
    await work.execute(
        "INSERT INTO access.lock (key_blind, changed_at, frozen_at) VALUES ($1,$2,$2)"
        " ON CONFLICT (key_blind) DO UPDATE SET frozen_at=coalesce(access.lock.frozen_at, $2), changed_at=$2",
        key_blind, work.now,
    )  # fmt: skip


async def unfreeze(work: Work, key_blind: bytes) -> None:
    """End a freeze and every lock."""
    await work.execute("DELETE FROM access.lock WHERE key_blind=$1", key_blind)


async def put_challenge(
    work: Work, mark: bytes, purpose: str, principal: UUID | None, order: UUID | None, life: timedelta
) -> None:
    """Open a challenge."""
    await work.execute(
        "INSERT INTO access.challenge (mark, purpose, principal_id, order_id, expires_at)"
        " VALUES ($1,$2,$3,$4,$5::timestamptz + $6::interval)",
        mark, purpose, principal, order, work.now, life,
    )  # fmt: skip


async def use_challenge(
    work: Work, mark: bytes, purpose: str, principal: UUID | None, order: UUID | None
) -> bool:
    """Use a challenge up; True for exactly one of its callers, and only for what it was opened for."""
    return bool(
        await work.fetchval(
            "DELETE FROM access.challenge WHERE mark=$1 AND purpose=$2 AND principal_id IS NOT DISTINCT FROM $3"
            " AND order_id IS NOT DISTINCT FROM $4 AND expires_at>$5 RETURNING true",
            mark, purpose, principal, order, work.now,
        )
    )  # fmt: skip


async def list_passkey(
    work: Work, credential_blind: bytes, bank: int, kind: str, principal: UUID, passkey: UUID
) -> bool:
    """Enter a passkey in the directory; False when the credential is somebody's already."""
    return bool(
        await work.fetchval(
            "INSERT INTO access.passkey_directory"
            " (credential_blind, institution_id, principal_kind, principal_id, passkey_id)"
            " VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING RETURNING true",
            credential_blind, bank, kind, principal, passkey,
        )
    )  # fmt: skip


async def find_passkey(work: Work, credential_blind: bytes) -> Record | None:
    """(institution_id, principal_kind, principal_id, passkey_id) of a credential."""
    return await work.fetchrow(
        "SELECT * FROM access.passkey_directory WHERE credential_blind=$1", credential_blind
    )


async def unlist_passkey(work: Work, credential_blind: bytes) -> None:
    """Take a passkey out of the directory."""
    await work.execute("DELETE FROM access.passkey_directory WHERE credential_blind=$1", credential_blind)
