"""Held payments: opened and closed together with the money, worked on by people in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from fengshou.kernel import Principal, Record, bank_of, new_id
from fengshou.ledger import Rider
from fengshou.risk import store, store_cases
from fengshou.risk.decision import Decision, Reason, reason_of
from fengshou.risk.errors import CaseClaimed, CaseClosed, CaseMissing, Denied, NotRiskStaff

if TYPE_CHECKING:
    from fengshou.risk.room import Room

CaseEnd: TypeAlias = Literal["released", "refused", "expired"]
CaseState: TypeAlias = Literal["open", "released", "refused", "expired"]
OPEN, CLOSE = "risk.case_open", "risk.case_close"
CASE_ROLES = frozenset({"risk_officer", "supervisor", "centre_ops", "system"})
_ALL_BANKS = frozenset({"centre_ops", "system"})


@dataclass(frozen=True, slots=True)
class Case:
    """A payment that waits for people. `id` is the order's.

    due_at    when it is given back by itself
    features  what the rules saw
    """

    id: UUID
    bank: int
    decision: UUID
    customer: UUID
    fen: int
    state: CaseState
    desk: str
    score: int
    opened_at: datetime
    due_at: datetime
    claimed_by: UUID | None
    closed_at: datetime | None
    closed_by: UUID | None
    note: str
    reasons: tuple[Reason, ...]
    features: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something done about a case."""

    at: datetime
    actor: UUID | None
    act: str
    note: str


def open_case(decision: Decision) -> Rider:
    """The rider that opens a case in the commit that reserves the funds; refuses when there is one."""
    assert decision.held, "only a HOLD opens a case"
    opened = decision.decided_at
    return Rider(
        OPEN,
        (decision.bank, decision.event),
        (
            decision.bank, decision.event, decision.id, decision.customer, decision.fen, decision.desk,
            opened, due_at(decision),
        ),
    )  # fmt: skip


def due_at(decision: Decision) -> datetime:
    """When a held payment is given back by itself. The funds' own expiry must be later than this."""
    return decision.decided_at + timedelta(minutes=decision.hold_minutes)


def close_case(case: UUID, state: CaseEnd, who: Principal, at: datetime, note: str = "") -> Rider:
    """The rider that closes a case in the commit that pays or gives back; refuses when it is not open."""
    bank = bank_of(case)
    mark = new_id(bank, at)  # names this closing in the case's history
    return Rider(CLOSE, (bank, case), (bank, case, state, who.id, note, at, mark))


async def list_cases(
    room: Room, who: Principal, *, state: CaseState = "open", desk: str | None = None,
    after: datetime | None = None, limit: int = 50, bank: int | None = None,
) -> list[Case]:  # fmt: skip
    """A bank's cases: open ones by what is due first. Staff of the centre may leave `bank` out for all."""
    _require_staff(who)
    if who.roles & _ALL_BANKS:
        async with room.db.centre(who, "list held payments") as work:
            return [_case(row) for row in await store_cases.cases(work, bank, state, desk, after, limit)]
    if bank not in (None, who.bank):
        raise CaseMissing()
    async with room.db.read(who.bank) as work:
        return [_case(row) for row in await store_cases.cases(work, work.bank, state, desk, after, limit)]


async def get_case(room: Room, who: Principal, id: UUID) -> tuple[Case, list[CaseEvent]]:
    """A case with its history. A case of another bank is `CaseMissing`, save for the centre."""
    bank = _bank_for(who, id)
    foreign = bank != who.bank
    async with room.db.centre(who, "open a case") if foreign else room.db.read(bank) as work:
        row = await store_cases.case(work, bank, id)
        history = await store_cases.case_events(work, bank, id)
    if row is None:
        raise CaseMissing()
    return _case(row), [CaseEvent(r["at"], r["actor"], r["act"], r["note"]) for r in history]


async def claim(room: Room, who: Principal, id: UUID) -> Case:
    """Take an open case for oneself. Raises `CaseClaimed` when a colleague has it."""
    bank = _bank_for(who, id)
    async with room.db.work(bank, who) as work:
        taken = await store_cases.claim(work, bank, id, who.id)
        row = await store_cases.case(work, bank, id)
        if row is None:
            raise CaseMissing()
        if not taken:
            raise CaseClosed() if row["state"] != "open" else CaseClaimed()
        await store_cases.tell_case(work, bank, id, who.id, "claimed", "")
        await work.audit("risk.case.claim", str(id))
    return _case(row)


async def give_back(room: Room, who: Principal, id: UUID) -> None:
    """Put one's case back in the queue."""
    bank = _bank_for(who, id)
    async with room.db.work(bank, who) as work:
        if not await store_cases.unclaim(work, bank, id, who.id):
            raise CaseMissing()
        await store_cases.tell_case(work, bank, id, who.id, "given_back", "")
        await work.audit("risk.case.give_back", str(id))


async def add_note(room: Room, who: Principal, id: UUID, act: str, note: str) -> None:
    """Write down a call, a finding, a proposal to release."""
    bank = _bank_for(who, id)
    async with room.db.work(bank, who) as work:
        if await store_cases.case(work, bank, id) is None:
            raise CaseMissing()
        await store_cases.tell_case(work, bank, id, who.id, act, note)


async def may_release(room: Room, case: UUID, payee_number: str) -> None:
    """Raise `Denied` when the payee was put on the deny list since, `CaseClosed` when it is not open."""
    bank, payee = bank_of(case), room.payee_blind(payee_number)
    async with room.db.read(bank) as work:
        row = await store_cases.case(work, bank, case)
        denied = await store.is_listed(work, store.PAYEE_DENY, payee)
    if row is None:
        raise CaseMissing()
    if row["state"] != "open":
        raise CaseClosed()
    if denied:
        raise Denied(
            why_zh="收款账户已列入禁止名单", why_en="The payee was put on the deny list.", decision=""
        )


async def due_cases(room: Room, limit: int = 100) -> list[Case]:
    """Open cases of all banks whose time has run out: payments gives their funds back."""
    async with room.db.relay() as work:
        return [_case(row) for row in await store_cases.due(work, room.clock.now(), limit)]


def _bank_for(who: Principal, case: UUID) -> int:
    _require_staff(who)
    bank = bank_of(case)
    if bank != who.bank and not who.roles & _ALL_BANKS:
        raise CaseMissing()
    return bank


def _require_staff(who: Principal) -> None:
    if who.kind == "customer" or not who.roles & CASE_ROLES:
        raise NotRiskStaff()


def _case(row: Record) -> Case:
    return Case(
        row["id"], row["institution_id"], row["decision_id"], row["customer_id"], row["fen"], row["state"],
        row["desk"], row["score"], row["opened_at"], row["due_at"], row["claimed_by"], row["closed_at"],
        row["closed_by"], row["note"], tuple(reason_of(stored) for stored in row["reasons"]), row["features"],
    )  # fmt: skip
