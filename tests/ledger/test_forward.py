"""Several processes and one book: one owns it, the others hand on; when it goes, another is it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import pytest

from fengshou.kernel import CENTRE, Clock, Database, OutcomeUnknown, new_id
from fengshou.ledger import (
    PEND,
    AccountFlag,
    AccountMissing,
    AccountRef,
    BoundsChange,
    Condition,
    Entry,
    Freeze,
    InsufficientFunds,
    KeyConflict,
    Ledger,
    Measure,
    OutboxEvent,
    Posting,
    Receipt,
    Rider,
    Terms,
    between_banks,
    open_banks,
    verify,
    wire,
)
from fengshou.ledger.forward import SharedLedger
from fengshou.ledger.plan import Plan
from tests.support.book import JINGNING, SUBJECTS, XIAOSHAN, make_accounts, pay

_LATE = "UPDATE ledger.lease SET until = '-infinity'"


@pytest.fixture
async def peers(dsn: str, tmp_path: Path) -> AsyncIterator[list[SharedLedger]]:
    """Three processes' ledgers, each with pools of its own; the first owns the book."""
    pools = [Database(dsn, Clock(), web_max=2) for _ in range(3)]
    ledgers = []
    for db in pools:
        await db.open()
        ledgers.append(SharedLedger(db, Clock(), tmp_path, lease_s=1.0))
        await ledgers[-1].start()
    await open_banks(ledgers[0], (CENTRE, XIAOSHAN, JINGNING), SUBJECTS)
    yield ledgers
    for ledger, db in zip(ledgers, pools, strict=True):
        await ledger.stop()
        await db.close()


async def test_whoever_is_asked_the_owner_answers(
    peers: list[SharedLedger], owner: asyncpg.Connection
) -> None:
    first, second, third = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=100_00)
    (wang,) = await make_accounts(second, JINGNING, 1)  # an act, handed on
    plain, across = pay(ming, he, 1_00), Entry(new_id(XIAOSHAN), between_banks(ming, wang, 5_00, 1))
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 50_00, PEND),), mandate="test")

    receipts = await asyncio.gather(*(ledger.post(e) for ledger in peers for e in (plain, across, hold)))

    assert receipts[:3] == receipts[3:6] == receipts[6:]
    assert await third.balance(ming) == await first.balance(ming)
    assert (await third.balance(ming)).available_fen == 44_00
    with pytest.raises(InsufficientFunds):
        await second.post(pay(ming, he, 60_00))
    with pytest.raises(KeyConflict):
        await second.post(Entry(plain.id, (Posting(ming, he, 2_00),)))
    with pytest.raises(AccountMissing):
        await second.balance(AccountRef(XIAOSHAN, 5))
    assert await third.answer(hold.id) == receipts[2]
    assert await third.answer(new_id(XIAOSHAN)) is None
    many = await third.post_many([pay(he, ming, 1) for _ in range(300)])
    assert {type(x) for x in many} == {Receipt}
    assert [ledger.ready for ledger in peers] == [True, False, False]
    assert (await verify(owner)).ok


async def test_every_question_of_the_door_is_answered_alike_by_whoever_is_asked(
    peers: list[SharedLedger], dsn: str
) -> None:
    first, second, _ = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=100_00)
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, 50_00, PEND),), mandate="test")
    order = Freeze(ming, "杭州市中级人民法院", "(2026)浙01执1号", AccountFlag.FROZEN_OUT)
    await first.post(hold)
    await first.post(Entry(new_id(XIAOSHAN), changes=(order,)))
    questions: dict[str, tuple[Any, ...]] = {
        "answer": (hold.id,), "balance": (ming,), "balances": ([ming, he],), "holds": (ming,),
        "open_hold": (hold.id,), "freezes": (ming,), "head": (ming,), "position": (XIAOSHAN,), "positions": (),
        "trial_balance": (XIAOSHAN,), "journal": (XIAOSHAN,), "note": (hold.id,),
    }  # fmt: skip

    for name, args in questions.items():
        said = await getattr(first, name)(*args)
        assert await getattr(second, name)(*args) == said, name
        assert said or name == "note", name
    pages = []
    for ledger in (first, second):
        async with ledger._db.read(XIAOSHAN) as work:
            pages.append(await ledger.statement(work, ming))
    assert pages[0] == pages[1] != []
    numbers = [await ledger.reserve_account_id(XIAOSHAN) for ledger in (first, second, first, second)]
    assert len(set(numbers)) == 4
    assert await second.expire_due() == 0

    # Whoever adds a method to the door says here how it is in a process that does not own the book.
    moves = {"post", "post_packed", "post_many", "post_whole", "reverse"}
    own = {"start", "stop", "ready", "reports", "riders", "prepare_months", "load_chart"}
    seen = {*questions, "statement", "reserve_account_id", "expire_due"}
    assert {name for name in vars(Ledger) if not name.startswith("_")} - own - moves == seen


