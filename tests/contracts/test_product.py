"""What services may rely on of issuers of products, whoever stands behind the connector."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.adapters import wire
from fengshou.adapters.product import ProductClient
from fengshou.adapters.product.server import PATH, build_app, load_issuers
from fengshou.services import Connector, Said
from tests.adapters.lines import OWN
from tests.contracts.conftest import live_outside
from tests.contracts.partners import LAN, SHEN, Hand, Inside, Partner, lines_to, nowhere

ISSUER, PRODUCT = "fund-0109", "FS002"


@pytest.fixture(params=["core", "socket", "live"])
async def issuer(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    hand, issuers = Hand(), load_issuers(epoch="t")
    if request.param == "live":
        client = ProductClient(wire.Lines(live_outside("product")))
        yield Partner(client, hand, ISSUER, live=True)
        await client.aclose()
    elif request.param == "core":
        yield Partner(Inside(ProductClient(nowhere()), issuers, hand), hand, ISSUER)
    else:
        running = await wire.serve({PATH: build_app(OWN, issuers=issuers, now=hand.now, hold_s=0.05)})
        client = ProductClient(lines_to(running.base_url + PATH))
        yield Partner(client, hand, ISSUER)
        await client.aclose()
        await running.stop()


@pytest.fixture
def simulated(issuer: Partner) -> Partner:
    if issuer.live:
        pytest.skip("only the simulator chooses its answer by the amount")
    return issuer


async def place(
    issuer: Partner, fen: int, *, side: str = "buy", key: UUID | None = None, quote: str | None = None
) -> Said:
    """Ask and order."""
    wanted: dict[str, Any] = {"product": PRODUCT, "side": side, "fen": fen}
    if quote is None:
        asked = await issuer("trade.quote", wanted)
        quote = asked.body.get("quote", "Q0-0")
    return await issuer("trade.place", {**wanted, "quote": quote}, key=key, subject=SHEN)


def test_the_client_is_a_connector() -> None:
    connector: Connector = ProductClient(nowhere())  # mypy is the judge of the shape

    assert connector.system == "product"


async def test_bought_paid_confirmed_settled_and_held(simulated: Partner) -> None:
    key = uuid4()
    placed = await place(simulated, 100_000, key=key)
    assert (placed.state, placed.body["state"], placed.body["fee_fen"]) == ("done", "accepted", 100)
    assert placed.body["pay_until"]
    number = placed.body["number"]
    for _ in range(2):
        paid = await simulated("trade.paid", {"number": number, "order": "o1"})
        assert paid.body["state"] == "paid"
    simulated.hand.pass_by(seconds=30)
    post = await simulated.connector.news("")

    assert [(news.key, news.said.body["state"]) for news in post.news] == [
        (key, "paid"), (key, "confirmed"), (key, "settled"),
    ]  # fmt: skip
    assert post.news[-1].said.body["units_e2"] == (100_000 - 100) * 10_000 // 10_352
    held = await simulated("query.fetch", {}, topic="positions", subject=SHEN)
    assert held.body["records"][0]["units"] == f"{post.news[-1].said.body['units_e2'] / 100:.2f}"
    assert (await simulated("query.fetch", {}, topic="positions", subject=LAN)).body["records"] == []


async def test_the_same_key_is_one_order_and_another_content_is_refused(simulated: Partner) -> None:
    key = uuid4()
    quote = (await simulated("trade.quote", {"product": PRODUCT, "side": "buy", "fen": 100_000})).body[
        "quote"
    ]
    once = await place(simulated, 100_000, key=key, quote=quote)
    assert await place(simulated, 100_000, key=key, quote=quote) == once
    other = await place(simulated, 200_000, key=key, quote=quote)

    assert (other.state, other.reason) == ("refused", "key_conflict")


async def test_what_is_not_paid_in_time_is_cancelled(simulated: Partner) -> None:
    number = (await place(simulated, 100_000)).body["number"]
    simulated.hand.pass_by(minutes=31)
    paid = await simulated("trade.paid", {"number": number, "order": "o1"})

    assert (paid.state, paid.reason) == ("refused", "cancelled")
    assert paid.reason_zh
    assert (await simulated("trade.status", {"number": number})).body["state"] == "cancelled"


async def test_it_is_cancelled_until_it_is_paid(simulated: Partner) -> None:
    first, second = [(await place(simulated, 100_000)).body["number"] for _ in range(2)]
    assert (await simulated("trade.cancel", {"number": first})).body["state"] == "cancelled"
    await simulated("trade.paid", {"number": second, "order": "o1"})

    assert (await simulated("trade.cancel", {"number": second})).reason == "too_late"


async def test_silence_is_unknown_and_is_found_by_the_key(simulated: Partner) -> None:
    key = uuid4()
    assert (await place(simulated, 100_042, key=key)).state == "unknown"
    found = await simulated("trade.status", {"number": str(key)})
    assert (found.state, found.body["state"]) == ("done", "accepted")
    again = await simulated("trade.status", {"number": found.body["number"]})
    assert again == found


async def test_what_never_arrived_is_sent_again_under_the_same_key(simulated: Partner) -> None:
    key = uuid4()
    assert (await place(simulated, 100_043, key=key)).state == "unknown"
    assert (await simulated("trade.status", {"number": str(key)})).reason == "not_seen"
    assert (await place(simulated, 100_043, key=key)).state == "done"


@pytest.mark.parametrize(
    ("fen", "reason"), [(99, "bad_amount"), (10**9, "bad_amount"), (100_041, "no_quota")]
)
async def test_a_refusal_says_why(simulated: Partner, fen: int, reason: str) -> None:
    said = await place(simulated, fen, quote="Q9999999999-1")

    assert (said.state, said.reason) == ("refused", reason)
    assert said.reason_en


async def test_an_old_quote_and_more_than_is_held_are_refused(simulated: Partner) -> None:
    assert (await place(simulated, 100_000, quote="Q1-1")).reason == "quote_over"
    assert (await place(simulated, 5_000, side="sell")).reason == "not_enough"
    assert (
        await simulated("trade.quote", {"product": "XX", "side": "buy", "fen": 1})
    ).reason == "no_such_product"


async def test_what_is_held_can_be_sold_once(simulated: Partner) -> None:
    number = (await place(simulated, 100_000)).body["number"]
    await simulated("trade.paid", {"number": number, "order": "o1"})
    simulated.hand.pass_by(seconds=30)
    units = (await simulated("trade.status", {"number": number})).body["units_e2"]

    assert (await place(simulated, units, side="sell")).state == "done"
    assert (await place(simulated, 1, side="sell")).reason == "not_enough"
