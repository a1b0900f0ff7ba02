"""Pages made up in great number: lint has nothing to say of them, and the real client draws each in both languages.

`./bank crawl` opens all 10,000; here stand 500 of them, and pages that are wrong on purpose.
"""

from __future__ import annotations

import shutil

import pytest

from fengshou.pages import Page, lint
from fengshou.runtime.crawl import answers, crawl, made_pages
from fengshou.runtime.crawl.browser import look_at
from fengshou.runtime.crawl.made import made_source
from fengshou.runtime.places import web_folder


def test_the_same_number_is_the_same_page_and_lint_finds_nothing() -> None:
    first, again = list(made_pages(40, 60, 100)), list(made_pages(40, 60, 100))
    ids = {f"made-{number}" for number in range(100)}

    assert first == again
    assert len({page.model_dump_json() for page in first}) == 60
    assert [problem for page in first for problem in lint(page, pages=ids, ops=set(answers()))] == []


def _needs_chromium() -> None:
    if not shutil.which("chromium") or not (web_folder() / "index.html").is_file():
        pytest.skip("needs Chromium and a built web client")


@pytest.mark.browser
async def test_five_hundred_pages_are_drawn_in_both_languages_with_nothing_wrong() -> None:
    _needs_chromium()
    found = await crawl(0, 500, lambda _: None)

    assert found.items == []
    assert found.pages == 500


@pytest.mark.browser
async def test_a_crawl_sees_what_is_wrong_with_a_page() -> None:
    _needs_chromium()
    source = made_source(7, 10)
    source["blocks"] = [
        {"t": "text", "text": {"zh": "看不见的字", "en": "Never shown"}, "show": "false"},
        {"t": "text", "text": {"zh": "中英文", "en": "汉字 in English"}},
    ]
    found = await look_at([Page.model_validate(source)])

    assert {(one["what"], one["detail"][:9]) for one in found} >= {
        ("text missing (zh-CN)", "看不见的字"),
        ("text missing (en)", "Never sho"),
    }
    assert any(one["what"] == "not English (en)" for one in found)
