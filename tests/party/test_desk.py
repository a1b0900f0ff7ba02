"""Four eyes: who proposes does not decide, whatever the code above says."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from fengshou import party
from fengshou.kernel import BankError, Clock, Missing, Principal
from fengshou.party import Proposal, Staff
from tests.party.desk_of_tests import ANJI, XIAOSHAN, Hall


def principal(person: Staff) -> Principal:
    return Principal("staff", person.id, person.bank, roles=person.roles)


async def hire(hall: Hall, login: str, *roles: str, bank: int = XIAOSHAN) -> Principal:
    async with hall.db.work(bank) as work:
        return principal(await hall.party.hire(work, login, "陈玉", frozenset(roles)))


async def propose(hall: Hall, who: Principal, subject: str = "order-1") -> Proposal:
    async with hall.db.work(XIAOSHAN, who) as work:
        return await hall.party.propose(work, who, "payment.release", subject, {"fen": 100})


async def approve(hall: Hall, who: Principal, proposal: Proposal) -> Proposal:
    async with hall.db.work(who.bank, who) as work:
        return await hall.party.approve(work, who, proposal.id, "called the customer")


async def test_one_proposes_and_another_approves(hall: Hall) -> None:
    maker, checker = await hire(hall, "chenyu", "risk_officer"), await hire(hall, "wangfang", "supervisor")
    made = await propose(hall, maker)
    done = await approve(hall, checker, made)

    assert (made.state, made.body, made.maker) == ("open", {"fen": 100}, maker.id)
    assert (done.state, done.checker, done.reason) == ("approved", checker.id, "called the customer")
    async with hall.db.relay() as work:
        acts = [r["act"] for r in await work.fetch("SELECT act FROM kernel.audit ORDER BY id")]
        assert await work.fetchval(
            "SELECT body->>'subject' FROM kernel.outbox WHERE topic='proposal.approved'"
        )
    assert acts[-2:] == ["proposal.made", "proposal.approved"]


async def test_the_maker_may_not_decide_even_with_the_role(hall: Hall) -> None:
    maker = await hire(hall, "chenyu", "risk_officer", "supervisor")
    made = await propose(hall, maker)
    with pytest.raises(party.SameHands):
        await approve(hall, maker, made)
    # The database refuses it too.
    with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
        async with hall.db.work(XIAOSHAN) as work:
            await work.execute("UPDATE party.proposal SET state='approved', checker=maker, decided_at=now()")


async def test_the_wrong_role_the_wrong_bank_and_customers_may_not(hall: Hall) -> None:
    maker = await hire(hall, "chenyu", "risk_officer")
    teller = await hire(hall, "teller1", "teller")
    abroad = await hire(hall, "anji-sup", "supervisor", bank=ANJI)
    made = await propose(hall, maker)

    with pytest.raises(party.RoleMissing):
        await approve(hall, teller, made)
    with pytest.raises(Missing):
        await approve(hall, abroad, made)
    with pytest.raises(party.RoleMissing):
        async with hall.db.work(XIAOSHAN, abroad) as work:
            await hall.party.approve(work, abroad, made.id)
    with pytest.raises(party.RoleMissing):
        await propose(hall, Principal("customer", maker.id, XIAOSHAN))
    assert [p.state for p in await hall.party.proposals(XIAOSHAN)] == ["open"]


async def test_of_two_deciding_at_once_one_wins(hall: Hall) -> None:
    maker = await hire(hall, "chenyu", "risk_officer")
    checkers = [await hire(hall, f"sup{n}", "supervisor") for n in range(4)]
    made = await propose(hall, maker)

    async def attempt(number: int, who: Principal) -> str:
        try:
            async with hall.db.work(XIAOSHAN, who) as work:
                act = hall.party.approve if number % 2 else hall.party.refuse
                return (await act(work, who, made.id)).state
        except BankError as refusal:
            return refusal.code

    answers = await asyncio.gather(*(attempt(n, who) for n, who in enumerate(checkers)))
    assert sorted(a == "PARTY.PROPOSAL_CLOSED" for a in answers) == [False, True, True, True]


async def test_one_proposal_for_a_subject_at_a_time_and_it_expires(hall: Hall, clock: Clock) -> None:
    maker, checker = await hire(hall, "chenyu", "risk_officer"), await hire(hall, "wangfang", "supervisor")
    made = await propose(hall, maker)
    with pytest.raises(party.ProposalOpen):
        await propose(hall, maker)
    clock.shift(timedelta(hours=25))
    with pytest.raises(party.ProposalClosed):
        await approve(hall, checker, made)

    again = await propose(hall, maker)
    assert {p.id: p.state for p in await hall.party.proposals(XIAOSHAN)} == {
        made.id: "expired",
        again.id: "open",
    }
    assert await hall.party.proposals(XIAOSHAN, "open") == [again]


async def test_only_the_maker_withdraws(hall: Hall) -> None:
    maker, checker = await hire(hall, "chenyu", "risk_officer"), await hire(hall, "wangfang", "supervisor")
    made = await propose(hall, maker)
    async with hall.db.work(XIAOSHAN, maker) as work:
        with pytest.raises(Missing):
            await hall.party.withdraw_proposal(work, checker, made.id)
        assert (await hall.party.withdraw_proposal(work, maker, made.id)).state == "withdrawn"
    with pytest.raises(party.ProposalClosed):
        await approve(hall, checker, made)


async def test_a_log_in_name_is_one_person_s_in_the_federation(hall: Hall) -> None:
    who = await hire(hall, "chenyu", "risk_officer")
    with pytest.raises(party.LoginTaken):
        await hire(hall, "chenyu", "teller", bank=ANJI)

    found = await hall.party.staff_by_login(" ChenYu ")
    assert found is not None
    assert (found.id, found.roles) == (who.id, frozenset({"risk_officer"}))
    assert await hall.party.staff_by_login("nobody") is None
    assert [s.login for s in await hall.party.staff_of(XIAOSHAN)] == ["chenyu"]
