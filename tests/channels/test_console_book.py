"""A book in several currencies at an auditor's desk: each adds up by itself, none is added to another."""

from __future__ import annotations

from uuid import UUID

import pytest

from fengshou.kernel import CENTRE, Money, new_id
from fengshou.ledger import (
    AccountRef,
    CurrencyMismatch,
    Entry,
    InsufficientFunds,
    Posting,
    exchange,
    fx_position,
    own_account,
)
from tests.channels.street import XIAOSHAN, Street


async def sell_dollars(street: Street, bank: int, payee: AccountRef) -> UUID:
    """200 dollars in notes over the counter, for 1,425.00 yuan on an account; all accounts are content's."""
    id_ = new_id(bank)
    cash = own_account(bank, "1001", "USD")
    await street.doors.ledger.post(
        Entry(
            id_,
            exchange(cash, payee, Money(200_00, "USD"), Money(1_425_00)),
            mandate="tests.counter",
        )
    )
    return id_


async def test_a_trial_balance_has_a_block_for_each_currency(street: Street) -> None:
    citizen, auditor = await street.citizen(fen=0), await street.clerk("auditor")
    before = (await auditor.desk.ask("book.trial_balance"))["blocks"]
    assert [block["currency"] for block in before] == ["CNY", "EUR", "HKD", "USD"]

    id_ = await sell_dollars(street, XIAOSHAN, AccountRef(*citizen.account.ref))

    trial = await auditor.desk.ask("book.trial_balance")
    was = {block["currency"]: block for block in before}
    now = {block["currency"]: block for block in trial["blocks"]}
    assert trial["balanced"]
    assert {c: b["sum_fen"] for c, b in now.items()} == {"CNY": 0, "EUR": 0, "HKD": 0, "USD": 0}
    assert now["USD"]["debit_fen"] - was["USD"]["debit_fen"] == 200_00
    assert now["CNY"]["debit_fen"] - was["CNY"]["debit_fen"] == 1_425_00
    dollars = {row["subject"]: row["closing_fen"] for row in now["USD"]["items"]}
    assert dollars["1001"] == -dollars["3002"] < 0
    rows = (await auditor.desk.ask("book.entry", id=str(id_)))["items"]
    assert [(row["currency"], row["fen"], row["debit"]["subject"]) for row in rows] == [
        ("USD", 200_00, "1001"),
        ("CNY", 1_425_00, "3002"),
    ]
    assert (await auditor.desk.ask("book.journal", limit=1))["items"][0]["currency"] == "CNY"


async def test_half_an_exchange_and_a_leg_of_two_currencies_are_refused(street: Street) -> None:
    citizen = await street.citizen(fen=100)
    payer, ledger = AccountRef(*citizen.account.ref), street.doors.ledger
    pair = exchange(payer, own_account(XIAOSHAN, "1001", "USD"), Money(7_12), Money(1_00, "USD"))
    dollars = (await ledger.balance(fx_position(XIAOSHAN, "USD"))).posted_fen

    with pytest.raises(InsufficientFunds):
        await ledger.post(Entry(new_id(XIAOSHAN), tuple(reversed(pair)), mandate="tests.counter"))
    crossed = Posting(payer, fx_position(XIAOSHAN, "USD"), 1)
    with pytest.raises(CurrencyMismatch):
        await ledger.post(Entry(new_id(XIAOSHAN), (crossed,), mandate="tests.counter"))

    assert (await ledger.balance(payer)).posted_fen == 100
    assert (await ledger.balance(fx_position(XIAOSHAN, "USD"))).posted_fen == dollars


async def test_the_centres_own_currencies_are_no_member_banks(street: Street) -> None:
    centre = await street.clerk("centre_ops", bank=CENTRE)
    own = own_account(CENTRE, "1001", "EUR")
    posting = Posting(own, fx_position(CENTRE, "EUR"), 5_00)
    await street.doors.ledger.post(Entry(new_id(CENTRE), (posting,), mandate="tests.counter"))

    row = (await centre.desk.ask("book.journal", limit=1))["items"][0]

    assert (row["debit"]["account"], row["debit"]["holder"]["zh"], row["currency"]) == (
        str(own.id),
        "",
        "EUR",
    )
    banks = await centre.desk.ask("banks.list")
    assert banks["balanced"]
