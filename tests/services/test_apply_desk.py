"""Cases at our own desk: stages, four eyes, clocks that stand still, late ones that go up, ways that change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import BankError, Principal
from fengshou.services import NotNow, NotYours
from tests.services.world import World, progress, somebody

FORM = {"why": "lost", "take": "branch", "phone": "13800001111"}
TELLER, OTHER, CHIEF = (somebody(kind="staff", roles=role) for role in ("teller", "teller", "supervisor"))


async def card(world: World, who: Principal) -> UUID:
    """A case of a card, handed in."""
    moved = await world.services.begin(who, "social.card.replace", uuid4(), {"form": FORM})
    await world.services.act(who, moved.run, "submit", uuid4(), {})
    return moved.run


async def do(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """An act at the branch; where it leads."""
    moved = await world.services.act(who, run, act, uuid4(), body, way="branch", place="330109-01")
    return moved.state


async def code_of(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """With which error an act is refused; the run stands as it stood."""
    before = await world.services.view(CHIEF, run)
    with pytest.raises(BankError) as refused:
        await do(world, who, run, act, **body)
    assert await world.services.view(CHIEF, run) == before
    return refused.value.code


async def test_two_people_see_a_card_from_the_phone_to_the_hand(world: World) -> None:
    who = somebody()
    run = await card(world, who)

    assert await do(world, TELLER, run, "claim") == "submitted"
    assert await do(world, TELLER, run, "pass", note="照片合格") == "in_review"
    assert await do(world, OTHER, run, "claim") == "in_review"
    assert await do(world, OTHER, run, "decide", verdict="approved") == "deciding"
    assert await code_of(world, OTHER, run, "agree") == "SERVICES.FOUR_EYES"
    assert await code_of(world, somebody(kind="staff", roles="auditor"), run, "agree") == "SERVICES.NOT_YOURS"
    assert await do(world, TELLER, run, "agree") == "approved"
    assert await do(world, TELLER, run, "deliver", number="A7788") == "delivered"

    view = await world.services.view(who, run)
    assert view.facts["outcome"]["number"] == "A7788"
    assert {(e["who"], e["way"], e["place"]) for e in view.story} == {
        ("customer", "phone", ""), ("clerk", "branch", "330109-01"),
    }  # fmt: skip
    await world.settle()
    assert [facts["say_en"] for _, facts in world.town.letters][-2:] == ["Approved", "Done"]


async def test_who_has_it_has_it_alone(world: World) -> None:
    run = await card(world, somebody())

    assert await code_of(world, TELLER, run, "pass") == "SERVICES.NOT_CLAIMED"
    assert await code_of(world, CHIEF, run, "claim") == "SERVICES.NOT_YOURS"  # the stage is for tellers
    await do(world, TELLER, run, "claim")
    await do(world, TELLER, run, "claim")  # taking it again changes nobody
    assert await code_of(world, OTHER, run, "claim") == "SERVICES.CLAIMED_ALREADY"
    assert await code_of(world, OTHER, run, "pass") == "SERVICES.NOT_YOURS"
    assert await code_of(world, OTHER, run, "hand_on", to=str(OTHER.id)) == "SERVICES.NOT_YOURS"
    await do(world, CHIEF, run, "hand_on", to=str(OTHER.id))
    assert await do(world, OTHER, run, "pass") == "in_review"


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("send_back", {}), ("send_back", {"fix": {}}), ("send_back", {"fix": {"age": "?"}}),
        ("send_back", {"fix": {"why": ""}}), ("send_back", {"fix": "why"}), ("send_back", {"fix": {"why": 3}}),
        ("decide", {"verdict": "rich"}), ("decide", {"verdict": ["refused"]}), ("decide", {"verdict": "refused"}),
        ("decide", {"verdict": "refused", "why": "x" * 1_001}), ("hand_on", {"to": "somebody"}),
        ("pass", {"note": ["x"]}),
    ],
)  # fmt: skip
async def test_what_a_clerk_cannot_mean_moves_nothing(world: World, act: str, body: dict[str, Any]) -> None:
    run = await card(world, somebody())
    await do(world, TELLER, run, "claim")

    assert await code_of(world, TELLER, run, act, **body) == "SERVICES.SAY_MISSING"


async def test_yes_is_said_after_the_last_stage_alone(world: World) -> None:
    run = await card(world, somebody())
    await do(world, TELLER, run, "claim")

    assert await code_of(world, TELLER, run, "decide", verdict="approved") == "SERVICES.NOT_NOW"
    await do(world, TELLER, run, "pass")
    await do(world, TELLER, run, "claim")
    assert await code_of(world, TELLER, run, "pass") == "SERVICES.NOT_NOW"
    assert await do(world, TELLER, run, "decide", verdict="approved") == "deciding"
    assert await do(world, OTHER, run, "differ", why="照片不是本人") == "in_review"
    assert (await world.services.view(TELLER, run)).facts["claimed_by"] == str(TELLER.id)


async def test_the_clock_stands_still_on_the_customers_side(world: World) -> None:
    who = somebody()
    run = await card(world, who)
    await do(world, TELLER, run, "claim")
    before = await world.services.view(who, run)
    assert await do(world, TELLER, run, "send_back", fix={"take": "要本人来领"}) == "returned"

    world.clock.shift(timedelta(days=30))
    await world.services.tick()
    assert "late" not in (await world.services.view(who, run)).facts
    moved = await world.services.act(
        who, run, "mend", uuid4(), {"form": {"take": "post", "address": "文晖路 12 号 3 幢"}}
    )
    after = await world.services.view(who, run)

    assert (moved.state, after.facts["claimed_by"]) == ("submitted", str(TELLER.id))
    assert after.form == {**FORM, "take": "post", "address": "文晖路 12 号 3 幢"}
    for clock in ("due_at", "stage_due_at"):
        assert after.facts[clock] > before.facts[clock]
    world.clock.shift(timedelta(hours=7))
    await world.services.tick()
    assert "late" not in (await world.services.view(who, run)).facts


async def test_what_is_late_is_taken_further_up(world: World) -> None:
    who = somebody()
    run = await card(world, who)
    await do(world, TELLER, run, "claim")
    world.clock.shift(timedelta(hours=9))
    await world.services.tick()

    facts = (await world.services.view(CHIEF, run)).facts
    assert (facts["late"], facts["desk"], "claimed_by" in facts) == (1, "supervisor", False)
    assert await code_of(world, TELLER, run, "claim") == "SERVICES.NOT_YOURS"
    await do(world, CHIEF, run, "claim")
    assert await do(world, CHIEF, run, "pass") == "in_review"
    for _ in range(6):
        world.clock.shift(timedelta(hours=50))
        await world.services.tick()
    assert (await world.services.view(CHIEF, run)).facts["late"] == 3
    await world.settle()
    said = [facts["say_en"] for _, facts in world.town.letters]
    assert said.count("It is past its time; it has been taken further up") == 4


async def test_an_office_outside_that_is_late_is_asked_and_told_on(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    world.office.answers.append(progress("accepted"))
    await world.settle()
    for days in (4, 2, 2, 2):
        world.clock.shift(timedelta(days=days))
        await world.services.tick()
        await world.settle()

    facts = (await world.services.view(who, run)).facts
    assert (facts["late"], facts["desk"], facts["overdue"]) == (3, "supervisor", True)
    assert [ring.operation for ring in world.office.rings] == ["case.submit", *["case.progress"] * 3]


async def test_the_way_changes_and_nothing_is_written_twice(world: World) -> None:
    who = somebody()
    moved = await world.services.begin(who, "social.card.replace", uuid4(), {"form": {"why": "lost"}})
    visit = (world.clock.now() + timedelta(days=2)).isoformat()

    for body in (
        {"way": "air"}, {"way": "branch"}, {"way": "branch", "place": "x" * 81}, {"way": "home", "place": "文晖路"},
        {"way": "home", "place": "文晖路", "visit_at": "soon"}, {},
        {"way": "home", "place": "文晖路", "visit_at": (world.clock.now() - timedelta(1)).isoformat()},
    ):  # fmt: skip
        assert await code_of(world, who, moved.run, "switch", **body) in (
            "SERVICES.WAY_CLOSED",
            "SERVICES.SAY_MISSING",
        )
    key = uuid4()
    for _ in range(2):
        await world.services.act(
            who, moved.run, "switch", key, {"way": "home", "place": "文晖路 12 号", "visit_at": visit}
        )
    clerk = await world.services.act(
        TELLER, moved.run, "submit", uuid4(), {"form": FORM}, way="home", place="文晖路 12 号"
    )
    assert clerk.state == "submitted"
    await do(world, who, moved.run, "switch", way="branch", place="330109-01")

    view = await world.services.view(who, moved.run)
    assert (view.form, view.facts["way"], view.facts["place"]) == (FORM, "branch", "330109-01")
    assert [(e["act"], e["who"], e["way"]) for e in view.story] == [
        ("begin", "customer", "phone"), ("switch", "customer", "phone"), ("submit", "clerk", "home"),
        ("switch", "customer", "branch"),
    ]  # fmt: skip


async def test_taken_back_until_it_is_decided(world: World) -> None:
    who = somebody()
    run = await card(world, who)
    await do(world, TELLER, run, "claim")

    assert await do(world, who, run, "withdraw") == "withdrawn"
    for act in ("claim", "pass", "decide", "mend", "appeal"):
        with pytest.raises((NotNow, NotYours)):
            await do(world, TELLER, run, act)


async def test_an_appeal_is_looked_at_by_somebody_else_once(world: World) -> None:
    who = somebody()
    run = await card(world, who)
    await do(world, TELLER, run, "claim")
    assert await do(world, TELLER, run, "decide", verdict="refused", why="照片不是本人") == "refused"
    assert (await world.services.view(who, run)).facts["reason"] == "照片不是本人"

    assert await do(world, who, run, "appeal", why="就是本人") == "appealed"
    assert await code_of(world, TELLER, run, "claim") == "SERVICES.FOUR_EYES"
    await do(world, OTHER, run, "claim")
    assert await do(world, OTHER, run, "decide", verdict="refused", why="核对过了") == "deciding"
    assert await do(world, CHIEF, run, "agree") == "refused"
    assert await code_of(world, who, run, "appeal", why="再看") == "SERVICES.NOT_NOW"
    world.clock.shift(timedelta(days=61))
    await world.services.tick()
    assert await world.state(who, run) == "closed"
