"""What services may rely on of the provincial service network, whoever stands behind the connector."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from fengshou.adapters import wire
from fengshou.adapters.government import GovernmentClient
from fengshou.adapters.government.server import PATH, build_app, load_authorities
from fengshou.services import Connector, Said
from tests.adapters.lines import OWN
from tests.contracts.conftest import live_outside
from tests.contracts.partners import LAN, SHEN, Hand, Inside, Partner, lines_to, nowhere

ITEM = "gov.shebao.emp_reg"
FILE = {
    "name": "租房合同.pdf",
    "media_type": "application/pdf",
    "sha256": "0" * 64,
    "url": "https://bank.example/f/1",
}


@pytest.fixture(params=["core", "socket", "live"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    hand, authorities = Hand(), load_authorities(epoch="t")
    if request.param == "live":
        client = GovernmentClient(wire.Lines(live_outside("government")))
        yield Partner(client, hand, "gov-0109", live=True)
        await client.aclose()
    elif request.param == "core":
        inside = Inside(GovernmentClient(nowhere()), authorities, hand)
        yield Partner(inside, hand, "gov-0109", wish=lambda wish: authorities.wish(wish, hand.at))
    else:
        running = await wire.serve({PATH: build_app(OWN, authorities=authorities, now=hand.now)})
        client = GovernmentClient(lines_to(running.base_url + PATH))
        yield Partner(client, hand, "gov-0109", wish=lambda wish: authorities.wish(wish, hand.at))
        await client.aclose()
        await running.stop()


@pytest.fixture
def simulated(office: Partner) -> Partner:
    if office.live:
        pytest.skip("only the simulator chooses its end by what is in the form")
    return office


def form(**texts: Any) -> dict[str, Any]:
    return {
        "item": ITEM,
        "form": {"phone": "13900001234", **texts},
        "files": {"contract": FILE},
        "way": "phone",
    }


async def submitted(office: Partner, **texts: Any) -> str:
    said = await office("case.submit", form(**texts), subject=SHEN)
    assert (said.state, said.body["stage"]) == ("done", "submitted")
    return str(said.body["number"])


async def stages(office: Partner, number: str, times: int) -> list[str]:
    return [(await progress(office, number)).body["stage"] for _ in range(times)]


async def progress(office: Partner, number: str) -> Said:
    said = await office("case.progress", {"number": number})
    assert said.state == "done", said
    return said


def test_the_client_is_a_connector() -> None:
    connector: Connector = GovernmentClient(nowhere())  # mypy is the judge of the shape

    assert connector.system == "government"


async def test_the_library_has_its_items_by_code_and_version(simulated: Partner) -> None:
    (one,) = (await simulated("query.fetch", {"filters": {"code": ITEM}}, topic="items")).body["records"]
    every = (await simulated("query.fetch", topic="items")).body["records"]

    assert (one["code"], one["name_zh"], one["kind"]) == (ITEM, "灵活就业人员参保登记", "apply")
    assert one["days"] >= 1
    assert one["version"] >= 1
    assert len(every) == 328


async def test_what_cannot_be_is_refused_in_both_languages(office: Partner) -> None:
    asked = [
        await office("case.submit", {**form(), "item": "gov.no.such"}, subject=SHEN),
        await office("case.submit", form()),
        await office("case.progress", {"number": "ZJ0"}),
        await office("cert.status", {"number": "DZ0"}),
        await office("query.fetch", topic="nonsense", subject=SHEN),
    ]

    assert [(said.state, said.reason) for said in asked] == [
        ("refused", "no_such_item"),
        ("refused", "subject_needed"),
        ("refused", "no_such_case"),
        ("refused", "no_such_certificate"),
        ("refused", "no_such_topic"),
    ]
    assert all(said.reason_zh and said.reason_en for said in asked)


async def test_a_case_goes_its_way_and_ends_with_a_certificate(simulated: Partner) -> None:
    number = await submitted(simulated)

    assert await stages(simulated, number, 7) == [
        "submitted", "pre_checked", "accepted", "in_review", "approved", "delivered", "delivered",
    ]  # fmt: skip
    outcome = (await progress(simulated, number)).body["outcome"]
    assert outcome["certificate"].startswith("ZJ")


async def test_every_move_is_told_once_whether_asked_or_not(simulated: Partner) -> None:
    key = uuid4()
    await simulated("case.submit", form(), key=key, subject=SHEN)
    simulated.hand.pass_by(seconds=60)

    post = await simulated.connector.news("")
    again = await simulated.connector.news(post.cursor)

    assert [news.said.body["stage"] for news in post.news] == [
        "pre_checked", "accepted", "in_review", "approved", "delivered",
    ]  # fmt: skip
    assert {news.key for news in post.news} == {key}
    assert len({news.message for news in post.news}) == 5
    assert again.news == ()


async def test_a_cursor_of_another_history_begins_anew(simulated: Partner) -> None:
    await submitted(simulated)
    simulated.hand.pass_by(seconds=60)

    assert len((await simulated.connector.news("gone.99")).news) == 5
    assert len((await simulated.connector.news("t.3")).news) == 2


async def test_returned_for_fix_goes_on_with_what_was_mended(simulated: Partner) -> None:
    number, key = await submitted(simulated, address="补正：门牌号"), uuid4()
    assert await stages(simulated, number, 4) == ["submitted", "pre_checked", "returned", "returned"]
    assert set((await progress(simulated, number)).body["fix"]) == {"address"}
    early = await simulated("case.supplement", {"number": "ZJ0", "form": {"address": "x"}})

    mended = {"number": number, "form": {"address": "东湖花园1幢"}}
    told = [await simulated("case.supplement", mended, key=key) for _ in range(2)]

    assert early.reason == "no_such_case"
    assert [(said.state, said.body["stage"]) for said in told] == [("done", "submitted")] * 2
    assert (await stages(simulated, number, 6))[-1] == "delivered"
    late = await simulated("case.supplement", mended)
    assert (late.state, late.reason) == ("refused", "not_returned")


async def test_a_material_may_be_what_is_to_be_mended(simulated: Partner) -> None:
    wanted = form()
    wanted["files"] = {"contract": {**FILE, "name": "补正.pdf"}}
    number = (await simulated("case.submit", wanted, subject=SHEN)).body["number"]

    simulated.hand.pass_by(seconds=60)

    assert set((await progress(simulated, number)).body["fix"]) == {"contract"}


@pytest.mark.parametrize(
    ("marker", "steps", "end"), [("不予", 4, "refused"), ("不符", 8, "delivered"), ("拖延", 20, "in_review")]
)
async def test_the_form_chooses_the_end(simulated: Partner, marker: str, steps: int, end: str) -> None:
    number = await submitted(simulated, reason=marker)

    assert (await stages(simulated, number, steps + 1))[-1] == end


async def test_withdrawing_ends_it_and_cannot_be_done_late(simulated: Partner) -> None:
    number, finished = await submitted(simulated), await submitted(simulated)
    await stages(simulated, finished, 6)

    first, again = [await simulated("case.withdraw", {"number": number}) for _ in range(2)]
    late = await simulated("case.withdraw", {"number": finished})

    assert first.body["stage"] == again.body["stage"] == "withdrawn"
    assert (late.state, late.reason) == ("refused", "too_late")
    assert (await stages(simulated, number, 3))[-1] == "withdrawn"


async def test_the_same_serial_is_one_case(simulated: Partner) -> None:
    key = uuid4()

    numbers = [
        (await simulated("case.submit", form(), key=key, subject=SHEN)).body["number"] for _ in range(2)
    ]
    other = await simulated("case.submit", form(address="别处"), key=key, subject=SHEN)

    assert numbers[0] == numbers[1]
    assert (other.state, other.reason) == ("refused", "key_conflict")


async def test_silence_is_unknown_and_asking_by_key_finds_it(simulated: Partner) -> None:
    key = uuid4()

    assert (await simulated("case.submit", form(memo="静默"), key=key, subject=SHEN)).state == "unknown"

    found = await simulated("case.progress", {"number": str(key)})
    assert (found.state, found.body["stage"]) == ("done", "submitted")


async def test_what_was_lost_is_not_seen_and_taken_the_second_time(simulated: Partner) -> None:
    key, wanted = uuid4(), form(memo="丢失")

    assert (await simulated("case.submit", wanted, key=key, subject=SHEN)).state == "unknown"
    asked = await simulated("case.progress", {"number": str(key)})
    again = await simulated("case.submit", wanted, key=key, subject=SHEN)

    assert (asked.state, asked.reason) == ("refused", "not_seen")
    assert (again.state, again.body["stage"]) == ("done", "submitted")


async def test_an_official_may_return_approve_and_refuse(simulated: Partner) -> None:
    number, other = await submitted(simulated), await submitted(simulated, memo="拖延")
    desk = {"provider": "gov-0109", "number": number}

    simulated.wish({**desk, "act": "return", "field": "phone", "note": "号码不对"})
    returned = (await progress(simulated, number)).body
    simulated.wish({**desk, "act": "approve", "number": other})

    assert (returned["stage"], returned["fix"]) == ("returned", {"phone": "号码不对"})
    simulated.hand.pass_by(seconds=60)
    assert (await stages(simulated, other, 1)) == ["delivered"]


@pytest.mark.parametrize("topic", ["person", "social", "fund", "vehicle", "household", "licence"])
async def test_shared_data_are_of_the_person_alone(simulated: Partner, topic: str) -> None:
    mine = await simulated("share.fetch", topic=topic, subject=SHEN)
    other = await simulated("share.fetch", topic=topic, subject=LAN)
    nobody = await simulated("share.fetch", topic=topic)

    assert mine.body["facts"]
    assert mine.body["facts"] == (await simulated("share.fetch", topic=topic, subject=SHEN)).body["facts"]
    assert mine.body["facts"] != other.body["facts"]
    assert (nobody.state, nobody.reason) == ("refused", "subject_needed")


async def test_records_by_item_or_data_set(simulated: Partner) -> None:
    by_item = (await simulated("query.fetch", topic="gov.shebao.pay_rec", subject=SHEN)).body["records"]
    by_set = (await simulated("query.fetch", topic="vehicle", subject=SHEN)).body["records"]

    assert len(by_item) == 12
    assert set(by_item[0]) == {"month", "amount_fen", "state", "unit"}
    assert len(by_set) == 1


async def test_a_certificate_is_issued_once_and_can_be_revoked(simulated: Partner) -> None:
    asked = {"kind": "gov.shebao.proof", "claims": {"purpose": "贷款"}}

    one, two = [await simulated("cert.issue", asked, subject=SHEN) for _ in range(2)]
    number = one.body["number"]
    simulated.wish({"act": "revoke", "provider": "gov-0109", "number": number})
    status = await simulated("cert.status", {"number": number})

    assert one == two
    claims = one.body["claims"]
    assert (claims["name"], claims["purpose"], claims["state"]) == ("沈丰禾", "贷款", "normal")
    assert {"insured_since", "months", "unit", "base_fen", "id_number"} <= claims.keys()
    assert status.body["state"] == "revoked"


@pytest.mark.parametrize("kind", ["gov.shebao.basic", "gov.no.such"])
async def test_what_is_no_certificate_is_not_issued(simulated: Partner, kind: str) -> None:
    said = await simulated("cert.issue", {"kind": kind}, subject=SHEN)
    nobody = await simulated("cert.issue", {"kind": "gov.shebao.proof"})

    assert (said.state, said.reason) == ("refused", "no_such_item")
    assert (nobody.state, nobody.reason) == ("refused", "subject_needed")


async def test_places_lie_within_the_box(simulated: Partner) -> None:
    said = await simulated("place.list", {"layer": "药店", "box": [120.0, 30.0, 120.3, 30.2]})

    points = [one["geometry"]["coordinates"] for one in said.body["features"]]
    assert points
    assert all(120.0 <= lon <= 120.3 and 30.0 <= lat <= 30.2 for lon, lat in points)
