"""A small book that has something in every table: what the law of the flipped byte is tried on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from fengshou.kernel import CENTRE, Clock, Database, Money, Principal, account_number, new_id
from fengshou.ledger import (
    PART,
    PEND,
    SETTLE,
    VOID,
    AccountFlag,
    AccountRef,
    BoundsChange,
    Chores,
    Entry,
    FlagChange,
    Freeze,
    InsufficientFunds,
    Ledger,
    Lift,
    NewAccount,
    Posting,
    between_banks,
    exchange,
    freeze_id,
    fx_positions,
    import_file,
    make_anchors,
    open_banks,
    own_account,
    quarter_day,
    saga,
    seal,
)
from tests.ledger.test_days import history
from tests.support.book import JINGNING, SUBJECTS, XIAOSHAN, make_accounts, pay

CLERK = Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"accountant"}))
OTHER = Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"accountant"}))


async def rich_book(db: Database, clock: Clock, dsn: str) -> Ledger:
    """Some months of a book with everything in it, checkpointed and followed, its writer stopped."""
    clock.shift(-timedelta(days=220))  # so that what is sealed is the past of ids made by any clock
    ledger = Ledger(db, clock)
    saga.register(ledger)
    await ledger.start()
    await ledger.load_chart([(code, f"科目{code}", f"Subject {code}", "credit") for code in SUBJECTS])
    await open_banks(ledger, (CENTRE, XIAOSHAN, JINGNING), SUBJECTS)
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    (far,) = await make_accounts(ledger, JINGNING, 1, fen=50_00)
    await ledger.post(
        _at(clock, pay(refs[0], refs[1], 7), evidence=new_id(XIAOSHAN), decision=new_id(XIAOSHAN))
    )
    await history(ledger, clock, refs, 11, 25)
    await _past_months(ledger, db, clock, dsn, refs)
    clock.shift(max(datetime.now(UTC) - clock.now(), timedelta(0)))
    await _holds(ledger, clock, refs)
    await _changes(ledger, clock, refs)
    await _others(ledger, clock, refs, far)
    await _anchor(ledger, db, clock, dsn)
    await history(ledger, clock, refs, 12, 5)
    with pytest.raises(InsufficientFunds):
        await ledger.post(_at(clock, pay(far, own_account(JINGNING, "1001"), 900_000_00)))
    await ledger.reports.days.follow()
    await ledger.stop()
    return ledger


def _at(clock: Clock, entry: Entry, **more: object) -> Entry:
    return replace(entry, id=new_id(entry.postings[0].debit.bank, clock.now()), **more)  # type: ignore[arg-type]  # an entry's own fields


async def _past_months(ledger: Ledger, db: Database, clock: Clock, dsn: str, refs: list[AccountRef]) -> None:
    """Days closed and one of them opened again, a month, a quarter, a file; the oldest months sealed."""
    first, closing = clock.today(), ledger.reports.closing
    await closing.close_day(CLERK, XIAOSHAN, first - timedelta(days=3))
    await closing.close_day(CLERK, XIAOSHAN, first)
    await history(ledger, clock, refs, 13, 5)
    asked = await closing.ask_reopening(CLERK, XIAOSHAN, first, "a file came late")
    await closing.agree_reopening(OTHER, XIAOSHAN, asked)
    late = _at(clock, pay(refs[1], refs[2], 3), event_at=clock.now() - timedelta(days=200), mandate="late")
    await ledger.post(late)
    last = first.replace(day=1) - timedelta(days=1)
    await closing.close_day(CLERK, XIAOSHAN, first)
    await closing.close_month(CLERK, XIAOSHAN, last)
    await closing.ask_reopening(CLERK, XIAOSHAN, first, "once more")
    await ledger.post(replace(late, id=new_id(XIAOSHAN, clock.now())))
    clock.shift(timedelta(days=130))
    await ledger.reports.interest.close_quarter(CLERK, XIAOSHAN, quarter_day(first))
    text = "key,debit,credit,amount,happened_at,code\n" + "".join(
        f"{n},{account_number(*refs[0])},{account_number(*refs[1])},1.00,2024-03-0{n},\n" for n in (1, 2)
    )
    await import_file(ledger, CLERK, XIAOSHAN, "old.csv", text)
    await ledger._writer.checkpoint()
    await ledger.reports.days.follow()
    assert await seal(dsn, clock.now())


async def _holds(ledger: Ledger, clock: Clock, refs: list[AccountRef]) -> None:
    """Open, ended by a clock, settled, in part, void, expired."""
    ming, he, _ = refs
    until = clock.now() + timedelta(minutes=1)
    holds = [_at(clock, Entry(new_id(XIAOSHAN), (Posting(ming, he, 5_00, PEND, code=4),))) for _ in range(6)]
    holds[4] = replace(holds[4], expires_at=until)
    holds[5] = replace(holds[5], expires_at=until + timedelta(days=3))
    for hold in holds:
        await ledger.post(hold)
    for hold, kind, fen in zip(holds, (SETTLE, PART, VOID), (5_00, 1_00, 5_00), strict=False):
        leg = Posting(ming, he, fen, kind, hold.id)
        await ledger.post(_at(clock, Entry(new_id(XIAOSHAN), (leg,))))
    clock.shift(timedelta(minutes=2))
    assert await ledger.expire_due()


async def _changes(ledger: Ledger, clock: Clock, refs: list[AccountRef]) -> None:
    """Flags, bounds, orders placed and lifted, a note, a reversal."""
    he = refs[1]
    now = clock.now
    flag = FlagChange(refs[2], AccountFlag.FROZEN_OUT, AccountFlag.NONE, "lost her card")
    await ledger.post(
        Entry(new_id(XIAOSHAN, now()), flags=(flag,), mandate="desk", evidence=new_id(XIAOSHAN))
    )
    thaw = FlagChange(refs[2], AccountFlag.NONE, AccountFlag.FROZEN_OUT, "found it")
    await ledger.post(Entry(new_id(XIAOSHAN, now()), flags=(thaw,)))
    await ledger.post(Entry(new_id(XIAOSHAN, now()), changes=(BoundsChange(he, -5_00, 10_000_00, "line"),)))
    court = Freeze(he, "court", "case 7", fen=2_00, until=now() + timedelta(days=900))
    placed = new_id(XIAOSHAN, now())
    await ledger.post(Entry(placed, changes=(court, Freeze(he, "tax", "case 8", AccountFlag.FROZEN_IN))))
    lift = Lift(he, freeze_id(placed, 1), "tax", "paid")
    await ledger.post(Entry(new_id(XIAOSHAN, now()), changes=(lift,)))
    noted = _at(
        clock, pay(refs[0], he, 11), note={"why": "茶", "rate": 0.5, "big": 1e17, "deep": [1, {"a": None}]}
    )
    await ledger.post(noted)
    await ledger.reverse(noted.id, id_=new_id(XIAOSHAN, now()), reason="wrong payee")


async def _others(ledger: Ledger, clock: Clock, refs: list[AccountRef], far: AccountRef) -> None:
    """Dollars, another bank, and payments to another shard."""
    dollars = AccountRef(XIAOSHAN, await ledger.reserve_account_id(XIAOSHAN))
    opens = (*fx_positions(XIAOSHAN, ("CNY", "USD")), NewAccount(dollars, "2111", "USD"))
    legs = exchange(refs[0], dollars, Money(7_00), Money(1_00, "USD"))
    await ledger.post(Entry(new_id(XIAOSHAN, clock.now()), legs, opens=opens))
    await ledger.post(Entry(new_id(XIAOSHAN, clock.now()), between_banks(refs[0], far, 3_00, 0)))
    await saga.open_transit(ledger)
    for arrived in (None, True, False):
        crossing = saga.Crossing(new_id(XIAOSHAN, clock.now()), refs[0], far, 1_00, 5)
        await ledger.post(crossing.hold())
        if arrived is not None:
            await ledger.post(crossing.end(arrived=arrived))


async def _anchor(ledger: Ledger, db: Database, clock: Clock, dsn: str) -> None:
    await ledger._writer.checkpoint()
    await ledger.reports.days.follow()
    connection = await db.connect("writer")
    problems: list[str] = []
    assert await make_anchors(connection, clock.now(), problems.append) == 3, problems
    await Chores(connection).told(Chores.ANCHORS, clock.now(), "3 banks anchored")
    await connection.close()


async def unbounded(owner: asyncpg.Connection) -> None:
    """Take every CHECK and every other UNIQUE off: who flips a byte on the disk is asked by none."""
    for r in await owner.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " WHERE c.relnamespace = 'ledger'::regnamespace AND indisunique AND NOT indisprimary"
    ):
        await owner.execute(f"DROP INDEX {r['name']}")
    for r in await owner.fetch(
        "SELECT conrelid::regclass::text AS name, conname FROM pg_constraint WHERE contype = 'c' AND coninhcount = 0"
        " AND connamespace = 'ledger'::regnamespace"
    ):
        await owner.execute(f'ALTER TABLE {r["name"]} DROP CONSTRAINT IF EXISTS "{r["conname"]}"')
