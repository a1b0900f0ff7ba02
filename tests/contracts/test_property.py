"""What services may rely on of property companies and their doors, whoever stands behind the connector."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.adapters import wire
from fengshou.adapters.property import PropertyClient
from fengshou.adapters.property.server import PATH, build_app, load_companies
from fengshou.services import Connector
from tests.adapters.lines import OWN
from tests.contracts.conftest import live_outside
from tests.contracts.partners import LAN, SHEN, Hand, Inside, Partner, lines_to, nowhere

COMPANY = "property-0109"


@pytest.fixture(params=["core", "socket", "live"])
async def company(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    hand, companies = Hand(), load_companies(epoch="t")
    if request.param == "live":
        client = PropertyClient(wire.Lines(live_outside("property")))
        yield Partner(client, hand, COMPANY, live=True)
        await client.aclose()
    elif request.param == "core":
        inside = Inside(PropertyClient(nowhere()), companies, hand)
        yield Partner(inside, hand, COMPANY, wish=lambda wish: companies.wish(wish, hand.at))
    else:
        running = await wire.serve({PATH: build_app(OWN, companies=companies, now=hand.now)})
        client = PropertyClient(lines_to(running.base_url + PATH))
        yield Partner(client, hand, COMPANY, wish=lambda wish: companies.wish(wish, hand.at))
        await client.aclose()
        await running.stop()


@pytest.fixture
def simulated(company: Partner) -> Partner:
    if company.live:
        pytest.skip("only the simulator has these homes and doors")
    return company


async def granted(
    company: Partner, *, key: UUID | None = None, hours: float = 2, **more: Any
) -> dict[str, Any]:
    at = company.hand.at
    params = {
        "doors": ["gate-north", "block-3"], "from_at": at, "until_at": at + timedelta(hours=hours), "uses": 2,
        "holder": "李访客",
    }  # fmt: skip
    said = await company("door.grant", params | more, key=key, topic="3-1-502")
    assert said.state == "done", said
    return dict(said.body)


async def live_code(company: Partner, number: str) -> str:
    said = await company("door.code", {"number": number})
    assert said.state == "done", said
    return str(said.body["token"])


def scan(company: Partner, code: str, door: str = "gate-north", at: str = COMPANY) -> str:
    event = company.wish({"act": "scan", "provider": at, "door": door, "code": code})
    assert event["passed"] is (event["reason"] == "")
    return str(event["reason"])


def test_the_client_is_a_connector() -> None:
    connector: Connector = PropertyClient(nowhere())  # mypy is the judge of the shape

    assert connector.system == "property"


async def test_what_cannot_be_is_refused_in_both_languages(company: Partner) -> None:
    asked = [
        await company("bill.arrears", {"account": "?"}),
        await company("bill.arrears", {"account": "1-1-101"}, topic="no_such"),
        await company("ticket.status", {"number": "W0"}),
        await company("door.revoke", {"number": "P0"}),
        await company("query.fetch", topic="nonsense"),
    ]

    assert [(said.state, said.reason) for said in asked] == [
        ("refused", "no_such_account"),
        ("refused", "no_such_fee"),
        ("refused", "no_such_ticket"),
        ("refused", "no_such_pass"),
        ("refused", "no_such_topic"),
    ]
    assert all(said.reason_zh and said.reason_en for said in asked)


async def test_fees_are_paid_once_and_in_the_file_of_the_day(simulated: Partner) -> None:
    account, key = "3-1-9103", uuid4()
    owed = (await simulated("bill.arrears", {"account": account}, topic="property_fee")).body
    fen = {one["bill"]: one["fen"] + one["late_fen"] for one in owed["bills"]}
    pay = {"account": account, "paid_at": simulated.hand.at, "fen": fen}

    one, two = [await simulated("bill.pay", pay, key=key, topic="property_fee") for _ in range(2)]
    other = await simulated("bill.pay", pay, topic="property_fee")

    assert len(fen) == 3
    assert one == two
    assert (other.state, other.reason) == ("refused", "already_paid")
    assert (await simulated("bill.status", key=key)).body == one.body
    (line,) = (await simulated("bill.day_file", {"day": "2026-11-24"})).body["lines"]
    assert (line["key"], line["fen"]) == (str(key), sum(fen.values()))


@pytest.mark.parametrize("fee", ["parking_month", "water_share", "garbage", "repair_fund", "deco_deposit"])
async def test_every_fee_is_a_book_of_its_own(simulated: Partner, fee: str) -> None:
    said = await simulated("bill.arrears", {"account": "3-1-9103"}, topic=fee)

    assert said.state == "done"
    assert {one["bill"].split("-")[-3] for one in said.body["bills"]} == {fee}


async def test_a_new_owner_hears_nothing_of_the_old_one_s_debts(simulated: Partner) -> None:
    old = (await simulated("bill.arrears", {"account": "3-1-9103"}, topic="property_fee")).body
    simulated.hand.pass_by(days=1)

    simulated.wish({"act": "move", "provider": COMPANY, "home": "3-1-9103"})
    new = (await simulated("bill.arrears", {"account": "3-1-9103"}, topic="property_fee")).body

    assert len(old["bills"]) == 3
    assert not [one for one in new["bills"] if one["due_on"] < "2026-11-25"]
    assert "*" in new["holder"]


async def test_a_repair_goes_its_way_and_is_closed_with_stars(simulated: Partner) -> None:
    report, key = {"category": "plumbing", "text": "厨房漏水"}, uuid4()
    first, again = [await simulated("ticket.create", report, key=key) for _ in range(2)]
    number = first.body["number"]

    states = [(await simulated("ticket.status", {"number": number})).body["state"] for _ in range(5)]
    closed = await simulated("ticket.update", {"number": number, "close": True, "stars": 5})
    post = await simulated.connector.news("")

    assert first == again
    assert states == ["open", "assigned", "in_progress", "resolved", "resolved"]
    assert closed.body["state"] == "closed"
    assert [(news.key, news.said.body["state"]) for news in post.news] == [
        (key, "assigned"),
        (key, "in_progress"),
        (key, "resolved"),
    ]


async def test_a_ticket_that_nobody_answered_is_found_by_its_key(simulated: Partner) -> None:
    key = uuid4()

    unknown = await simulated("ticket.create", {"category": "other", "text": "静默"}, key=key)
    found = await simulated("ticket.status", {"number": str(key)})
    never = await simulated("ticket.status", {"number": str(uuid4())})

    assert (unknown.state, found.state) == ("unknown", "done")
    assert (never.state, never.reason) == ("refused", "not_seen")


async def test_a_visitor_opens_the_doors_of_the_pass_and_it_is_told(simulated: Partner) -> None:
    key = uuid4()
    pass_ = await granted(simulated, key=key)

    opened = [
        scan(simulated, await live_code(simulated, pass_["number"]), door)
        for door in ("gate-north", "block-3")
    ]
    told = (
        await simulated("door.events", {"account": pass_["number"], "since": "2026-11-24T00:00:00Z"})
    ).body
    of_home = (await simulated("door.events", {"account": "3-1-502", "since": "2026-11-24T00:00:00Z"})).body
    post = await simulated.connector.news("")

    assert opened == ["", ""]
    assert [(one["door"], one["passed"]) for one in told["items"]] == [
        ("gate-north", True),
        ("block-3", True),
    ]
    assert told == of_home
    assert [(news.operation, news.key) for news in post.news] == [("door.events", key)] * 2


async def test_the_same_grant_twice_is_one_pass(simulated: Partner) -> None:
    key = uuid4()

    one, two = [await granted(simulated, key=key) for _ in range(2)]

    assert one == two


async def test_a_copy_of_a_code_opens_nothing(simulated: Partner) -> None:
    pass_ = await granted(simulated, uses=9)
    code = await live_code(simulated, pass_["number"])
    assert scan(simulated, code) == ""

    at_once = scan(simulated, code)
    simulated.hand.pass_by(minutes=2)
    later, elsewhere = scan(simulated, code), scan(simulated, code, "block-3")

    assert (at_once, later, elsewhere) == ("replayed", "old_code", "old_code")
    assert scan(simulated, await live_code(simulated, pass_["number"])) == ""


async def test_what_the_holder_keeps_is_not_what_is_shown(simulated: Partner) -> None:
    pass_ = await granted(simulated)

    assert scan(simulated, pass_["token"]) == "static_code"
    assert scan(simulated, pass_["token"].partition("~")[0]) == "static_code"


async def test_more_often_than_it_may_is_refused_at_every_door(simulated: Partner) -> None:
    pass_ = await granted(simulated)
    said = []
    for door in ("gate-north", "gate-north", "gate-north", "block-3"):
        said.append(scan(simulated, await live_code(simulated, pass_["number"]), door))
        simulated.hand.pass_by(seconds=31)

    assert said == ["", "", "used_up", "used_up"]


async def test_the_wrong_door_time_or_company_is_refused(simulated: Partner) -> None:
    later = simulated.hand.at + timedelta(hours=1)
    pass_ = await granted(simulated)
    early = await granted(simulated, from_at=later)
    code = await live_code(simulated, pass_["number"])

    assert scan(simulated, code, "garage") == "wrong_door"
    assert scan(simulated, code, at="property-1127") == "forged"
    assert (await simulated("door.code", {"number": early["number"]})).reason == "not_yet"
    simulated.hand.pass_by(hours=3)
    assert scan(simulated, code) == "expired"
    assert (await simulated("door.code", {"number": pass_["number"]})).reason == "expired"


async def test_a_revoked_pass_opens_nothing_once_the_door_has_heard(simulated: Partner) -> None:
    pass_ = await granted(simulated, uses=9)
    line = {"act": "line", "provider": COMPANY, "door": "gate-north"}
    assert scan(simulated, await live_code(simulated, pass_["number"])) == ""
    simulated.hand.pass_by(seconds=31)
    codes = [await live_code(simulated, pass_["number"])]
    simulated.hand.pass_by(seconds=31)
    codes.append(await live_code(simulated, pass_["number"]))

    simulated.wish({**line, "online": False})
    simulated.hand.pass_by(seconds=-31)
    assert (await simulated("door.revoke", {"number": pass_["number"]})).state == "done"
    unheard = scan(simulated, codes[0])
    simulated.hand.pass_by(seconds=31)
    simulated.wish({**line, "online": True})

    assert unheard == ""
    assert scan(simulated, codes[1]) == "revoked"
    assert (await simulated("door.code", {"number": pass_["number"]})).reason == "revoked"


async def test_an_offline_door_opens_for_three_days_and_tells_later(simulated: Partner) -> None:
    pass_ = await granted(simulated, hours=24 * 5, uses=9)
    line = {"act": "line", "provider": COMPANY, "door": "gate-north"}
    simulated.wish({**line, "online": True})
    simulated.wish({**line, "online": False})
    since = {"account": pass_["number"], "since": "2026-11-24T00:00:00Z"}

    simulated.hand.pass_by(hours=71)
    in_time = scan(simulated, await live_code(simulated, pass_["number"]))
    silent = (await simulated("door.events", since)).body["items"]
    simulated.hand.pass_by(hours=2)
    too_late = scan(simulated, await live_code(simulated, pass_["number"]))
    simulated.wish({**line, "online": True})
    told = (await simulated("door.events", since)).body["items"]

    assert (in_time, too_late) == ("", "list_too_old")
    assert silent == []
    assert [one["reason"] for one in told] == ["", "list_too_old"]


async def test_who_lives_where(simulated: Partner) -> None:
    (mine,) = (await simulated("query.fetch", topic="homes", subject=SHEN)).body["records"]
    home = {"account": mine["home"]}

    owner = await simulated("query.fetch", home, topic="role", subject=SHEN)
    stranger = await simulated("query.fetch", home, topic="role", subject=LAN)
    people = (await simulated("query.fetch", home, topic="tenants")).body["records"]
    facts = (await simulated("share.fetch", topic="home", subject=SHEN)).body["facts"]

    assert owner.body["records"][0]["role"] == "owner"
    assert stranger.body["records"][0]["role"] == "none"
    assert all("*" in person["name"] for person in people)
    assert facts["home"] == mine["home"]


async def test_places_lie_within_the_box_and_are_the_same_again(simulated: Partner) -> None:
    box = {"layer": "停车场", "box": [120.0, 30.0, 120.3, 30.2]}

    one, two = [(await simulated("place.list", box)).body for _ in range(2)]

    points = [place["geometry"]["coordinates"] for place in one["features"]]
    assert points
    assert all(120.0 <= lon <= 120.3 and 30.0 <= lat <= 30.2 for lon, lat in points)
    assert {place["properties"]["open"] for place in one["features"]} <= {"Mo-Fr 08:30-17:00"}
    assert one == two
