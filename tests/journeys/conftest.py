"""One bank and one browser for all journeys; a new phone for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator

import pytest
from playwright.async_api import Browser, async_playwright

from fengshou.runtime.cli.machine import find_chromium
from tests.journeys.bank import Bank, standing_bank
from tests.journeys.phone import Phone, new_phone

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

NewPhone = Callable[..., Awaitable[Phone]]
_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a journey failed, so that its phones are looked at before they are put away."""
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture(scope="session")
async def bank() -> AsyncIterator[Bank]:
    """The bank, standing until the last journey is over."""
    async with standing_bank() as standing:
        yield standing


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    path = find_chromium()
    assert path, "no Chromium: `apt install chromium`, or name one in FENGSHOU_CHROMIUM"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        await chromium.close()


@pytest.fixture
async def unpack(browser: Browser, bank: Bank, request: pytest.FixtureRequest) -> AsyncIterator[NewPhone]:
    """`await unpack(mode=…, locale=…)` gives a new phone; no page of it may have thrown."""
    phones: list[Phone] = []

    async def unpack_one(*, locale: str = "zh-CN", mode: str = "light") -> Phone:
        phones.append(await new_phone(browser, bank, locale=locale, mode=mode))
        return phones[-1]

    yield unpack_one
    thrown = [said for phone in phones for said in phone.said]
    for number, phone in enumerate(phones):
        if request.node.stash.get(_failed, False):
            await phone.keep(f"failed-{request.node.name}-{number}")
        await phone.page.context.close()
    assert thrown == []
