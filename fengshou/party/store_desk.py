"""SQL of staff and proposals; rows at the bank that employs them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fengshou.kernel import Record, Work
from fengshou.party.errors import ProposalNotApproved
from fengshou.party.ports import Ride, RideKind

SPEND = RideKind(
    "party.proposal_spent",
    "UPDATE party.proposal p SET spent_at=r.at"
    " FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])"
    " AS r(n, bank, id, act, subject, at)"
    " WHERE p.institution_id=r.bank AND p.id=r.id AND p.act=r.act AND p.subject=r.subject AND p.state='approved'"
    " AND p.checker<>p.maker AND p.spent_at IS NULL RETURNING r.n",
    ("smallint", "uuid", "text", "text", "timestamptz"),
    ProposalNotApproved,
)

_STAFF = "id, institution_id, login, name, roles, status"
_PROPOSAL = (
    "id, institution_id, act, subject, body, checker_role, maker, made_at, expires_at, state, checker,"
    " decided_at, reason, spent_at"
)


async def insert_staff(work: Work, id_: UUID, login: str, name: str, roles: list[str], day: date) -> None:
    """Somebody begins to work here."""
    await work.execute(
        "INSERT INTO party.staff (institution_id, id, login, name, roles, joined_on) VALUES ($1,$2,$3,$4,$5,$6)",
        work.bank, id_, login, name, roles, day,
    )  # fmt: skip


async def staff(work: Work, id_: UUID) -> Record | None:
    """One member of staff."""
    return await work.fetchrow(
        f"SELECT {_STAFF} FROM party.staff WHERE institution_id=$1 AND id=$2",  # noqa: S608 - constants
        work.bank, id_,
    )  # fmt: skip


async def staff_list(work: Work) -> list[Record]:
    """Everybody who works here, or did."""
    return await work.fetch(
        f"SELECT {_STAFF} FROM party.staff WHERE institution_id=$1 ORDER BY login LIMIT 1000",  # noqa: S608 - constants
        work.bank,
    )  # fmt: skip


async def insert_proposal(
    work: Work, id_: UUID, act: str, subject: str, body: dict[str, Any], checker_role: str, maker: UUID,
    expires_at: datetime,
) -> bool:  # fmt: skip
    """A proposal; False when one for the same act and subject is open."""
    tag = await work.execute(
        "INSERT INTO party.proposal (institution_id, id, act, subject, body, checker_role, maker, made_at, expires_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"
        " ON CONFLICT (institution_id, act, subject) WHERE state='open' DO NOTHING",
        work.bank, id_, act, subject, body, checker_role, maker, work.now, expires_at,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def proposal(work: Work, id_: UUID, *, lock: bool = False) -> Record | None:
    """One proposal, locked for this transaction when asked."""
    return await work.fetchrow(
        f"SELECT {_PROPOSAL} FROM party.proposal WHERE institution_id=$1 AND id=$2{' FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        work.bank, id_,
    )  # fmt: skip


async def decide(work: Work, id_: UUID, state: str, checker: UUID | None, reason: str) -> bool:
    """Close an open proposal; False when it is not open."""
    tag = await work.execute(
        "UPDATE party.proposal SET state=$3, checker=$4, decided_at=$5, reason=$6"
        " WHERE institution_id=$1 AND id=$2 AND state='open'",
        work.bank, id_, state, checker, work.now, reason,
    )  # fmt: skip
    return tag == "UPDATE 1"


def spent(bank: int, id_: UUID, act: str, subject: str, at: datetime) -> Ride:
    """The change that uses an approved proposal up, riding on the entry that carries it out."""
    return Ride(SPEND.name, (bank, id_), (bank, id_, act, subject, at))


async def expire(work: Work, act: str | None = None, subject: str | None = None) -> int:
    """Close open proposals whose time is over, of one act and subject or all; the number closed."""
    tag = await work.execute(
        "UPDATE party.proposal SET state='expired', decided_at=$2 WHERE institution_id=$1 AND state='open'"
        " AND expires_at <= $2 AND ($3::text IS NULL OR act=$3) AND ($4::text IS NULL OR subject=$4)",
        work.bank, work.now, act, subject,
    )  # fmt: skip
    return int(tag.split()[1])


async def proposals(work: Work, state: str | None, before: UUID | None, limit: int) -> list[Record]:
    """A page of proposals, newest first."""
    return await work.fetch(
        f"SELECT {_PROPOSAL} FROM party.proposal WHERE institution_id=$1 AND ($2::text IS NULL OR state=$2)"  # noqa: S608 - constants
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        work.bank, state, before, limit,
    )  # fmt: skip
