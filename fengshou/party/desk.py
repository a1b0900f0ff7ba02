"""Staff and four eyes: one proposes, another with the right role decides, and the database insists on it too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from fengshou.kernel import CENTRE, Missing, Principal, Record, Work, bank_of, new_id
from fengshou.party import store, store_desk
from fengshou.party.errors import (
    LoginTaken,
    ProposalClosed,
    ProposalNotApproved,
    ProposalOpen,
    RoleMissing,
    SameHands,
)
from fengshou.party.model import Proposal, ProposalState, Staff
from fengshou.party.ports import Ride
from fengshou.party.room import Room

ROLES = frozenset({"teller", "risk_officer", "supervisor", "auditor", "centre_ops"})
PAGE_MAX = 100


async def hire(room: Room, work: Work, login: str, name: str, roles: frozenset[str]) -> Staff:
    """Somebody begins to work at `work.bank`. Raises `LoginTaken`: a log-in is one person's in the federation."""
    assert roles and roles <= ROLES, f"unknown roles {roles - ROLES}"
    id_ = new_id(work.bank, work.now)
    if not await store.claim(work, "login", room.vault.blind("login", login), id_):
        raise LoginTaken()
    await store_desk.insert_staff(work, id_, login, name, sorted(roles), room.clock.today())
    await work.audit("party.hire", str(id_), roles=sorted(roles))
    return Staff(id_, work.bank, login, name, roles, "active")


async def staff(work: Work, id_: UUID) -> Staff:
    """A member of staff of this bank. Raises `Missing`."""
    row = await store_desk.staff(work, id_)
    if row is None:
        raise Missing(what="staff")
    return _staff(row)


async def find_staff(room: Room, id_: UUID) -> Staff | None:
    """A member of staff at the bank the id carries."""
    async with room.db.read(bank_of(id_)) as work:
        row = await store_desk.staff(work, id_)
    return _staff(row) if row else None


async def staff_by_login(room: Room, login: str) -> Staff | None:
    """Who logs in by this name, if they still work here."""
    async with room.db.read(CENTRE) as work:
        id_ = await store.holder(work, "login", room.vault.blind("login", login.strip().lower()))
    if id_ is None:
        return None
    async with room.db.read(bank_of(id_)) as work:
        found = await staff(work, id_)
    return found if found.status == "active" else None


async def staff_of(room: Room, bank: int) -> list[Staff]:
    """Everybody who works at a bank, or did, by log-in name."""
    async with room.db.read(bank) as work:
        return [_staff(row) for row in await store_desk.staff_list(work)]


async def propose(
    room: Room, work: Work, who: Principal, act: str, subject: str, body: dict[str, Any], checker_role: str
) -> Proposal:
    """Ask that `act` be done to `subject`; somebody else holding `checker_role` decides.

    Raises `RoleMissing` for who is not staff here, `ProposalOpen` while one for the same waits.
    """
    _must_be_staff(work, who)
    assert checker_role in ROLES
    await store_desk.expire(work, act, subject)
    id_ = new_id(work.bank, work.now)
    expires_at = work.now + timedelta(hours=room.content.rules.proposal_hours)
    if not await store_desk.insert_proposal(work, id_, act, subject, body, checker_role, who.id, expires_at):
        raise ProposalOpen()
    await work.audit("proposal.made", str(id_), what=act, about=subject)
    return await proposal(work, id_)


async def decide(work: Work, who: Principal, id_: UUID, state: ProposalState, reason: str) -> Proposal:
    """Approve or refuse, by somebody who is not the maker and holds the role the proposal asks for.

    What was approved is done by the caller, in the same transaction or by the event `proposal.<state>`.
    Raises `Missing`, `SameHands`, `RoleMissing`, `ProposalClosed`.
    """
    _must_be_staff(work, who)
    row = await store_desk.proposal(work, id_, lock=True)
    if row is None:
        raise Missing(what="proposal")
    if row["maker"] == who.id:
        raise SameHands()
    if row["checker_role"] not in who.roles:
        raise RoleMissing(role=row["checker_role"])
    if row["expires_at"] <= work.now or not await store_desk.decide(work, id_, state, who.id, reason):
        raise ProposalClosed()
    await work.audit(f"proposal.{state}", str(id_), what=row["act"], about=row["subject"])
    await work.emit(
        f"proposal.{state}", str(id_), {"proposal": str(id_), "act": row["act"], "subject": row["subject"]}
    )
    return await proposal(work, id_)


async def spend(room: Room, bank: int, id_: UUID, act: str, subject: str) -> Ride:
    """The change that uses up an approval of `act` on `subject`, for the entry that does it.

    Raises `ProposalNotApproved` when `id_` is anything else: so nothing is posted, and no key is used up.
    """
    async with room.db.read(bank) as work:
        row = await store_desk.proposal(work, id_)
    if row is None or (row["act"], row["subject"]) != (act, subject):
        raise ProposalNotApproved()
    if row["state"] != "approved" or row["checker"] == row["maker"] or row["spent_at"] is not None:
        raise ProposalNotApproved()
    return store_desk.spent(bank, id_, act, subject, room.clock.now())


async def withdraw(work: Work, who: Principal, id_: UUID) -> Proposal:
    """The maker takes a proposal back. Raises `Missing` for others, `ProposalClosed`."""
    row = await store_desk.proposal(work, id_, lock=True)
    if row is None or row["maker"] != who.id:
        raise Missing(what="proposal")
    if not await store_desk.decide(work, id_, "withdrawn", None, ""):
        raise ProposalClosed()
    await work.audit("proposal.withdrawn", str(id_), what=row["act"], about=row["subject"])
    return await proposal(work, id_)


async def proposal(work: Work, id_: UUID) -> Proposal:
    """One proposal of this bank. Raises `Missing`."""
    row = await store_desk.proposal(work, id_)
    if row is None:
        raise Missing(what="proposal")
    return _proposal(row)


async def proposals(
    room: Room, bank: int, state: ProposalState | None, before: UUID | None, limit: int
) -> list[Proposal]:
    """A page of a bank's proposals, newest first; those whose time is over are closed on the way."""
    async with room.db.work(bank) as work:
        await store_desk.expire(work)
        rows = await store_desk.proposals(work, state, before, min(limit, PAGE_MAX))
    return [_proposal(row) for row in rows]


def _must_be_staff(work: Work, who: Principal) -> None:
    if who.kind != "staff" or bank_of(who.id) != work.bank:
        raise RoleMissing(role="staff")


def _staff(row: Record) -> Staff:
    return Staff(
        row["id"], row["institution_id"], row["login"], row["name"], frozenset(row["roles"]), row["status"]
    )


def _proposal(row: Record) -> Proposal:
    return Proposal(
        id=row["id"],
        bank=row["institution_id"],
        act=row["act"],
        subject=row["subject"],
        body=row["body"],
        checker_role=row["checker_role"],
        maker=row["maker"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        state=row["state"],
        checker=row["checker"],
        decided_at=row["decided_at"],
        reason=row["reason"],
        spent_at=row["spent_at"],
    )
