"""An account is here exactly when it is in the book."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fengshou import ledger as book
from fengshou import party
from fengshou.kernel import BankError, Clock, Invalid, Missing, Principal, new_id, parse_account_number
from fengshou.party import AccountKey, CustomerAccount
from fengshou.runtime import party_book
from tests.party.desk_of_tests import ANJI, XIAOSHAN, Hall, customer


async def test_a_verified_person_opens_accounts_at_two_banks(hall: Hall) -> None:
    who = customer(await hall.verified())
    first = await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))
    second = await hall.party.open_account(who, ANJI, 2, new_id(ANJI))

    assert parse_account_number(first.number) == first.ref
    assert (first.status, first.class_, first.bank, second.bank) == ("active", 2, XIAOSHAN, ANJI)
    assert await hall.party.accounts_of(who.id) == [first, second]
    assert (await hall.ledger.balance(book.AccountRef(*first.ref))).posted_fen == 0


async def test_the_same_key_opens_once_however_often_it_comes(hall: Hall) -> None:
    who, key = customer(await hall.verified()), new_id(XIAOSHAN)
    opened = await asyncio.gather(*(hall.party.open_account(who, XIAOSHAN, 2, key) for _ in range(6)))

    assert len(set(opened)) == 1
    assert await hall.party.accounts_of(who.id) == [opened[0]]


async def test_an_opening_that_was_cut_off_is_finished_by_the_same_key(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, key = customer(await hall.verified()), new_id(XIAOSHAN)

    async def lost(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as cut:
        cut.setattr(party_book.PartyBook, "open_account", lost)
        with pytest.raises(ConnectionError):
            await hall.party.open_account(who, XIAOSHAN, 2, key)
    assert await hall.party.accounts_of(who.id) == []

    account = await hall.party.open_account(who, XIAOSHAN, 2, key)
    assert (account.status, await hall.party.accounts_of(who.id)) == ("active", [account])


async def test_slots_of_openings_that_never_ended_come_back(
    hall: Hall, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = customer(await hall.verified())

    async def lost(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as cut:
        cut.setattr(party_book.PartyBook, "open_account", lost)
        for _ in range(5):
            with pytest.raises(ConnectionError):
                await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))
    with pytest.raises(party.TooManyAccounts):
        await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))
    clock.shift(timedelta(minutes=11))

    assert (await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))).status == "active"


async def test_at_most_five_of_class_two_also_when_asked_at_once(hall: Hall) -> None:
    who = customer(await hall.verified())

    async def attempt() -> str:
        try:
            await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))
        except BankError as refusal:
            return refusal.code
        return "opened"

    answers = await asyncio.gather(*(attempt() for _ in range(8)))

    assert sorted(answers) == ["PARTY.TOO_MANY_ACCOUNTS"] * 3 + ["opened"] * 5
    assert len(await hall.party.accounts_of(who.id)) == 5
    # Another bank counts for itself.
    await hall.party.open_account(who, ANJI, 2, new_id(ANJI))


async def test_class_one_is_opened_at_a_counter_and_once(hall: Hall) -> None:
    who = customer(await hall.verified())
    with pytest.raises(party.CounterOnly):
        await hall.party.open_account(who, XIAOSHAN, 1, new_id(XIAOSHAN))
    with pytest.raises(Invalid):
        await hall.party.open_account(who, XIAOSHAN, 4, new_id(XIAOSHAN))

    first = await hall.party.open_for(who.id, XIAOSHAN, 1, new_id(XIAOSHAN))
    with pytest.raises(party.TooManyAccounts):
        await hall.party.open_for(who.id, XIAOSHAN, 1, new_id(XIAOSHAN))
    assert await hall.party.accounts_of(who.id) == [first]


async def test_without_a_verified_identity_nothing_is_opened(hall: Hall) -> None:
    who = customer(await hall.person())
    with pytest.raises(party.RealNameNeeded):
        await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))
    with pytest.raises(Missing):
        await hall.party.open_account(who, 999, 2, new_id(XIAOSHAN))

    assert await hall.party.accounts_of(who.id) == []


async def test_a_stranger_s_account_is_missing_like_one_that_is_not_there(hall: Hall) -> None:
    who, mine = await hall.account(1)
    stranger, theirs = await hall.account(2)

    assert await hall.party.account_of(who, mine.number) == mine
    assert await hall.party.account_of(who, mine.ref) == mine
    for act in (hall.party.account_of, hall.party.freeze, hall.party.unfreeze, hall.party.close_account):
        with pytest.raises(Missing):
            await act(who, theirs.ref)
        with pytest.raises(Missing):
            await act(who, AccountKey(XIAOSHAN, 99_999_999))
    with pytest.raises(Missing):
        await hall.party.rename_account(who, theirs.ref, "mine now")
    assert await hall.party.account_of(stranger, theirs.ref) == theirs
    assert await hall.party.account_at(theirs.ref) == theirs


async def _pay(hall: Hall, source: CustomerAccount, target: CustomerAccount, fen: int) -> None:
    legs = book.between_banks(book.AccountRef(*source.ref), book.AccountRef(*target.ref), fen, 0)
    await hall.ledger.post(book.Entry(new_id(source.bank), legs))


async def test_a_frozen_account_takes_in_but_pays_nothing_out(hall: Hall) -> None:
    who, mine = await hall.account(1)
    _, theirs = await hall.account(2, ANJI)
    await hall.pay_in(mine, 100_00)
    await hall.pay_in(theirs, 100_00)

    frozen = await asyncio.gather(*(hall.party.freeze(who, mine.ref) for _ in range(3)))
    assert {account.status for account in frozen} == {"frozen_by_customer"}
    with pytest.raises(book.AccountFrozen):
        await _pay(hall, mine, theirs, 1_00)
    await _pay(hall, theirs, mine, 1_00)

    assert (await hall.party.unfreeze(who, mine.ref)).status == "active"
    await _pay(hall, mine, theirs, 101_00)
    assert (await hall.ledger.balance(book.AccountRef(*theirs.ref))).posted_fen == 200_00


async def test_only_an_empty_account_closes_and_its_slot_comes_back(hall: Hall) -> None:
    who, mine = await hall.account(1)
    _, theirs = await hall.account(2)
    await hall.pay_in(mine, 100_00)
    with pytest.raises(book.BalanceNotZero):
        await hall.party.close_account(who, mine.ref)
    assert (await hall.party.account_of(who, mine.ref)).status == "active"

    await _pay(hall, mine, theirs, 100_00)
    assert (await hall.party.close_account(who, mine.ref)).status == "closed"
    assert (await hall.party.close_account(who, mine.ref)).status == "closed"
    with pytest.raises(book.AccountClosed):
        await hall.pay_in(mine, 1_00)
    for _ in range(5):
        await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))


async def test_a_frozen_account_is_not_closed(hall: Hall) -> None:
    who, mine = await hall.account(1)
    await hall.party.freeze(who, mine.ref)
    with pytest.raises(party.AccountNotOpen):
        await hall.party.close_account(who, mine.ref)

    assert (await hall.party.account_of(who, mine.ref)).status == "frozen_by_customer"


async def test_an_account_has_the_name_its_owner_gives_it(hall: Hall) -> None:
    who, mine = await hall.account(1)

    assert (await hall.party.rename_account(who, mine.ref, " 买房钱 ")).alias == "买房钱"


async def test_the_web_may_not_change_a_status_by_itself(hall: Hall) -> None:
    _, mine = await hall.account(1)
    for sql in (
        "UPDATE party.customer_account SET status='closed'",
        "INSERT INTO party.holding VALUES (gen_random_uuid(), 109, 1)",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with hall.db.work(XIAOSHAN) as work:
                await work.execute(sql)
    async with hall.db.work(XIAOSHAN) as work:
        assert await work.execute("DELETE FROM party.customer_account") == "DELETE 0"
    assert await hall.party.account_at(mine.ref) == mine


async def test_name_check_across_banks(hall: Hall) -> None:
    asker: Principal = customer(await hall.person(9, ANJI))
    who, account = await hall.account(1)

    good = await hall.party.name_check(account.number, "周 明", asker)
    wrong = await hall.party.name_check(account.number, "周民", asker)
    silly = await hall.party.name_check(account.number, "x", asker)
    nobody = await hall.party.name_check(
        CustomerAccount(XIAOSHAN, 99_999_999, who.id, 2, "active", account.opened_on, "").number, "周明"
    )
    outside = await hall.party.name_check("6222021234567890123", "周明")

    assert (good.result, good.masked_name, good.bank_name_zh) == ("match", "周*", "青禾农商银行")
    assert [(x.result, x.masked_name) for x in (wrong, silly)] == [("mismatch", None)] * 2
    assert nobody == outside
    assert (nobody.result, nobody.bank) == ("missing", None)


async def test_a_closed_account_has_no_name(hall: Hall) -> None:
    who, account = await hall.account(1)
    await hall.party.close_account(who, account.ref)

    assert (await hall.party.name_check(account.number, "周明")).result == "missing"
