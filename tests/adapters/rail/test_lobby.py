"""The rail's page: money sent in from outside, and what became of everything that passed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from fengshou.adapters.rail import Party, RailClient
from fengshou.adapters.rail.server import OWN_CODE, PATH, RAIL_CODE, build_app
from tests.adapters.lines import OWN, line_to
from tests.adapters.rail.test_client import AT, TRANSFER

WISH = {"creditor_account": "6290109000000000019", "creditor_name": "沈丰禾", "amount": "88.5"}


class Visitor:
    """Somebody at the page, and the bank at the other end of the rail."""

    def __init__(self, http: httpx.AsyncClient, bank: RailClient) -> None:
        self.http = http
        self.bank = bank

    async def rows(self, lang: str = "en") -> str:
        return (await self.http.get("/", params={"part": "list", "lang": lang})).text


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with line_to(build_app(OWN, now=lambda: AT), PATH) as (line, running):
        bank = RailClient(line, own_code=OWN_CODE, rail_code=RAIL_CODE, now=lambda: AT)
        async with httpx.AsyncClient(base_url=running.base_url + PATH, trust_env=False) as http:
            yield Visitor(http, bank)


async def send(visitor: Visitor, ending: str, name: str = "王小谷") -> None:
    payee = Party(TRANSFER.creditor.bank, "62310000" + ending, name)
    id_ = uuid4().hex
    await visitor.bank.send(replace(TRANSFER, message_id=id_, end_to_end_id=id_, creditor=payee))


async def test_money_sent_in_waits_until_the_bank_answers(visitor: Visitor) -> None:
    said = await visitor.http.post("/inbound", json=WISH)
    assert said.status_code == 201
    assert said.json()["amount_fen"] == 8_850
    assert "Waiting to be booked" in await visitor.rows()

    (credit,) = (await visitor.bank.poll()).credits
    assert await visitor.bank.answer_credit(credit)

    assert "Settled" in await visitor.rows()
    fate = await visitor.http.get("/inbound/" + said.json()["message_id"])
    assert fate.json() == {"status": "ACSC", "reason_code": None}


@pytest.mark.parametrize(
    ("ending", "en", "zh"),
    [
        ("0000", "Settled", "已入账"),
        ("9004", "Rejected", "AC04 收款账户已销户"),
        ("9101", "Returned", "已退回"),
        ("9201", "Pending", "处理中"),
        ("9301", "No answer given", "未应答"),
    ],
)
async def test_every_end_shows_in_both_languages(visitor: Visitor, ending: str, en: str, zh: str) -> None:
    await send(visitor, ending)

    assert en in await visitor.rows("en")
    assert zh in await visitor.rows("zh")
    assert "1.00" in await visitor.rows()


async def test_a_name_cannot_speak_to_the_page(visitor: Visitor) -> None:
    await send(visitor, "0000", "<script>alert(1)</script>")

    assert "<script>" not in await visitor.rows()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_page_of_another_origin_cannot_send_money_in(visitor: Visitor, kind: str) -> None:
    said = await visitor.http.post("/inbound", content=b'{"amount":"1"}', headers={"content-type": kind})

    assert said.status_code == 422
    assert (await visitor.bank.poll()).credits == ()


async def test_the_page_is_whole_and_says_which_mode_is_on(visitor: Visitor) -> None:
    await visitor.http.post("/control", json={"mode": "unavailable"})

    page = (await visitor.http.get("/", params={"lang": "zh"})).text

    assert 'data-mode="unavailable" aria-pressed="true"' in page
    assert 'data-mode="normal" aria-pressed="false"' in page
    assert f'const base = "{PATH}"' in page
    assert 'data-post="/inbound"' in page
