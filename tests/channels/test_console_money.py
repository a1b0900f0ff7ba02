"""What was paid for nothing, at the console: on the supervisor's list, claimed, given back, said to the customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import Clock, Database, new_id
from fengshou.services.machine import Act, Who
from fengshou.services.mover import Wish
from tests.channels.street import XIAOSHAN, Citizen, Street, key, open_street
from tests.services.world import Office

TOPUP = "community.topup.phone"


@pytest.fixture
async def street(db: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Street]:
    """A bank of its own, with a biller that takes everything and says nothing yet."""
    opened = await open_street(db, clock, tmp_path, {"biller": Office("biller")})
    yield opened
    await opened.close()


@pytest.fixture
async def citizen(street: Street) -> Citizen:
    """Somebody of Xiaoshan."""
    return await street.citizen()


async def paid(street: Street, citizen: Citizen, *said: tuple[str, dict[str, Any]]) -> str:
    """A top-up that is paid; then what its provider said of it. The way there has tests of its own."""
    services, who = street.doors.services, citizen.who
    form = {"phone": "13800001111", "face": "50"}
    run = (await services.begin(who, TOPUP, uuid4(), {"form": form})).run
    acts: tuple[tuple[str, Who, dict[str, Any]], ...] = (
        ("checked", "partner", {"state": "done", "body": {}}),
        ("pay", "customer", {}),
        ("order", "system", {"state": "done", "order": str(new_id(XIAOSHAN))}),
        *(("delivered", "partner", {"state": state, "body": body}) for state, body in said),
    )  # fmt: skip
    for name, by, body in acts:
        act = Act(name, uuid4(), by, who.id, street.doors.clock.now(), body)
        await services._mover.move(XIAOSHAN, Wish(run, act))
    return str(run)


async def test_what_was_not_delivered_is_given_back_by_who_claimed_it(
    street: Street, citizen: Citizen
) -> None:
    teller, chief = await street.clerk("teller"), await street.clerk("supervisor")
    case = await paid(street, citizen, ("refused", {}))

    free = [one["id"] for one in (await chief.desk.ask("desk.cases", scope="free"))["items"]]
    theirs = [one["id"] for one in (await teller.desk.ask("desk.cases", scope="free"))["items"]]
    early = await chief.desk.refused("desk.money_back", 409, id=case, key=key(), why="已退款")
    await chief.desk.ask("desk.claim", id=case, key=key())
    can = (await chief.desk.ask("desk.case", id=case))["can"]
    other = await teller.desk.refused("desk.money_back", 403, id=case, key=key(), why="已退款")
    done = await chief.desk.ask("desk.money_back", id=case, key=key(), why="已原路退回")

    assert (case in free, case in theirs) == (True, False)
    assert (early["code"], other["code"]) == ("SERVICES.NOT_CLAIMED", "SERVICES.NOT_YOURS")
    assert "give_back" in can
    assert done["state"] == "refunded"
    run = await citizen.app.ask("service.run", id=case)
    assert (run["note"]["zh"], run["look"]) == ("已原路退回", "refused")
    assert UUID(case) == UUID(run["id"])


async def test_what_is_awaited_is_nobodys_to_give_back(street: Street, citizen: Citizen) -> None:
    chief = await street.clerk("supervisor")
    case = await paid(street, citizen, ("pending", {}))

    for act in ("money_back", "give_up"):
        told = await chief.desk.refused(f"desk.{act}", 409, id=case, key=key(), why="x")
        assert told["code"] in ("SERVICES.NOT_NOW", "SERVICES.NOT_CLAIMED")
    assert (await citizen.app.ask("service.run", id=case))["state"] == "delivering"
