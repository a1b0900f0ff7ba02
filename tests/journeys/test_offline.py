"""Journeys without a network: the five sections as kept, a part that did not come, a link kept over a log-in."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Route, expect

from tests.journeys.bank import Bank
from tests.journeys.conftest import NewPhone
from tests.journeys.people import Person, customer, log_in_as, someone
from tests.journeys.phone import Phone

pytestmark = [pytest.mark.journey, pytest.mark.browser]

_SECTIONS = ("home", "wealth", "life", "credit", "mine")
# Kept is what the worker's stores hold, not what the browser happens to remember.
_KEPT = """async () => {
    const list = await (await fetch('/ui/manifest?locale=zh-CN&kit=1')).json()
    const paths = async (name) => (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)
    return {hashes: Object.keys(list.pages).length, pages: (await paths('fs-pages-1')).length,
        assets: (await paths('fs-assets-1')).length, shell: await paths('fs-shell-1')}
}"""


async def _ready_for_no_network(phone: Phone) -> None:
    """The worker stands, and holds the frame, the list, every page and the parts."""
    await phone.page.wait_for_function(
        """async () => {
            if (!navigator.serviceWorker.controller) return false
            const count = async (name) => (await (await caches.open(name)).keys()).length
            const shell = (await (await caches.open('fs-shell-1')).keys()).map((one) => new URL(one.url).pathname)
            return await count('fs-pages-1') >= 40 && await count('fs-assets-1') >= 12 && shell.includes('/ui/manifest')
        }"""
    )


async def test_the_five_sections_without_a_network_and_back(unpack: NewPhone) -> None:
    phone = await unpack()
    await log_in_as(phone, "周明")
    await _ready_for_no_network(phone)
    kept = await phone.page.evaluate(_KEPT)
    assert "/app/" in kept["shell"]

    await phone.page.context.set_offline(True)
    for section in _SECTIONS:
        await phone.page.locator(f"nav.tabbar a[href='/app/{section}']").click()
        await expect(phone.page.locator(f'[data-page="{section}"]')).to_have_count(1)
        await phone.reads("没有网络，看到的是")
        await phone.judge(f"{section} offline")
        await phone.picture(f"offline-{section}")

    # Opened anew, with nothing in memory: the frame, the list and each section come from what was kept.
    for section in _SECTIONS:
        await phone.open(section)
        await expect(phone.page.locator(f'[data-page="{section}"]')).to_have_count(1)
        await phone.reads("没有网络，余额和明细连上后才能看")
        await phone.judge(f"{section} offline anew")
        await phone.picture(f"offline-anew-{section}")

    await phone.page.context.set_offline(False)
    await expect(phone.page.get_by_text("没有网络")).to_have_count(0)
    await expect(phone.page.get_by_text("周明").first).to_be_visible()  # asked for again by itself
    await phone.open("home")
    await phone.arrive("home")
    await expect(phone.page.locator("section.void[role=alert]")).to_have_count(0)


async def test_a_part_that_did_not_come_is_asked_for_again(unpack: NewPhone) -> None:
    phone = await unpack()
    await phone.page.add_init_script(
        "delete Navigator.prototype.serviceWorker"
    )  # parts come from the network
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.abort()

    await log_in_as(phone, "周明")
    await phone.page.route("**/assets/QRBlock-*.js", refuse)
    await phone.turn_to("my-qr")
    await expect(phone.page.locator('[data-page="my-qr"]')).to_have_count(1)
    await phone.reads("这一部分没有打开")
    await phone.judge("a part is missing")
    await phone.picture("part-missing")
    assert refused

    await phone.page.unroute("**/assets/QRBlock-*.js")
    await phone.press("再试一次")
    await expect(phone.page.get_by_text("这一部分没有打开")).to_have_count(0)
    await expect(phone.page.locator('[data-page="my-qr"] svg').first).to_be_visible()


async def test_a_link_with_parameters_is_reached_after_the_log_in(unpack: NewPhone, bank: Bank) -> None:
    person = someone("陆知远")
    async with customer(bank, person, 109):
        number = person.account
    phone = await unpack()
    await phone.open("account", f"?number={number}")
    await phone.arrive("welcome")
    await phone.press("登录")
    await phone.arrive("login")
    after = await phone.page.evaluate("new URLSearchParams(location.search).get('after')")
    assert after == f"account?number={number}"
    await _enter(phone, bank, person)
    await phone.arrive("account")
    assert f"number={number}" in phone.page.url


@pytest.mark.parametrize("after", ["https://evil.example/?a=1", "nowhere?number=1"])
async def test_a_forged_link_leads_home(unpack: NewPhone, bank: Bank, after: str) -> None:
    person = someone("许安然")
    async with customer(bank, person, 109):
        phone = await unpack()
    await phone.page.goto(f"{bank.url}/app/login")
    await phone.arrive("login")
    await phone.page.evaluate(
        f"history.replaceState(history.state, '', '/app/login?' + new URLSearchParams({{after: {json.dumps(after)}}}))"
    )
    await phone.page.reload()
    await phone.arrive("login")
    await _enter(phone, bank, person)
    await phone.arrive("home")
    assert phone.page.url.startswith(bank.url)


async def _enter(phone: Phone, bank: Bank, person: Person) -> None:
    """Log in by text message, as one does on a new phone."""
    await (
        phone.page.get_by_role("radio", name="短信验证码")
        .or_(phone.page.get_by_role("tab", name="短信验证码"))
        .click()
    )
    await phone.fill("手机号", person.phone)
    sent = len(await bank.letters(person.phone))
    await phone.press("获取验证码")
    await phone.fill("短信验证码", await bank.code(person.phone, after=sent))
    await phone.press("登录")
