"""held.*: payments that wait for people. One colleague proposes, another decides, and then the money follows.

A decision stands once it is written. Should the process die before the money followed, the proposal is approved
and the payment still held: deciding it again carries it out, and the case's own clock is the last net.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from fengshou.access import Evidence
from fengshou.channels.console.ops import bank_for, op
from fengshou.channels.console.shapes import (
    Bi,
    ByBank,
    ById,
    Done,
    Limit,
    Note,
    ProposalShow,
    Reason,
    bank_name,
    proposal_show,
    staff_name,
)
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import CENTRE, Missing, Principal, bank_of
from fengshou.party import Proposal, ProposalOpen, RoleMissing
from fengshou.payments import REFUSE, RELEASE, Order, OrderMoved
from fengshou.risk import FEATURES, Case, CaseMissing
from fengshou.risk import Reason as RuleHit

_CHECKER = "supervisor"
_PROPOSALS_SEEN = 100


class ListAsk(ByBank):
    """Cases of a state; open ones by what is due first."""

    state: Literal["open", "released", "refused", "expired"] = "open"
    after: datetime | None = None
    limit: Limit = 50


class CaseRow(Show):
    """A held payment in the queue."""

    id: UUID
    bank: int
    bank_name: Bi
    fen: int
    state: str
    desk: str
    score: int
    opened_at: datetime
    due_at: datetime
    claimed_by: str
    mine: bool
    rules: tuple[str, ...]
    why: tuple[Bi, ...]
    payer_masked: str
    payee_masked: str


class Cases(Show):
    """The queue."""

    items: tuple[CaseRow, ...]


class Why(Show):
    """A rule that spoke, and for what."""

    rule: str
    action: str
    score: int
    words: Bi
    values: dict[str, Any]


class Event(Show):
    """Something done about the case."""

    at: datetime
    who: str
    act: str
    note: str


class PaymentShow(Show):
    """The held payment itself."""

    state: str
    reach: str
    from_number: str
    payee_name: str
    payee_number: str
    payee_bank: str
    payee_bank_name: Bi
    amount_fen: int
    fee_fen: int
    memo: str
    at: datetime
    hold_until: datetime | None


class PayerShow(Show):
    """Who pays, and what is on the account it comes from."""

    id: UUID
    name: str
    age: int | None
    elder: bool
    phone_masked: str
    home_bank_name: Bi
    joined_at: datetime
    posted_fen: int
    available_fen: int
    held_fen: int


class Fact(Show):
    """Something the rules saw: the feature's name, its words, and its value."""

    name: str
    words: Bi
    value: int | bool | str | None


class View(Show):
    """A case with all that is known about it."""

    case: CaseRow
    payment: PaymentShow
    payer: PayerShow
    why: tuple[Why, ...]
    facts: tuple[Fact, ...]
    events: tuple[Event, ...]
    proposal: ProposalShow | None


class NoteAsk(ById):
    """What was done: a call, a look."""

    act: Literal["call", "note"]
    note: Reason


class ProposeAsk(ById):
    """What should become of it, and why."""

    decision: Literal["release", "refuse"]
    reason: Reason


class DecideAsk(Ask):
    """Yes or no to a colleague's proposal."""

    proposal: UUID
    approve: bool
    reason: Note = ""


class Decided(Show):
    """The proposal, and the payment afterwards."""

    proposal: ProposalShow
    state: str


@op("held.list")
async def list_(call: Call, ask: ListAsk) -> Cases:
    """The queue of one's bank; the centre's shows all banks, or the one it names."""
    who = call.who
    bank = ask.bank if who.bank == CENTRE else bank_for(who, ask.bank)
    found = await call.doors.risk.cases(who, state=ask.state, after=ask.after, limit=ask.limit, bank=bank)
    return Cases(items=tuple([await _row(call, case, who) for case in found]))


