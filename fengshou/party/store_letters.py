"""SQL of consents and notices; all rows at the customer's home bank."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fengshou.kernel import Record, Work

_CONSENT = "id, purpose, version, channel, given_at, withdrawn_at"
_NOTICE = "id, kind, about_bank, title_zh, title_en, body_zh, body_en, facts, at, read_at"


async def insert_consent(
    work: Work, id_: UUID, customer: UUID, purpose: str, version: str, channel: str
) -> None:
    """A consent; nothing when one of the same version stands."""
    await work.execute(
        "INSERT INTO party.consent (institution_id, id, customer_id, purpose, version, channel, given_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)"
        " ON CONFLICT (institution_id, customer_id, purpose, version) WHERE withdrawn_at IS NULL DO NOTHING",
        work.bank, id_, customer, purpose, version, channel, work.now,
    )  # fmt: skip


async def withdraw_consent(work: Work, customer: UUID, purpose: str) -> int:
    """Withdraw what stands of a purpose; the number withdrawn."""
    tag = await work.execute(
        "UPDATE party.consent SET withdrawn_at=$4"
        " WHERE institution_id=$1 AND customer_id=$2 AND purpose=$3 AND withdrawn_at IS NULL",
        work.bank, customer, purpose, work.now,
    )  # fmt: skip
    return int(tag.split()[1])


async def consents(work: Work, customer: UUID) -> list[Record]:
    """All a customer ever gave, newest first."""
    return await work.fetch(
        f"SELECT {_CONSENT} FROM party.consent WHERE institution_id=$1 AND customer_id=$2 ORDER BY id DESC",  # noqa: S608 - constants
        work.bank, customer,
    )  # fmt: skip


async def insert_notice(
    work: Work, id_: UUID, customer: UUID, source: str, about_bank: int, kind: str,
    words: tuple[str, str, str, str], facts: dict[str, Any],
) -> bool:  # fmt: skip
    """A letter; False when this source wrote it before. `words`: title zh, title en, body zh, body en."""
    tag = await work.execute(
        "INSERT INTO party.notice (institution_id, id, customer_id, source, about_bank, kind, title_zh, title_en,"
        " body_zh, body_en, facts, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)"
        " ON CONFLICT (institution_id, customer_id, source) DO NOTHING",
        work.bank, id_, customer, source, about_bank, kind, *words, facts, work.now,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def notices(work: Work, customer: UUID, before: UUID | None, limit: int) -> list[Record]:
    """A page of letters, newest first, older than `before`."""
    return await work.fetch(
        f"SELECT {_NOTICE} FROM party.notice WHERE institution_id=$1 AND customer_id=$2"  # noqa: S608 - constants
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        work.bank, customer, before, limit,
    )  # fmt: skip


async def unread(work: Work, customer: UUID) -> int:
    """How many letters wait to be read."""
    count: int = await work.fetchval(
        "SELECT count(*) FROM party.notice WHERE institution_id=$1 AND customer_id=$2 AND read_at IS NULL",
        work.bank, customer,
    )  # fmt: skip
    return count


async def mark_read(work: Work, customer: UUID, ids: list[UUID] | None) -> int:
    """Mark letters as read, all of them when `ids` is None; the number marked now."""
    tag = await work.execute(
        "UPDATE party.notice SET read_at=$4 WHERE institution_id=$1 AND customer_id=$2 AND read_at IS NULL"
        " AND ($3::uuid[] IS NULL OR id = ANY($3))",
        work.bank, customer, ids, work.now,
    )  # fmt: skip
    return int(tag.split()[1])
