"""Search: what people type on a phone finds what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.channels.app.search_index import Index, build
from fengshou.channels.app.search_words import Form, others, score
from fengshou.pages import EVERYONE, Pages, load

CONTENT = Path(__file__).parents[2] / "content/pages/app"


@pytest.fixture
async def index() -> Index:
    pages = Pages(None, Ed25519PrivateKey.generate())
    await pages.preview(load(CONTENT))
    return await build(pages, EVERYONE)


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("转账", "transfer"),
        ("zhuanzhang", "transfer"),
        ("zz", "transfer"),
        ("zhuanzahng", "transfer"),  # two letters swapped
        ("赚账", "transfer"),  # the keyboard's other word of the same sound
        ("汇款", "transfer"),  # another word
        ("transfre", "transfer"),
        ("流水", "statement"),
        ("shoukuanma", "my-qr"),
        ("手机被偷", "lost-phone"),
        ("passkey", "passkeys"),
    ],
)
async def test_what_is_typed_finds_what_is_meant(index: Index, typed: str, page: str) -> None:
    assert page in [hit.place.page for hit in index.find(typed, 3)], [
        h.place.title for h in index.find(typed, 5)
    ]


async def test_what_is_not_open_yet_is_found_and_said_so(index: Index) -> None:
    (best, *_) = index.find("社保卡", 5)
    assert best.place.later
    assert best.place.page == "home"


async def test_nonsense_and_nothing_find_nothing(index: Index) -> None:
    assert index.find("", 5) == []
    assert index.find("   ", 5) == []
    assert index.find("qqxxvv", 5) == []


async def test_pages_that_need_something_to_open_are_not_offered(index: Index) -> None:
    assert "order" not in {
        hit.place.page for typed in ("订单", "order", "转账结果") for hit in index.find(typed, 20)
    }


def test_nearer_names_count_more() -> None:
    form = Form.of("转账")
    scores = [score(typed, form) for typed in ("转账", "转", "zhuanzhang", "zz", "zhuanzang", "天气")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 100
    assert scores[-1] == 0
    assert "汇款" in others("打钱")
