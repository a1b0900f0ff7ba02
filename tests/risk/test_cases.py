"""Decisions and cases ride on the ledger's entries: true together with the money, or not at all."""

import asyncio
from datetime import timedelta

import pytest

from fengshou.kernel import CENTRE, Clock, Database, Event, Jobs, Missing, Principal, Relay, new_id, system
from fengshou.ledger import (
    PEND,
    SETTLE,
    VOID,
    AccountRef,
    Entry,
    InsufficientFunds,
    Ledger,
    NewAccount,
    Posting,
    PostingKind,
    Receipt,
    open_banks,
    own_account,
)
from fengshou.risk import (
    OUTCOME_TOPIC,
    Action,
    CaseClaimed,
    CaseClosed,
    CaseEnd,
    CaseMissing,
    Decision,
    DecisionSpent,
    Denied,
    NotRiskStaff,
    Outflow,
    Risk,
)
from tests.risk.conftest import XIAOSHAN, YUHANG, Person

Accounts = tuple[AccountRef, AccountRef]


@pytest.fixture
async def accounts(ledger: Ledger) -> Accounts:
    """A payer with 20,000 yuan and a payee with nothing, at Xiaoshan."""
    await open_banks(ledger, (CENTRE, XIAOSHAN, YUHANG), ("1001", "2011", "3001"))
    payer, payee = [AccountRef(XIAOSHAN, await ledger.reserve_account_id(XIAOSHAN)) for _ in range(2)]
    cash = own_account(XIAOSHAN, "1001")
    await ledger.post(
        Entry(
            id=new_id(XIAOSHAN),
            opens=(NewAccount(payer, "2111"), NewAccount(payee, "2111")),
            mandate="test",
        )
    )
    await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(cash, payer, 2_000_000),), mandate="test"))
    return payer, payee


def pay(accounts: Accounts, event: Outflow, decision: Decision) -> Entry:
    return Entry(
        id=event.id,
        postings=(Posting(*accounts, event.fen),),
        riders=(decision.spend(decision.decided_at),),
        decision=decision.id,
    )


def hold(accounts: Accounts, event: Outflow, decision: Decision) -> Entry:
    return Entry(
        id=event.id,
        postings=(Posting(*accounts, event.fen, kind=PEND),),
        riders=(decision.spend(decision.decided_at), Risk.open_case(decision)),
        decision=decision.id,
    )


def elder(person: Person) -> Outflow:
    return person.pays(1_200_000, payee_new=True, customer_age=72)


@pytest.fixture
async def held(risk: Risk, ledger: Ledger, accounts: Accounts, person: Person) -> Outflow:
    """A payment of 12,000 yuan that waits for the elder desk."""
    event = elder(person)
    await ledger.post(hold(accounts, event, await risk.decide(event)))
    return event


async def test_a_decision_pays_once(risk: Risk, ledger: Ledger, accounts: Accounts, person: Person) -> None:
    event = person.pays(100_00)
    decision = await risk.decide(event)
    await ledger.post(pay(accounts, event, decision))
    second = Entry(
        id=new_id(XIAOSHAN),
        postings=(Posting(*accounts, event.fen),),
        riders=(decision.spend(decision.decided_at),),
    )

    with pytest.raises(DecisionSpent):
        await ledger.post(second)

    assert (await ledger.balance(accounts[1])).posted_fen == 100_00
    assert await risk.decide(event) == decision


async def test_an_entry_the_book_refuses_does_not_spend_the_decision(
    risk: Risk, ledger: Ledger, accounts: Accounts, person: Person
) -> None:
    event = person.pays(2_000_001)
    decision = await risk.decide(event)
    with pytest.raises(InsufficientFunds):
        await ledger.post(pay(accounts, event, decision))

    again = Entry(
        id=new_id(XIAOSHAN), postings=(Posting(*accounts, 1),), riders=(decision.spend(decision.decided_at),)
    )

    assert isinstance(await ledger.post(again), Receipt)


async def test_a_decision_is_good_for_the_payment_it_was_made_for_alone(
    risk: Risk, ledger: Ledger, accounts: Accounts, person: Person
) -> None:
    decision = await risk.decide(person.pays(100_00))
    rider = decision.spend(decision.decided_at)
    forged = rider._replace(args=(*rider.args[:2], bytes(32), rider.args[3]))

    with pytest.raises(DecisionSpent):
        await ledger.post(
            Entry(id=new_id(XIAOSHAN), postings=(Posting(*accounts, 100_00),), riders=(forged,))
        )
    assert (await ledger.balance(accounts[1])).posted_fen == 0


