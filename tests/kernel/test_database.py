"""The unit of work, row level security, the outbox, jobs and the audit chain, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import asyncpg
import pytest

from fengshou.kernel import CENTRE, Clock, Database, Event, Jobs, Relay, audit, migrate, system, writing

ONE, TWO = 109, 1127


@pytest.fixture
async def relay(db: Database, clock: Clock) -> AsyncIterator[tuple[Relay, Jobs]]:
    jobs = Jobs(db, clock)
    mover = Relay(db, jobs)
    yield mover, jobs
    await mover.stop()
    await jobs.stop()


async def test_a_failed_use_case_leaves_nothing(db: Database) -> None:
    async def fails() -> None:
        async with db.work(ONE) as work:
            await work.emit("probe", "k", {})
            assert writing()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert not writing()
    async with db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM kernel.outbox") == 0


async def test_a_bank_sees_its_own_audit_rows_only(db: Database) -> None:
    for bank in (ONE, TWO):
        async with db.work(bank, system(bank)) as work:
            await work.audit("probe.act", f"subject {bank}")
    async with db.read(ONE) as work:
        rows = await work.fetch("SELECT subject FROM kernel.audit")
    assert [r["subject"] for r in rows] == [f"subject {ONE}"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.work(ONE) as work:
            await work.execute(
                "INSERT INTO kernel.audit SELECT $1, gen_random_uuid(), now(), 'system', NULL, 'x', 'x', '{}'",
                TWO,
            )


async def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with db.read(ONE) as work:
            await work.audit("probe.act", "x")


async def test_the_centres_visits_are_written_down(db: Database) -> None:
    async with db.centre(system(), "looking at both banks") as work:
        assert await work.fetchval("SELECT current_user") == "fs_centre"
    async with db.read(CENTRE) as work:
        assert (
            await work.fetchval("SELECT subject FROM kernel.audit WHERE act='centre.enter'")
            == "looking at both banks"
        )


async def test_events_reach_every_listener_once_and_failures_come_back(
    db: Database, relay: tuple[Relay, Jobs]
) -> None:
    mover, jobs = relay
    seen: list[tuple[str, str]] = []
    done = asyncio.Event()

    async def first(event: Event) -> None:
        seen.append(("first", event.key))

    async def second(event: Event) -> None:
        seen.append(("second", event.key))
        if seen.count(("second", event.key)) == 1:
            raise ConnectionError("the partner hung up")
        done.set()

    mover.on("probe", "first", first)
    mover.on("probe", "second", second)
    jobs.start()
    mover.start()
    async with db.work(ONE) as work:
        await work.emit("probe", "k1", {"fen": 1})
    await asyncio.wait_for(done.wait(), 30)

    assert seen.count(("first", "k1")) == 1
    assert seen.count(("second", "k1")) == 2
    async with db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM kernel.outbox") == 0


async def test_what_is_committed_shortly_after_goes_along(
    db: Database, relay: tuple[Relay, Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    mover, _ = relay
    moved: list[int] = []
    woken, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    move = mover.move

    async def linger() -> None:
        woken.set()
        await go.wait()

    async def counted(bank: int) -> int:
        count = await move(bank)
        if count:
            moved.append(count)
            done.set()
        return count

    monkeypatch.setattr(mover, "_linger", linger)
    monkeypatch.setattr(mover, "move", counted)
    mover.start()
    for number in range(5):
        async with db.work(ONE) as work:
            await work.emit("probe", f"k{number}", {})
        await asyncio.wait_for(woken.wait(), 30)  # the first has woken it
    go.set()
    await asyncio.wait_for(done.wait(), 30)

    assert moved == [5]


async def test_the_audit_chain_finds_a_changed_row(db: Database, dsn: str) -> None:
    for number in range(5):
        async with db.work(ONE, system(ONE)) as work:
            await work.audit("probe.act", f"subject {number}")
        await audit.seal(db)
    assert await audit.seal(db) == 0
    assert await audit.verify(db) == []

    owner = await asyncpg.connect(dsn)
    await owner.execute("UPDATE kernel.audit SET subject = 'another' WHERE subject = 'subject 2'")
    assert len(await audit.verify(db)) == 1
    await owner.execute("UPDATE kernel.audit SET subject = 'subject 2' WHERE subject = 'another'")
    await owner.execute("DELETE FROM kernel.audit_seal WHERE number = 3")
    assert await audit.verify(db) != []
    await owner.close()


async def test_an_applied_migration_must_not_change(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await migrate.migrate(dsn) == []
    steps = migrate.found()
    changed = [migrate.Migration(s.room, s.name, s.sql + " ") if n == 0 else s for n, s in enumerate(steps)]
    monkeypatch.setattr(migrate, "found", lambda: changed)
    with pytest.raises(migrate.MigrationChanged):
        await migrate.migrate(dsn)


async def test_a_server_that_goes_away_is_a_connection_error(db: Database) -> None:
    async def cut_off() -> None:
        async with db.work(ONE) as work:
            work.db.terminate()
            await work.fetchval("SELECT 1")

    with pytest.raises(ConnectionError):
        await cut_off()
    async with db.read(ONE) as work:
        assert await work.fetchval("SELECT 1") == 1


async def test_a_mistake_of_ours_on_an_open_connection_stays_what_it_is(db: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        async with db.read(ONE) as work:
            await work.fetchval("SELECT $1::int", "no number")


async def test_a_socket_that_is_gone_is_a_connection_error(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(**_: object) -> None:
        raise FileNotFoundError

    with monkeypatch.context() as away:
        away.setattr(db, "_pools", {"web": SimpleNamespace(acquire=gone)})
        with pytest.raises(ConnectionError, match="went away"):
            async with db.read(ONE):
                pass


async def test_who_waits_for_a_connection_is_counted_and_no_longer_when_served(db: Database) -> None:
    begun, free = asyncio.Event(), asyncio.Event()
    inside = 0

    async def hold() -> None:
        nonlocal inside
        async with db.read(ONE):
            inside += 1
            if inside == 8:  # as many as there are connections
                begun.set()
            await free.wait()

    holders = [asyncio.create_task(hold()) for _ in range(8)]
    await begun.wait()
    assert db.waiting == 0
    late = [asyncio.create_task(hold()) for _ in range(5)]
    while db.waiting < 5:  # noqa: ASYNC110 - it is what is tested, and tells nobody
        await asyncio.sleep(0)
    free.set()
    await asyncio.gather(*holders, *late)
    assert (db.waiting, inside) == (0, 13)
