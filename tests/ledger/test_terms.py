"""Terms of a posting: an amount left open, a condition, an account closed after it; chains of a thousand legs."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from fengshou import ledger as room
from fengshou.kernel import FEN_MAX, Clock, Database, Money, new_id
from fengshou.ledger import (
    PEND,
    AccountFlag,
    AccountRef,
    BoundsChange,
    Condition,
    Entry,
    FlagChange,
    Ledger,
    Measure,
    NewAccount,
    Posting,
    Receipt,
    Side,
    Terms,
    between_banks,
    exchange,
    fx_position,
    fx_positions,
    own_account,
    verify,
)
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, open_ledger, pay

CASH = own_account(XIAOSHAN, "1001")


def on_terms(debit: AccountRef, credit: AccountRef, fen: int, terms: Terms) -> Entry:
    return Entry(new_id(XIAOSHAN), (Posting(debit, credit, fen, terms=terms),))


async def balance(ledger: Ledger, ref: AccountRef) -> int:
    return (await ledger.balance(ref)).posted_fen


async def test_up_to_what_the_payer_has(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 30_00, PEND),)))
    sweep = on_terms(ming, he, 500_00, Terms(up_to=Side.DEBIT))

    receipt = await ledger.post(sweep)

    assert receipt.legs[0].fen == 70_00  # what is held stays
    assert await ledger.post(sweep) == receipt
    assert (await ledger.balance(ming)).available_fen == 0
    with pytest.raises(room.NothingToMove):
        await ledger.post(on_terms(ming, he, 500_00, Terms(up_to=Side.DEBIT)))
    enough = await ledger.post(on_terms(he, ming, 20_00, Terms(up_to=Side.DEBIT)))
    assert enough.legs[0].fen == 20_00


async def test_the_open_amount_is_answered_again_after_a_restart(db: Database, clock: Clock) -> None:
    ledger = await open_ledger(db, clock)
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    sweep = on_terms(ming, he, 500_00, Terms(up_to=Side.DEBIT))
    receipt = await ledger.post(sweep)
    await ledger.stop()

    ledger = Ledger(db, clock)
    await ledger.start()
    assert await ledger.post(sweep) == receipt
    # Not even the entry that asks for just what was moved is the same request.
    for other in (Terms(), None):
        with pytest.raises(room.KeyConflict):
            await ledger.post(replace(sweep, postings=(Posting(ming, he, 100_00, terms=other),)))
    await ledger.stop()


async def test_up_to_what_the_payee_can_take(ledger: Ledger) -> None:
    ming, debtor, small = await make_accounts(ledger, XIAOSHAN, 3, fen=100_00)
    line = BoundsChange(debtor, -500_00, None, "credit line")
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(debtor, CASH, 140_00),), changes=(line,)))
    await ledger.post(Entry(new_id(XIAOSHAN), changes=(BoundsChange(small, 0, 130_00, "ceiling"),)))

    owed = await ledger.post(on_terms(ming, debtor, 90_00, Terms(up_to=Side.CREDIT)))
    filled = await ledger.post(on_terms(ming, small, 90_00, Terms(up_to=Side.CREDIT)))
    both = await ledger.post(on_terms(small, debtor, 900_00, Terms(up_to=Side.DEBIT)))

    assert [r.legs[0].fen for r in (owed, filled, both)] == [40_00, 30_00, 130_00]
    assert await balance(ledger, debtor) == 130_00
    with pytest.raises(room.NothingToMove):
        await ledger.post(on_terms(ming, debtor, 1, Terms(up_to=Side.CREDIT)))


async def test_a_hold_may_be_of_what_there_is(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    terms = Terms(up_to=Side.DEBIT)
    hold = Entry(new_id(XIAOSHAN), (Posting(ming, he, FEN_MAX, PEND, terms=terms),))
    receipt = await ledger.post(hold)
    assert (receipt.legs[0].fen, (await ledger.balance(ming)).held_fen) == (100_00, 100_00)


async def test_all_there_is_moves_and_the_account_closes(ledger: Ledger, db: Database, clock: Clock) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    last = on_terms(ming, he, FEN_MAX, Terms(up_to=Side.DEBIT, closes=Side.DEBIT))
    held = Entry(new_id(XIAOSHAN), (Posting(ming, he, 1_00, PEND),))
    await ledger.post(held)
    with pytest.raises(room.BalanceNotZero):
        await ledger.post(on_terms(ming, he, FEN_MAX, Terms(up_to=Side.DEBIT, closes=Side.DEBIT)))
    assert (await balance(ledger, ming), (await ledger.balance(ming)).flags) == (100_00, AccountFlag.NONE)
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 1_00, room.VOID, held.id),)))

    receipt = await ledger.post(last)

    assert (receipt.legs[0].fen, await balance(ledger, he)) == (100_00, 200_00)
    with pytest.raises(room.AccountClosed):
        await ledger.post(pay(he, ming, 1))
    await ledger.stop()
    again = Ledger(db, clock)
    await again.start()
    assert (await again.balance(ming)).flags == AccountFlag.CLOSED
    assert await again.post(last) == receipt
    await again.stop()


async def test_a_debt_is_paid_and_its_account_closes(ledger: Ledger) -> None:
    ming, debtor = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(
        Entry(
            new_id(XIAOSHAN),
            (Posting(debtor, CASH, 150_00),),
            changes=(BoundsChange(debtor, -90_00, None, "x"),),
        )
    )
    await ledger.post(on_terms(ming, debtor, 80_00, Terms(up_to=Side.CREDIT, closes=Side.CREDIT)))
    assert (await ledger.balance(debtor)).flags == AccountFlag.CLOSED
    assert await balance(ledger, ming) == 50_00


@pytest.mark.parametrize(
    ("measure", "relation", "value", "posted"),
    [
        (Measure.BALANCE, "at_least", 100_00, True),
        (Measure.BALANCE, "at_least", 100_01, False),
        (Measure.BALANCE, "at_most", 100_00, True),
        (Measure.BALANCE, "at_most", 99_99, False),
        (Measure.AVAILABLE, "at_least", 60_00, True),
        (Measure.AVAILABLE, "at_least", 60_01, False),
        (Measure.SEQ, "is", 1, True),
        (Measure.SEQ, "is", 0, False),
    ],
)
async def test_a_condition_is_met_or_nothing_happens(
    ledger: Ledger, measure: Measure, relation: str, value: int, posted: bool
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    await ledger.post(Entry(new_id(XIAOSHAN), (Posting(ming, he, 40_00, PEND),)))
    condition = Condition(ming, measure, relation, value)  # type: ignore[arg-type]  # one of the three
    entry = on_terms(he, CASH, 1_00, Terms(only_if=(condition,)))
    if posted:
        assert isinstance(await ledger.post(entry), Receipt)
    else:
        with pytest.raises(room.ConditionFailed) as told:
            await ledger.post(entry)
        assert told.value.facts == {"leg": 0, "measure": measure.value}
        assert await balance(ledger, he) == 100_00


async def test_of_two_that_saw_the_same_state_one_goes_through(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    seen = Condition(ming, Measure.SEQ, "is", 1)
    told = await asyncio.gather(
        *(ledger.post(on_terms(ming, he, 10_00, Terms(only_if=(seen,)))) for _ in range(5)),
        return_exceptions=True,
    )
    assert [type(t) for t in told] == [Receipt] + [room.ConditionFailed] * 4
    assert await balance(ledger, ming) == 90_00


async def test_a_condition_sees_the_legs_before_it(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    after = Terms(only_if=(Condition(ming, Measure.BALANCE, "is", 60_00),))
    legs = (Posting(ming, he, 40_00), Posting(he, CASH, 5_00, terms=after))
    assert isinstance(await ledger.post(Entry(new_id(XIAOSHAN), legs)), Receipt)
    with pytest.raises(room.ConditionFailed) as told:
        await ledger.post(Entry(new_id(XIAOSHAN), legs))
    assert told.value.facts["leg"] == 1
    assert await balance(ledger, ming) == 60_00


async def test_a_thousand_legs_are_one_entry(ledger: Ledger, owner: asyncpg.Connection) -> None:
    """Payroll: one debit, 1,000 credits. The last one bad: none. All good: all."""
    (firm,) = await make_accounts(ledger, XIAOSHAN, 1, fen=1_000_00)
    staff = await make_accounts(ledger, XIAOSHAN, 1_000)
    legs = tuple(Posting(firm, ref, 100) for ref in staff)
    nobody = Posting(firm, AccountRef(XIAOSHAN, 99_999_999), 1)
    before = await ledger.position(XIAOSHAN)
    with pytest.raises(room.AccountMissing):
        await ledger.post(Entry(new_id(XIAOSHAN), (*legs[:-1], nobody)))
    assert (await ledger.position(XIAOSHAN), await balance(ledger, firm)) == (before, 1_000_00)

    receipt = await ledger.post(Entry(new_id(XIAOSHAN), legs))

    assert [leg.position for leg in receipt.legs] == list(range(before + 1, before + 1_001))
    assert await balance(ledger, firm) == 0
    assert {await balance(ledger, ref) for ref in staff} == {100}
    assert (await verify(owner)).problems == []


async def test_terms_a_posting_cannot_have_are_a_bug(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    hold = new_id(XIAOSHAN)
    wrong = [
        Posting(ming, he, 1, room.SETTLE, hold, terms=Terms(up_to=Side.DEBIT)),
        Posting(ming, he, 1, PEND, terms=Terms(closes=Side.DEBIT)),
        Posting(ming, he, 1, terms=Terms(only_if=(Condition(ming, Measure.SEQ, "is", 1 << 63),))),
        Posting(ming, he, 1, room.PART),
    ]
    for leg in wrong:
        with pytest.raises(room.EntryMalformed):
            await ledger.post(Entry(new_id(XIAOSHAN), (leg,)))


async def test_money_is_changed_as_a_linked_pair(ledger: Ledger, owner: asyncpg.Connection) -> None:
    (ming,) = await make_accounts(ledger, XIAOSHAN, 1, fen=1_000_00)
    dollars = AccountRef(XIAOSHAN, await ledger.reserve_account_id(XIAOSHAN))
    opens = (*fx_positions(XIAOSHAN, ("CNY", "USD")), NewAccount(dollars, "2111", "USD"))
    await ledger.post(Entry(new_id(XIAOSHAN), opens=opens))

    pair = exchange(ming, dollars, Money(712_50), Money(100_00, "USD"))
    await ledger.post(Entry(new_id(XIAOSHAN), pair))

    assert (await balance(ledger, ming), await balance(ledger, dollars)) == (287_50, 100_00)
    positions = [await balance(ledger, fx_position(XIAOSHAN, c)) for c in ("CNY", "USD")]
    assert positions == [712_50, -100_00]
    with pytest.raises(room.InsufficientFunds):  # the first half alone would be possible
        await ledger.post(Entry(new_id(XIAOSHAN), (pair[1], pair[0], Posting(ming, CASH, 1))))
    with pytest.raises(room.CurrencyMismatch):
        await ledger.post(pay(ming, dollars, 1))
    await ledger._writer.checkpoint()
    sums = await owner.fetch("SELECT currency, sum(balance)::bigint AS fen FROM ledger.account GROUP BY 1")
    assert {r["currency"]: r["fen"] for r in sums} == {"CNY": 0, "USD": 0}
    assert (await verify(owner)).problems == []


async def test_an_entry_is_reversed_whole_and_once_with_its_reason(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    (li,) = await make_accounts(ledger, JINGNING, 1, fen=50_00)
    entry = Entry(new_id(XIAOSHAN), (Posting(ming, he, 40_00), *between_banks(he, li, 15_00, 1)))
    await ledger.post(entry)
    await ledger.post(  # the customer stopped payments out: what was wrong is put right all the same
        Entry(
            new_id(XIAOSHAN), flags=(FlagChange(he, AccountFlag.FROZEN_OUT, AccountFlag.NONE, "lost card"),)
        )
    )
    ids = [new_id(XIAOSHAN) for _ in range(3)]

    told = await asyncio.gather(
        *(ledger.reverse(entry.id, id_=id_, reason="录入错误") for id_ in (ids[0], ids[0], ids[1])),
        return_exceptions=True,
    )

    assert told[0] == told[1]
    assert isinstance(told[2], room.AlreadyReversed)
    assert [await balance(ledger, ref) for ref in (ming, he, li)] == [100_00, 100_00, 50_00]
    assert await ledger.note(ids[0]) == {"reverses": str(entry.id), "reason": "录入错误"}
    assert await ledger.note(ids[1]) is None
    rows = await owner.fetch("SELECT refers FROM ledger.journal WHERE kind = 5")
    assert [r["refers"] for r in rows] == [entry.id] * 4
    for what in (ids[0], new_id(XIAOSHAN)):  # a reversal, and nothing at all
        with pytest.raises(room.NotReversible):
            await ledger.reverse(what, id_=ids[2], reason="again")
    assert (await verify(owner)).problems == []


async def test_a_note_is_kept_beside_the_row_and_is_part_of_the_request(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=100_00)
    entry = replace(pay(ming, he, 1_00), note={"for": "苹果", "kg": 3})
    await ledger.post(entry)
    assert await ledger.note(entry.id) == {"for": "苹果", "kg": 3}
    await ledger.post(replace(entry, note={"kg": 3, "for": "苹果"}))
    for other in (None, {"for": "梨"}):
        with pytest.raises(room.KeyConflict):
            await ledger.post(replace(entry, note=other))
    poor = replace(pay(ming, he, 999_00), note={"for": "nothing"})
    with pytest.raises(room.InsufficientFunds):
        await ledger.post(poor)
    assert await ledger.note(poor.id) is None
