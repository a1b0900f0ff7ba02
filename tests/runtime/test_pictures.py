"""Every kind of block has an example that may be published, is drawn by the real client, and has its picture."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fengshou.pages import block_registry, lint
from fengshou.runtime.crawl import answers
from fengshou.runtime.crawl.browser import look_at
from fengshou.runtime.crawl.portraits import desk_answers, example_pages, page_of, portraits
from fengshou.runtime.places import checkout, web_folder

_PICTURE_MAX = 20_000
_SAMPLE = {"greeting", "chart", "receipt", "table", "form"}


def _kinds() -> set[str]:
    return {one["name"] for one in block_registry()["blocks"]}


def test_every_kind_has_an_example_that_lint_lets_through() -> None:
    pages = example_pages()
    ids, ops = {page.id for page in pages}, {*answers(), *desk_answers()}

    assert ids == {page_of(kind) for kind in _kinds()}
    found = [problem for page in pages for problem in lint(page, pages=ids, ops=ops)]
    assert [(one.page, one.at, one.text) for one in found] == []


def test_every_kind_has_its_picture_in_the_reference_and_no_other_is_kept() -> None:
    root = checkout()
    if root is None:
        pytest.skip("the docs stand in a checkout")
    folder = root / "docs" / "reference" / "blocks"
    page = (folder.parent / "blocks.md").read_text("utf-8")

    assert {file.stem for file in folder.glob("*.webp")} == _kinds()
    assert {file.name for file in folder.iterdir() if file.stat().st_size > _PICTURE_MAX} == set()
    for kind in _kinds():
        assert f"(blocks/{kind}.webp)" in page


def _needs_chromium() -> None:
    if not shutil.which("chromium") or not (web_folder() / "index.html").is_file():
        pytest.skip("needs Chromium and a built web client")


@pytest.mark.browser
async def test_every_example_is_drawn_with_nothing_wrong() -> None:
    _needs_chromium()
    # What stands only on desks is judged with them, not on a phone.
    desks = {one["name"] for one in block_registry()["blocks"] if one["surface"] == "console"}
    pages = [page for page in example_pages() if page.id.removeprefix("block-") not in desks]

    assert await look_at(pages, {**desk_answers(), **answers()}) == []


@pytest.mark.browser
async def test_pictures_are_drawn_anew_by_the_command(tmp_path: Path) -> None:
    _needs_chromium()
    made = await portraits(tmp_path, _SAMPLE)

    assert set(made) == _SAMPLE
    for kind, size in made.items():
        drawn = (tmp_path / f"{kind}.webp").read_bytes()
        assert (drawn[:4], drawn[8:12]) == (b"RIFF", b"WEBP")
        assert 800 < size == len(drawn) < _PICTURE_MAX
