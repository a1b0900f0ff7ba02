"""What services may rely on of billers, whoever stands behind the connector."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from fengshou.adapters import wire
from fengshou.adapters.biller import BillerClient
from fengshou.adapters.biller.server import PATH, build_app, load_billers
from fengshou.services import Connector
from tests.adapters.lines import OWN
from tests.contracts.conftest import live_outside
from tests.contracts.partners import Hand, Inside, Partner, lines_to, nowhere

WATER = "water-0109"


@pytest.fixture(params=["core", "socket", "live"])
async def biller(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    hand, billers = Hand(), load_billers(epoch="t")
    if request.param == "live":
        client = BillerClient(wire.Lines(live_outside("biller")))
        yield Partner(client, hand, WATER, live=True)
        await client.aclose()
    elif request.param == "core":
        yield Partner(Inside(BillerClient(nowhere()), billers, hand), hand, WATER)
    else:
        running = await wire.serve({PATH: build_app(OWN, billers=billers, now=hand.now)})
        client = BillerClient(lines_to(running.base_url + PATH))
        yield Partner(client, hand, WATER)
        await client.aclose()
        await running.stop()


@pytest.fixture
def simulated(biller: Partner) -> Partner:
    if biller.live:
        pytest.skip("only the simulator chooses its answer by the account")
    return biller


async def owed(biller: Partner, account: str, **more: Any) -> dict[str, int]:
    said = await biller("bill.arrears", {"account": account}, **more)
    assert said.state == "done", said
    return {bill["bill"]: bill["fen"] + bill["late_fen"] for bill in said.body["bills"]}


def paying(biller: Partner, account: str, fen: dict[str, int]) -> dict[str, Any]:
    return {"account": account, "paid_at": biller.hand.at.isoformat(), "fen": fen}


def test_the_client_is_a_connector() -> None:
    connector: Connector = BillerClient(nowhere())  # mypy is the judge of the shape

    assert connector.system == "biller"


async def test_what_is_owed_names_nobody_whole(simulated: Partner) -> None:
    said = await simulated("bill.arrears", {"account": "6001239103"})

    assert said.state == "done"
    assert len(said.body["bills"]) == 3
    assert "*" in said.body["holder"]
    assert [bill["late_fen"] > 0 for bill in said.body["bills"]] == [True, True, False]


async def test_a_number_that_cannot_be_is_refused(biller: Partner) -> None:
    said = await biller("bill.arrears", {"account": "?"})

    assert (said.state, said.reason) == ("refused", "no_such_account")
    assert said.reason_zh
    assert said.reason_en


async def test_paid_bills_are_no_longer_owed_and_stay_paid(simulated: Partner) -> None:
    fen, key = await owed(simulated, "6001239103"), uuid4()
    first = dict([next(iter(fen.items()))])

    paid = await simulated("bill.pay", paying(simulated, "6001239103", first), key=key)

    assert paid.state == "done"
    assert await owed(simulated, "6001239103") == {bill: n for bill, n in fen.items() if bill not in first}
    assert (await simulated("bill.status", key=key)).body == paid.body
    simulated.hand.pass_by(days=3)
    assert not first.keys() & (await owed(simulated, "6001239103")).keys()


async def test_the_same_key_pays_once(simulated: Partner) -> None:
    fen, key = await owed(simulated, "6001239102"), uuid4()
    params = paying(simulated, "6001239102", fen)

    answers = [await simulated("bill.pay", params, key=key) for _ in range(3)]
    other = await simulated("bill.pay", paying(simulated, "6001239102", {"x": 1}), key=key)

    assert answers[0].state == "done"
    assert answers[0] == answers[1] == answers[2]
    assert (other.state, other.reason) == ("refused", "key_conflict")


async def test_of_two_who_pay_one_bill_one_has_paid_it(simulated: Partner) -> None:
    params = paying(simulated, "6001239102", await owed(simulated, "6001239102"))

    one, two = [await simulated("bill.pay", params) for _ in range(2)]

    assert (one.state, two.state, two.reason) == ("done", "refused", "already_paid")


@pytest.mark.parametrize(("more", "reason"), [(1, "wrong_amount"), (-1, "wrong_amount")])
async def test_another_amount_is_refused_and_nothing_is_paid(
    simulated: Partner, more: int, reason: str
) -> None:
    fen = await owed(simulated, "6001239102")
    wrong = {bill: n + more for bill, n in fen.items()}
    key = uuid4()

    said = await simulated("bill.pay", paying(simulated, "6001239102", wrong), key=key)

    assert (said.state, said.reason) == ("refused", reason)
    assert await owed(simulated, "6001239102") == fen
    assert (await simulated("bill.status", key=key)).reason == "not_seen"


async def test_part_of_a_bill_where_it_may_be(simulated: Partner) -> None:
    fen = await owed(simulated, "6001239102", provider="power-0109")
    ((bill, whole),) = fen.items()

    said = await simulated("bill.pay", paying(simulated, "6001239102", {bill: 100}), provider="power-0109")

    assert said.state == "done"
    assert await owed(simulated, "6001239102", provider="power-0109") == {bill: whole - 100}


async def test_every_biller_has_a_book_of_its_own(simulated: Partner) -> None:
    here = await simulated("bill.arrears", {"account": "6001239103"})
    there = await simulated("bill.arrears", {"account": "6001239103"}, provider="water-1127")

    assert here.body["bills"] != there.body["bills"]
    await simulated("bill.pay", paying(simulated, "6001239103", await owed(simulated, "6001239103")))
    assert len(await owed(simulated, "6001239103", provider="water-1127")) == 3


@pytest.mark.parametrize(("ending", "reason"), [("9001", "no_such_account"), ("9002", "account_closed")])
async def test_an_account_that_takes_no_money(simulated: Partner, ending: str, reason: str) -> None:
    asked = await simulated("bill.arrears", {"account": "600123" + ending})
    paid = await simulated("bill.pay", paying(simulated, "600123" + ending, {"b": 1}))
    topped = await simulated("topup.validate", {"account": "600123" + ending})

    assert [said.reason for said in (asked, paid, topped)] == [reason] * 3


async def test_silence_is_unknown_and_asking_finds_it_done(simulated: Partner) -> None:
    account, key = "6001239301", uuid4()
    params = paying(simulated, account, await owed(simulated, account))

    assert (await simulated("bill.pay", params, key=key)).state == "unknown"

    assert (await simulated("bill.status", key=key)).state == "done"
    assert await owed(simulated, account) == {}


async def test_what_was_lost_on_the_way_is_not_seen_and_taken_the_second_time(simulated: Partner) -> None:
    account, key = "6001239303", uuid4()
    params = paying(simulated, account, await owed(simulated, account))

    assert (await simulated("bill.pay", params, key=key)).state == "unknown"
    seen = await simulated("bill.status", key=key)
    again = await simulated("bill.pay", params, key=key)

    assert (seen.state, seen.reason) == ("refused", "not_seen")
    assert again.state == "done"


@pytest.mark.parametrize(("ending", "state"), [("9201", "done"), ("9202", "refused")])
async def test_what_is_pending_ends_by_asking_or_by_news(simulated: Partner, ending: str, state: str) -> None:
    account, asked, waited = "600123" + ending, uuid4(), uuid4()
    fen = await owed(simulated, account)
    first = await simulated("bill.pay", paying(simulated, account, fen), key=asked)
    second = await simulated("topup.deliver", {"account": account, "fen": 5_000}, key=waited)
    assert (first.state, second.state) == ("pending", "pending")

    told = await simulated("bill.status", key=asked)
    simulated.hand.pass_by(seconds=11)
    post = await simulated.connector.news("")

    assert told.state == state
    assert [(news.operation, news.key, news.said.state) for news in post.news] == [
        ("bill.status", asked, state),
        ("topup.status", waited, state),
    ]
    assert (await simulated.connector.news(post.cursor)).news == ()


async def test_the_file_of_a_day_has_what_was_paid_and_shows_what_is_wrong(simulated: Partner) -> None:
    keys = {}
    for ending in ("9102", "9501", "9502"):
        account = "600123" + ending
        fen = await owed(simulated, account)
        keys[account] = (uuid4(), sum(fen.values()))
        said = await simulated("bill.pay", paying(simulated, account, fen), key=keys[account][0])
        assert said.state == "done"

    file = await simulated("bill.day_file", {"day": "2026-11-24"})
    empty = await simulated("bill.day_file", {"day": "2026-11-23"})

    told = {line["account"]: line["fen"] - keys[line["account"]][1] for line in file.body["lines"]}
    assert told == {"6001239102": 0, "6001239502": -10}
    assert empty.body == {"day": "2026-11-23", "lines": []}


async def test_a_topup_arrives_once(simulated: Partner) -> None:
    key = uuid4()

    answers = [
        await simulated("topup.deliver", {"account": "13900001234", "fen": 5_000}, key=key) for _ in range(2)
    ]
    other = await simulated("topup.deliver", {"account": "13900001234", "fen": 6_000}, key=key)

    assert (await simulated("topup.validate", {"account": "13900001234"})).state == "done"
    assert answers[0].state == "done"
    assert answers[0] == answers[1] == await simulated("topup.status", key=key)
    assert other.reason == "key_conflict"
