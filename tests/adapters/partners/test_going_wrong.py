"""However a partner goes wrong, what we say of it is true: unknown is never done, and asking finds out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from fengshou.adapters import wire
from fengshou.services import Post
from tests.adapters.lines import OWN, post
from tests.adapters.partners.systems import SYSTEMS, System
from tests.contracts.partners import NOBODY, Hand, lines_to

DONE_AND_TOLD = {"normal", "duplicate"}
DONE_AND_LOST = {"slow", "silent", "lost", "garbage", "too_large", "wrong_schema", "unsigned", "replayed"}
NOT_DONE = {"unavailable", "hang"}
WAITS = {"slow", "silent", "hang"}
every_system = pytest.mark.parametrize("name", SYSTEMS)


@asynccontextmanager
async def open_to(
    system: System, mode: str = "normal", **settings: Any
) -> AsyncIterator[tuple[wire.Speaker, wire.Core[Any], Hand, str]]:
    hand, core = Hand(), system.core(epoch="t")
    running = await wire.serve({"/s": system.build(OWN, core, now=hand.now, hold_s=60)})
    patience = 300 if mode in WAITS else 5_000
    client = system.client(
        lines_to(running.base_url + "/s", **{"read_timeout_ms": patience, "attempts_max": 1} | settings)
    )
    try:
        yield client, core, hand, running.base_url + "/s/control"
    finally:
        await client.aclose()
        await running.stop()


async def turn(control: str, mode: str, **more: Any) -> None:
    status, _ = await post(control, {"mode": mode, "delay_ms": 600, **more})
    assert status == 200


@every_system
@pytest.mark.parametrize("mode", sorted(DONE_AND_TOLD | DONE_AND_LOST | NOT_DONE))
async def test_each_way_of_going_wrong_is_told_as_it_is(name: str, mode: str) -> None:
    system, key = SYSTEMS[name], uuid4()
    async with open_to(system, mode) as (client, core, _, control):
        if mode == "replayed":  # there must be something to repeat
            await client.ring(system.ring("act", key))
            await client.ring(system.ring("question"))
        await turn(control, mode)

        act = await client.ring(system.ring("act", key))
        question = await client.ring(system.ring("question"))

        told = mode in DONE_AND_TOLD
        assert (act.state, question.state) == (("done", "done") if told else ("unknown", "unavailable"))
        if mode != "slow":  # it does it in its own time
            assert system.count(core) == (0 if mode in NOT_DONE else 1)
        assert told or (act.reason_zh and act.reason_en and not act.body)
        await turn(control, "normal")
        again = await client.ring(system.ring("act", key))
        assert again.state == "done"
        assert system.count(core) == 1


@every_system
@pytest.mark.parametrize("mode", ["garbage", "replayed", "too_large", "unavailable", "unsigned"])
async def test_news_that_cannot_be_believed_is_no_news(name: str, mode: str) -> None:
    system = SYSTEMS[name]
    async with open_to(system, mode) as (client, _, hand, control):
        await client.ring(system.ring("told_later"))
        before = await client.news("")  # also what is replayed later
        hand.pass_by(seconds=60)
        await turn(control, mode)

        assert await client.news(before.cursor) == Post((), before.cursor, more=False)

        await turn(control, "normal")
        assert (await client.news(before.cursor)).news


@every_system
async def test_news_told_twice_is_taken_once(name: str) -> None:
    system, key = SYSTEMS[name], uuid4()
    async with open_to(system) as (client, _, hand, control):
        await client.ring(system.ring("told_later", key))
        hand.pass_by(seconds=60)
        once = await client.news("")
        await turn(control, "duplicate")

        twice = await client.news("")

    assert once.news == twice.news
    assert {news.key for news in once.news} == {key}


@every_system
async def test_nobody_there_is_unavailable_and_surely_not_done(name: str) -> None:
    system = SYSTEMS[name]
    client = system.client(lines_to(NOBODY))

    said = [await client.ring(system.ring(what)) for what in ("act", "question")]
    await client.aclose()

    assert [(one.state, one.reason) for one in said] == [("unavailable", "not_reached")] * 2


@every_system
async def test_a_provider_that_hangs_holds_nobody_else_up(name: str) -> None:
    system = SYSTEMS[name]
    async with open_to(system, read_timeout_ms=30_000, connect_timeout_ms=20_000) as (client, _, _, control):
        await turn(control, "hang", provider="bad")
        stuck = [asyncio.create_task(client.ring(system.ring("question", provider="bad"))) for _ in range(40)]
        await asyncio.sleep(0)

        said = await asyncio.gather(*(client.ring(system.ring("question")) for _ in range(20)))

        assert {one.state for one in said} == {"done"}
        assert not any(task.done() for task in stuck)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


@every_system
async def test_a_provider_s_breaker_is_its_own(name: str) -> None:
    system = SYSTEMS[name]
    async with open_to(system, failures_max=3) as (client, _, _, control):
        await turn(control, "lost", provider="bad")
        bad = [await client.ring(system.ring("question", provider="bad")) for _ in range(5)]
        good = await client.ring(system.ring("question"))

    assert [one.reason for one in bad] == ["no_answer"] * 3 + ["not_reached"] * 2
    assert good.state == "done"


@every_system
async def test_our_own_mistakes_are_not_sent(name: str) -> None:
    system = SYSTEMS[name]
    async with open_to(system) as (client, core, _, _):
        ring = system.ring("act")
        wrong = [
            await client.ring(ring.__class__(ring.operation, ring.provider, ring.key, "", {"no": "such"})),
            await client.ring(system.ring("act", provider="../desk")),
            await client.ring(ring.__class__("survey.none", ring.provider, ring.key)),  # type: ignore[arg-type]  # on purpose
        ]
        assert system.count(core) == 0

    assert [(one.state, one.reason) for one in wrong] == [
        ("refused", "bad_request"),
        ("refused", "no_such_provider"),
        ("refused", "not_offered"),
    ]
