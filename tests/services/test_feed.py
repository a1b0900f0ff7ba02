"""Feeds: who sees what on which day, and that reading it twice is reading it once."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import yaml
from pydantic import ValidationError

from fengshou.kernel import BankError
from fengshou.pages import Page
from fengshou.services import Definition
from fengshou.services.archetypes.feed import Article, FeedSpec, shelf
from fengshou.services.templates import page_of
from tests.services.world import CONTENT, World, somebody

SERVICE = "community.notice"
WORDS = {"zh": "字", "en": "Words"}
ITEM: dict[str, Any] = {
    "name": "a", "title": WORDS, "body": WORDS, "by": "陈禾", "reviewed_by": "沈岚", "from_day": date(2026, 11, 20),
}  # fmt: skip


def article(**more: Any) -> Article:
    """An article that is reviewed, but for what a test changes."""
    return Article.model_validate({**ITEM, **more})


def written() -> dict[str, Any]:
    """The feed of the content."""
    items = yaml.safe_load((CONTENT / "services/community/feed.yaml").read_text("utf-8"))["items"]
    return dict(items[0])


@pytest.mark.parametrize(
    ("more", "day", "standing"),
    [
        ({"reviewed_by": None}, 25, "draft"),
        ({}, 19, "reviewed"),
        ({}, 20, "published"),
        ({"until_day": date(2026, 11, 22)}, 22, "published"),
        ({"until_day": date(2026, 11, 22)}, 23, "over"),
        ({"withdrawn": WORDS}, 21, "withdrawn"),
    ],
)
def test_an_article_stands_where_its_days_say(more: dict[str, Any], day: int, standing: str) -> None:
    today = date(2026, 11, day)
    one = article(**more)
    assert one.standing(today) == standing
    seen = shelf(FeedSpec(item="item", articles=(one,)), {"age": 30}, today)
    assert bool(seen) == (standing == "published")


def test_what_stays_on_top_comes_first_then_the_newest() -> None:
    old, new = article(name="old", from_day=date(2026, 11, 1)), article(name="new")
    top = article(name="top", from_day=date(2026, 10, 1), sticky=True)
    elder = article(name="elder", when="me.age != null && me.age >= 65")
    spec = FeedSpec(item="item", articles=(old, elder, new, top))
    names = [[one.name for one in shelf(spec, {"age": age}, date(2026, 11, 24))] for age in (30, 70, None)]
    assert names == [["top", "new", "old"], ["top", "elder", "new", "old"], ["top", "new", "old"]]


async def test_opened_then_acknowledged_and_the_shelf_says_so(world: World) -> None:
    who = somebody()
    definition = world.services.definition(SERVICE, who.bank)
    before = {one.name: state for one, state in await world.services.shelf(who, definition)}
    assert before == {"fraud_alert": "new", "winter_water": "new"}  # who is 30 sees nothing for 65

    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": {"item": "fraud_alert"}})).run
    plain = await world.services.begin(who, SERVICE, uuid4(), {"form": {"item": "winter_water"}})
    assert (await world.state(who, run), plain.state) == ("published", "read")
    assert (await world.services.act(who, run, "acknowledge", uuid4(), {})).state == "acknowledged"
    after = {one.name: state for one, state in await world.services.shelf(who, definition)}
    assert after == {"fraud_alert": "acknowledged", "winter_water": "read"}
    others = dict.fromkeys(before, "new")
    assert {one.name: state for one, state in await world.services.shelf(somebody(), definition)} == others
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, run, "acknowledge", uuid4(), {})


async def test_opened_twenty_times_at_once_is_one_reading(world: World) -> None:
    who = somebody()
    form = {"form": {"item": "fraud_alert"}}
    begun = await asyncio.gather(*(world.services.begin(who, SERVICE, uuid4(), form) for _ in range(20)))
    assert len({one.run for one in begun}) == 1
    acks = await asyncio.gather(
        *(world.services.act(who, begun[0].run, "acknowledge", uuid4(), {}) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, Exception) for one in acks) == 1
    again = await world.services.begin(who, SERVICE, uuid4(), form)
    assert (again.run, again.again) == (begun[0].run, True)


@pytest.mark.parametrize("item", ["elder_check", "gone", "fraud_alert "])
async def test_what_is_not_for_its_reader_is_not_there(world: World, item: str) -> None:
    who = somebody()
    before = await world.services.mine(who, who.bank)
    if item.strip() != item:  # tidied, as every field is
        assert (
            await world.services.begin(who, SERVICE, uuid4(), {"form": {"item": item}})
        ).state == "published"
        return
    with pytest.raises(BankError, match="NOT_PUBLISHED"):
        await world.services.begin(who, SERVICE, uuid4(), {"form": {"item": item}})
    assert await world.services.mine(who, who.bank) == before


async def test_out_only_from_its_day_on(world: World) -> None:
    who, definition = somebody(), world.services.definition(SERVICE, 109)
    world.clock.shift(timedelta(days=-30))
    assert await world.services.shelf(who, definition) == []
    with pytest.raises(BankError, match=r"ITEM_MISSING|NOT_PUBLISHED"):
        await world.services.begin(who, SERVICE, uuid4(), {"form": {"item": "fraud_alert"}})


def test_the_page_lists_and_asks_nothing() -> None:
    page = page_of(Definition.model_validate(written()))
    assert isinstance(page, Page)
    kinds = [block.t for block in page.blocks]
    assert "list" in kinds
    assert "form" not in kinds
    assert not page.foot


@pytest.mark.parametrize(
    ("change", "say"),
    [
        ({"reviewed_by": "陈禾"}, "let somebody else review it"),
        ({"until_day": "2026-11-01"}, "ends before it begins"),
        ({"when": "form.x == 1"}, "knows only me and today"),
        ({"when": "me.age >="}, "is no expression"),
    ],
)
def test_the_linter_says_what_to_do(change: dict[str, Any], say: str) -> None:
    with pytest.raises(ValidationError, match=say):
        article(**change)


def test_the_linter_knows_its_form() -> None:
    one = written()
    more = {"name": "x", "kind": "line", "label": WORDS}
    with pytest.raises(ValidationError, match="remove x from the form"):
        Definition.model_validate({**one, "form": [*one["form"], more]})
    twice = [one["feed"]["articles"][0]] * 2
    with pytest.raises(ValidationError, match="two articles are called `fraud_alert`"):
        Definition.model_validate({**one, "feed": {"item": "item", "articles": twice}})
