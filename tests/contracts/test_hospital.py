"""What services may rely on of hospitals, whoever stands behind the connector."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from fengshou.adapters import wire
from fengshou.adapters.hospital import HospitalClient
from fengshou.adapters.hospital.server import PATH, build_app, load_hospitals
from fengshou.services import Connector, Subject
from tests.adapters.lines import OWN
from tests.contracts.conftest import live_outside
from tests.contracts.partners import LAN, SHEN, Hand, Inside, Partner, lines_to, nowhere

HOSPITAL = "hospital-0109"
DOCTOR = "internal.1"  # somebody who sees people every day but Sunday
WEEK = {"resource": DOCTOR, "from_day": "2026-11-24", "until_day": "2026-12-01"}


@pytest.fixture(params=["core", "socket", "live"])
async def hospital(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    hand, hospitals = Hand(), load_hospitals(epoch="t")
    if request.param == "live":
        client = HospitalClient(wire.Lines(live_outside("hospital")))
        yield Partner(client, hand, HOSPITAL, live=True)
        await client.aclose()
    elif request.param == "core":
        inside = Inside(HospitalClient(nowhere()), hospitals, hand)
        yield Partner(inside, hand, HOSPITAL, wish=lambda wish: hospitals.wish(wish, hand.at))
    else:
        running = await wire.serve({PATH: build_app(OWN, hospitals=hospitals, now=hand.now)})
        client = HospitalClient(lines_to(running.base_url + PATH), now=hand.now)
        yield Partner(client, hand, HOSPITAL, wish=lambda wish: hospitals.wish(wish, hand.at))
        await client.aclose()
        await running.stop()


@pytest.fixture
def simulated(hospital: Partner) -> Partner:
    if hospital.live:
        pytest.skip("only the simulator has these doctors")
    return hospital


async def slots(hospital: Partner, **more: Any) -> list[dict[str, Any]]:
    said = await hospital("book.slots", {**WEEK, **more})
    assert said.state == "done", said
    return list(said.body["items"])


async def free_slot(hospital: Partner, least: int = 1, **more: Any) -> dict[str, Any]:
    return next(slot for slot in await slots(hospital, **more) if slot["free"] >= least)


async def held(hospital: Partner, subject: Subject = SHEN, **more: Any) -> dict[str, Any]:
    slot = await free_slot(hospital, **more)
    said = await hospital("book.hold", {"slot": slot["id"], "seconds": 300}, subject=subject)
    assert said.state == "done", said
    return dict(said.body)


async def booked(hospital: Partner, subject: Subject = SHEN, **more: Any) -> dict[str, Any]:
    hold = await held(hospital, subject, **more)
    said = await hospital("book.confirm", {"booking": hold["booking"]})
    assert said.state == "done", said
    return dict(said.body)


def test_the_client_is_a_connector() -> None:
    connector: Connector = HospitalClient(nowhere())  # mypy is the judge of the shape

    assert connector.system == "hospital"


async def test_departments_have_doctors_and_doctors_have_times(hospital: Partner) -> None:
    departments = (await hospital("book.resources")).body["items"]
    doctors = (await hospital("book.resources", {"group": departments[0]["id"]})).body["items"]

    assert {one["kind"] for one in departments} == {"group"}
    assert {one["kind"] for one in doctors} == {"person"}
    assert all(one["zh"] and one["en"] and one["note_zh"] != one["note_en"] for one in doctors)
    said = await hospital("book.slots", {**WEEK, "resource": doctors[0]["id"]})
    assert said.state == "done"
    assert [slot["starts_at"] for slot in said.body["items"]] == sorted(
        slot["starts_at"] for slot in said.body["items"]
    )


async def test_what_cannot_be_is_refused_in_both_languages(hospital: Partner) -> None:
    asked = [
        await hospital("book.slots", {**WEEK, "resource": "nobody.9"}),
        await hospital("book.resources", {"group": "nowhere"}),
        await hospital("book.status", {"booking": "A0"}),
        await hospital("bill.arrears", {"account": "0"}),
        await hospital("book.status", {"booking": "../../x"}),
    ]

    assert [(said.state, said.reason) for said in asked] == [
        ("refused", "no_such_doctor"),
        ("refused", "no_such_department"),
        ("refused", "no_such_booking"),
        ("refused", "no_such_account"),
        ("refused", "no_such_booking" if isinstance(hospital.connector, Inside) else "bad_request"),
    ]
    assert all(said.reason_zh and said.reason_en for said in asked)


async def test_many_times_come_on_many_pages(simulated: Partner) -> None:
    two_weeks = await slots(simulated, until_day="2026-12-31")

    assert len(two_weeks) > 100
    assert len({slot["id"] for slot in two_weeks}) == len(two_weeks)


async def test_from_holding_to_being_called(simulated: Partner) -> None:
    slot = await free_slot(simulated)
    hold = await simulated("book.hold", {"slot": slot["id"], "seconds": 300}, subject=SHEN)
    assert (hold.state, hold.body["state"], hold.body["slot"]) == ("done", "held", slot["id"])
    assert hold.body["expires_at"]
    who = {"booking": hold.body["booking"]}

    confirmed = await simulated("book.confirm", who)
    assert confirmed.body["state"] == "booked"
    assert confirmed.body["voucher"]
    assert await free_left(simulated, slot["id"]) == slot["free"] - 1
    assert (await simulated("book.queue", who)).reason == "not_arrived"

    arrived = await simulated("book.check_in", who)
    assert arrived.body["state"] == "checked_in"
    queue = [(await simulated("book.queue", who)).body for _ in range(8)]
    assert [one["state"] for one in queue][-1] == "called"
    assert queue[-1]["called_to"]
    assert len({one["number"] for one in queue}) == 1
    post = await simulated.connector.news("")
    assert [(news.operation, news.key) for news in post.news] == [("book.queue", post.news[0].key)]


async def free_left(hospital: Partner, id_: str) -> int:
    return next(int(slot["free"]) for slot in await slots(hospital) if slot["id"] == id_)


async def test_the_same_hold_twice_is_one_place(simulated: Partner) -> None:
    slot, key = await free_slot(simulated, least=2), uuid4()
    params = {"slot": slot["id"], "seconds": 300}

    first, again = [await simulated("book.hold", params, key=key, subject=SHEN) for _ in range(2)]
    other = await simulated("book.hold", {**params, "slot": "internal.1-209901010800"}, key=key, subject=SHEN)

    assert first == again
    assert (other.state, other.reason) == ("refused", "key_conflict")
    assert await free_left(simulated, slot["id"]) == slot["free"] - 1


async def test_a_hold_that_ran_out_frees_the_place(simulated: Partner) -> None:
    hold = await held(simulated)
    simulated.hand.pass_by(seconds=301)

    late = await simulated("book.confirm", {"booking": hold["booking"]})
    status = await simulated("book.status", {"booking": hold["booking"]})

    assert (late.state, late.reason) == ("refused", "hold_expired")
    assert status.body["state"] == "expired"
    assert (await held(simulated))["slot"] == hold["slot"]


async def test_the_last_place_goes_to_one_of_many(simulated: Partner) -> None:
    slot = next(one for one in await slots(simulated, until_day="2026-12-31") if one["free"] == 1)
    people = [Subject("王小谷", f"33010919900307{n:03d}X") for n in range(100, 120)]

    asked = [
        simulated("book.hold", {"slot": slot["id"], "seconds": 300}, subject=person) for person in people
    ]
    said = await asyncio.gather(*asked)

    assert sorted(one.reason or one.state for one in said) == ["done"] + ["no_place"] * 19


async def test_the_same_person_at_the_same_department_on_one_day(simulated: Partner) -> None:
    await held(simulated)
    slot = await free_slot(simulated)

    again = await simulated("book.hold", {"slot": slot["id"], "seconds": 300}, subject=SHEN)
    other = await simulated("book.hold", {"slot": slot["id"], "seconds": 300}, subject=LAN)

    assert (again.state, again.reason) == ("refused", "already_booked")
    assert other.state == "done"


async def test_nobody_books_without_saying_who_they_are(simulated: Partner) -> None:
    slot = await free_slot(simulated)

    said = await simulated("book.hold", {"slot": slot["id"], "seconds": 300})

    assert (said.state, said.reason) == ("refused", "patient_needed")
    assert await free_left(simulated, slot["id"]) == slot["free"]


async def test_cancelling_gives_the_place_back_once(simulated: Partner) -> None:
    booking = await booked(simulated)
    who = {"booking": booking["booking"]}
    before = await free_left(simulated, booking["slot"])

    first, again = [await simulated("book.cancel", who) for _ in range(2)]
    confirmed = await simulated("book.confirm", who)

    assert first.body["state"] == again.body["state"] == "cancelled"
    assert (confirmed.state, confirmed.reason) == ("refused", "too_late")
    assert await free_left(simulated, booking["slot"]) == before + 1


async def test_who_does_not_come_three_times_may_not_book(simulated: Partner) -> None:
    for _ in range(3):
        booking = await booked(simulated, from_day=day(simulated), until_day=day(simulated, 3))
        simulated.hand.pass_by(days=4)
        status = await simulated("book.status", {"booking": booking["booking"]})
        assert status.body["state"] == "no_show"

    slot = await free_slot(simulated, from_day=day(simulated), until_day=day(simulated, 3))
    said = await simulated("book.hold", {"slot": slot["id"], "seconds": 300}, subject=SHEN)

    assert (said.state, said.reason) == ("refused", "no_show_limit")


def day(hospital: Partner, ahead: int = 0) -> str:
    from datetime import timedelta

    return str((hospital.hand.at + timedelta(days=ahead)).date())


async def test_arriving_on_another_day_is_refused(simulated: Partner) -> None:
    booking = await booked(simulated, from_day=day(simulated, 1), until_day=day(simulated, 3))

    said = await simulated("book.check_in", {"booking": booking["booking"]})

    assert (said.state, said.reason) == ("refused", "not_today")


async def test_a_department_that_goes_away_tells_its_patients(simulated: Partner) -> None:
    slot, key = await free_slot(simulated), uuid4()
    hold = await simulated("book.hold", {"slot": slot["id"], "seconds": 300}, key=key, subject=SHEN)
    await simulated("book.confirm", {"booking": hold.body["booking"]})
    on = slot["id"][-12:-4]
    wish = {"act": "suspend", "provider": HOSPITAL, "department": "internal"}

    simulated.wish({**wish, "day": f"{on[:4]}-{on[4:6]}-{on[6:]}"})
    (news,) = (await simulated.connector.news("")).news

    assert (news.provider, news.operation, news.key) == (HOSPITAL, "book.status", key)
    assert (news.said.state, news.said.body["state"]) == ("done", "cancelled")
    assert not [one for one in await slots(simulated) if one["id"][-12:-4] == on]
    again = await simulated("book.hold", {"slot": slot["id"], "seconds": 300}, subject=LAN)
    assert (again.state, again.reason) == ("refused", "department_away")


async def test_charges_are_paid_and_deposits_taken(simulated: Partner) -> None:
    account = "6001239103"
    owed = (await simulated("bill.arrears", {"account": account})).body
    fen = {bill["bill"]: bill["fen"] for bill in owed["bills"]}
    pay = {"account": account, "paid_at": simulated.hand.at.isoformat(), "fen": fen}
    key, deposit = uuid4(), uuid4()

    paid = [await simulated("bill.pay", pay, key=key) for _ in range(2)]
    topped = await simulated("topup.deliver", {"account": account, "fen": 200_000}, key=deposit)

    assert len(fen) == 3
    assert "*" in owed["holder"]
    assert paid[0].state == "done"
    assert paid[0].body["number"] == paid[1].body["number"]
    assert (await simulated("bill.status", key=key)).body["number"] == paid[0].body["number"]
    assert (await simulated("topup.status", key=deposit)).body["number"] == topped.body["number"]
    assert (await simulated("bill.status", key=uuid4())).reason == "not_seen"
    assert (await simulated("bill.arrears", {"account": account})).body["bills"] == []
    (line, other) = (await simulated("bill.day_file", {"day": "2026-11-24"})).body["lines"]
    assert {line["key"]: line["fen"], other["key"]: other["fen"]} == {
        str(key): sum(fen.values()),
        str(deposit): 200_000,
    }


@pytest.mark.parametrize(
    ("ending", "said", "then"),
    [("9301", "unknown", "done"), ("9202", "pending", "refused"), ("9201", "pending", "done")],
)
async def test_money_that_is_answered_later(simulated: Partner, ending: str, said: str, then: str) -> None:
    account, key = "600123" + ending, uuid4()
    bills = (await simulated("bill.arrears", {"account": account})).body["bills"]
    pay = {
        "account": account,
        "paid_at": simulated.hand.at,
        "fen": {one["bill"]: one["fen"] for one in bills},
    }

    assert (await simulated("bill.pay", pay, key=key)).state == said
    assert (await simulated("bill.status", key=key)).state == then
    if said == "pending":
        assert [news.said.state for news in (await simulated.connector.news("")).news] == [then]


@pytest.mark.parametrize("topic", ["reports", "images", "prescriptions", "visits", "daily_list"])
async def test_records_are_of_the_patient_alone(simulated: Partner, topic: str) -> None:
    mine = await simulated("query.fetch", topic=topic, subject=SHEN)
    again = await simulated("query.fetch", topic=topic, subject=SHEN)
    other = await simulated("query.fetch", topic=topic, subject=LAN)
    nobody = await simulated("query.fetch", topic=topic)

    assert mine.body["records"]
    assert mine.body["records"] == again.body["records"] != other.body["records"]
    assert (nobody.state, nobody.reason) == ("refused", "patient_needed")


async def test_what_can_be_asked_without_a_patient(simulated: Partner) -> None:
    departments = (await simulated("query.fetch", topic="departments")).body["records"]
    filters = {"filters": {"department": departments[0]["id"]}}
    doctors = (await simulated("query.fetch", filters, topic="doctors")).body["records"]

    assert {one["id"].partition(".")[0] for one in doctors} == {departments[0]["id"]}


async def test_known_facts_of_the_patient(simulated: Partner) -> None:
    said = await simulated("share.fetch", subject=SHEN)

    assert said.body["facts"]["name"] == SHEN.name
    assert said.body["facts"]["phone"] == SHEN.phone
    assert set(said.body["facts"]) == {"card", "name", "phone", "address", "blood_type", "allergy"}
