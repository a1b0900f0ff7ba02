"""The nightly sweep takes what nobody can use any more, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg
import pytest

from fengshou.access import StepUp
from fengshou.kernel import new_id
from tests.access.town import HOME, Scene, digest


async def counts(dsn: str) -> dict[str, int]:
    owner = await asyncpg.connect(dsn)
    tables = (
        "sms_code",
        "rate_window",
        "lock",
        "failure",
        "challenge",
        "session",
        "evidence",
        "day_used",
        "device",
        "password",
    )
    found = {t: await owner.fetchval(f"SELECT count(*) FROM access.{t}") for t in tables}  # noqa: S608 - names above
    await owner.close()
    return found


async def fill(scene: Scene, dsn: str) -> None:
    """A row in every table; one wrong try on the lock."""
    await scene.customer()
    entered = await scene.log_in()
    who, order = entered.principal, new_id(HOME)
    with pytest.raises(StepUp):
        await scene.access.require(who, 2, bound_to=digest("x"), order_id=order)
    await scene.access.log_in.passkey_options()
    owner = await asyncpg.connect(dsn)
    await owner.execute(
        "INSERT INTO access.lock (key_blind, tries, changed_at) VALUES (sha256('x'), 1, now())"
    )
    await owner.execute("INSERT INTO access.failure VALUES (sha256('x'), gen_random_uuid(), now())")
    await owner.execute(
        "INSERT INTO access.day_used VALUES ($1,$2,'transfer',$3,5,10)", HOME, who.id, date(2026, 1, 1)
    )
    await owner.close()


async def test_nothing_in_use_is_swept(scene: Scene, dsn: str) -> None:
    await fill(scene, dsn)
    before = await counts(dsn)

    assert all(before.values())
    assert set((await scene.access.sweep()).values()) == {0}
    assert await counts(dsn) == before


async def test_what_expired_is_swept_table_by_table(scene: Scene, dsn: str) -> None:
    await fill(scene, dsn)
    scene.clock.shift(timedelta(days=3_000))
    swept = await scene.access.sweep()

    assert swept == {
        "sms_code": 1, "rate_window": 4, "lock": 1, "challenge": 1, "session": 1, "evidence": 1, "day_used": 1,
        "failure": 1,
    }  # fmt: skip
    left = await counts(dsn)
    assert {t: n for t, n in left.items() if n} == {"device": 1, "password": 1}


async def test_spent_evidence_is_kept(scene: Scene, dsn: str) -> None:
    await fill(scene, dsn)
    owner = await asyncpg.connect(dsn)
    await owner.execute("UPDATE access.evidence SET level=2, spent_at=now(), spent_by=id")
    await owner.close()
    scene.clock.shift(timedelta(days=3_000))
    await scene.access.sweep()

    assert (await counts(dsn))["evidence"] == 1
