"""A lease that ends: whoever slept past it neither writes nor refuses nor reads, and another goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from fengshou.kernel import BankError, Busy, Clock, Database, OutcomeUnknown
from fengshou.ledger import InsufficientFunds, Ledger, ShardTaken, store, store_lease, verify
from tests.support.book import XIAOSHAN, make_accounts, open_ledger, pay

_LATE = "UPDATE ledger.lease SET until = '-infinity'"


async def test_a_writer_that_sleeps_past_its_lease_is_followed_and_knows_nothing_any_more(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    stuck = await open_ledger(db, clock)
    ming, he = await make_accounts(stuck, XIAOSHAN, 2, fen=100_00)
    stuck._writer._lease_until = 0.0  # what its own clock tells it when it wakes
    await owner.execute(_LATE)  # its session lives, so its lock is held all the while
    fresh = Ledger(db, clock, takeover_wait_s=0)
    await fresh.start()
    await fresh.post(pay(ming, he, 100_00))

    late = pay(ming, he, 50_00)
    for question in (stuck.balance(ming), stuck.answer(late.id)):
        with pytest.raises(Busy):
            await question
    with pytest.raises(Busy):
        await stuck.holds(ming)
    with pytest.raises(BankError) as told:
        await stuck.post(late)  # 50 from an account that holds nothing now: it must not even refuse

    assert isinstance(told.value, OutcomeUnknown | Busy)
    assert await fresh.answer(late.id) is None
    with pytest.raises(InsufficientFunds):
        await fresh.post(late)
    await stuck.stop()
    await fresh.stop()
    assert (await verify(owner)).ok


@pytest.mark.parametrize("asleep", ["idle", "within a copy"])
async def test_a_writer_that_falls_asleep_within_its_transaction_is_followed_all_the_same(
    db: Database, clock: Clock, owner: asyncpg.Connection, asleep: str
) -> None:
    stuck = await open_ledger(db, clock)
    ming, he = await make_accounts(stuck, XIAOSHAN, 2, fen=100_00)
    connection, frozen = stuck._writer._connection, asyncio.Event()
    assert connection is not None
    await connection.execute("BEGIN")
    # What every batch and checkpoint begins with; then its process is frozen.
    assert await connection.fetchval(store.FENCE, stuck._writer._epoch)
    copy = asyncio.create_task(_copy_for_ever(connection, frozen)) if asleep == "within a copy" else None
    if copy:
        await frozen.wait()
    await owner.execute(_LATE)

    fresh = Ledger(db, clock, takeover_wait_s=0)
    await fresh.start()
    await fresh.post(pay(ming, he, 1_00))
    assert (await fresh.balance(he)).posted_fen == 101_00
    if copy:
        copy.cancel()
        await asyncio.gather(copy, return_exceptions=True)
    await fresh.stop()
    await stuck.stop()
    assert (await verify(owner)).ok


async def _copy_for_ever(connection: asyncpg.Connection, begun: asyncio.Event) -> None:
    async def rows() -> AsyncIterator[bytes]:
        yield b"1\n"
        begun.set()
        await asyncio.sleep(3600)

    await connection.execute("CREATE TEMPORARY TABLE waiting (n int)")
    await connection.copy_to_table("waiting", schema_name="pg_temp", source=rows())


async def test_only_a_late_writers_sessions_are_ended(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock)
    async with db.pool("writer").acquire() as other, other.transaction():
        await other.execute("UPDATE ledger.lease SET address = address")
        assert await owner.fetchval("SELECT ledger.end_late_writer()") == 0
    async with db.pool("web").acquire() as stranger:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await stranger.fetchval("SELECT ledger.end_late_writer()")
    await ledger.stop()


async def test_a_lease_that_is_kept_is_not_taken_and_one_let_go_is(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    first = await open_ledger(db, clock, lease_s=2)
    before = await owner.fetchval("SELECT until FROM ledger.lease")
    with pytest.raises(ShardTaken):
        await Ledger(db, clock, takeover_wait_s=0).start()
    assert await store_lease.renew(owner, first._writer._epoch, 2)
    assert await owner.fetchval("SELECT until FROM ledger.lease") > before
    assert not await store_lease.renew(owner, first._writer._epoch - 1, 2)

    await first.stop()

    second = Ledger(db, clock, takeover_wait_s=0)
    await second.start()
    assert second.ready
    await second.stop()


async def test_a_writer_told_that_it_lost_the_shard_reads_again_without_being_asked(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    ledger = await open_ledger(db, clock, lease_s=1)
    epoch = ledger._writer._epoch
    await owner.execute("UPDATE ledger.epoch SET epoch = epoch + 1")
    await owner.execute("UPDATE ledger.lease SET epoch = epoch + 1, until = '-infinity'")

    async with asyncio.timeout(30):
        while ledger._writer._epoch <= epoch or not ledger.ready:
            with suppress(BankError):
                await asyncio.sleep(0.01)

    assert ledger._writer._epoch == epoch + 2
    await ledger.stop()


async def test_two_who_want_the_shard_at_once_do_not_both_get_it(owner: asyncpg.Connection, dsn: str) -> None:
    sessions = [await asyncpg.connect(dsn) for _ in range(4)]

    mine = await asyncio.gather(*(store_lease.take_over(db, 5, "") for db in sessions))

    assert sorted(x for x in mine if x) == [1]
    for db in sessions:
        await db.close()
