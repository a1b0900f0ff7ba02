"""Pages made up in great number: lint has nothing to say of them, and the real client draws each in both languages.

`./bank crawl` opens all 10,000; here stand 500 of them, and pages that are wrong on purpose.
"""

from __future__ import annotations

import random
import shutil

import pytest
from pydantic import ValidationError

from fengshou.channels import OPS, samples_of
from fengshou.pages import Page, SourceRefused, lint, load, refuse_hostile
from fengshou.runtime.crawl import answers, crawl, look_at_shipped, made_pages
from fengshou.runtime.crawl.browser import look_at
from fengshou.runtime.crawl.made import made_source
from fengshou.runtime.places import content_folder, web_folder
from tests.pages.test_hostile import MUTANTS, mutant


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


def _published_mutants(known: set[str]) -> list[Page]:
    """Those of the fuzz's mutated pages that nothing refuses, each under a name of its own."""
    found = []
    for seed in range(MUTANTS):
        _, source = mutant(random.Random(seed))
        try:
            refuse_hostile(source)
            page = Page.model_validate(source).model_copy(update={"id": f"mutant-{seed}"})
        except (SourceRefused, ValidationError):
            continue
        if not lint(page, pages=known, ops=set(OPS.all)):
            found.append(page)
    return found


@pytest.mark.browser
async def test_a_mutated_page_that_is_published_never_breaks_the_app() -> None:
    _needs_chromium()
    own = load(content_folder() / "pages" / "app")
    mutants = _published_mutants(set(own.sources))
    pages = [*own.sources.values(), *mutants]
    found = await look_at_shipped(pages, own.shell, samples_of(OPS), skip=set(own.sources), modes=1)

    assert len(mutants) >= 20
    assert [one for one in found if one["what"].startswith(("error", "not opened"))] == []
