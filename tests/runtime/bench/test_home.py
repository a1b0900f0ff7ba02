"""Both home pages of `bench home` come up, and say the same."""

from __future__ import annotations

import shutil

import pytest

from fengshou.pages import Page, lint
from fengshou.runtime.bench import home
from fengshou.runtime.crawl import answers
from fengshou.runtime.places import web_folder


def test_its_page_of_blocks_is_a_sound_one() -> None:
    page = Page.model_validate(home._source())

    assert lint(page, pages={"made-0", "made-1"}, ops=set(answers())) == []


@pytest.mark.browser
async def test_both_pages_are_opened_in_turns() -> None:
    if not shutil.which("chromium") or not (web_folder() / "index.html").is_file():
        pytest.skip("needs Chromium and a built web client")
    said: list[str] = []
    found = await home.bench(rounds=1, slower=1, say=said.append)

    assert len(said) == 1
    assert min(found["blocks_ms"], found["hand_ms"], found["ratio"]) > 0
