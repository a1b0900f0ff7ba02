"""Kinds of services over HTTP: what a touch does, what more an act may say, and what only the bank says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.street import PASSWORD, Citizen, Street, key

CARD = {"why": "lost", "take": "branch", "phone": "13800001111"}


@pytest.fixture
async def citizen(street: Street) -> Citizen:
    """Somebody of Xiaoshan."""
    return await street.citizen()


async def test_a_draft_goes_on_at_a_branch_with_all_that_was_written(citizen: Citizen) -> None:
    app = citizen.app
    kept = await app.ask("service.begin", key=key(), service="social.card.replace", form=CARD, save=True)
    nowhere = await app.refused(
        "service.act", 422, key=key(), id=kept["id"], act="switch", more={"way": "branch"}
    )
    closed = await app.refused(
        "service.act", 403, key=key(), id=kept["id"], act="switch", more={"way": "air"}
    )

    await app.ask(
        "service.act", key=key(), id=kept["id"], act="switch", more={"way": "branch", "place": "330109-01"}
    )

    run = await app.ask("service.run", id=kept["id"])
    assert (nowhere["code"], closed["code"]) == ("SERVICES.SAY_MISSING", "SERVICES.WAY_CLOSED")
    assert (run["way"]["en"], run["form"], run["state"]) == ("At a branch", CARD, "draft")
    assert "switch" in run["can"]


async def test_a_day_is_enough_for_a_visit(citizen: Citizen) -> None:
    app = citizen.app
    kept = await app.ask("service.begin", key=key(), service="social.card.replace", form=CARD, save=True)
    day = (await app.ask("service.open", service="social.card.replace"))["today"]

    past = {"way": "home", "place": "文晖路 12 号", "visit_at": "2020-01-01"}
    told = await app.refused("service.act", 422, key=key(), id=kept["id"], act="switch", more=past)

    assert day
    assert told["facts"]["name"] == "visit_at"


@pytest.mark.parametrize(
    "more",
    [{"x" * 41: "y"}, {"way": {"a": 1}}, {"way": "x" * 1_001}, {f"a{n}": 1 for n in range(9)}, {"way": None}],
)
async def test_more_has_its_bounds(citizen: Citizen, more: dict[str, Any]) -> None:
    app = citizen.app
    kept = await app.ask("service.begin", key=key(), service="social.card.replace", form=CARD, save=True)

    told = await app.refused("service.act", 422, key=key(), id=kept["id"], act="switch", more=more)

    assert told["messages"]["zh"]


async def test_tasks_of_staff_are_shown_to_nobody_else(citizen: Citizen) -> None:
    app = citizen.app
    found = [one["key"] for one in (await app.ask("service.list"))["items"]]

    assert "community.desk.video" in found
    assert "community.grid.visit" not in found
    form = {"address": "文晖路 12 号", "what": "核实租住人数"}
    told = await app.refused("service.begin", 403, key=key(), service="community.grid.visit", form=form)
    assert told["code"] == "SERVICES.NOT_YOURS"


async def test_what_only_the_bank_knows_is_not_the_senders_to_say(citizen: Citizen) -> None:
    """A run's secrets are the bank's: neither seed nor payment state comes from a request."""
    app = citizen.app
    begun = await app.ask("service.begin", key=key(), service="community.desk.video",
                          form={"about": "ask", "consent": True})  # fmt: skip
    for act, status in (("order", 422), ("connect", 403), ("pass", 409)):
        await app.refused("service.act", status, key=key(), id=begun["id"], act=act, more={"state": "done"})
    run = await app.ask("service.run", id=begun["id"])
    assert [touch["act"] for touch in run["touches"]] == ["leave"]
    left = await app.ask("service.act", key=key(), id=begun["id"], act="leave")
    assert left["state"] == "left"


async def test_money_by_a_service_is_proved_on_the_phone_and_paid_once(
    street: Street, citizen: Citizen
) -> None:
    """More than one factor allows: payments asks for proof of its order, and the same request goes on."""
    app = citizen.app
    form = {"amount": "300", "sure": True}
    wish = {"key": key(), "service": "social.charity.give", "form": form}
    asked = await app.refused("service.begin", 401, **wish)
    order = asked["facts"]["order_id"]
    await app.ask("stepup.password", order_id=order, password=PASSWORD)
    await app.ask("stepup.sms", order_id=order)
    await app.ask("stepup.code", order_id=order, code=street.carrier.code(citizen.phone))

    done = [await app.ask("service.begin", **wish) for _ in range(3)]

    assert {one["state"] for one in done} <= {"sent", "posted"}
    assert len({one["id"] for one in done}) == 1
    paid = [one for one in (await app.ask("orders.list"))["items"] if one["amount_fen"] == 30_000]
    assert [one["id"] for one in paid] == [order]
