"""A transfer: draft, prove, decide, post. All of it reads down this page."""

from __future__ import annotations

from dataclasses import replace

from fengshou.access import DayLimit, Evidence, StepUp
from fengshou.kernel import BankError, Kind, Principal, bank_of
from fengshou.ledger import CeilingReached, Entry, OutboxEvent, Receipt, Rider
from fengshou.party import AccountKey
from fengshou.payments import entries, limits, store
from fengshou.payments.draft import age_of, draft, failed_log_ins, own_account, tenure_of
from fengshou.payments.model import Counter, Order, OrderState, Wish
from fengshou.payments.room import Room
from fengshou.payments.words import payer_line
from fengshou.risk import Challenge, Decision, Denied, Outflow

DONE, HELD, SENT = "payment.done", "payment.held", "payment.sent"
_LIMITS = (DayLimit, CeilingReached)  # what a counter says in the book, without knowing whose it is


async def transfer(room: Room, who: Principal, wish: Wish) -> Order:
    """Pay, or say what is missing. The same wish again is the same payment, however often.

    Raises `StepUp` with what is to be proved, then the caller proves it and sends the same wish again;
    the refusals of payee, limits, risk and book; `OutcomeUnknown` when the answer was lost.
    """
    payer = await own_account(room, who, AccountKey(*wish.from_account))
    order, is_new = await draft(room, who, wish, payer)
    if order.state != "draft":
        return order
    if not is_new:
        # A retry asks the book before anything else: what it once answered stands.
        answer = await room.ledger.answer(order.id)
        if isinstance(answer, Receipt):
            return await reload(room, order)
        if answer is not None:
            await refuse(room, order, answer)
            raise answer
    level, counters = await limits.allowed(room, who, order, payer)
    try:
        evidence = await room.access.require(who, level, bound_to=order.digest, order_id=order.id)
        decision, evidence = await _decide(room, who, order, evidence)
    except StepUp:
        # A twin of this request may have paid meanwhile, and spent the proof in the same commit.
        now = await reload(room, order)
        if now.state == "draft":
            raise
        return now
    entry, moved = _entry(room, order, decision, counters, evidence)
    try:
        await room.ledger.post(entry)
    except BankError as refusal:
        if refusal.kind in (Kind.BUSY, Kind.WAITING):
            raise
        said = await limits.precisely(room, who, order, payer) if isinstance(refusal, _LIMITS) else None
        await refuse(room, order, said or refusal)
        raise (said or refusal) from None
    return moved


async def _decide(room: Room, who: Principal, order: Order, evidence: Evidence) -> tuple[Decision, Evidence]:
    """Ask risk. A challenge is met by evidence of a higher level: found now, or `StepUp` asks for it."""
    decision = await room.risk.decide(await _event(room, who, order, evidence.level))
    try:
        decision.require_pass()
    except Challenge:
        wanted = decision.level_needed
        return decision, await room.access.require(who, wanted, bound_to=order.digest, order_id=order.id)
    except Denied as denial:
        await refuse(room, order, denial)
        raise
    return decision, evidence


async def _event(room: Room, who: Principal, order: Order, proved: int) -> Outflow:
    balance = await room.ledger.balance(order.payer)
    new = order.kind != "own" and not await paid_before(room, who, order.to_number)
    minutes = int((room.clock.now() - who.proved_at).total_seconds() // 60) if who.proved_at else None
    return Outflow(
        id=order.id,
        customer=who.id,
        fen=order.amount_fen,
        payee_number=order.to_number,
        reach=order.kind,
        bound_to=order.digest,
        level=proved,
        payee_bank=order.to_code or str(order.to_bank),
        payee_new=new,
        payee_name_match="unknown" if order.kind == "outside" else "match",
        memo=order.memo,
        device=who.device,
        device_age_hours=await _device_age_hours(room, who, order.bank),
        customer_age=await age_of(room, who),
        session_minutes=minutes,
        tenure_days=await tenure_of(room, who),
        failed_logins_24h=await failed_log_ins(room, who),
        balance_fen=balance.available_fen,
    )


async def _device_age_hours(room: Room, who: Principal, bank: int) -> int:
    """Whole hours since the device was bound, as far as its cooling tells: at the end of it, the cooling's length."""
    hours = room.catalog.limits(bank).cooling.hours
    until = await room.access.cooling_until(who)
    return hours if until is None else hours - int((until - room.clock.now()).total_seconds() // 3600) - 1


async def paid_before(room: Room, who: Principal, number: str) -> bool:
    """Whether the caller paid this number before. Once true it stays true."""

    async def ask() -> bool:
        async with room.db.read(bank_of(who.id), who) as work:
            return await store.has_paid(work, room.vault, who.id, number)

    return await room.memory.recall(("paid", who.id, number), ask)


def _entry(
    room: Room, order: Order, decision: Decision, counters: tuple[Counter, ...], evidence: Evidence
) -> tuple[Entry, Order]:
    """What the book is asked to do with what rides on it, and the order as it stands once it is done."""
    now = room.clock.now()
    state: OrderState
    riders: list[Rider] = [evidence.spend(), decision.spend(now), *limits.take(order, counters)]
    if decision.held:
        due = room.risk.due_at(decision)
        state, postings, topic = "held", entries.reserve(order), HELD
        riders.append(room.risk.open_case(decision))
    elif order.kind == "outside":
        due = None
        state, postings, topic = "sent", entries.reserve(order), SENT
    else:
        due = None
        state, postings, topic = "done", entries.at_once(order), DONE
        riders.append(payer_line(room.vault, order, order.id))
    riders.append(
        store.order_move(
            order, state, now, hold_until=due, decision=decision.id, evidence=evidence.id, counters=counters
        )
    )
    entry = Entry(
        id=order.id,
        postings=postings,
        riders=tuple(riders),
        events=(event_of(order, topic),),
        evidence=evidence.id,
        decision=decision.id,
        body=order.digest,
    )
    moved = replace(
        order, state=state, posted_at=now, closed_at=now if state == "done" else None, hold_until=due,
        decision=decision.id, counters=counters,
    )  # fmt: skip
    return entry, moved


def event_of(order: Order, topic: str) -> OutboxEvent:
    """Tell the house; listeners read the order, so that no personal data lies in the queue."""
    return OutboxEvent(order.bank, topic, str(order.id), {"order": str(order.id), "bank": order.bank})


async def refuse(room: Room, order: Order, refusal: BankError) -> None:
    """The book or risk said no for good: the order ends, nothing moved."""
    async with room.db.work(order.bank) as work:
        if await store.move_alone(work, order.id, ("draft",), "refused", refusal.code):
            await work.emit("payment.outcome", str(order.id), {"event": str(order.id), "outcome": "refused"})


async def reload(room: Room, order: Order) -> Order:
    """The order as it stands now."""
    async with room.db.read(order.bank) as work:
        row = await store.order_by_id(work, order.id)
    assert row is not None
    return store.order_of(room.vault, row)
