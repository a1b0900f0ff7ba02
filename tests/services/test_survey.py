"""Votes, places and questionnaires: everybody once, the last place is one person's, and a secret stays one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from fengshou.kernel import BankError, Principal
from fengshou.services import FormField, store_own
from fengshou.services.archetypes.survey import MACHINE, SurveySpec
from fengshou.services.forms import Option
from fengshou.services.machine import Act, Run
from tests.services.world import BANK, World, somebody

VOTE, TALK, ASKED = "community.vote.lift", "community.signup.fraud_talk", "community.survey.property"
WORDS = {"zh": "字", "en": "Words"}
RUN = Run(
    UUID(int=5), BANK, VOTE, "r", "handed_in", 1, UUID(int=9), {}, {}, datetime(2026, 11, 24, tzinfo=UTC)
)
POLL = {"kind": "vote", "poll": "p", "counts": "choice", "from_day": "2026-11-01", "until_day": "2026-12-31"}


async def answer(world: World, who: Principal, service: str, form: dict[str, Any]) -> UUID:
    """Hand it in, as far as it goes by itself."""
    run = (await world.services.begin(who, service, uuid4(), {"form": form})).run
    await world.settle()
    return run


async def counted(world: World, *names: str) -> list[int]:
    """What the tallies say."""
    async with world.db.read(BANK) as work:
        found = await store_own.taken(work, names)
    return [found.get(name, 0) for name in names]


async def test_a_vote_counts_once_and_nobody_keeps_who_chose_what(world: World) -> None:
    who = somebody()
    begun = await asyncio.gather(
        *(world.services.begin(who, VOTE, uuid4(), {"form": {"choice": "for"}}) for _ in range(12))
    )
    await world.settle()
    views = [await world.services.view(who, one.run) for one in begun]
    assert sorted(view.state for view in views) == ["handed_in"] + ["turned_away"] * 11
    assert all(dict(view.form) == {} for view in views)
    counted_one = next(view for view in views if view.state == "handed_in")
    assert counted_one.facts.keys() <= {"for_bank", "provider", "way"}
    await answer(world, somebody(), VOTE, {"choice": "against"})
    with pytest.raises(BankError, match="ANSWER_STANDS"):
        await world.services.act(who, counted_one.id, "withdraw", uuid4(), {})
    names = [f"wenhui-lift-2026|{rest}" for rest in ("all", "=for", "=against", "=abstain")]
    assert await counted(world, *names) == [2, 1, 1, 0]


async def test_the_last_place_is_one_persons_and_comes_back(world: World) -> None:
    sat = "wenhui-fraud-talk|=sat"
    async with world.db.work(BANK) as work:
        assert await store_own.take(work, sat, 39, 40)
    people = [somebody() for _ in range(20)]
    form = {"session": "sat", "name": "周明"}
    runs = [await world.services.begin(who, TALK, uuid4(), {"form": form}) for who in people]
    await world.settle()
    states = [await world.state(who, one.run) for who, one in zip(people, runs, strict=True)]
    assert sorted(set(states)) == ["handed_in", "turned_away"]
    assert states.count("handed_in") == 1
    assert await counted(world, sat, "wenhui-fraud-talk|all") == [40, 1]
    late = (
        await world.services.view(people[states.index("turned_away")], runs[states.index("turned_away")].run)
    ).facts
    assert late["note_en"] == "This one is full; you may choose another"

    first = states.index("handed_in")
    going, run = people[first], runs[first].run
    await asyncio.gather(
        *(world.services.act(going, run, "withdraw", uuid4(), {}) for _ in range(5)), return_exceptions=True
    )
    await world.settle()
    assert await world.state(going, run) == "withdrawn"
    assert await counted(world, sat, "wenhui-fraud-talk|all") == [39, 0]
    again = await answer(world, going, TALK, form)
    assert await world.state(going, again) == "handed_in"
    twice = await answer(world, going, TALK, {"session": "wed", "name": "周明"})
    assert (await world.services.view(going, twice)).facts["note_en"] == "You have taken part already"
    assert await counted(world, sat, "wenhui-fraud-talk|=wed", "wenhui-fraud-talk|all") == [40, 0, 1]


async def test_the_numbers_are_shown_as_the_definition_says(world: World) -> None:
    await answer(world, somebody(), ASKED, {"overall": "good"})
    who = somebody()
    run = await answer(world, who, ASKED, {"overall": "bad", "reason": "楼道没人扫"})
    view = await world.services.view(who, run)
    assert view.facts["outcome"]["result_zh"] == "共 2 人；满意 1；一般 0；不满意 1"

    vote = await answer(world, who, VOTE, {"choice": "for"})
    assert "outcome" not in (await world.services.view(who, vote)).facts  # after it is over


def test_too_few_votes_do_not_hold() -> None:
    spec = SurveySpec.model_validate(POLL | {"quorum": 20})
    options = [Option.model_validate({"value": "for", "label": {"zh": "同意", "en": "For"}})]
    field = FormField.model_validate({"name": "choice", "kind": "choice", "label": WORDS, "options": options})
    definition: Any = SimpleNamespace(section=spec, form=(field,))
    said = {"state": "done", "body": {"taken": {"p|all": 7, "p|=for": 7}}}
    over = datetime(2026, 12, 31, 16, 1, tzinfo=UTC)  # 00:01 of the next day in China
    act = Act("results", UUID(int=1), "partner", UUID(int=1), over, said)
    to, change = MACHINE.decide(definition, RUN, act)
    assert (to, change.facts["outcome"]["result_en"]) == (
        "tallied", "7 in all; For 7; fewer than 20: it does not hold",
    )  # fmt: skip


@pytest.mark.parametrize("days", [-40, 365 * 80])
async def test_outside_its_days_nothing_is_taken(world: World, days: int) -> None:
    who = somebody()
    before = await world.services.mine(who, who.bank)
    world.clock.shift(timedelta(days=days))
    with pytest.raises(BankError, match=r"POLL_CLOSED|ITEM_MISSING"):
        await world.services.begin(who, ASKED, uuid4(), {"form": {"overall": "good"}})
    assert await world.services.mine(who, who.bank) == before
    assert await counted(world, "wenhui-property-2026|all") == [0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"counts": None}, "name the form's choice in `counts`"),
        ({"until_day": "2026-10-01"}, "`from_day` comes before `until_day`"),
        ({"kind": "signup", "secret": True}, "take `secret` away"),
        ({"kind": "form", "counts": None, "places_each": 3}, "`places_each` is of an option"),
    ],
)
def test_a_section_that_makes_no_sense_is_told_what_to_do(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SurveySpec.model_validate(POLL | more)
