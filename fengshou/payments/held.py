"""Held payments: let go, refused, or given back by the clock. People decide, and it takes four eyes.

Whoever carries a decision out names the proposal that a colleague made and another approved for this very
payment. It is used up in the commit that moves the money.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.kernel import BankError, Kind, Principal, bank_of, get_logger, system
from fengshou.ledger import Rider
from fengshou.party import ProposalNotApproved
from fengshou.payments import entries, limits, store
from fengshou.payments.errors import OrderMissing, OrderMoved
from fengshou.payments.model import Order, OrderState
from fengshou.payments.outside import find, load, post_once
from fengshou.payments.room import Room
from fengshou.payments.transfer import DONE, SENT
from fengshou.payments.words import payer_line
from fengshou.risk import CaseClosed, CaseEnd

_log = get_logger("payments")
RELEASE, REFUSE = "payment.release", "payment.refuse"  # what is proposed; the subject is the order's id
GIVEN_BACK = "payment.given_back"
_EVERYWHERE = frozenset({"centre_ops", "system"})
_DESK = frozenset({"risk_officer", "supervisor"}) | _EVERYWHERE


async def release(room: Room, who: Principal, order_id: UUID, proposal: UUID, note: str = "") -> Order:
    """Let a held payment go: settle it, or hand it to the rail. Risk is asked once more before.

    Raises `party.ProposalNotApproved`, `risk.Denied` when the payee was listed meanwhile, `OrderMoved` when somebody
    was faster.
    """
    order = await _held(room, who, order_id)
    spend = await _spend(room, who, order, proposal, RELEASE)
    try:
        await room.risk.may_release(order.id, order.to_number)
    except CaseClosed:
        raise OrderMoved() from None
    now = room.clock.now()
    if order.kind == "outside":
        riders = _riders(room, who, order, "sent", "released", now, note, spend)
        riders.append(payer_line(room.vault, order, order.let_go_id))
        posted = await post_once(
            room,
            order,
            order.let_go_id,
            entries.let_go(order),
            tuple(riders),
            SENT,
            mandate="payments.release",
        )
    else:
        riders = _riders(room, who, order, "done", "released", now, note, spend)
        riders.append(payer_line(room.vault, order, order.close_id))
        posted = await post_once(
            room,
            order,
            order.close_id,
            entries.settle(order),
            tuple(riders),
            DONE,
            mandate="payments.release",
        )
    if not posted:
        raise OrderMoved()
    return await load(room, order_id)


async def refuse(room: Room, who: Principal, order_id: UUID, proposal: UUID, note: str = "") -> Order:
    """Give a held payment back because people said no. Raises `party.ProposalNotApproved`, `OrderMoved`."""
    order = await _held(room, who, order_id)
    spend = await _spend(room, who, order, proposal, REFUSE)
    return await _give_back(room, who, order_id, "refused", "refused", note, spend)


async def expire_due(room: Room) -> int:
    """Give back what nobody decided in time; returns how many. A tick."""
    cases = await room.risk.due_cases()
    for case in cases:
        try:
            await _give_back(room, system(case.bank), case.id, "expired", "expired", "")
        except BankError as problem:
            # One that cannot be given back must not keep the others: the next tick tries again.
            if problem.kind not in (Kind.BUSY, Kind.WAITING, Kind.CONFLICT):
                _log.error("a held payment could not be given back", order=str(case.id), refusal=problem.code)
    return len(cases)


async def _give_back(
    room: Room, who: Principal, order_id: UUID, state: OrderState, end: CaseEnd, note: str, *more: Rider
) -> Order:
    order = await _held(room, who, order_id)
    riders = _riders(room, who, order, state, end, room.clock.now(), note, *more)
    riders += limits.give_back(order)
    # Not close_id: a release that the book refused (the payee's account is closed) has used that key up.
    if not await post_once(
        room,
        order,
        order.return_id,
        entries.give_back(order),
        tuple(riders),
        GIVEN_BACK,
        mandate="payments.release",
    ):
        raise OrderMoved()
    return await load(room, order_id)


async def _held(room: Room, who: Principal, order_id: UUID) -> Order:
    """A held order of a bank whose desk `who` works at. Raises `OrderMissing`, `OrderMoved`."""
    at_desk = who.kind != "customer" and bool(who.roles & _DESK)
    if not at_desk or (who.bank != bank_of(order_id) and not who.roles & _EVERYWHERE):
        raise OrderMissing()
    order = await find(room, order_id)
    if order is None:
        raise OrderMissing()
    if order.state != "held":
        raise OrderMoved()
    return order


async def _spend(room: Room, who: Principal, order: Order, proposal: UUID, act: str) -> Rider:
    """The rider that uses up the approval of `act` on this order. Raises `ProposalNotApproved`."""
    try:
        return Rider(*await room.party.spend_approval(order.bank, proposal, act, str(order.id)))
    except ProposalNotApproved:
        await _held(room, who, order.id)  # a colleague may just have used it: then the order has moved
        raise


def _riders(
    room: Room,
    who: Principal,
    order: Order,
    state: OrderState,
    end: CaseEnd,
    now: datetime,
    note: str,
    *more: Rider,
) -> list[Rider]:
    return [store.order_move(order, state, now), room.risk.close_case(order.id, end, who, now, note), *more]
