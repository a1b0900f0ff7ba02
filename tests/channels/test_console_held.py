"""A payment that risk holds: reserved, told, let go by four eyes or given back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from fengshou.kernel import CENTRE, Money
from fengshou.ledger import AccountRef
from fengshou.payments import Payee, Wish
from tests.channels.street import ANJI, Citizen, Clerk, Street

FEN = 20_000


async def held(street: Street, payer: Citizen, payee: Citizen) -> str:
    """The id of a payment whose memo speaks of a scam."""
    who = await street.doors.access.resolve(payer.app.http.cookies["fs_session"])
    to = Payee(payee.account.number, payee.name)
    order = await street.doors.payments.transfer(
        who, Wish(uuid4(), AccountRef(*payer.account.ref), to, Money(FEN), "刷单")
    )
    assert order.state == "held"
    return str(order.id)


async def balance(street: Street, citizen: Citizen) -> tuple[int, int]:
    found = await street.doors.ledger.balance(AccountRef(*citizen.account.ref))
    return found.posted_fen, found.available_fen


async def desk(street: Street) -> tuple[Clerk, Clerk]:
    return await street.clerk("risk_officer"), await street.clerk("supervisor")


async def propose(officer: Clerk, order: str, decision: str) -> Any:
    made = await officer.desk.ask("held.propose", id=order, decision=decision, reason="电话核实过")
    return made["proposal"]["id"]


async def test_four_eyes_let_a_payment_go(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order, (officer, supervisor) = await held(street, payer, payee), await desk(street)
    assert await balance(street, payer) == (500_000, 480_000)

    queue = await officer.desk.ask("held.list")
    await officer.desk.ask("held.claim", id=order)
    await officer.desk.ask("held.note", id=order, act="call", note="客户本人接听")
    proposal = await propose(officer, order, "release")
    view = await supervisor.desk.ask("held.view", id=order)
    decided = await supervisor.desk.ask("held.decide", proposal=proposal, approve=True, reason="同意")

    assert order in [case["id"] for case in queue["items"]]
    assert view["proposal"]["id"] == proposal
    assert view["payment"]["amount_fen"] == FEN
    assert view["why"][0]["rule"].startswith("SCAM-")
    assert [event["act"] for event in view["events"]][-1] == "call"
    assert decided["state"] == "done"
    assert decided["proposal"]["state"] == "approved"
    assert await balance(street, payer) == (480_000, 480_000)
    assert await balance(street, payee) == (FEN, FEN)
    assert order not in [case["id"] for case in (await officer.desk.ask("held.list"))["items"]]


async def test_four_eyes_refuse_and_the_money_is_back(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order, (officer, supervisor) = await held(street, payer, payee), await desk(street)

    proposal = await propose(officer, order, "refuse")
    decided = await supervisor.desk.ask("held.decide", proposal=proposal, approve=True)

    assert decided["state"] == "refused"
    assert await balance(street, payer) == (500_000, 500_000)
    assert await balance(street, payee) == (0, 0)


async def test_two_eyes_are_not_four(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order, supervisor = await held(street, payer, payee), await street.clerk("supervisor")
    officer = await street.clerk("risk_officer")
    proposal = await propose(supervisor, order, "release")

    own = await supervisor.desk.refused("held.decide", 403, proposal=proposal, approve=True)
    lesser = await officer.desk.refused("held.decide", 403, proposal=proposal, approve=True)
    twice = await officer.desk.refused("held.propose", 409, id=order, decision="release", reason="再来一次")

    assert (own["code"], lesser["code"]) == ("PARTY.SAME_HANDS", "PARTY.ROLE_MISSING")
    assert twice["code"] == "PARTY.PROPOSAL_OPEN"
    assert await balance(street, payer) == (500_000, 480_000)


async def test_a_no_leaves_the_payment_held_and_another_may_propose(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order, (officer, supervisor) = await held(street, payer, payee), await desk(street)
    proposal = await propose(officer, order, "release")

    no = await supervisor.desk.ask("held.decide", proposal=proposal, approve=False, reason="再查")
    again = await supervisor.desk.refused("held.decide", 409, proposal=proposal, approve=True)

    assert (no["state"], no["proposal"]["state"]) == ("held", "refused")
    assert again["code"] == "PARTY.PROPOSAL_CLOSED"
    await propose(officer, order, "refuse")


async def test_what_was_approved_before_a_crash_is_carried_out_by_deciding_again(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order, (officer, supervisor) = await held(street, payer, payee), await desk(street)
    proposal = await propose(officer, order, "release")
    who = await street.doors.access.resolve(supervisor.desk.http.cookies["fs_staff"])
    async with street.doors.db.work(who.bank, who) as work:
        await street.doors.party.approve(work, who, UUID(proposal))
    assert await balance(street, payee) == (0, 0)

    first = await supervisor.desk.ask("held.decide", proposal=proposal, approve=True)
    second = await supervisor.desk.ask("held.decide", proposal=proposal, approve=True)

    assert (first["state"], second["state"]) == ("done", "done")
    assert await balance(street, payee) == (FEN, FEN)


async def test_a_decision_takes_a_fresh_password(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order, (officer, supervisor) = await held(street, payer, payee), await desk(street)
    proposal = await propose(officer, order, "release")
    async with street.doors.db.work(supervisor.id.int >> 10 & 0xFFFF) as work:
        await work.execute(
            "UPDATE access.session SET proved_at = proved_at - interval '1 hour' WHERE principal_id=$1",
            supervisor.id,
        )
    street.doors.access._room.cache.forget([])

    asked = await supervisor.desk.refused("held.decide", 401, proposal=proposal, approve=True)
    facts = asked["facts"]
    proof = await supervisor.desk.ask("stepup.password", order_id=facts["order_id"], password="tea-House-58")
    decided = await supervisor.desk.ask("held.decide", proposal=proposal, approve=True)

    assert (asked["code"], facts["methods"]) == ("ACCESS.STEP_UP", ["password"])
    assert proof["complete"] is True
    assert decided["state"] == "done"


async def test_other_banks_cases_are_missing_and_the_centre_only_looks(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, 0)
    order = await held(street, payer, payee)
    stranger, centre = (
        await street.clerk("supervisor", bank=ANJI),
        await street.clerk("centre_ops", bank=CENTRE),
    )

    for op, more in (
        ("held.view", {}),
        ("held.claim", {}),
        ("held.propose", {"decision": "release", "reason": "好的"}),
    ):
        await stranger.desk.refused(op, 404, id=order, **more)
    assert order not in [case["id"] for case in (await stranger.desk.ask("held.list"))["items"]]
    assert order in [case["id"] for case in (await centre.desk.ask("held.list"))["items"]]
    assert (await centre.desk.ask("held.view", id=order))["payment"]["amount_fen"] == FEN
    refused = await centre.desk.refused("held.propose", 403, id=order, decision="release", reason="好的")
    assert refused["code"] == "PARTY.ROLE_MISSING"
