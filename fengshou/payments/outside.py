"""Payments on their way to outside banks: send, ask, settle or give back, take back.

Only what the rail says is final. Silence is unknown; an unknown transfer is asked about for as long
as it takes, with growing pauses, and never sent under another number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from fengshou.kernel import UncoveredYear, bank_of, get_logger, new_id
from fengshou.ledger import (
    AccountClosed,
    AccountFrozen,
    CeilingReached,
    Entry,
    HoldClosed,
    KeyConflict,
    OutboxEvent,
    Posting,
    Receipt,
    Rider,
)
from fengshou.party import AccountKey
from fengshou.payments import entries, limits, store
from fengshou.payments.errors import OrderMoved
from fengshou.payments.model import Order, OrderState
from fengshou.payments.ports import Credit, RailSaid
from fengshou.payments.room import Room
from fengshou.payments.transfer import DONE, event_of, reload
from fengshou.payments.words import payer_line, returned_line
from fengshou.risk import CaseClosed

ASK = "payments.ask_rail"
REJECTED, RETURNED, UNKNOWN = "payment.rejected", "payment.returned", "payment.unknown"
KEPT = "payment.kept"
_PAUSES_S = (2, 5, 10, 30, 60, 300, 600)
_FASTER = (OrderMoved, HoldClosed, CaseClosed, KeyConflict)  # somebody else ended the order first
_TAKES_NOTHING = (AccountClosed, AccountFrozen, CeilingReached)
_log = get_logger("payments")


async def send(room: Room, order_id: UUID) -> None:
    """Hand a sent order to the rail, once; a redelivered event finds it already answered or asks."""
    order = await load(room, order_id)
    if order.state == "sent":
        await heard(room, order, await room.rail.send(await _credit(room, order)))


async def ask(room: Room, payload: dict[str, Any]) -> None:
    """The job: ask what became of an order the rail has not answered."""
    order = await load(room, UUID(payload["order"]))
    if order.state not in ("sent", "unknown"):
        return
    said = await room.rail.ask(order.id)
    if said.resend:
        said = await room.rail.send(await _credit(room, order))
    await heard(room, order, said)


async def heard(room: Room, order: Order, said: RailSaid) -> None:
    """Do what the rail's word asks for.

    Only a payment that went to the rail is the rail's to speak of, and a return is for the whole amount; anything
    else moves nothing and is for people to look at.
    """
    whole = said.fen is None or said.fen == order.amount_fen
    if order.kind != "outside" or order.state not in ("sent", "unknown", "done") or not whole:
        _log.error("the rail says what cannot be", order=str(order.id), state=order.state, said=said.state)
        return
    match said.state:
        case "accepted":
            await _close(room, order, "done", None)
        case "rejected":
            await _close(room, order, "rejected", said.reason)
        case "returned":
            if order.state in ("sent", "unknown"):
                await _close(room, order, "done", None)
            await _take_back(room, await reload(room, order), said.reason)
        case _:
            await _wait(room, order, known=said.state == "pending", people=said.people)


async def _wait(room: Room, order: Order, *, known: bool, people: bool) -> None:
    """Ask again later. `known` is a transfer the rail has and works on; otherwise the outcome is unknown."""
    async with room.db.work(order.bank) as work:
        if not known and await store.move_alone(work, order.id, ("sent",), "unknown", None):
            await work.emit(UNKNOWN, str(order.id), {"order": str(order.id), "bank": order.bank})
        tries = await store.count_try(work, order.id)
    if people:
        _log.error("the rail wants people to look", order=str(order.id))
    pause = _PAUSES_S[min(tries, len(_PAUSES_S)) - 1]
    run_at = room.clock.now() + timedelta(seconds=pause)
    await room.jobs.enqueue(ASK, {"order": str(order.id)}, run_at=run_at, dedupe=f"ask:{order.id}:{tries}")


async def _close(room: Room, order: Order, state: OrderState, reason: str | None) -> None:
    """Settle or give back, together with the order's row; saying it twice is saying it once."""
    flying = isinstance(await room.ledger.answer(order.let_go_id), Receipt)
    now = room.clock.now()
    riders: list[Rider] = [store.order_move(order, state, now, reason=reason)]
    if state == "done":
        postings, topic = entries.settle(order, in_flight=flying), DONE
        if not flying:
            riders.append(payer_line(room.vault, order, order.close_id))
    else:
        postings, topic = entries.give_back(order, in_flight=flying), REJECTED
        riders += limits.give_back(order)
        if flying:
            riders.append(returned_line(room.vault, order, order.close_id))
    try:
        await post_once(room, order, order.close_id, postings, tuple(riders), topic, mandate="payments.rail")
    except _TAKES_NOTHING:
        if state == "done":
            raise
        # Let go, rejected, and the payer's account takes nothing in any more. The order must not be asked about
        # for ever.
        _log.error("rejected money waits for people", order=str(order.id))
        await _keep(room, order, entries.keep_in_flight(order), riders[:1])