async def test_what_cannot_be_handed_on_is_answered_all_the_same(peers: list[SharedLedger]) -> None:
    first, second, _ = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=100_00)
    strange = OutboxEvent(XIAOSHAN, "t", "k", {"what": object()})

    async with asyncio.timeout(30):
        second._patience_s = 0
        with pytest.raises(OutcomeUnknown):
            await second.post(replace(pay(ming, he, 1), events=(strange,)))


async def test_a_follower_reverses_what_the_owner_posted(peers: list[SharedLedger]) -> None:
    first, second, _ = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=100_00)
    paid = pay(ming, he, 1_00)
    await first.post(paid)

    await second.reverse(paid.id, id_=new_id(XIAOSHAN), reason="记错", mandate="test")

    assert [(await ledger.balance(ming)).posted_fen for ledger in peers] == [100_00] * 3


async def test_when_the_owner_goes_another_takes_over_and_nothing_is_lost_or_doubled(
    peers: list[SharedLedger], owner: asyncpg.Connection
) -> None:
    first, second, third = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=100_000_00)
    entries = [pay(ming, he, 1) for _ in range(900)]
    began = asyncio.Event()

    async def caller(ledger: SharedLedger, mine: list[Entry]) -> list[Receipt]:
        receipts = []
        for entry in mine:
            receipts.append(await ledger.post(entry))
            began.set()
        return receipts

    callers = [
        asyncio.create_task(caller(ledger, entries[at::6])) for at, ledger in enumerate([second, third] * 3)
    ]
    await began.wait()
    writer = first._writer._connection
    assert writer
    first._writer._closing = True  # as a process that was killed: it answers nothing and takes nothing back
    writer.terminate()
    await first._office.close()
    took = monotonic()
    receipts = [r for part in await asyncio.gather(*callers) for r in part]

    assert len({r.legs[0].position for r in receipts}) == 900
    assert {r.entry for r in receipts} == {e.id for e in entries}
    assert (await second.balance(he)).posted_fen == 100_000_00 + 900
    assert [second.ready, third.ready].count(True) == 1
    assert monotonic() - took < 60  # no figure: `drill ledger` reports how long it takes
    assert (await verify(owner)).ok


async def test_an_owner_that_sleeps_past_its_lease_is_followed_and_then_follows(
    peers: list[SharedLedger], owner: asyncpg.Connection
) -> None:
    first, second, third = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=100_00)
    assert (await third.balance(ming)).posted_fen == 100_00  # it has a line to the first
    first._writer._lease_until = 0.0
    await owner.execute(_LATE)

    paid = await second.post(pay(ming, he, 100_00))

    assert isinstance(paid, Receipt)
    for ledger in (third, first):  # the sleeper, too, asks the one who knows
        with pytest.raises(InsufficientFunds):
            await ledger.post(pay(ming, he, 1))
        assert (await ledger.balance(he)).posted_fen == 200_00


async def test_the_next_owner_says_what_the_one_before_said(
    peers: list[SharedLedger], owner: asyncpg.Connection
) -> None:
    first, second, third = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=10_00)
    paid, poor = pay(ming, he, 4_00), pay(ming, he, 7_00)
    receipt = await second.post(paid)
    with pytest.raises(InsufficientFunds):
        await third.post(poor)
    await first.post(pay(he, ming, 5_00))  # now it could be paid, and stays refused
    writer = first._writer._connection
    assert writer
    first._writer._closing = True  # as a process that was killed
    writer.terminate()
    await first._office.close()
    await third.post(pay(he, ming, 1))  # whoever of the two owns the book now

    for ledger in (second, third):
        assert await ledger.post(paid) == receipt
        with pytest.raises(InsufficientFunds):
            await ledger.post(poor)
        for known in (paid, poor):
            with pytest.raises(KeyConflict):
                await ledger.post(Entry(known.id, (Posting(ming, he, 1),)))
    assert (await third.balance(ming)).posted_fen == 11_01
    assert (await verify(owner)).ok


