"""One writer owns the shard: it takes over, is fenced, and comes back from disk as it was."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from fengshou.kernel import BankError, Busy, Clock, Database, OutcomeUnknown, new_id
from fengshou.ledger import (
    PEND,
    SETTLE,
    AccountFlag,
    AccountRef,
    Entry,
    FlagChange,
    InsufficientFunds,
    Ledger,
    Posting,
    Receipt,
    ShardTaken,
    between_banks,
    store,
    verify,
)
from fengshou.ledger.book import Book
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, open_ledger, pay

_RAISE_EPOCH = "UPDATE ledger.epoch SET epoch = epoch + 1"
_END_WRITERS = (
    "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND d.datname = current_database()"
)


async def rows(owner: asyncpg.Connection, entry: Entry) -> int:
    return int(await owner.fetchval("SELECT count(*) FROM ledger.journal WHERE id = $1", entry.id))


async def posted(ledger: Ledger, entry: Entry) -> Receipt:
    """Ask by the same key until there is an answer, as every client does."""
    while True:
        with suppress(Busy, OutcomeUnknown):
            return await ledger.post(entry)
        await asyncio.sleep(0.02)


async def test_an_idle_writer_whose_database_went_away_comes_back_by_itself(
    ledger: Ledger, db: Database, dsn: str
) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    owner = await asyncpg.connect(dsn)
    assert await owner.fetchval(_END_WRITERS)
    await owner.close()

    async with asyncio.timeout(30):
        for there in (False, True):  # it hears of it, and nobody posts, and nobody need
            while ledger.ready is not there:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.01)
    assert (await ledger.balance(ming)).posted_fen == 100_00


async def test_a_second_process_does_not_become_the_writer(
    ledger: Ledger, db: Database, clock: Clock
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    second = Ledger(db, clock, takeover_wait_s=0.1)

    with pytest.raises(ShardTaken):
        await second.start()

    assert not second.ready
    await ledger.post(pay(ming, he, 1_00))
    assert (await ledger.balance(he)).posted_fen == 101_00


async def test_a_fenced_batch_leaves_nothing_behind(
    ledger: Ledger, db: Database, owner: asyncpg.Connection
) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    (he,) = await make_accounts(ledger, JINGNING, 1)
    across = Entry(id=new_id(XIAOSHAN), postings=between_banks(ming, he, 5_00, 1))
    hold = Entry(id=new_id(JINGNING), postings=(Posting(he, AccountRef(JINGNING, 1001), 1_00, PEND),))
    poor = pay(ming, AccountRef(XIAOSHAN, 1001), 900_00)
    await owner.execute(_RAISE_EPOCH)  # what a writer that takes over does first

    outcomes = await asyncio.gather(*(ledger.post(e) for e in (across, hold, poor)), return_exceptions=True)

    assert [type(x) for x in outcomes] == [OutcomeUnknown] * 3  # not even the refusal was given
    assert await rows(owner, across) == 0
    assert await owner.fetchval("SELECT count(*) FROM ledger.hold") == 0
    assert await owner.fetchval("SELECT count(*) FROM ledger.refusal") == 0
    assert len((await posted(ledger, across)).legs) == 3
    with pytest.raises(InsufficientFunds):
        await ledger.post(poor)
    assert (await ledger.balance(ming)).posted_fen == 95_00
    assert (await verify(owner)).ok


async def test_a_writer_that_lost_the_shard_neither_writes_nor_refuses_nor_reads(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    stale = await open_ledger(db, clock)
    ming, he = await make_accounts(stale, XIAOSHAN, 2, fen=100_00)
    await owner.execute(_END_WRITERS)
    fresh = Ledger(db, clock)
    await fresh.start()
    await fresh.post(pay(ming, he, 100_00))

    late = pay(ming, he, 50_00)
    with pytest.raises(BankError) as told:
        await stale.post(late)
    with pytest.raises(Busy):
        await stale.post(late)  # it has read that another owns the shard now
    for question in (stale.balance(ming), stale.answer(late.id)):
        with pytest.raises(Busy):
            await question

    assert isinstance(told.value, OutcomeUnknown | Busy)
    assert await rows(owner, late) == 0
    assert await fresh.answer(late.id) is None
    await stale.stop()  # its last checkpoint is not written either
    await fresh.stop()
    assert (await verify(owner)).ok
    ledger = await open_ledger(db, clock)
    assert (await ledger.balance(he)).posted_fen == 200_00
    await ledger.stop()


async def test_a_stale_checkpoint_is_refused(db: Database, clock: Clock, owner: asyncpg.Connection) -> None:
    ledger = await open_ledger(db, clock)
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    await owner.execute(_RAISE_EPOCH)

    async with db.pool("writer").acquire() as connection:
        with pytest.raises(store.Fenced):
            await store.checkpoint(connection, [(ming, (1, 0, 9, 9, 0))], {XIAOSHAN: 9}, 1)

    assert await owner.fetchval("SELECT max(balance) FROM ledger.account WHERE id = $1", ming.id) != 1
    await ledger.stop()


def memory_of(book: Book) -> object:
    return (
        {ref: (a.save(), a.floor, a.subject, a.currency) for ref, a in book.accounts.items()},
        book.holds, book.positions, book.hashes,
    )  # fmt: skip


async def test_checkpoint_and_replay_equal_replay_from_zero(
    ledger: Ledger, db: Database, owner: asyncpg.Connection
) -> None:
    ming, he, li = await make_accounts(ledger, XIAOSHAN, 3, fen=100_00)
    (wang,) = await make_accounts(ledger, JINGNING, 1, fen=50_00)
    holds = [Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 7_00, PEND),)) for _ in range(3)]
    for entry in (*holds, pay(ming, he, 1_00), pay(he, li, 3_00)):
        await ledger.post(entry)
    await ledger._writer.checkpoint()
    settle = Posting(ming, he, 2_00, SETTLE, holds[0].id)
    for entry in (
        Entry(id=new_id(XIAOSHAN), postings=(settle,)),
        Entry(id=new_id(JINGNING), postings=between_banks(wang, li, 9_00, 1)),
        Entry(id=new_id(XIAOSHAN), flags=(FlagChange(he, AccountFlag.FROZEN_OUT, AccountFlag.NONE, "test"),)),
        pay(li, ming, 4_00),
    ):
        await ledger.post(entry)
    memory = memory_of(ledger._writer.book)

    assert memory_of(await store.load(owner)) == memory

    await owner.execute("UPDATE ledger.account SET balance = 0, held = 0, seq = 0, last = 0")
    await owner.execute("DELETE FROM ledger.checkpoint")
    assert memory_of(await store.load(owner)) == memory


async def test_a_full_queue_says_busy_and_moves_nothing(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock, queue_max=5)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)

    outcomes = await asyncio.gather(
        *(ledger.post(pay(ming, he, 1)) for _ in range(100)), return_exceptions=True
    )

    done = sum(isinstance(x, Receipt) for x in outcomes)
    assert {type(x) for x in outcomes} == {Receipt, Busy}
    assert (await ledger.balance(he)).posted_fen == 100_00 + done
    await ledger.stop()
    with pytest.raises(Busy):
        await ledger.post(pay(ming, he, 1))


async def test_a_database_that_lost_what_it_acknowledged_is_not_gone_on_with(
    ledger: Ledger, db: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thawed primary that takes its place back has an older book: nobody is answered from it."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    async with db.pool("writer").acquire() as connection:
        old = await store.load(connection)
    await ledger.post(pay(ming, he, 10_00))
    load, asked = store.load, []

    async def older(connection: asyncpg.Connection) -> Book:
        asked.append(connection)
        return old if len(asked) < 3 else await load(connection)

    monkeypatch.setattr(store, "load", older)
    owner = await asyncpg.connect(dsn)
    assert await owner.fetchval(_END_WRITERS)
    async with asyncio.timeout(30):
        while len(asked) < 3:
            with suppress(Busy):
                assert (await ledger.balance(ming)).posted_fen == 90_00
            await asyncio.sleep(0.02)
    assert (await posted(ledger, pay(ming, he, 1_00))).legs
    assert (await ledger.balance(ming)).posted_fen == 89_00
    await owner.close()
