"""SQL of passwords and passkeys, at the member bank that keeps the person."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import Record, Work


async def password(work: Work, principal: UUID) -> Record | None:
    """(hash, changed_at), or None when no password was set."""
    return await work.fetchrow(
        "SELECT hash, changed_at FROM access.password WHERE institution_id=$1 AND principal_id=$2",
        work.bank, principal,
    )  # fmt: skip


async def put_first_password(work: Work, principal: UUID, hash_: str) -> bool:
    """Set a password where none was; False when there is one."""
    return bool(
        await work.fetchval(
            "INSERT INTO access.password (institution_id, principal_id, hash, changed_at) VALUES ($1,$2,$3,$4)"
            " ON CONFLICT DO NOTHING RETURNING true",
            work.bank, principal, hash_, work.now,
        )
    )  # fmt: skip


async def put_password(work: Work, principal: UUID, hash_: str) -> None:
    """Set or replace a password."""
    await work.execute(
        "INSERT INTO access.password (institution_id, principal_id, hash, changed_at) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (institution_id, principal_id) DO UPDATE SET hash=excluded.hash, changed_at=excluded.changed_at",
        work.bank, principal, hash_, work.now,
    )  # fmt: skip


async def strengthen_hash(work: Work, principal: UUID, old: str, new: str) -> None:
    """Store the same password under newer parameters, unless it was changed meanwhile."""
    await work.execute(
        "UPDATE access.password SET hash=$4 WHERE institution_id=$1 AND principal_id=$2 AND hash=$3",
        work.bank, principal, old, new,
    )  # fmt: skip


async def factors_of(work: Work, principal: UUID) -> tuple[bool, int]:
    """(has a password, number of passkeys)."""
    row = await work.fetchrow(
        "SELECT EXISTS (SELECT FROM access.password WHERE institution_id=$1 AND principal_id=$2) AS password,"
        " (SELECT count(*) FROM access.passkey WHERE institution_id=$1 AND principal_id=$2) AS passkeys",
        work.bank, principal,
    )  # fmt: skip
    assert row is not None
    return row["password"], row["passkeys"]


async def passkeys_of(work: Work, principal: UUID) -> list[Record]:
    """All passkeys of a person, oldest first."""
    return await work.fetch(
        "SELECT * FROM access.passkey WHERE institution_id=$1 AND principal_id=$2 ORDER BY id",
        work.bank,
        principal,
    )


async def passkey(work: Work, credential_id: bytes) -> Record | None:
    """A passkey by its credential id."""
    return await work.fetchrow(
        "SELECT * FROM access.passkey WHERE institution_id=$1 AND credential_id=$2", work.bank, credential_id
    )


async def add_passkey(
    work: Work, id_: UUID, principal: UUID, credential_id: bytes, public_key: bytes, sign_count: int,
    aaguid: str, synced: bool, transports: list[str], name: str,
) -> None:  # fmt: skip
    """Store a verified passkey."""
    await work.execute(
        "INSERT INTO access.passkey (institution_id, id, principal_id, credential_id, public_key, sign_count,"
        " aaguid, synced, transports, name, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        work.bank, id_, principal, credential_id, public_key, sign_count, aaguid, synced, transports, name, work.now,
    )  # fmt: skip


async def lock_passkeys(work: Work, principal: UUID) -> int:
    """Hold a person's password and passkey rows until commit, so that two changes see each other; how many passkeys."""
    await work.execute(
        "SELECT FROM access.password WHERE institution_id=$1 AND principal_id=$2 FOR UPDATE",
        work.bank,
        principal,
    )
    rows = await work.fetch(
        "SELECT id FROM access.passkey WHERE institution_id=$1 AND principal_id=$2 ORDER BY id FOR UPDATE",
        work.bank, principal,
    )  # fmt: skip
    return len(rows)


async def passkey_used(work: Work, id_: UUID, sign_count: int) -> bool:
    """Move the signature counter on; False when another use was faster with the same or a higher count."""
    return bool(
        await work.fetchval(
            "UPDATE access.passkey SET sign_count=$3, used_at=$4 WHERE institution_id=$1 AND id=$2"
            " AND (sign_count<$3 OR (sign_count=0 AND $3=0)) RETURNING true",
            work.bank, id_, sign_count, work.now,
        )
    )  # fmt: skip


async def rename_passkey(work: Work, principal: UUID, id_: UUID, name: str) -> bool:
    """False when it is not the person's."""
    return bool(
        await work.fetchval(
            "UPDATE access.passkey SET name=$4 WHERE institution_id=$1 AND principal_id=$2 AND id=$3 RETURNING true",
            work.bank, principal, id_, name,
        )
    )  # fmt: skip


async def remove_passkey(work: Work, principal: UUID, id_: UUID) -> bytes | None:
    """The credential id of what was removed, None when it is not the person's."""
    removed: bytes | None = await work.fetchval(
        "DELETE FROM access.passkey WHERE institution_id=$1 AND principal_id=$2 AND id=$3 RETURNING credential_id",
        work.bank, principal, id_,
    )  # fmt: skip
    return removed