async def test_an_expired_decision_pays_nothing(
    risk: Risk, ledger: Ledger, accounts: Accounts, person: Person
) -> None:
    event = person.pays(100_00)
    decision = await risk.decide(event)

    late = Entry(
        id=event.id, postings=(Posting(*accounts, event.fen),), riders=(decision.spend(decision.expires_at),)
    )
    with pytest.raises(DecisionSpent):
        await ledger.post(late)
    assert (await ledger.balance(accounts[1])).posted_fen == 0

    in_time = decision.spend(decision.expires_at - timedelta(microseconds=1))
    await ledger.post(
        Entry(id=new_id(XIAOSHAN), postings=(Posting(*accounts, event.fen),), riders=(in_time,))
    )
    assert (await ledger.balance(accounts[1])).posted_fen == 100_00


async def test_a_refusal_cannot_be_spent(risk: Risk, person: Person, officer: Principal) -> None:
    event = person.pays()
    await risk.put_on_list(officer, "payee_deny", event.payee_number, source="police", reason="case")
    decision = await risk.decide(event)

    with pytest.raises(AssertionError):
        decision.spend(decision.decided_at)


async def test_a_held_payment_is_a_case_with_a_desk_and_a_clock(
    risk: Risk, ledger: Ledger, accounts: Accounts, held: Outflow, officer: Principal
) -> None:
    [case] = await risk.cases(officer)

    assert (case.id, case.fen, case.customer, case.state) == (held.id, 1_200_000, held.customer, "open")
    assert (case.desk, case.due_at - case.opened_at) == ("elder", timedelta(minutes=120))
    assert case.reasons[0].inner_zh == "年满 60 岁，首次收款人，金额达到阈值"
    assert case.features["customer_age"] == 72
    assert await risk.cases(officer, desk="fraud") == []
    assert (await ledger.balance(accounts[0])).held_fen == 1_200_000


async def test_releasing_pays_and_closes_in_one(
    risk: Risk, ledger: Ledger, accounts: Accounts, held: Outflow, officer: Principal, clock: Clock
) -> None:
    await risk.may_release(held.id, held.payee_number)
    release = Entry(
        id=new_id(XIAOSHAN),
        postings=(Posting(*accounts, held.fen, kind=SETTLE, hold=held.id),),
        riders=(Risk.close_case(held.id, "released", officer, clock.now(), "called, it is her daughter"),),
        mandate="risk.release",
    )
    await ledger.post(release)

    case, history = await risk.case(officer, held.id)
    assert (case.state, case.closed_by, case.note) == ("released", officer.id, "called, it is her daughter")
    assert [(done.act, done.actor) for done in history] == [("released", officer.id)]
    assert await risk.cases(officer) == []
    assert [closed.id for closed in await risk.cases(officer, state="released")] == [held.id]
    assert (await ledger.balance(accounts[1])).posted_fen == 1_200_000
    with pytest.raises(CaseClosed):
        await risk.may_release(held.id, held.payee_number)


async def test_released_and_refused_at_once_is_one_of_them(
    risk: Risk, ledger: Ledger, accounts: Accounts, held: Outflow, officer: Principal, clock: Clock
) -> None:
    ends: tuple[tuple[PostingKind, CaseEnd], ...] = ((SETTLE, "released"), (VOID, "refused"))
    entries = [
        Entry(
            id=new_id(XIAOSHAN),
            postings=(Posting(*accounts, held.fen, kind=kind, hold=held.id),),
            riders=(Risk.close_case(held.id, end, officer, clock.now()),),
            mandate="risk.desk",
        )
        for kind, end in ends
    ]
    results = await asyncio.gather(*(ledger.post(entry) for entry in entries), return_exceptions=True)

    assert sum(isinstance(result, Receipt) for result in results) == 1
    case, history = await risk.case(officer, held.id)
    moved = (await ledger.balance(accounts[1])).posted_fen
    assert (case.state, moved) in {("released", 1_200_000), ("refused", 0)}
    assert len(history) == 1
    assert (await ledger.balance(accounts[0])).held_fen == 0


async def test_a_second_case_for_one_payment_is_refused(
    risk: Risk, ledger: Ledger, accounts: Accounts, person: Person, clock: Clock
) -> None:
    event = elder(person)
    first = await risk.decide(event)
    await ledger.post(hold(accounts, event, first))
    rider = Risk.open_case(first)

    with pytest.raises(CaseClosed):
        await ledger.post(
            Entry(id=new_id(XIAOSHAN), postings=(Posting(*accounts, 1, kind=PEND),), riders=(rider,))
        )


async def test_a_payee_listed_meanwhile_is_not_released(
    risk: Risk, held: Outflow, officer: Principal
) -> None:
    await risk.put_on_list(officer, "payee_deny", held.payee_number, source="police", reason="case")

    with pytest.raises(Denied):
        await risk.may_release(held.id, held.payee_number)


