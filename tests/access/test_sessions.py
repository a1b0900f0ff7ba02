"""Sessions: found by their token, idle, rotated, ended; and what a second's memory may not hide."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from fengshou import access
from fengshou.access import Entered, SessionEnded
from fengshou.kernel import BankError, Clock, Database, Kind, Missing
from tests.access.town import ELSEWHERE, HOME, Scene, make_scene


async def enter(scene: Scene, phone: str = "13800000001") -> Entered:
    await scene.customer(phone)
    return await scene.log_in(phone)


async def alive(scene: Scene, token: str) -> bool:
    try:
        await scene.access.resolve(token)
    except SessionEnded:
        return False
    return True


async def test_a_token_says_who_asks(scene: Scene) -> None:
    entered = await enter(scene)
    who = await scene.access.resolve(entered.token)

    assert who == entered.principal
    assert (who.kind, who.id, who.bank) == ("customer", scene.town.customers["13800000001"], HOME)
    assert (who.level, who.factors, who.roles) == (2, frozenset({"password", "sms"}), frozenset())


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "fs1.109.",
        "fs1.0." + "a" * 43,
        "fs1.99999." + "a" * 43,
        "fs1.109." + "a" * 43,
        "fs2.109." + "a" * 43,
    ],
)
async def test_what_opens_nothing_is_an_ended_session(scene: Scene, token: str) -> None:
    with pytest.raises(SessionEnded) as caught:
        await scene.access.resolve(token)
    assert caught.value.kind is Kind.STEP_UP


async def test_a_token_moved_to_another_bank_finds_nothing(scene: Scene) -> None:
    entered = await enter(scene)

    assert not await alive(scene, entered.token.replace(f".{HOME}.", f".{ELSEWHERE}."))


async def test_the_token_is_not_stored(scene: Scene, dsn: str) -> None:
    entered = await enter(scene)
    owner = await asyncpg.connect(dsn)
    rows = await owner.fetch(
        "SELECT s::text AS t FROM access.session s UNION ALL SELECT d::text FROM access.device d"
    )
    await owner.close()

    text = "".join(row["t"] for row in rows)
    for secret in (entered.token, entered.token.rsplit(".", 1)[1], entered.device_secret):
        assert secret not in text
        assert secret.encode().hex() not in text


async def test_another_bank_does_not_see_the_session(scene: Scene) -> None:
    await enter(scene)
    for bank, seen in ((HOME, 1), (ELSEWHERE, 0)):
        async with scene.db.read(bank) as work:
            assert await work.fetchval("SELECT count(*) FROM access.session") == seen


async def test_fifteen_idle_minutes_end_a_session(scene: Scene) -> None:
    entered = await enter(scene)
    for _ in range(3):
        scene.clock.shift(timedelta(minutes=14))
        assert await alive(scene, entered.token)
    scene.clock.shift(timedelta(minutes=15))

    assert not await alive(scene, entered.token)
    scene.clock.shift(timedelta(minutes=-15))
    assert not await alive(scene, entered.token)  # ended, not merely asleep


async def test_a_day_ends_a_session_however_busy(scene: Scene) -> None:
    entered = await enter(scene)
    for _ in range(24 * 6 - 1):
        scene.clock.shift(timedelta(minutes=10))
        await scene.access.resolve(entered.token)
    scene.clock.shift(timedelta(minutes=10))

    assert not await alive(scene, entered.token)


async def test_a_second_of_memory_asks_the_database_once(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, cache_seconds=3600.0)
    entered = await enter(scene)
    await scene.access.resolve(entered.token)
    async with scene.db.work(HOME) as work:  # behind the room's back
        await work.execute("UPDATE access.session SET ended_at=now(), ended_why='test'")

    assert await alive(scene, entered.token)


async def test_logging_out_counts_at_once_in_spite_of_the_memory(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, cache_seconds=3600.0)
    here = await enter(scene)
    assert await alive(scene, here.token)
    await scene.access.sessions.log_out(here.principal)

    assert not await alive(scene, here.token)


async def test_an_answer_read_before_the_end_is_not_remembered_after_it(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, cache_seconds=3600.0)
    for n in range(10):
        entered = await enter(scene, f"1380000010{n}")
        await asyncio.gather(
            *(alive(scene, entered.token) for _ in range(6)), scene.access.sessions.log_out(entered.principal)
        )
        assert not await alive(scene, entered.token)


async def test_log_out_others_leaves_this_one(scene: Scene) -> None:
    here = await enter(scene)
    scene.clock.shift(timedelta(seconds=61))
    there = await scene.log_in()

    assert await scene.access.sessions.log_out_others(here.principal) == 1
    assert (await alive(scene, here.token), await alive(scene, there.token)) == (True, False)


async def test_one_person_cannot_end_the_session_of_another(scene: Scene) -> None:
    victim = await enter(scene, "13800000001")
    stranger = await enter(scene, "13800000002")
    await scene.access.sessions.log_out_others(stranger.principal)
    with pytest.raises(Missing):
        await scene.access.binding.remove_device(stranger.principal, victim.principal.device or UUID(int=0))

    assert await alive(scene, victim.token)


async def test_a_young_token_is_not_rotated(scene: Scene) -> None:
    entered = await enter(scene)

    assert await scene.access.sessions.rotate(entered.token) is None


async def rotated(scene: Scene) -> tuple[str, str]:
    """A session's old and new token."""
    entered = await enter(scene)
    await age(scene, entered.token)
    fresh = await scene.access.sessions.rotate(entered.token)
    assert fresh is not None
    return entered.token, fresh


