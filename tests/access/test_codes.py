"""SMS codes: single use, five tries, windows, and nothing told about who is known."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from fengshou.access import (
    CodeEnded,
    CodeTooSoon,
    CodeWrong,
    DeviceHint,
    NotRegistered,
    RateLimited,
    SmsAnswer,
    SmsRefused,
)
from fengshou.kernel import CENTRE, Invalid
from tests.access.town import Scene, make_scene

PHONE = "13800000001"
HINT = DeviceHint(address="10.0.0.1")


def other(code: str) -> str:
    """A code of the right shape that is not `code`."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def try_code(scene: Scene, code: str, purpose: Any = "log_in") -> str:
    """The outcome of one try, by name."""
    try:
        await scene.access.log_in.by_code(PHONE, code, HINT, purpose=purpose)
    except (CodeWrong, CodeEnded, NotRegistered) as problem:
        return type(problem).__name__
    return "in"


async def test_a_code_works_once(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    code = scene.carrier.code(PHONE)

    assert [await try_code(scene, code), await try_code(scene, code)] == ["in", "CodeEnded"]


async def test_fifty_guesses_at_once_get_five_looks(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    right = scene.carrier.code(PHONE)

    guesses = [f"{(int(right) + n) % 1_000_000:06d}" for n in range(1, 50)]
    outcomes = await asyncio.gather(*(try_code(scene, guess) for guess in guesses))

    # The fifth wrong look already says that the code is over.
    assert (outcomes.count("CodeWrong"), outcomes.count("CodeEnded")) == (4, 45)
    async with scene.db.read(CENTRE) as work:
        assert await work.fetchval("SELECT tries FROM access.sms_code") == 5
    assert await try_code(scene, right) == "CodeEnded"


async def test_the_right_code_sent_fifty_times_at_once_lets_in_once(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    right = scene.carrier.code(PHONE)

    outcomes = await asyncio.gather(*(try_code(scene, right) for _ in range(50)))

    assert (outcomes.count("in"), outcomes.count("CodeEnded")) == (1, 49)


async def test_a_code_expires_after_five_minutes(scene: Scene) -> None:
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    scene.clock.shift(timedelta(minutes=5))

    assert await try_code(scene, scene.carrier.code(PHONE)) == "CodeEnded"


async def test_a_code_is_for_its_purpose(scene: Scene) -> None:
    await scene.access.send_code(PHONE, "freeze", address="10.0.0.1")

    assert await try_code(scene, scene.carrier.code(PHONE)) == "CodeEnded"


async def test_nothing_tells_whether_a_phone_is_known(scene: Scene) -> None:
    await scene.customer(PHONE)
    known = await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    stranger = await scene.access.send_code("13800000002", "log_in", address="10.0.0.1")

    assert known == stranger
    assert [to for to, _ in scene.carrier.sent] == [PHONE, "13800000002"]


async def test_only_its_holder_learns_that_a_phone_is_nobodys(scene: Scene) -> None:
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    right = scene.carrier.code(PHONE)

    assert [await try_code(scene, other(right)), await try_code(scene, right)] == [
        "CodeWrong",
        "NotRegistered",
    ]


async def test_a_code_can_be_sent_again_after_a_minute(scene: Scene) -> None:
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    first = scene.carrier.code(PHONE)
    scene.clock.shift(timedelta(seconds=20))
    with pytest.raises(CodeTooSoon) as caught:
        await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    assert 39 <= int(str(caught.value.facts["retry_after_s"])) <= 40
    scene.clock.shift(timedelta(seconds=40))
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")

    assert len(scene.carrier.sent) == 2
    if first != scene.carrier.code(PHONE):
        assert await try_code(scene, first) == "CodeWrong"


async def test_twenty_requests_at_once_send_one_message(scene: Scene) -> None:
    outcomes = await asyncio.gather(
        *(scene.access.send_code(PHONE, "log_in", address="10.0.0.1") for _ in range(20)),
        return_exceptions=True,
    )

    assert sum(isinstance(o, CodeTooSoon) for o in outcomes) == 19
    assert len(scene.carrier.sent) == 1


async def test_a_phone_gets_six_codes_an_hour(scene: Scene) -> None:
    scene.clock.shift(timedelta(seconds=3600 - scene.clock.now().timestamp() % 3600))  # the window begins now
    for _ in range(6):
        await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
        scene.clock.shift(timedelta(seconds=61))
    with pytest.raises(RateLimited) as caught:
        await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")

    assert 3000 <= int(str(caught.value.facts["retry_after_s"])) <= 3600
    assert len(scene.carrier.sent) == 6
    scene.clock.shift(timedelta(hours=1))
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")


async def test_an_address_cannot_send_to_everybody_at_once(scene: Scene) -> None:
    scene.clock.shift(timedelta(seconds=3600 - scene.clock.now().timestamp() % 3600))
    phones = [f"139{n:08d}" for n in range(80)]
    outcomes = await asyncio.gather(
        *(scene.access.send_code(phone, "log_in", address="10.0.0.9") for phone in phones),
        return_exceptions=True,
    )

    assert sum(isinstance(o, RateLimited) for o in outcomes) == 20
    assert len(scene.carrier.sent) == 60
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.10")


async def test_a_refused_message_leaves_no_code(scene: Scene) -> None:
    scene.carrier.answer = SmsAnswer.REFUSED
    with pytest.raises(SmsRefused):
        await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")

    assert await try_code(scene, scene.carrier.code(PHONE)) == "CodeEnded"


async def test_an_unknown_outcome_may_have_arrived(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    scene.carrier.answer = SmsAnswer.UNKNOWN
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")

    assert await try_code(scene, scene.carrier.code(PHONE)) == "in"


async def test_neither_phone_nor_code_nor_address_is_stored(scene: Scene) -> None:
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    code = scene.carrier.code(PHONE)
    async with scene.db.read(CENTRE) as work:
        rows = await work.fetch(
            "SELECT c::text AS all FROM access.sms_code c UNION ALL SELECT w::text FROM access.rate_window w"
        )

    text = " ".join(row["all"] for row in rows)
    assert len(rows) == 4
    for secret in (PHONE, code, "10.0.0.1"):
        assert secret.encode().hex() not in text
        assert f",{secret}," not in text


@pytest.mark.parametrize(
    "phone", ["", "1380000000", "138000000011", "12800000001", "１３８００００００１１", "+8613800000001"]
)
async def test_what_is_no_phone_is_refused(scene: Scene, phone: str) -> None:
    with pytest.raises(Invalid):
        await scene.access.send_code(phone, "log_in", address="10.0.0.1")
    assert scene.carrier.sent == []


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６"])
async def test_what_is_no_code_costs_no_try(scene: Scene, code: str) -> None:
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    with pytest.raises(Invalid):
        await scene.access.log_in.by_code(PHONE, code, HINT)
    async with scene.db.read(CENTRE) as work:
        assert await work.fetchval("SELECT tries FROM access.sms_code") == 0


async def test_a_code_is_worth_nothing_under_another_key(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    stranger = make_scene(scene.db, scene.clock, key=bytes(32))
    stranger.town.customers = scene.town.customers

    assert await try_code(stranger, scene.carrier.code(PHONE)) == "CodeEnded"
    assert await try_code(scene, scene.carrier.code(PHONE)) == "in"
