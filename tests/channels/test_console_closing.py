"""Closing a bank's book from a desk, and opening the last day again by two people, over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import httpx
import pytest

from fengshou.channels.console.closing import _last_quarter
from fengshou.kernel import CENTRE, new_id
from fengshou.ledger import quarter_day
from fengshou.runtime.cli import CommandError, ledger_reopen
from tests.channels.street import ANJI, PASSWORD, XIAOSHAN, Clerk, Street


@pytest.fixture
async def desks(street: Street) -> tuple[Clerk, Clerk, str]:
    """A supervisor, another, and a day nobody has closed, which is over."""
    citizen = await street.citizen(fen=0)
    await street.pay_in(citizen.account, 12_300)
    closing = street.doors.ledger.reports.closing
    closed = await closing.closed_to(XIAOSHAN)
    day = street.doors.clock.today() if closed is None else closed + timedelta(days=1)
    street.doors.clock.shift(timedelta(days=1))
    return await street.clerk("supervisor"), await street.clerk("supervisor"), day.isoformat()


async def test_a_day_is_closed_asked_for_and_opened_by_another(
    street: Street, desks: tuple[Clerk, Clerk, str]
) -> None:
    one, two, day = desks
    await one.desk.ask("closing.close", kind="day", day=day)
    seen = await two.desk.ask("closing.view")
    assert (seen["closed_to"], seen["own"], seen["items"][0]["first_on"]) == (day, True, day)
    assert (seen["items"][0]["status"], seen["items"][0]["changed_by"]) == ("closed", "陈玉")
    assert seen["items"][0]["debit_fen"] == seen["items"][0]["credit_fen"] > 0
    assert (await two.desk.ask("closing.check", since=day))["items"] == []
    ages = await two.desk.ask("closing.check", since="2000-01-01")
    assert ages["since"] == (street.doors.clock.today() - timedelta(days=400)).isoformat()

    again = await one.desk.refused("closing.close", 409, kind="day", day=day)
    assert again["code"] == "LEDGER.PERIOD_NOT_OPEN"
    await one.desk.ask("closing.ask", day=day, reason="漏记一张凭证")
    twice = await two.desk.refused("closing.ask", 409, day=day, reason="也漏了一张")
    assert twice["code"] == "LEDGER.REOPENING_ASKED"
    wish = (await two.desk.ask("closing.view"))["asked"][0]
    assert (wish["state"], wish["day"], wish["mine"], wish["lapsed"]) == ("asked", day, False, False)
    own = await one.desk.refused("closing.agree", 403, id=wish["id"])
    assert own["code"] == "LEDGER.NEEDS_ANOTHER"
    assert (await one.desk.ask("closing.view"))["items"][0]["status"] == "closed"

    await two.desk.ask("closing.agree", id=wish["id"])

    seen = await one.desk.ask("closing.view")
    assert (seen["items"][0]["status"], seen["asked"][0]["state"]) == ("open", "agreed")
    assert date.fromisoformat(seen["closed_to"]) == date.fromisoformat(day) - timedelta(days=1)
    await two.desk.refused("closing.agree", 404, id=wish["id"])
    await one.desk.ask("closing.close", kind="day", day=day)
    assert (await one.desk.ask("closing.view"))["items"][0]["status"] == "closed"


async def test_a_wish_is_refused_or_taken_back_and_the_day_stays_closed(
    street: Street, desks: tuple[Clerk, Clerk, str]
) -> None:
    one, two, day = desks
    teller = await street.clerk("teller")
    await one.desk.ask("closing.close", kind="day", day=day)
    await teller.desk.refused("closing.close", 403, kind="day", day=day)
    await teller.desk.ask("closing.ask", day=day, reason="客户凭证有误")
    wish = (await two.desk.ask("closing.view"))["asked"][0]["id"]
    other = await street.clerk("teller")
    await other.desk.refused("closing.refuse", 403, id=wish)
    await two.desk.ask("closing.refuse", id=wish, answer="下月冲正即可")
    await teller.desk.refused("closing.refuse", 404, id=wish)

    await teller.desk.ask("closing.ask", day=day, reason="还是想重开")
    mine = (await teller.desk.ask("closing.view"))["asked"][0]
    assert mine["mine"]
    await teller.desk.ask("closing.refuse", id=mine["id"])

    seen = await one.desk.ask("closing.view")
    assert [(r["state"], r["answer"]) for r in seen["asked"][:2]] == [
        ("withdrawn", ""),
        ("refused", "下月冲正即可"),
    ]
    assert (seen["items"][0]["status"], seen["closed_to"]) == ("closed", day)


async def test_a_wish_lapses_when_another_day_is_closed(
    street: Street, desks: tuple[Clerk, Clerk, str]
) -> None:
    one, two, day = desks
    await one.desk.ask("closing.close", kind="day", day=day)
    await one.desk.ask("closing.ask", day=day, reason="漏记一张凭证")
    following = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    await one.desk.ask("closing.close", kind="day", day=following)

    wish = (await two.desk.ask("closing.view"))["asked"][0]
    assert (wish["state"], wish["lapsed"]) == ("asked", True)
    refused = await two.desk.refused("closing.agree", 409, id=wish["id"])
    assert (refused["code"], refused["facts"]["last"]) == ("LEDGER.PERIOD_NOT_CLOSED", following)
    await one.desk.ask("closing.refuse", id=wish["id"])


async def test_the_centre_looks_and_nobody_opens_another_banks_book(
    street: Street, desks: tuple[Clerk, Clerk, str]
) -> None:
    one, _, day = desks
    centre, away = await street.clerk("centre_ops", bank=CENTRE), await street.clerk("supervisor", bank=ANJI)
    await one.desk.ask("closing.close", kind="day", day=day)
    await one.desk.ask("closing.ask", day=day, reason="漏记一张凭证")
    wish = (await centre.desk.ask("closing.view", bank=XIAOSHAN))["asked"][0]["id"]

    assert (await centre.desk.ask("closing.view", bank=XIAOSHAN))["own"] is False
    await away.desk.refused("closing.view", 404, bank=XIAOSHAN)
    for desk in (centre.desk, away.desk):
        await desk.refused("closing.agree", 404, id=wish)
        await desk.refused("closing.refuse", 404, id=wish)
    await one.desk.refused("closing.agree", 404, id=str(uuid4()))
    await one.desk.refused("closing.agree", 404, id=str(new_id(XIAOSHAN)))
    await (await street.clerk("risk_officer")).desk.refused("closing.view", 403)
    await one.desk.ask("closing.refuse", id=wish)


async def test_what_cannot_be_closed_says_why(street: Street, desks: tuple[Clerk, Clerk, str]) -> None:
    one, _, _ = desks
    today = street.doors.clock.today()
    early = await one.desk.refused(
        "closing.close", 409, kind="day", day=(today + timedelta(days=1)).isoformat()
    )
    assert early["code"] == "LEDGER.PERIOD_NOT_OVER"
    month = await one.desk.refused("closing.close", 409, kind="month", day=today.isoformat())
    assert month["code"] == "LEDGER.PERIOD_NOT_OVER"
    seen = await one.desk.ask("closing.view")
    assert all(p["kind"] == "day" or p["status"] == "open" for p in seen["items"])
    wrong = await one.desk.refused("closing.close", 409, kind="quarter", day="2026-01-01")
    assert wrong["code"] == "LEDGER.QUARTER_OUT_OF_ORDER"


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 11, 24), date(2026, 9, 20)),
        (date(2026, 9, 20), date(2026, 6, 20)),
        (date(2026, 5, 1), date(2026, 3, 20)),
        (date(2026, 1, 2), date(2025, 12, 20)),
    ],
)
def test_the_quarter_to_close_first_is_the_one_that_ended_last(today: date, due: date) -> None:
    assert quarter_day(_last_quarter(today) + timedelta(days=1)) == due


async def test_the_command_asks_as_one_colleague_and_agrees_as_another(
    street: Street, desks: tuple[Clerk, Clerk, str]
) -> None:
    one, two, day = desks
    await one.desk.ask("closing.close", kind="day", day=day)

    def phone() -> httpx.AsyncClient:
        return street.app("console").http

    with pytest.raises(CommandError, match="password"):
        await ledger_reopen.act(phone(), one.login, "wrong-Tea-58")
    asked = await ledger_reopen.act(
        phone(), one.login, PASSWORD, ask=date.fromisoformat(day), reason="漏记一张"
    )
    wish = asked["asked"][0]
    assert f"{wish['id']}  {day}  待复核 waits" in ledger_reopen.text(asked)
    with pytest.raises(CommandError, match="Somebody else has to agree"):
        await ledger_reopen.act(phone(), one.login, PASSWORD, agree=wish["id"])
    agreed = await ledger_reopen.act(phone(), two.login, PASSWORD, agree=wish["id"])

    assert agreed["asked"][0]["state"] == "agreed"
    assert (await one.desk.ask("closing.view"))["items"][0]["status"] == "open"