async def age(scene: Scene, token: str) -> None:
    """Four busy hours."""
    for _ in range(24):
        scene.clock.shift(timedelta(minutes=10, seconds=1))
        await scene.access.resolve(token)


async def test_both_tokens_work_until_the_new_one_is_seen_and_thirty_seconds_more(scene: Scene) -> None:
    old, new = await rotated(scene)
    scene.clock.shift(timedelta(minutes=5))
    assert await alive(scene, old)  # the answer with the new one may be lost
    assert await alive(scene, new)
    scene.clock.shift(timedelta(seconds=29))
    assert await alive(scene, old)
    scene.clock.shift(timedelta(seconds=2))

    assert not await alive(scene, old)


async def test_a_retired_token_ends_the_session_of_whoever_copied_it(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, cache_seconds=0.0)
    old, new = await rotated(scene)
    assert await alive(scene, new)
    scene.clock.shift(timedelta(seconds=31))

    assert not await alive(scene, old)
    assert not await alive(scene, new)
    async with scene.db.read(HOME) as work:
        assert await work.fetchval("SELECT ended_why FROM access.session") == "token_reused"


async def test_twenty_rotations_at_once_make_one_token(scene: Scene) -> None:
    entered = await enter(scene)
    await age(scene, entered.token)
    fresh = await asyncio.gather(*(scene.access.sessions.rotate(entered.token) for _ in range(20)))

    made = [token for token in fresh if token]
    assert len(made) == 1
    assert await alive(scene, entered.token)
    assert await alive(scene, made[0])


async def test_a_lost_rotation_is_made_up_for_later(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, cache_seconds=0.0)
    old, lost = await rotated(scene)
    await age(scene, old)  # the phone never saw the new one

    again = await scene.access.sessions.rotate(old)
    assert again is not None
    assert [await alive(scene, token) for token in (lost, old, again)] == [False, True, True]


async def test_switching_banks_keeps_the_session(scene: Scene) -> None:
    entered = await enter(scene)
    await scene.access.sessions.switch_bank(entered.principal, ELSEWHERE)
    who = await scene.access.resolve(entered.token)

    assert (who.bank, who.session, who.id) == (ELSEWHERE, entered.principal.session, entered.principal.id)


async def test_a_log_in_is_told_and_written_down(scene: Scene) -> None:
    entered = await enter(scene)
    async with scene.db.relay() as work:
        topics = [r["topic"] for r in await work.fetch("SELECT topic FROM kernel.outbox ORDER BY id")]
        body = await work.fetchval("SELECT body FROM kernel.outbox WHERE topic='access.logged_in'")
        acts = [r["act"] for r in await work.fetch("SELECT act FROM kernel.audit ORDER BY id")]

    assert sorted(topics) == ["access.device_added", "access.logged_in"]
    assert body["principal"] == str(entered.principal.id)
    assert (body["device"], body["device_added"]) == ("iPhone·Safari", True)
    assert sorted(acts) == ["access.logged_in", "access.password"]


async def test_a_stranger_at_the_edge_costs_no_write(scene: Scene) -> None:
    assert not await alive(scene, "fs1.109." + "a" * 43)
    async with scene.db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM kernel.audit") == 0


def test_every_error_has_both_languages_and_its_own_code() -> None:
    errors = [cls for cls in BankError.__subclasses__() if cls.__module__ == "fengshou.access.errors"]

    assert {cls.__name__ for cls in errors} <= set(access.__all__)
    assert len({cls.code for cls in errors}) == len(errors) > 20
    for cls in errors:
        assert cls.code.startswith("ACCESS.")
        assert not cls.zh.isascii()
        assert cls.en.isascii()
        assert BankError.zh != cls.zh
