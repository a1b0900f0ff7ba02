"""Every page of the app opens for somebody who has something to see, fits a phone, and is read by a screen reader."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.journeys.bank import Bank
from tests.journeys.conftest import NewPhone
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]

_CONTENT = Path(__file__).parents[2] / "content/pages/app"
_DOORS = (
    "welcome",
    "register",
    "login",
    "forgot",
    "lost-phone",
    "check-receipt",
    "terms",
    "privacy",
    "about",
)
_LOOKS = {
    "light": ("light", False),
    "dark": ("dark", False),
    "elder": ("auto", True),
    "contrast": ("auto", False),
    "forced": ("auto", False),
}


@pytest.fixture(scope="session")
async def shown(bank: Bank) -> dict[str, str]:
    """What the pages that show one thing are opened with; a payment is made so that there is one."""
    async with bank.logged_in("zhou_ming") as zhou, bank.logged_in("lin_xiaohe") as lin:
        number = (await zhou.ask("accounts.list"))["main"]["number"]
        payee = {"number": (await lin.ask("accounts.list"))["main"]["number"], "name": "林小禾"}
        wish = {"key": str(uuid4()), "from": number, "payee": payee, "amount": "6.60", "memo": "豆浆"}
        order = (await zhou.ask("transfer.submit", **wish))["order"]["id"]
        form = {"category": "water", "place": "3 幢 502 厨房", "what": "水槽下面一直滴水"}
        wish = {"key": str(uuid4()), "service": "prop.repair.repair", "form": form}
        run = (await zhou.ask("service.begin", **wish))["id"]
        letter = (await zhou.ask("messages.list"))["items"][0]["id"]
    return {
        "account": f"?number={number}", "opened": f"?number={number}", "order": f"?id={order}",
        "receipt": f"?id={order}", "message": f"?id={letter}", "my-qr": f"?account={number}",
        "service-run": f"?id={run}", "open-account": "?bank=109", "pick-bank": "?number=6231000000001234&name=X",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "locale"),
    [("light", "zh-CN"), ("dark", "en"), ("elder", "zh-CN"), ("contrast", "en"), ("forced", "zh-CN")],
)
async def test_every_page_opens(unpack: NewPhone, shown: dict[str, str], mode: str, locale: str) -> None:
    phone = await unpack(mode=mode, locale=locale)
    theme, elder = _LOOKS[mode]
    env = {"locale": locale, "theme": theme, "elder": elder, "moneyHidden": False}
    await phone.page.add_init_script(f"localStorage.setItem('fs.env', {json.dumps(json.dumps(env))})")
    wrong: list[str] = []
    await phone.open("welcome")
    await phone.arrive("welcome")
    for door in _DOORS:
        wrong += await visit(phone, door, "")
    await phone.page.evaluate(
        """() => fetch('/api/app/session.demo', {method: 'POST', body: '{"id": "zhou_ming"}',
            headers: {'content-type': 'application/json', 'x-fs-client': 'journey/1'}})"""
    )
    await phone.open("home")
    await phone.arrive("home")
    pages = sorted({file.stem for file in _CONTENT.glob("*.yaml")} - {"shell", *_DOORS})
    for page in pages:
        wrong += await visit(phone, page, shown.get(page, ""))
    assert wrong == []
    if mode == "contrast":  # nobody chose it in the app: the phone's own wish counts
        assert await phone.page.evaluate("document.documentElement.dataset.theme") == "hc"


async def visit(phone: Phone, page: str, query: str) -> list[str]:
    """What is wrong with a page."""
    await phone.turn_to(page, query)
    try:
        await phone.arrive(page)
        wide = await phone.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        broken = await phone.page.locator("main section.void[role=alert]").count()
    except AssertionError as finding:
        return [f"{page}: {finding}"]
    finally:
        await phone.picture(page)
    return [f"{page}: {wide} px too wide"] * (wide > 0) + [f"{page}: does not open"] * broken


async def test_the_judge_is_not_blind(unpack: NewPhone) -> None:
    phone = await unpack()
    await phone.open("welcome")
    await phone.arrive("welcome")
    await phone.page.evaluate("document.querySelector('main').append(document.createElement('button'))")

    with pytest.raises(AssertionError, match="button-name"):
        await phone.judge("welcome with a button without a name")
