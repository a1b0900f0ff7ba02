"""Staff come in by name and password, and are staff nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from fengshou.channels.console import OPS
from fengshou.channels.console.ops import MAY
from fengshou.party import ROLES
from tests.channels.street import ANJI, CLIENT, PASSWORD, XIAOSHAN, Street, Tile

# What each operation takes when its form is right, with ids that are nobody's.
NOBODY = "01890000-0000-7000-8000-000001b40000"
FORMS: dict[str, dict[str, Any]] = {
    "closing.agree": {"id": NOBODY},
    "closing.refuse": {"id": NOBODY},
    "customers.find": {"query": "13900000000"},
    "customers.view": {"id": NOBODY},
    "customers.statement": {"number": "6290109000109015678"},
    "book.entry": {"id": NOBODY},
    "clock.move": {"ahead_s": 0},
    "held.view": {"id": NOBODY},
    "held.claim": {"id": NOBODY},
    "held.give_back": {"id": NOBODY},
    "held.note": {"id": NOBODY, "act": "note", "note": "看过"},
    "held.propose": {"id": NOBODY, "decision": "release", "reason": "已核实"},
    "held.decide": {"proposal": NOBODY, "approve": True},
    "proposals.withdraw": {"id": NOBODY},
    "stepup.password": {"order_id": NOBODY, "password": PASSWORD},
    "pages.comment": {"id": NOBODY, "text": "看过"},
    "pages.comment.done": {"id": NOBODY, "comment": NOBODY, "done": True},
    "pages.comments": {"id": NOBODY},
    "pages.diff": {"left": NOBODY, "right": NOBODY},
    "pages.draft.discard": {"id": NOBODY},
    "pages.draft.new": {"item": "credit", "from": NOBODY},
    "pages.draft.save": {"id": NOBODY, "revision": 1, "source": {}},
    "pages.gray": {"id": NOBODY, "gray": {"percent": 10}},
    "pages.history": {"id": NOBODY},
    "pages.live": {"id": NOBODY},
    "pages.preview": {"id": NOBODY},
    "pages.retire": {"id": NOBODY},
    "pages.review": {"id": NOBODY, "approve": True},
    "pages.roll_back": {"item": "credit", "to": NOBODY},
    "pages.schedule": {"id": NOBODY},
    "pages.source": {"id": NOBODY},
    "pages.submit_for_review": {"id": NOBODY},
}
# The forms of those that name nothing by an id.
PLAIN: dict[str, dict[str, Any]] = {
    "closing.ask": {"day": "2026-01-01", "reason": "漏记一笔"},
    "closing.check": {"since": "2026-01-01"},
    "closing.close": {"kind": "day", "day": "2099-01-01"},
    "pages.kill": {"name": "no_such_block", "reason": "已核实"},
    "pages.lint": {"item": "credit", "source": {}},
    "pages.pick": {"what": "icon"},
    "pages.samples": {"ops": []},
    "pages.tags": {"tag": "testers"},
    "pages.unkill": {"name": "no_such_block"},
    "pages.versions": {"item": "credit"},
}


async def test_a_colleague_logs_in_and_out(street: Street) -> None:
    clerk = await street.clerk("teller", bank=ANJI)

    me = await clerk.desk.ask("session.me")
    await clerk.desk.ask("session.log_out")

    assert me["staff"]["roles"] == ["teller"]
    assert (me["staff"]["bank"]["bank"], me["staff"]["centre"]) == (ANJI, False)
    assert (await clerk.desk.ask("session.me"))["signed_in"] is False
    await clerk.desk.refused("banks.list", 401)


async def test_the_cookie_goes_to_the_console_alone(street: Street) -> None:
    clerk, desk = await street.clerk("teller"), street.app("console")
    response = await desk.post("session.log_in", login=clerk.login, password=PASSWORD)

    cookies = {c.partition("=")[0]: c for c in response.headers.get_list("set-cookie")}
    assert "; Path=/api/console; HttpOnly; SameSite=Strict" in cookies["fs_staff"]
    assert "fs_session" not in cookies


async def test_a_wrong_password_and_a_wrong_name_sound_alike(street: Street) -> None:
    clerk, desk = await street.clerk("teller"), street.app("console")

    wrong = await desk.refused("session.log_in", 403, login=clerk.login, password="guess-1234")
    nobody = await desk.refused("session.log_in", 403, login="nobody", password=PASSWORD)

    assert wrong["code"] == nobody["code"] == "ACCESS.LOG_IN_WRONG"
    assert wrong["messages"] == nobody["messages"]


async def test_a_customer_is_nobody_here_and_staff_are_nobody_in_the_app(street: Street) -> None:
    citizen, clerk = await street.citizen(), await street.clerk("supervisor")
    customer_token, staff_token = citizen.app.http.cookies["fs_session"], clerk.desk.http.cookies["fs_staff"]
    client = {"x-fs-client": "tests/1"}

    for channel, token in (("console", customer_token), ("app", staff_token)):
        app = street.app(channel)
        op = "banks.list" if channel == "console" else "home.view"
        response = await app.post(op, headers={**client, "authorization": f"Bearer {token}"})
        assert response.status_code == 401


async def test_a_demo_colleague_sits_down_at_once(street: Street) -> None:
    clerk, desk = await street.clerk("auditor"), street.app("console")
    street.demo.tiles.append(Tile("auditor", "staff", clerk.id, XIAOSHAN, "徐静"))

    tiles = await desk.ask("session.demo_logins")
    entered = await desk.ask("session.demo", id="auditor")

    assert "auditor" in [tile["id"] for tile in tiles["items"]]
    assert entered["me"]["staff"]["roles"] == ["auditor"]
    await desk.refused("session.demo", 404, id="nobody")


@pytest.mark.parametrize("name", sorted(OPS.all))
async def test_each_operation_wants_a_session_and_what_changes_a_client(street: Street, name: str) -> None:
    op, desk = OPS.all[name], street.app("console")
    form = {**FORMS, **PLAIN}.get(name, {})

    if op.auth == "login":
        assert (await desk.refused(name, 401, **form))["code"] == "ACCESS.SESSION_ENDED"
    if op.changes:
        response = await desk.post(name, headers={}, **form)
        assert (response.status_code, response.json()["code"]) == (403, "REQUEST.CLIENT_UNNAMED")


@pytest.mark.parametrize(
    "name", sorted(name for name in FORMS if not name.startswith(("customers.find", "clock.")))
)
async def test_an_id_of_nobodys_is_missing(street: Street, name: str) -> None:
    clerk = await street.clerk("supervisor", "teller")

    assert (await clerk.desk.refused(name, 404, **FORMS[name]))["kind"] == "MISSING"


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_each_role_may_ask_exactly_what_the_table_says(street: Street, role: str) -> None:
    clerk = await street.clerk(role)
    refused = set()

    for name in sorted(MAY):
        if name != "session.log_out":
            response = await clerk.desk.post(name, CLIENT, **{**FORMS, **PLAIN}.get(name, {}))
            if response.status_code == 403 and response.json()["code"] == "PARTY.ROLE_MISSING":
                refused.add(name)

    assert refused == {name for name, roles in MAY.items() if role not in roles}
    assert set((await clerk.desk.ask("session.me"))["may"]) == set(MAY) - refused


def test_the_table_covers_every_operation_that_takes_a_session() -> None:
    assert {name for name, op in OPS.all.items() if op.auth == "login"} == set(MAY)
