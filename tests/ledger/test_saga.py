"""Two shards, each with a database and a writer of its own: a payment between them happens on both sides or on none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import product

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fengshou.kernel import CENTRE, BankError, Busy, Clock, Database, OutcomeUnknown, new_id
from fengshou.ledger import (
    AccountMissing,
    AccountRef,
    Entry,
    InsufficientFunds,
    Ledger,
    Receipt,
    open_banks,
    saga,
    verify,
)
from tests.conftest import migrated_template
from tests.support.book import JINGNING, SUBJECTS, XIAOSHAN, make_accounts
from tests.support.postgres import drop_database, fresh_database

START = 100_00


class Crash(Exception):
    """The process that led the payment died."""


class Frail(Ledger):
    """A book whose caller dies, or hears nothing, just before or just after one of its commits."""

    fault: tuple[str, type[Exception]] | None = None

    async def post(self, entry: Entry) -> Receipt:
        fault, self.fault = self.fault, None
        if fault and fault[0] == "before":
            raise fault[1]
        try:
            return await super().post(entry)
        finally:
            if fault:
                raise fault[1]


@dataclass
class Two:
    """Xiaoshan's shard and Jingning's."""

    pools: list[Database] = field(default_factory=list)
    books: list[Frail] = field(default_factory=list)
    dsns: list[str] = field(default_factory=list)
    ming: AccountRef = field(init=False)
    wang: AccountRef = field(init=False)

    @property
    def shards(self) -> saga.Shards:
        return saga.Shards(lambda bank: self.books[bank == JINGNING])

    async def money(self) -> tuple[int, int, int]:
        ming, wang = await self.books[0].balance(self.ming), await self.books[1].balance(self.wang)
        return ming.posted_fen, ming.held_fen, wang.posted_fen

    async def transit(self) -> int:
        return sum([(await book.balance(saga.TRANSIT)).posted_fen for book in self.books])

    async def whole(self) -> bool:
        reports = []
        for dsn in self.dsns:
            db = await asyncpg.connect(dsn)
            reports.append(await verify(db))
            await db.close()
        return [r.problems for r in reports] == [[], []]


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    """Two shards with one customer each."""
    town = Two()
    for bank in (XIAOSHAN, JINGNING):
        town.dsns.append(await fresh_database(await migrated_template()))
        town.pools.append(Database(town.dsns[-1], Clock(), web_max=2))
        await town.pools[-1].open()
        book = Frail(town.pools[-1], Clock())
        saga.register(book)
        await book.start()
        town.books.append(book)
        await open_banks(book, (CENTRE, bank), SUBJECTS)
        await saga.open_transit(book)
    (town.ming,) = await make_accounts(town.books[0], XIAOSHAN, 1, fen=START)
    (town.wang,) = await make_accounts(town.books[1], JINGNING, 1)
    yield town
    for book, pool, dsn in zip(town.books, town.pools, town.dsns, strict=True):
        await book.stop()
        await pool.close()
        await drop_database(dsn)


async def test_money_goes_over_or_stays(two: Two) -> None:
    id_, nobody = new_id(XIAOSHAN), AccountRef(JINGNING, 99_999_999)

    receipt = await two.shards.transfer(id_, two.ming, two.wang, 30_00, 1)
    again = await two.shards.transfer(id_, two.ming, two.wang, 30_00, 1)
    with pytest.raises(InsufficientFunds):
        await two.shards.transfer(new_id(XIAOSHAN), two.ming, two.wang, 90_00, 1)
    lost = new_id(XIAOSHAN)
    for _ in range(2):
        with pytest.raises(AccountMissing):
            await two.shards.transfer(lost, two.ming, nobody, 10_00, 1)

    assert again == receipt
    assert await two.money() == (70_00, 0, 30_00)
    assert await two.transit() == 0
    assert await two.shards.resume(two.pools[0], [XIAOSHAN]) == 0
    assert await two.whole()


async def test_within_a_shard_it_is_one_commit(two: Two) -> None:
    (li,) = await make_accounts(two.books[0], XIAOSHAN, 1)

    receipt = await two.shards.transfer(new_id(XIAOSHAN), two.ming, li, 1_00, 1)

    assert len(receipt.legs) == 1
    assert (await two.books[0].balance(two.ming)).held_fen == 0


@pytest.mark.law
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_it_never_happens_by_halves(two: Two, data: st.DataObject) -> None:
    """Whatever fails at whichever step, however often, and whoever goes on: caller, sweeper or both."""
    for book in two.books:  # an example that ran out of data left its payment where it was
        book.fault = None
    await two.shards.resume(two.pools[0], [XIAOSHAN])
    payee = data.draw(st.sampled_from([two.wang, AccountRef(JINGNING, 99_999_999)]))
    id_, (had, _, has) = new_id(XIAOSHAN), await two.money()
    faults = st.none() | st.sampled_from(list(product(("before", "after"), (Crash, OutcomeUnknown, Busy))))
    outcome: object = None
    for _ in range(data.draw(st.integers(1, 4))):
        for book in two.books:
            book.fault = data.draw(faults)
        try:
            if data.draw(st.booleans()):
                outcome = await two.shards.transfer(id_, two.ming, payee, 1, 1)
            else:
                await two.shards.resume(two.pools[0], [XIAOSHAN])
        except (Crash, BankError) as problem:
            outcome = problem
        ming, held, wang = await two.money()
        assert wang - has in (0, 1)
        assert ming + wang - had - has in (
            0,
            1,
        )  # between its steps the money is held and paid out: never missing
        assert ming - held + wang <= had + has
    for book in two.books:
        book.fault = None
    await two.shards.resume(two.pools[0], [XIAOSHAN])

    ming, held, wang = await two.money()
    assert held == 0
    assert (had - ming, wang - has) in ((0, 0), (1, 1))
    if isinstance(outcome, Receipt):
        assert wang == has + 1
    if payee != two.wang:
        assert wang == has
    assert await two.transit() == 0


async def test_the_books_are_whole_after_any_crash(two: Two) -> None:
    """Each point once: before and after each of the three commits, then the sweeper."""
    for fault, book in product(("before", "after"), two.books):
        book.fault = (fault, Crash)
        with pytest.raises(Crash):
            await two.shards.transfer(new_id(XIAOSHAN), two.ming, two.wang, 1, 1)
        await two.shards.resume(two.pools[0], [XIAOSHAN])
    crossing = saga.Crossing(new_id(XIAOSHAN), two.ming, two.wang, 1, 1)
    await two.books[0].post(crossing.hold())
    await two.books[1].post(crossing.arrive())
    later = saga.Crossing(new_id(XIAOSHAN), two.ming, two.wang, 1, 1)
    await two.books[0].post(later.hold())
    two.books[0].fault = (
        "after",
        Crash,
    )  # the settling is on disk, its leader fails: the next one ends all the same
    assert await two.shards.resume(two.pools[0], [XIAOSHAN]) == 1

    assert await two.shards.resume(two.pools[0], [XIAOSHAN]) == 0
    assert await two.money() == (START - 5, 0, 5)
    assert await two.transit() == 0
    assert await two.whole()