async def test_what_nobody_decided_falls_due(risk: Risk, held: Outflow, clock: Clock) -> None:
    assert await risk.due_cases() == []
    clock.shift(timedelta(minutes=120))

    assert [case.id for case in await risk.due_cases()] == [held.id]


async def test_one_colleague_has_a_case(risk: Risk, held: Outflow, officer: Principal) -> None:
    other = Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"supervisor"}))
    mine = await risk.claim(officer, held.id)
    assert mine.claimed_by == officer.id
    await risk.claim(officer, held.id)

    with pytest.raises(CaseClaimed):
        await risk.claim(other, held.id)
    with pytest.raises(CaseMissing):
        await risk.give_back(other, held.id)
    await risk.add_note(officer, held.id, "called", "nobody answers")
    await risk.give_back(officer, held.id)

    assert (await risk.claim(other, held.id)).claimed_by == other.id
    _, history = await risk.case(other, held.id)
    assert [done.act for done in history] == ["claimed", "claimed", "called", "given_back", "claimed"]


async def test_a_strangers_case_is_missing(risk: Risk, held: Outflow, person: Person) -> None:
    elsewhere = Principal("staff", new_id(YUHANG), YUHANG, roles=frozenset({"risk_officer"}))
    centre = Principal("staff", new_id(CENTRE), CENTRE, roles=frozenset({"centre_ops"}))
    teller = Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"teller"}))
    customer = Principal("customer", person.id, XIAOSHAN)

    assert await risk.cases(elsewhere) == []
    for ask in (
        risk.case(elsewhere, held.id),
        risk.claim(elsewhere, held.id),
        risk.give_back(elsewhere, held.id),
        risk.add_note(elsewhere, held.id, "called", ""),
        risk.cases(elsewhere, bank=XIAOSHAN),
        risk.case(centre, new_id(XIAOSHAN)),
    ):
        with pytest.raises(CaseMissing):
            await ask
    for who in (teller, customer):
        with pytest.raises(NotRiskStaff):
            await risk.cases(who)
        with pytest.raises(NotRiskStaff):
            await risk.put_on_list(who, "payee_deny", "1", source="", reason="")
    assert [case.id for case in await risk.cases(centre)] == [held.id]
    assert (await risk.case(centre, held.id))[0].id == held.id


async def test_lists_show_the_tail_and_keep_the_number_blind(
    risk: Risk, officer: Principal, db: Database
) -> None:
    await risk.put_on_list(officer, "payee_deny", "6290110000100000011", source="police", reason="case 1")
    await risk.put_on_list(officer, "payee_deny", "6290110000100000011", source="police", reason="case 2")

    [entry] = await risk.list_entries(officer, "payee_deny")
    assert (entry.hint, entry.reason, entry.added_by) == ("0011", "case 2", officer.id)
    assert await risk.list_entries(officer, "payee_watch") == ()
    with pytest.raises(Missing):
        await risk.take_off_list(officer, "payee_watch", "6290110000100000011", reason="typing error")
    async with db.read(XIAOSHAN) as work:
        kept = await work.fetchval("SELECT string_agg(e::text, ' ') FROM risk.list_entry e")
        acts = await work.fetch("SELECT act FROM kernel.audit WHERE act LIKE 'risk.list.%'")
    assert "000010000001" not in kept
    assert [row["act"] for row in acts] == ["risk.list.add"] * 2


async def test_outcomes_come_through_the_outbox(
    risk: Risk, person: Person, db: Database, clock: Clock
) -> None:
    relay = Relay(db, Jobs(db, clock))
    risk.listen(relay)
    events = [person.pays(payee_new=None) for _ in range(5)]
    for event in events:
        await risk.decide(event)
    told = {"event": str(events[0].id), "outcome": "returned"}
    message = Event(new_id(XIAOSHAN), XIAOSHAN, OUTCOME_TOPIC, str(events[0].id), told, clock.now())
    await risk._on_outcome(message)
    await risk._on_outcome(message)

    assert (await risk.decide(person.pays())).action is Action.APPROVE


async def test_the_bank_itself_may_close_what_is_due(
    risk: Risk, ledger: Ledger, accounts: Accounts, held: Outflow, officer: Principal, clock: Clock
) -> None:
    clock.shift(timedelta(hours=3))
    [case] = await risk.due_cases()
    entry = Entry(
        id=new_id(XIAOSHAN),
        postings=(Posting(*accounts, case.fen, kind=VOID, hold=case.id),),
        riders=(Risk.close_case(case.id, "expired", system(XIAOSHAN), clock.now()),),
        mandate="risk.expire",
    )
    await ledger.post(entry)

    assert (await risk.case(officer, held.id))[0].state == "expired"
    assert await risk.due_cases() == []
    assert (await ledger.balance(accounts[0])).available_fen == 2_000_000
