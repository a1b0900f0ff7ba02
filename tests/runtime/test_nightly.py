"""A running bank sets anchors and seals old months by itself, once a night, however many processes look."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fengshou.kernel import SHANGHAI, Clock, Database
from fengshou.ledger import Chore, Chores, verify
from fengshou.runtime.nightly import Nightly
from tests.support.book import XIAOSHAN, make_accounts, open_ledger


@pytest.mark.parametrize(
    ("ran", "now", "due"),
    [
        ("2026-03-01 02:01", "2026-03-01 23:59", False),
        ("2026-03-01 02:01", "2026-03-02 01:59", False),
        ("2026-03-01 02:01", "2026-03-02 02:00", True),
        ("2026-03-01 01:59", "2026-03-01 02:00", True),
        ("2026-02-20 05:00", "2026-03-01 01:00", True),
        ("2026-03-01 05:00", "2026-03-01 04:00", False),
    ],
)
def test_a_chore_is_due_when_it_was_not_done_since_two(ran: str, now: str, due: bool) -> None:
    at, then = (datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) for text in (now, ran))
    assert Chore("x", then.astimezone(UTC), "").due(at.astimezone(UTC)) is due


async def test_of_all_who_look_one_does_what_is_due(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock)
    await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)

    done = await asyncio.gather(*(Nightly(db).look() for _ in range(3)))
    again = await Nightly(db).look()

    assert sorted(map(len, done)) == [0, 0, 2]
    assert again == []
    connection = await db.connect("writer")
    told = {name: chore.result for name, chore in (await Chores(connection).last()).items()}
    report = await verify(connection)
    await connection.close()
    assert told == {Chores.ANCHORS: "3 banks anchored", Chores.SEALING: "0 months sealed"}
    assert report.problems == []
    assert report.anchored_at is not None
    assert datetime.now(UTC) - report.anchored_at < timedelta(hours=1)
    await ledger.stop()


async def test_a_process_that_died_at_it_leaves_it_to_the_next(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> int:
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr(Nightly, "_run", dies)
        with pytest.raises(asyncio.CancelledError):
            await Nightly(db).look()
    ran: list[tuple[str, ...]] = []

    async def runs(_: Nightly, command: tuple[str, ...]) -> int:
        ran.append(command)
        return 0

    monkeypatch.setattr(Nightly, "_run", runs)
    assert await Nightly(db).look() == [Chores.ANCHORS, Chores.SEALING]
    assert ran == [("ledger", "anchors"), ("ledger", "seal")]
