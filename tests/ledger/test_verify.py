"""`verify` finds a flipped byte wherever it is, and names the batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from fengshou.kernel import new_id
from fengshou.ledger import (
    CUSTOMER_FIRST,
    PEND,
    VOID,
    AccountRef,
    Entry,
    Ledger,
    Posting,
    between_banks,
    clearing,
    verify,
)
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, pay

NOON = datetime(2026, 1, 2, 4, tzinfo=UTC)
# How each column of a row may be changed so that no constraint of the table objects.
_FLIPS = {
    "institution_id": f"{JINGNING}",
    "position": "position + 1000",
    "id": "(left(id::text, 35) || case right(id::text, 1) when '0' then '1' else '0' end)::uuid",
    "kind": "6",
    "debit": "debit # 1024",
    "credit": "credit # 1024",
    "amount": "amount # 1",
    "debit_balance": "debit_balance # 1",
    "credit_balance": "credit_balance # 1",
    "debit_seq": "debit_seq # 16",
    "credit_seq": "credit_seq # 16",
    "debit_prev": "debit_prev # 1",
    "credit_prev": "credit_prev # 1",
    "code": "code # 1",
    "digest": "digest # 1",
    "refers": "id",
    "evidence": "id",
    "decision": "NULL",
    "mandate": "'x'",
    "event_at": "event_at + interval '1 microsecond'",
    "posted_at": "posted_at - interval '1 microsecond'",
}


@pytest.fixture
async def middle(ledger: Ledger) -> int:
    """A book with some history; returns the position of a payment in the middle of it, its batch's only one."""
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    for fen in (1, 2):
        await ledger.post(pay(ming, he, fen))
    dressed = replace(
        pay(ming, he, 30_00), decision=new_id(XIAOSHAN), mandate="test", event_at=NOON, body=b"x"
    )
    receipt = await ledger.post(dressed)
    hold = Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 5_00, PEND),))
    await ledger.post(hold)
    await ledger.post(Entry(id=new_id(XIAOSHAN), postings=(Posting(ming, he, 5_00, VOID, hold.id),)))
    await ledger.post(pay(he, ming, 4))
    return receipt.legs[0].position


def test_every_column_is_tried(owner: asyncpg.Connection) -> None:
    from fengshou.ledger.row import COLUMNS

    assert set(_FLIPS) == set(COLUMNS)


async def test_a_flipped_byte_in_any_column_is_found(owner: asyncpg.Connection, middle: int) -> None:
    assert (await verify(owner)).problems == []
    for column, changed in _FLIPS.items():
        flipping = owner.transaction(isolation="repeatable_read")  # as verify's own, which nests in it
        await flipping.start()
        done = await owner.execute(
            f"UPDATE ledger.journal SET {column} = {changed}"  # noqa: S608 - our own columns, from the list above
            " WHERE institution_id = $1 AND position = $2",
            XIAOSHAN, middle,
        )  # fmt: skip
        report = await verify(owner)
        await flipping.rollback()

        assert done == "UPDATE 1"
        assert f"bank {XIAOSHAN}: batch {middle} does not match its hash" in report.problems, column
    assert (await verify(owner)).problems == []


@pytest.mark.parametrize("column", ["digest", "event_at"])
async def test_what_a_row_leaves_out_cannot_be_slipped_in(
    owner: asyncpg.Connection, middle: int, column: str
) -> None:
    value = "1" if column == "digest" else "posted_at"
    done = await owner.execute(
        f"UPDATE ledger.journal SET {column} = {value} WHERE institution_id = $1 AND position = $2",  # noqa: S608 - one of two names above
        XIAOSHAN, middle - 1,
    )  # fmt: skip

    assert done == "UPDATE 1"
    assert f"bank {XIAOSHAN}: batch {middle - 1} does not match its hash" in (await verify(owner)).problems


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger.journal WHERE institution_id = 109 AND position = {middle}",
        "UPDATE ledger.batch SET hash = sha256(hash) WHERE institution_id = 109 AND first_position = {middle}",
        "UPDATE ledger.batch SET previous = hash WHERE institution_id = 109 AND first_position = {middle}",
        "DELETE FROM ledger.batch WHERE institution_id = 109 AND first_position = {middle}",
        "UPDATE ledger.batch SET last_position = last_position + 1 WHERE first_position = {middle}",
        (
            "UPDATE ledger.batch SET last_position = last_position + 9 WHERE institution_id = 109 AND first_position ="
            " (SELECT max(first_position) FROM ledger.batch WHERE institution_id = 109)"
        ),
    ],
)
async def test_a_missing_row_or_a_changed_batch_is_found(
    owner: asyncpg.Connection, middle: int, change: str
) -> None:
    await owner.execute(change.format(middle=middle))

    problems = (await verify(owner)).problems

    assert any(p.startswith(f"bank {XIAOSHAN}: batch ") for p in problems), problems


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE ledger.account SET balance = balance + 1 WHERE id = {ming}", "the cache differs"),
        ("UPDATE ledger.account SET balance = 1 WHERE institution_id = 1127", "the cache differs"),
        ("UPDATE ledger.account SET seq = seq + 100 WHERE id = {ming}", "the cache is ahead"),
        ("UPDATE ledger.account SET seq = -seq WHERE id = {ming}", "the cache differs"),
        ("DELETE FROM ledger.account WHERE id = {ming}", "in the journal, not open"),
        ("UPDATE ledger.hold SET state = 1, closed_at = NULL", "open holds differ"),
        (
            (
                "DELETE FROM ledger.journal WHERE institution_id = 109 AND position > {middle};"
                "DELETE FROM ledger.batch WHERE institution_id = 109 AND first_position > {middle}"
            ),
            "the cache is ahead",
        ),
    ],
)
async def test_tables_beside_the_journal_must_agree_with_it(
    ledger: Ledger, owner: asyncpg.Connection, middle: int, change: str, problem: str
) -> None:
    await ledger._writer.checkpoint()
    ming = CUSTOMER_FIRST
    await owner.execute(change.format(middle=middle, ming=ming))

    assert any(problem in p for p in (await verify(owner)).problems)


async def test_a_fen_of_one_currency_is_no_fen_of_another(
    ledger: Ledger, owner: asyncpg.Connection, middle: int
) -> None:
    await owner.execute(
        "UPDATE ledger.account SET currency = 'USD' WHERE institution_id = 109 AND id = $1", CUSTOMER_FIRST
    )

    report = await verify(owner)

    fen = (await ledger.balance(AccountRef(XIAOSHAN, CUSTOMER_FIRST))).posted_fen
    assert f"bank {XIAOSHAN}: balances in USD sum to {fen} fen, not zero" in report.problems
    assert f"bank {XIAOSHAN}: balances in CNY sum to {-fen} fen, not zero" in report.problems
    assert report.trial_balance_fen == 2 * fen


async def test_clearing_agrees_in_each_currency_by_itself(ledger: Ledger, owner: asyncpg.Connection) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=100_00)
    (wang,) = await make_accounts(ledger, JINGNING, 1)
    await ledger.post(Entry(id=new_id(XIAOSHAN), postings=between_banks(ming, wang, 30_00, 0)))
    assert (await verify(owner)).problems == []
    await owner.execute(
        "UPDATE ledger.account SET currency = 'USD' WHERE institution_id = $1 AND id = $2",
        *clearing(JINGNING),
    )

    problems = (await verify(owner)).problems

    for currency in ("CNY", "USD"):
        assert any(f"bank {JINGNING}: clearing in {currency} differs" in p for p in problems), problems
