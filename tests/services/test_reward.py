"""Coupons and draws: nobody has more turns than are theirs, nothing is promised twice, and a draw can be checked."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import BankError, Principal
from fengshou.services import Definition, store_own
from fengshou.services.archetypes.reward import PARTS, RewardSpec, roll, won
from tests.services.world import BANK, CONTENT, World, somebody

COUPON, DRAW = "merchant.harvest.coupon", "merchant.harvest.draw"
TELLER, CHIEF = (somebody(kind="staff", roles=role) for role in ("teller", "supervisor"))


async def coupon(world: World, who: Principal) -> UUID:
    """A coupon, or not, as far as it goes by itself."""
    run = (await world.services.begin(who, COUPON, uuid4(), {"form": {"shop": "store"}})).run
    await world.settle()
    return run


async def draw(world: World, who: Principal, salt: str) -> UUID:
    """A turn of the draw."""
    run = (await world.services.begin(who, DRAW, uuid4(), {"form": {"rules": True}, "chance": "mine"})).run
    await world.settle()
    await world.services.act(who, run, "draw", uuid4(), {"salt": salt})
    await world.settle()
    return run


async def test_one_coupon_a_month_used_once(world: World) -> None:
    who = somebody()
    run, second = await coupon(world, who), await coupon(world, who)
    view = await world.services.view(who, run)
    code = view.form["outcome"]["code"]
    assert (view.state, await world.state(who, second)) == ("issued", "over")
    assert (await world.services.view(who, second)).facts["note_en"] == "You have had all your turns"

    with pytest.raises(BankError, match="CODE_WRONG"):
        await world.services.act(TELLER, run, "redeem", uuid4(), {"code": "A" * len(code)})
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(who, run, "redeem", uuid4(), {"code": code})
    key = uuid4()
    for _ in range(2):
        moved = await world.services.act(
            TELLER, run, "redeem", key, {"code": code.lower()}, way="branch", place="shop-7"
        )
        assert moved.state == "redeemed"
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(TELLER, run, "redeem", uuid4(), {"code": code})
    world.clock.shift(timedelta(days=31))
    await world.services.tick()
    assert await world.state(who, run) == "closed"
    assert await world.state(who, await coupon(world, who)) == "issued"  # another month


async def test_what_is_used_up_is_not_promised(world: World) -> None:
    """Of two hundred thousand coupons all but three are taken; ten people want one at once."""
    async with world.db.work(BANK) as work:
        await store_own.take(work, "harvest-2026-coupon|off20|stock", 199_997, 200_000)
    people = [somebody() for _ in range(10)]
    runs = await asyncio.gather(
        *(world.services.begin(who, COUPON, uuid4(), {"form": {"shop": "store"}}) for who in people)
    )
    await world.settle()

    states = [await world.state(who, moved.run) for who, moved in zip(people, runs, strict=True)]
    assert Counter(states) == {"issued": 3, "over": 7}
    async with world.db.read(BANK) as work:
        taken = await store_own.taken(work, ["harvest-2026-coupon|off20|stock", "harvest-2026-coupon|budget"])
    assert taken == {"harvest-2026-coupon|off20|stock": 200_000, "harvest-2026-coupon|budget": 6_000}
    # Who got none has lost no turn: the tallies are taken together or not at all.
    names = [f"harvest-2026-coupon|{who.id}|{world.clock.today().isoformat()[:7]}" for who in people]
    async with world.db.read(BANK) as work:
        assert len(await store_own.taken(work, names)) == 3


async def test_a_draw_can_be_checked_by_who_drew(world: World) -> None:
    who = somebody()
    begun = await world.services.begin(who, DRAW, uuid4(), {"form": {"rules": True}, "chance": "mine"})
    await world.settle()
    before = await world.services.view(who, begun.run)
    assert "seed" not in before.facts
    assert before.facts["commitment"] != sha256(b"mine").hexdigest()  # the sender does not choose it

    await world.services.act(who, begun.run, "draw", uuid4(), {"salt": "丰收"})
    await world.settle()
    view = await world.services.view(who, begun.run)
    assert sha256(view.facts["seed"].encode()).hexdigest() == before.facts["commitment"]
    assert view.facts["roll"] == roll(view.facts["seed"], "丰收")
    prize = won(view.definition.section, view.facts["roll"])
    assert (view.state, view.facts.get("prize")) == (("issued", prize.value) if prize else ("lost", None))


async def test_a_second_turn_of_a_day_is_none(world: World) -> None:
    who = somebody()
    await draw(world, who, "a")
    run = (await world.services.begin(who, DRAW, uuid4(), {"form": {"rules": True}})).run
    await world.settle()
    assert await world.state(who, run) == "over"
    world.clock.shift(timedelta(days=1))
    run = (await world.services.begin(who, DRAW, uuid4(), {"form": {"rules": True}})).run
    await world.settle()
    assert await world.state(who, run) == "eligible"


async def test_what_was_cheated_for_is_taken_back_by_a_supervisor(world: World) -> None:
    who = somebody()
    run, late = await coupon(world, who), await coupon(world, somebody())
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(TELLER, run, "claw_back", uuid4(), {"why": "刷券"})
    with pytest.raises(BankError, match="SAY_MISSING"):
        await world.services.act(CHIEF, run, "claw_back", uuid4(), {})
    assert (
        await world.services.act(CHIEF, run, "claw_back", uuid4(), {"why": "刷券"})
    ).state == "clawed_back"
    world.clock.shift(timedelta(days=31))
    await world.services.tick()
    assert await world.state(CHIEF, late) == "expired"


async def test_the_code_lies_sealed(world: World) -> None:
    who = somebody()
    run = await coupon(world, who)
    view = await world.services.view(who, run)
    async with world.db.relay() as work:
        rows = await work.fetch("SELECT to_jsonb(r)::text AS row FROM services.run r")
        rows += await work.fetch("SELECT to_jsonb(e)::text AS row FROM services.event e")
    assert not any(view.form["seed"] in row["row"] for row in rows)
    assert not any(view.form["outcome"]["code"] in row["row"] for row in rows)


def spec() -> RewardSpec:
    """The draw as it is published."""
    items = yaml.safe_load((CONTENT / "services/merchant/rewards.yaml").read_text("utf-8"))["items"]
    found = Definition.model_validate(next(item for item in items if item["key"] == DRAW)).reward
    assert found is not None
    return found


SPEC = spec()


def test_every_number_has_its_prize_as_published() -> None:
    counted = Counter(prize.value if (prize := won(SPEC, number)) else "" for number in range(PARTS))
    assert counted == {"rice": 100, "tea": 400, "off5": 3_500, "": 6_000}


@given(st.text(max_size=64), st.text(max_size=64))
def test_seed_and_words_always_say_the_same_number(seed: str, salt: str) -> None:
    assert 0 <= roll(seed, salt) == roll(seed, salt) < PARTS


def test_the_draw_is_as_fair_as_its_odds() -> None:
    """Ten thousand seeds, always the same: within four standard deviations of what is published."""
    wins = Counter(prize.value for n in range(10_000) if (prize := won(SPEC, roll(f"seed {n}", "words"))))
    for prize in SPEC.prizes:
        wanted = prize.odds
        assert abs(wins[prize.value] - wanted) < 4 * (wanted * (1 - wanted / PARTS)) ** 0.5


def test_a_campaign_adds_up() -> None:
    with pytest.raises(ValueError, match="odds"):
        RewardSpec.model_validate(
            {**SPEC.model_dump(), "prizes": [{**p.model_dump(), "odds": 5_000} for p in SPEC.prizes]}
        )
    with pytest.raises(ValueError, match="one prize"):
        RewardSpec.model_validate({**SPEC.model_dump(), "kind": "coupon"})
    with pytest.raises(ValueError, match="from_day"):
        RewardSpec.model_validate({**SPEC.model_dump(), "until_day": "2026-10-01"})
