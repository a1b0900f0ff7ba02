"""A proof that goes on from an anchor, and what an anchor knows beyond the hash chain."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from fengshou.kernel import Clock, Database, new_id
from fengshou.ledger import (
    PEND,
    VOID,
    AccountFlag,
    Entry,
    FlagChange,
    InsufficientFunds,
    Ledger,
    Posting,
    anchors,
    make_anchors,
    store_proof,
    verify,
)
from tests.support.book import XIAOSHAN, make_accounts, pay

DAY = timedelta(days=1)


@pytest.fixture
async def anchored(ledger: Ledger, db: Database, clock: Clock) -> Ledger:
    """A book with a refusal, an act, an open and a closed hold, anchored; and some payments after."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    with pytest.raises(InsufficientFunds):
        await ledger.post(pay(ming, he, 900_00))
    change = FlagChange(he, AccountFlag.FROZEN_OUT, AccountFlag.NONE, "court order")
    await ledger.post(Entry(id=new_id(XIAOSHAN), flags=(change,)))
    holds = [Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, fen, PEND),)) for fen in (5, 6)]
    for hold in holds:
        await ledger.post(hold)
    await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 5, VOID, holds[0].id),)))
    connection = await db.connect("writer")
    clock.shift(timedelta(minutes=5))
    assert await make_anchors(connection, clock.now()) == 3
    assert await make_anchors(connection, clock.now()) == 0  # nothing moved since
    await ledger.post(pay(ming, he, 1_00))
    await ledger.post(replace(pay(ming, he, 2_00), mandate="later"))
    await connection.close()
    return ledger


async def test_a_proof_from_an_anchor_reads_what_came_after(
    anchored: Ledger, owner: asyncpg.Connection
) -> None:
    whole, later = await verify(owner), await verify(owner, since_anchor=True)

    assert (whole.problems, later.problems) == ([], [])
    assert (later.entries, later.trial_balance_fen, later.clearing) == (2, 0, whole.clearing)
    assert whole.entries == await anchored.position(XIAOSHAN)
    await owner.execute("UPDATE ledger.journal SET mandate = 'other' WHERE mandate = 'later'")
    assert any("does not match its hash" in p for p in (await verify(owner, since_anchor=True)).problems)


_FLIPS = {
    "batch": {
        "epoch": "epoch + 1", "posted_at": "posted_at + interval '1 microsecond'", "hash": "sha256(hash)",
        "previous": "sha256(previous)", "last_position": "last_position + 1", "first_position": "first_position - 1",
    },
    "refusal": {
        "id": "gen_random_uuid()", "digest": "digest # 1", "code": "'LEDGER.OTHER'", "facts": "'{\"a\":1}'",
        "at": "at + interval '1 microsecond'",
    },
    "act": {
        "id": "gen_random_uuid()", "digest": "digest # 1", "facts": "'{\"a\":1}'", "evidence": "gen_random_uuid()",
        "mandate": "'other'", "posted_at": "posted_at + interval '1 microsecond'",
    },
    "hold": {
        "id": "gen_random_uuid()", "debit": "debit + 1", "credit": "credit + 1", "amount": "amount + 1",
        "settled": "1", "code": "code + 1", "opened_at": "opened_at + interval '1 microsecond'",
        "expires_at": "opened_at", "closed_at": "closed_at + interval '1 microsecond'", "state": "2",
    },
    "account": {
        "subject": "'2112'", "currency": "'USD'", "opened_at": "opened_at + interval '1 microsecond'",
        "balance": "balance + 1",
    },
    "anchor": {
        "position": "position - 1", "made_at": "made_at + interval '1 microsecond'", "hash": "sha256(hash)",
        "state": "sha256(state)", "beside": "sha256(beside)", "previous": "sha256(previous)",
        "digest": "sha256(digest)",
    },
}  # fmt: skip
_WHICH = {
    "batch": "first_position = (SELECT max(first_position) - 4 FROM ledger.batch WHERE institution_id = 109)",
    "hold": "state = 3",
    "account": "id = 10000000",
    "act": "posted_at = (SELECT max(posted_at) FROM ledger.act)",
}


@pytest.mark.parametrize("table", _FLIPS)
async def test_a_changed_column_beside_the_journal_is_found(
    anchored: Ledger, owner: asyncpg.Connection, table: str
) -> None:
    await anchored._writer.checkpoint()
    assert (await verify(owner)).problems == []
    for column, changed in _FLIPS[table].items():
        flipping = owner.transaction(isolation="repeatable_read")
        await flipping.start()
        done = await owner.execute(
            f"UPDATE ledger.{table} SET {column} = {changed}"  # noqa: S608 - our own words, from above
            f" WHERE institution_id = {XIAOSHAN} AND {_WHICH.get(table, 'true')}"
        )
        report = await verify(owner)
        await flipping.rollback()
        assert (done, bool(report.problems)) == ("UPDATE 1", True), column


async def test_a_damaged_state_is_said_and_everything_read(
    anchored: Ledger, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        "UPDATE ledger.anchor_state SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE institution_id = 109"
    )

    report = await verify(owner, since_anchor=True)

    assert report.entries == await anchored.position(XIAOSHAN)
    told = [
        "state of the anchor" in p or "anchor_state is not what was written" in p for p in report.problems
    ]
    assert told == [True, True]


async def test_a_past_written_anew_does_not_agree_with_what_left_the_house(
    anchored: Ledger, owner: asyncpg.Connection
) -> None:
    kept = list(anchors.export(await store_proof.all_anchors(owner)))
    assert await anchors.compare(owner, kept) == []
    forged = [line.replace('"hash": "', '"hash": "00') for line in kept]

    assert len(kept) == 3
    assert len(await anchors.compare(owner, forged)) == 3
    await owner.execute("DELETE FROM ledger.anchor")
    assert ["not the one that was exported" in p for p in await anchors.compare(owner, kept)] == [True] * 3


async def test_a_book_is_proved_and_anchored_while_it_is_written(
    ledger: Ledger, db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    refs = await make_accounts(ledger, XIAOSHAN, 4, fen=100_00)
    connection = await db.connect("writer")
    wrong: list[str] = []
    over = asyncio.Event()

    async def customer(number: int) -> None:
        for n in range(40):
            payer, payee = refs[n % 4], refs[(n + number) % 4]
            hold = Entry(new_id(XIAOSHAN), (Posting(payer, payee, 5, PEND),), expires_at=clock.now() + DAY)
            await ledger.post(hold)
            await ledger.post(replace(pay(payer, payee, 1), note={"n": n}))
            await ledger.post(Entry(new_id(XIAOSHAN), (Posting(payer, payee, 5, VOID, hold.id),)))
            with suppress(InsufficientFunds):
                await ledger.post(pay(payer, payee, 10**9))

    async def prover() -> int:
        times = 0
        while not over.is_set() or times < 2:
            await make_anchors(connection, clock.now(), wrong.append)
            await ledger._writer.checkpoint()
            wrong.extend((await verify(owner)).problems)
            await ledger.reports.days.follow()
            times += 1
        return times

    proving = asyncio.create_task(prover())
    await asyncio.gather(*(customer(n) for n in (1, 2, 3)))
    over.set()

    assert await proving >= 2
    assert wrong == []
    assert len(await owner.fetch("SELECT FROM ledger.anchor WHERE institution_id = $1", XIAOSHAN)) >= 2
    await connection.close()