@op("held.view")
async def view(call: Call, ask: ById) -> View:
    """One case: the payment, the reasons, what was done, what is proposed."""
    who = call.who
    case, events = await call.doors.risk.case(who, _known(ask.id))
    order = await call.doors.payments.held_order(who, ask.id)
    proposal = await _open_proposal(call, ask.id)
    return View(
        case=await _row(call, case, who),
        payment=_payment(call, order),
        payer=await _payer(call, who, order),
        why=tuple(_why(hit) for hit in case.reasons if not hit.shadow),
        facts=tuple(_fact(name, value) for name, value in case.features.items() if name in FEATURES),
        events=tuple(
            [
                Event(at=e.at, who=await staff_name(call.doors, e.actor), act=e.act, note=e.note)
                for e in events
            ]
        ),
        proposal=await proposal_show(call.doors, proposal, who.id) if proposal else None,
    )


@op("held.claim", changes=True)
async def claim(call: Call, ask: ById) -> Done:
    """Take a case for oneself."""
    await call.doors.risk.claim(call.who, _known(ask.id))
    return Done()


@op("held.give_back", changes=True)
async def give_back(call: Call, ask: ById) -> Done:
    """Put one's case back in the queue."""
    await call.doors.risk.give_back(call.who, _known(ask.id))
    return Done()


@op("held.note", changes=True)
async def note(call: Call, ask: NoteAsk) -> Done:
    """Write down what was done about a case."""
    await call.doors.risk.add_note(call.who, _known(ask.id), ask.act, ask.note)
    return Done()


@op("held.propose", changes=True)
async def propose(call: Call, ask: ProposeAsk) -> Decided:
    """Propose to let a payment go, or to refuse it. A supervisor other than the proposer decides."""
    who = call.who
    order = await call.doors.payments.held_order(who, _known(ask.id))
    if order.bank != who.bank:
        raise RoleMissing(
            role="risk_officer"
        )  # the centre looks; the paying bank decides about its customer's money
    if order.state != "held":
        raise OrderMoved()
    open_one = await _open_proposal(call, order.id)
    if open_one and open_one.state == "open":
        raise ProposalOpen()  # also one for the opposite: two could both be approved
    act = RELEASE if ask.decision == "release" else REFUSE
    body = {"reason": ask.reason, "amount_fen": order.amount_fen}
    async with call.doors.db.work(who.bank, who) as work:
        proposal = await call.doors.party.propose(work, who, act, str(order.id), body, checker_role=_CHECKER)
    return Decided(proposal=await proposal_show(call.doors, proposal, who.id), state=order.state)


@op("held.decide", changes=True)
async def decide(call: Call, ask: DecideAsk) -> Decided:
    """Decide a colleague's proposal; what was approved is carried out at once."""
    who, doors = call.who, call.doors
    async with doors.db.read(who.bank, who) as work:
        proposal = await doors.party.proposal(work, ask.proposal)
    if proposal.act not in (RELEASE, REFUSE):
        raise Missing(what="proposal")
    digest = sha256(f"held.decide|{proposal.id}|{ask.approve}".encode()).digest()
    evidence = await doors.access.require(who, 1, bound_to=digest, order_id=proposal.id)
    proposal = await _settle(call, who, proposal, ask, evidence)
    order = await doors.payments.held_order(who, UUID(proposal.subject))
    if proposal.state == "approved" and order.state == "held":
        order = await _carry_out(call, who, proposal, order)
    return Decided(proposal=await proposal_show(doors, proposal, who.id), state=order.state)


async def _settle(
    call: Call, who: Principal, proposal: Proposal, ask: DecideAsk, evidence: Evidence
) -> Proposal:
    """Write the decision down and spend what was proved for it. One that stands, by the same eyes, is taken up."""
    if ask.approve and proposal.state == "approved" and proposal.checker == who.id:
        return proposal
    party = call.doors.party
    async with call.doors.db.work(who.bank, who) as work:
        await call.doors.access.spend(work, evidence)
        if ask.approve:
            return await party.approve(work, who, proposal.id, ask.reason)
        return await party.refuse(work, who, proposal.id, ask.reason)


