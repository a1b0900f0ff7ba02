"""The built client in a real Chromium, against the small bank of `fixtures`."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from fengshou import pages
from tests.pages.fixtures.bank import DIST, SAMPLES, Bank, build

CHROMIUM = shutil.which("chromium") or os.environ.get("CHROMIUM", "")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """A running small bank and where it is."""

    bank: Bank
    url: str


@pytest_asyncio.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for a module."""
    if not CHROMIUM or not (DIST / "index.html").is_file():
        pytest.skip("needs Chromium and a built web client (`npm run build` in web/)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    """A fresh small bank with the sample pages."""
    bank = Bank()
    await bank.pages.preview(pages.load(SAMPLES))
    server = uvicorn.Server(uvicorn.Config(build(bank), log_level="warning", timeout_graceful_shutdown=1))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve(sockets=[door]))
        yield Site(bank, f"http://127.0.0.1:{door.getsockname()[1]}")
        server.should_exit = True
        await running


@pytest_asyncio.fixture
async def phone(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A phone of 390 by 844 whose owner reads Chinese."""
    context = await chromium.new_context(
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    context.set_default_timeout(8000)
    yield context
    await context.close()


@pytest_asyncio.fixture
async def screen(phone: BrowserContext) -> AsyncIterator[Page]:
    """A page that fails the test on an uncaught error."""
    page = await phone.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