async def _take_back(room: Room, order: Order, reason: str | None) -> None:
    """The outside bank returned what it had accepted."""
    if order.state != "done":
        return
    move = store.order_move(order, "returned", room.clock.now(), reason=reason)
    back = limits.give_back(order)
    line = returned_line(room.vault, order, order.return_id)
    try:
        await post_once(
            room, order, order.return_id, entries.come_back(order), (move, line, *back), RETURNED,
            mandate="payments.rail",
        )  # fmt: skip
    except _TAKES_NOTHING:
        _log.error("returned money waits for people", order=str(order.id))
        await _keep(room, order, entries.keep(order), [move])


async def _keep(room: Room, order: Order, postings: tuple[Posting, ...], moves: list[Rider]) -> None:
    """Money that came back to an account that takes nothing in must not vanish: people pay it out.

    A fresh key, as the refused one is used up; the order's move is what makes it happen once.
    """
    await post_once(
        room, order, new_id(order.bank), postings, (*moves, *limits.give_back(order)), KEPT,
        mandate="payments.rail.kept",
    )  # fmt: skip


async def post_once(
    room: Room, order: Order, key: UUID, postings: tuple[Posting, ...], riders: tuple[Rider, ...], topic: str,
    *, mandate: str,
) -> bool:  # fmt: skip
    """Post the bank's own booking of an order's life. False when it was done before, or somebody was faster.

    Raises what the book refuses (an account is closed, frozen), and what is to be tried again: it is busy, or its
    answer was lost.
    """
    if isinstance(await room.ledger.answer(key), Receipt):
        return False
    events: tuple[OutboxEvent, ...] = (event_of(order, topic),)
    try:
        await room.ledger.post(
            Entry(
                id=key,
                postings=postings,
                riders=riders,
                events=events,
                mandate=mandate,
                decision=order.decision,
            )
        )
    except _FASTER:
        return False
    return True


async def load(room: Room, order_id: UUID) -> Order:
    """An order for the bank's own work."""
    order = await find(room, order_id)
    assert order is not None, "an event names an order that was stored with it"
    return order


async def find(room: Room, order_id: UUID) -> Order | None:
    """An order somebody else speaks of, or None."""
    async with room.db.read(bank_of(order_id)) as work:
        row = await store.order_by_id(work, order_id)
    return store.order_of(room.vault, row) if row else None


async def _credit(room: Room, order: Order) -> Credit:
    account = await room.party.account_at(AccountKey(*order.payer))
    async with room.db.read(bank_of(account.customer_id)) as work:
        payer = await room.party.customer(work, account.customer_id)
    assert order.to_code is not None
    today = room.clock.today()
    try:
        settle_on = today if room.calendar.is_workday(today) else room.calendar.next_workday(today)
    except UncoveredYear:
        settle_on = today  # the rail runs every day; the date is when it settles at the central bank
    return Credit(
        order=order.id, fen=order.amount_fen, payer_bank=order.bank, payer_number=order.from_number,
        payer_name=payer.name or "", payee_code=order.to_code, payee_number=order.to_number,
        payee_name=order.to_name, memo=order.memo, settle_on=settle_on, created_at=order.created_at,
    )  # fmt: skip