async def _carry_out(call: Call, who: Principal, proposal: Proposal, order: Order) -> Order:
    payments, note = call.doors.payments, str(proposal.body.get("reason", ""))
    try:
        if proposal.act == RELEASE:
            return await payments.release(who, order.id, proposal.id, note)
        return await payments.refuse(who, order.id, proposal.id, note)
    except OrderMoved:
        # Somebody, or the clock, was faster: say what became of it.
        return await payments.held_order(who, order.id)


async def _open_proposal(call: Call, order: UUID) -> Proposal | None:
    """What waits for a decision about a payment, or was approved and not carried out yet."""
    found = await call.doors.party.proposals(bank_of(order), limit=_PROPOSALS_SEEN)
    mine = [p for p in found if p.subject == str(order) and p.act in (RELEASE, REFUSE)]
    return mine[0] if mine else None


def _known(id_: UUID) -> UUID:
    """An id whose bank there is: others are nobody's cases."""
    if not 0 < bank_of(id_) < 10_000:
        raise CaseMissing()
    return id_


async def _row(call: Call, case: Case, who: Principal) -> CaseRow:
    order = await call.doors.payments.held_order(who, case.id)
    holders = await call.doors.party.masked_names(order.bank, [order.payer.id])
    spoken = [reason for reason in case.reasons if not reason.shadow]
    return CaseRow(
        id=case.id,
        bank=case.bank,
        bank_name=bank_name(call.doors, case.bank),
        fen=case.fen,
        state=case.state,
        desk=case.desk,
        score=case.score,
        opened_at=case.opened_at,
        due_at=case.due_at,
        claimed_by=await staff_name(call.doors, case.claimed_by),
        mine=case.claimed_by == who.id,
        rules=tuple(reason.rule for reason in spoken),
        why=tuple(Bi(zh=reason.inner_zh, en=reason.inner_en) for reason in spoken),
        payer_masked=holders.get(order.payer.id, ""),
        payee_masked=order.to_masked,
    )


def _why(hit: RuleHit) -> Why:
    """The inner words: the customer's are coarser."""
    words = Bi(zh=hit.inner_zh, en=hit.inner_en)
    return Why(rule=hit.rule, action=hit.action, score=hit.score, words=words, values=dict(hit.values))


def _fact(name: str, value: Any) -> Fact:
    words = FEATURES[name]
    return Fact(name=name, words=Bi(zh=words.zh, en=words.en), value=value)


async def _payer(call: Call, who: Principal, order: Order) -> PayerShow:
    """The payer's record, for calling them; that it was opened is written down at their home bank."""
    doors, home = call.doors, bank_of(order.customer)
    async with doors.db.work(home, who) as work:
        person = await doors.party.customer(work, order.customer)
        await work.audit("console.payer_seen", str(person.id), desk=who.bank, order=str(order.id))
    balance = await doors.ledger.balance(order.payer)
    return PayerShow(
        id=person.id, name=person.name or "", age=person.age(doors.clock.today()), elder=person.preferences.elder,
        phone_masked=person.phone_masked, home_bank_name=bank_name(doors, home), joined_at=person.joined_at,
        posted_fen=balance.posted_fen, available_fen=balance.available_fen, held_fen=balance.held_fen,
    )  # fmt: skip


def _payee_bank(call: Call, order: Order) -> Bi:
    if order.to_bank is not None:
        return bank_name(call.doors, order.to_bank)
    found = call.doors.outside_banks.name_of(order.to_code or "")
    return Bi(zh=found["zh"], en=found["en"]) if found else Bi(zh=order.to_code or "", en=order.to_code or "")


def _payment(call: Call, order: Order) -> PaymentShow:
    return PaymentShow(
        state=order.state,
        reach=order.kind,
        from_number=order.from_number,
        payee_name=order.to_name,
        payee_number=order.to_number,
        payee_bank=order.to_code or str(order.to_bank),
        payee_bank_name=_payee_bank(call, order),
        amount_fen=order.amount_fen,
        fee_fen=order.fee_fen,
        memo=order.memo,
        at=order.created_at,
        hold_until=order.hold_until,
    )
