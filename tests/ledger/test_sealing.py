"""A sealed month answers as it did before it was sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import Clock, Database, day_of, leg_id, new_id
from fengshou.ledger import PEND, VOID, AccountRef, Entry, Ledger, Posting, row, sealed, store_sealed, verify
from fengshou.ledger.months import KeyTooOld
from fengshou.ledger.sealing import SealRefused, seal
from tests.ledger.test_days import history
from tests.support.book import XIAOSHAN, make_accounts, pay

INT64 = st.integers(-(2**63), 2**63 - 1)
COUNTS = st.integers(1, 2**62)
INSTANTS = st.integers(0, 2**51).map(lambda us: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
ROWS = st.fixed_dictionaries(
    {
        "institution_id": st.just(XIAOSHAN), "position": COUNTS, "id": st.uuids(), "kind": st.integers(1, 6),
        "debit": COUNTS, "credit": COUNTS, "amount": COUNTS, "debit_balance": INT64, "credit_balance": INT64,
        "debit_seq": COUNTS, "credit_seq": COUNTS, "debit_prev": COUNTS, "credit_prev": COUNTS,
        "code": st.integers(-(2**31), 2**31 - 1), "digest": st.none() | INT64, "event_at": st.none() | INSTANTS,
        "posted_at": INSTANTS, "refers": st.none() | st.uuids(), "evidence": st.none() | st.uuids(),
        "decision": st.none() | st.uuids(), "mandate": st.none() | st.text(st.characters(codec="utf-8"), max_size=9),
    }
)  # fmt: skip


@given(st.lists(ROWS, max_size=20, unique_by=lambda r: r["position"]))
def test_a_page_reads_back_as_it_was(rows: list[dict[str, Any]]) -> None:
    rows.sort(key=lambda r: r["position"])
    page = sealed.encode(XIAOSHAN, rows)
    assert sealed.decode(page, sealed.checksum(page)) == rows


@given(st.integers(0), st.integers(1, 255))
def test_a_page_with_another_byte_is_no_page(place: int, flip: int) -> None:
    chance = Random(1)
    rows = [
        dict.fromkeys(row.COLUMNS, None)
        | {name: chance.randint(1, 900) for name in row.COLUMNS[3:14]}
        | {
            "position": n,
            "id": UUID(int=chance.getrandbits(128)),
            "posted_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for n in range(30)
    ]
    page = bytearray(sealed.encode(XIAOSHAN, rows))
    checksum = sealed.checksum(bytes(page))
    page[place % len(page)] ^= flip
    with pytest.raises(sealed.PageDamaged):
        sealed.decode(bytes(page), checksum)


async def old_book(ledger: Ledger, clock: Clock) -> tuple[list[AccountRef], Entry, Entry]:
    """Some months of history; a payment of its first day with everything on it, and a hold that stays open."""
    refs = await make_accounts(ledger, XIAOSHAN, 3, fen=100_000)
    dressed = replace(
        pay(refs[0], refs[1], 7), evidence=new_id(XIAOSHAN), decision=new_id(XIAOSHAN), mandate="利息",
        event_at=clock.now() - timedelta(days=3), body=b"x",
    )  # fmt: skip
    await ledger.post(dressed)
    plain = pay(refs[1], refs[2], 9)
    await ledger.post(plain)
    await history(ledger, clock, refs, 11, 40)
    clock.shift(timedelta(days=100))
    await history(ledger, clock, refs, 12, 10)
    await ledger._writer.checkpoint()
    await ledger.reports.days.follow()
    return refs, dressed, plain


async def pictures(ledger: Ledger, db: Database, refs: list[AccountRef], clock: Clock) -> list[object]:
    """All that is read of the past."""
    told: list[object] = []
    days = ledger.reports.days
    async with db.read(XIAOSHAN) as work:
        for ref in refs:
            whole = await days.statement(work, ref, limit=500)
            told.append(whole)
            told.append(await ledger.statement(work, ref, limit=500))
            middle = day_of(whole[len(whole) // 2].posted_at)
            told.append(await days.statement(work, ref, until=middle, limit=5))
            told.append(await days.statement(work, ref, before=whole[3].cursor, limit=7))
            for line in whole[::5]:
                told.append(await days.balance_at(ref, line.posted_at))
                told.append(await days.balance_at(ref, line.posted_at - timedelta(microseconds=1)))
                told.append(await days.event_balance(ref, line.event_at))
                told.append(await days.balances_as_of(XIAOSHAN, line.position))
            told.append(await days.day_balances(ref, middle, clock.today()))
    told.append(await ledger.reports.general.ledger(None, clock.today() - timedelta(days=200), clock.today()))
    told.append(await ledger.reports.general.differences(XIAOSHAN))
    return told


async def test_what_is_read_of_the_past_is_the_same_after_sealing(
    ledger: Ledger, db: Database, dsn: str, clock: Clock, owner: asyncpg.Connection
) -> None:
    refs, dressed, plain = await old_book(ledger, clock)
    before = await pictures(ledger, db, refs, clock)
    receipts = [await ledger.answer(key.id) for key in (dressed, plain)]
    entries = (await verify(owner)).entries

    done = await seal(dsn, clock.now())

    assert sum(month.entries for month in done) > 40
    assert await seal(dsn, clock.now()) == []
    assert await owner.fetchval("SELECT count(*) FROM ledger.journal") == entries - sum(
        m.entries for m in done
    )
    assert await pictures(ledger, db, refs, clock) == before
    report = await verify(owner)
    assert (report.problems, report.entries) == ([], entries)
    await ledger.stop()
    again = Ledger(db, clock)
    await again.start()
    assert [await again.answer(key.id) for key in (dressed, plain)] == receipts
    with pytest.raises(KeyTooOld):
        await again.post(plain)
    assert (await again.balance(refs[0])).posted_fen == before[0][0].balance_fen  # type: ignore[index]  # its lines
    await again.stop()


async def test_a_byte_in_a_sealed_page_is_found(
    ledger: Ledger, dsn: str, clock: Clock, owner: asyncpg.Connection
) -> None:
    await old_book(ledger, clock)
    await seal(dsn, clock.now())
    flips = {
        "body": "set_byte(body, length(body) / 2, get_byte(body, length(body) / 2) # 1)",
        "checksum": "sha256(checksum)",
        "first_position": "first_position + 1",
        "last_position": "last_position - 1",
        "entries": "entries + 1",
        "month": "'journal_199901'",
        "first_id": "last_id",
        "last_id": "first_id",
        "institution_id": "1127",
    }
    for column, changed in flips.items():
        flipping = owner.transaction(isolation="repeatable_read")
        await flipping.start()
        done = await owner.execute(
            f"UPDATE ledger.sealed_page SET {column} = {changed} WHERE institution_id = $1",  # noqa: S608 - our own columns, from above
            XIAOSHAN,
        )
        report = await verify(owner)
        await flipping.rollback()
        assert done != "UPDATE 0"
        assert any("sealed page" in p or "hash" in p for p in report.problems), column
    assert (await verify(owner)).problems == []


async def test_what_the_days_have_not_seen_is_not_sealed(
    ledger: Ledger, dsn: str, clock: Clock, owner: asyncpg.Connection
) -> None:
    await make_accounts(ledger, XIAOSHAN, 2, fen=100)
    clock.shift(timedelta(days=100))
    with pytest.raises(SealRefused):
        await seal(dsn, clock.now())
    assert await owner.fetchval("SELECT count(*) FROM ledger.sealed_page") == 0


async def test_sealing_goes_on_where_it_was_cut_off(
    ledger: Ledger, db: Database, dsn: str, clock: Clock, owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    refs, _, _ = await old_book(ledger, clock)
    before = await pictures(ledger, db, refs, clock)

    async def cut(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(store_sealed, "detach", cut)
        with pytest.raises(ConnectionError):
            await seal(dsn, clock.now())
    assert await pictures(ledger, db, refs, clock) == before
    assert (await verify(owner)).problems == []

    assert await seal(dsn, clock.now())
    assert await pictures(ledger, db, refs, clock) == before


async def test_a_hold_of_a_sealed_month_can_be_closed(ledger: Ledger, dsn: str, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100)
    hold = Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 60, PEND),))
    await ledger.post(hold)
    clock.shift(timedelta(days=100))
    await ledger._writer.checkpoint()
    await ledger.reports.days.follow()
    await seal(dsn, clock.now())

    void = Posting(ming, he, 60, VOID, hold.id)
    await ledger.post(Entry(id=new_id(XIAOSHAN, clock.now()), postings=(void,)))

    assert (await ledger.balance(ming)).available_fen == 100


def test_legs_of_one_entry_lie_in_one_month() -> None:
    entry = new_id(XIAOSHAN)
    assert entry.int >> 100 == leg_id(entry, 1_000).int >> 100