@pytest.mark.parametrize("how", ["heard", "unheard", "gone"])
async def test_holds_end_once_when_each_process_ticks_and_the_owner_goes_in_the_middle(
    peers: list[SharedLedger], owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first, second, third = peers
    ming, he = await make_accounts(first, XIAOSHAN, 2, fen=10_000_00)
    until = first._clock.now() + timedelta(hours=1)
    holds = [
        Entry(new_id(XIAOSHAN), (Posting(ming, he, 10_00, PEND),), mandate="test", expires_at=until)
        for _ in range(700)
    ]
    assert {type(r) for r in await second.post_many(holds)} == {Receipt}
    settle, writer = first._writer._settle, first._writer._connection
    assert writer

    def die(plan: Plan) -> None:
        # The first batch of ends is on disk. Its callers hear of it or not; the second is never tried.
        first._writer._closing = True
        writer.terminate()
        if how == "gone":
            tick.cancel()  # with the process whose tick it was
        if how != "heard":
            raise ConnectionError
        settle(plan)

    monkeypatch.setattr(first._writer, "_settle", die)
    for ledger in peers:
        ledger._clock.shift(timedelta(hours=2))
    for ledger in (third, second):
        assert await ledger.expire_due() == 0  # the book is not theirs: they leave it to its owner
    tick = asyncio.create_task(first.expire_due())
    await asyncio.wait({tick})
    if how != "gone":
        assert tick.result() == 700  # what it could not end itself it handed on

    async with asyncio.timeout(60):
        while (await third.balance(ming)).held_fen:
            await asyncio.gather(*(ledger.expire_due() for ledger in (second, third)))
    assert await asyncio.gather(*(ledger.expire_due() for ledger in peers)) == [0, 0, 0]
    ended = await owner.fetch("SELECT refers, count(*) FROM ledger.journal WHERE kind = 8 GROUP BY 1")
    assert {r["refers"]: r["count"] for r in ended} == {e.id: 1 for e in holds}
    events = "SELECT key, count(*) FROM kernel.outbox WHERE topic = 'ledger.hold_expired' GROUP BY 1"
    assert {r["key"]: r["count"] for r in await owner.fetch(events)} == {str(e.id): 1 for e in holds}
    assert (await second.balance(ming)).available_fen == 10_000_00
    assert (await verify(owner)).ok


def test_everything_an_entry_may_carry_comes_back_the_same() -> None:
    id_, at = new_id(XIAOSHAN), datetime(2026, 1, 2, 3, tzinfo=UTC)
    args = (id_, None, b"\\0", at, date(2026, 1, 2), Decimal("1.10"), [1], {"a": (1,)}, 1 << 62)
    entry = Entry(
        id_, between_banks(AccountRef(XIAOSHAN, 7), AccountRef(JINGNING, 8), 1 << 50, -1),
        riders=(Rider("x", (1, id_), args),),
        events=(OutboxEvent(XIAOSHAN, "t", "k", {"fen": 1, "names": ["何", None], "deep": {"x": 1.5}}),),
        changes=(BoundsChange(AccountRef(XIAOSHAN, 7), None, 1 << 60, "test"),),
        evidence=id_, decision=id_, mandate="利息", event_at=at, expires_at=at, reverses=id_, body=b"\\xff",
    )  # fmt: skip

    posting = entry.postings[0]._replace(
        terms=Terms(only_if=(Condition(AccountRef(XIAOSHAN, 7), Measure.SEQ, "is", 1),))
    )
    entry = replace(entry, postings=(posting, *entry.postings[1:]))

    again = wire.load(wire.dump([entry]))[0]

    assert again == entry
    assert again.digest == entry.digest
    assert type(again.postings[0].kind) is type(entry.postings[0].kind)
    driver_made = asyncpg.pgproto.pgproto.UUID(id_.hex)
    assert wire.load(wire.dump([driver_made])) == [id_]
    with pytest.raises(KeyError):
        wire.load(b'{"c":["Work",1]}')  # nothing but the model's own values is built
