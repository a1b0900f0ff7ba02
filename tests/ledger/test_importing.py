"""History from a file: all of it, once, with its own times; or nothing, and every reason by row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import asyncpg
import pytest

from fengshou.kernel import SHANGHAI, OutcomeUnknown, Principal, account_number, new_id
from fengshou.ledger import AccountRef, Entry, Ledger, importing, verify
from fengshou.ledger.importing import FileChanged, ImportRefused, import_file
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, pay

WHO = Principal("staff", new_id(XIAOSHAN), XIAOSHAN)
HEAD = "key,debit,credit,amount,happened_at,code\n"


def number(ref: AccountRef) -> str:
    return account_number(ref.bank, ref.id)


async def test_history_is_booked_with_its_own_times_and_once(
    ledger: Ledger, owner: asyncpg.Connection
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2)
    text = (
        f"{HEAD}a,1001,{number(ming)},100.00,2024-03-01,7\n"
        f"b,{number(ming)},{number(he)},30.50,2024-03-01,\n"
        f"c,{number(he)},{number(ming)},0.50,2024-05-02T10:00:00+08:00,9\n"
    )

    first = await import_file(ledger, WHO, XIAOSHAN, "old.csv", text)
    again = await import_file(ledger, WHO, XIAOSHAN, "old.csv", text)

    assert (first.rows, first.entries, first.fen, first.again) == (3, 2, 131_00, False)
    assert (again.rows, again.again) == (3, True)
    assert [(await ledger.balance(ref)).posted_fen for ref in (ming, he)] == [70_00, 30_00]
    days = ledger.reports.days
    assert await days.value_balance(ming, date(2024, 2, 29)) == 0
    assert await days.value_balance(ming, date(2024, 3, 1)) == 69_50
    assert await days.event_balance(ming, datetime(2024, 5, 2, 10, tzinfo=SHANGHAI)) == 70_00
    assert await days.event_balance(ming, datetime(2024, 5, 2, 1, tzinfo=UTC)) == 69_50
    kinds = await owner.fetch("SELECT DISTINCT kind, mandate FROM ledger.journal WHERE kind = 6")
    assert [tuple(r) for r in kinds] == [(6, "ledger.import")]
    turned = await ledger.reports.general.days_of(XIAOSHAN, "2111", date(2024, 1, 1), date(2024, 12, 31))
    assert [row[0] for row in turned] == [date(2024, 3, 1), date(2024, 5, 2)]
    with pytest.raises(FileChanged):
        await import_file(ledger, WHO, XIAOSHAN, "old.csv", text.replace("30.50", "30.51"))
    assert (await verify(owner)).problems == []


async def test_every_faulty_row_is_told_in_both_languages_and_nothing_moves(ledger: Ledger) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    (far,) = await make_accounts(ledger, JINGNING, 1)
    m, h = number(ming), number(he)
    rows = {
        f"a,{m},{h},1.00,2024-03-01,": "the key is that of row 2",
        f",{m},{h},1.00,2024-03-01,": "there is no key",
        f"d,{m[:-1]}x,{h},1.00,2024-03-01,": "not an account number",
        f"e,{m},{m},1.00,2024-03-01,": "the same account",
        f"f,{m},{number(far)},1.00,2024-03-01,": "at another bank",
        f"g,{m},{h},1.001,2024-03-01,": "not an amount",
        f"h,{m},{h},0,2024-03-01,": "not an amount",
        f"i,{m},{h},1.00,2024-03-01T10:00:00,": "not a day",
        f"j,{m},{h},1.00,2999-03-01,": "not happened yet",
        f"k,{m},{h},1.00,2024-03-01,x": "not a code",
    }
    lines = [f"a,{m},{h},1.00,2024-03-01,", *rows]

    with pytest.raises(ImportRefused) as refused:
        await import_file(ledger, WHO, XIAOSHAN, "bad.csv", HEAD + "\n".join(lines))

    faults = refused.value.faults
    assert [f.row for f in faults] == list(range(3, 3 + len(rows)))
    for fault, expected in zip(faults, rows.values(), strict=True):
        assert expected in fault.en
        assert fault.zh
    assert "3" in refused.value.messages["zh"]
    assert (await ledger.balance(ming)).posted_fen == 10_00


async def test_a_file_that_overdraws_in_its_order_is_refused_before_anything_is_booked(
    ledger: Ledger,
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    text = (
        f"{HEAD}a,{number(ming)},{number(he)},8.00,2024-03-01,\n"
        f"b,{number(ming)},{number(he)},8.00,2024-03-02,\nc,{number(he)},{number(ming)},9.00,2024-03-03,\n"
    )
    with pytest.raises(ImportRefused) as refused:
        await import_file(ledger, WHO, XIAOSHAN, "poor.csv", text)
    assert [(f.row, f.en) for f in refused.value.faults] == [(3, "not enough money in the account")]
    assert (await ledger.balance(ming)).posted_fen == 10_00


async def test_when_one_row_is_refused_nothing_of_the_file_is_booked(
    ledger: Ledger, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    text = HEAD + "".join(f"{n},{number(ming)},{number(he)},1.00,2024-03-{n:02},\n" for n in range(1, 11))
    read_balances = ledger.balances

    async def then_spend(refs: list[AccountRef]) -> object:
        found = await read_balances(refs)
        await ledger.post(pay(ming, he, 5_00))  # after the check, before the file is booked
        return found

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "balances", then_spend)
        with pytest.raises(ImportRefused) as refused:
            await import_file(ledger, WHO, XIAOSHAN, "raced.csv", text)
    position = await ledger.position(XIAOSHAN)

    assert [f.row for f in refused.value.faults] == [7, 8, 9, 10, 11]
    assert [(await ledger.balance(ref)).posted_fen for ref in (ming, he)] == [5_00, 15_00]
    assert not await owner.fetchval("SELECT count(*) FROM ledger.journal WHERE kind = 6")
    await ledger.post(pay(he, ming, 15_00))
    done = await import_file(ledger, WHO, XIAOSHAN, "raced.csv", text)  # tried again, it goes through
    assert (done.again, (await ledger.balance(he)).posted_fen) == (False, 10_00)
    assert await ledger.position(XIAOSHAN) == position + 11
    batch = "SELECT count(*) FROM ledger.batch WHERE last_position - first_position = 9"
    assert await owner.fetchval(batch) == 1  # the ten rows are one commit
    assert (await verify(owner)).problems == []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_file_whose_answer_was_lost_is_there_wholly_or_not_at_all(
    ledger: Ledger, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    text = HEAD + "".join(f"{n},{number(ming)},{number(he)},1.00,2024-03-{n:02},\n" for n in range(1, 9))
    whole = ledger.post_whole

    async def cut(entries: Sequence[Entry]) -> object:
        if when == "after":
            await whole(entries)
        raise OutcomeUnknown

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "post_whole", cut)
        with pytest.raises(OutcomeUnknown):
            await import_file(ledger, WHO, XIAOSHAN, "cut.csv", text)
    assert (await ledger.balance(he)).posted_fen == {"before": 10_00, "after": 18_00}[when]
    if when == "after":
        with pytest.raises(FileChanged):
            await import_file(ledger, WHO, XIAOSHAN, "cut.csv", text.replace("1.00", "1.01"))

    both = await asyncio.gather(*(import_file(ledger, WHO, XIAOSHAN, "cut.csv", text) for _ in range(2)))

    assert [done.rows for done in both] == [8, 8]
    assert (await ledger.balance(he)).posted_fen == 18_00
    assert (await verify(owner)).problems == []


async def test_a_name_whose_file_was_never_booked_takes_a_corrected_one(
    ledger: Ledger, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    text = f"{HEAD}a,{number(ming)},{number(he)},1.00,2024-03-01,\n"

    async def die(entries: Sequence[Entry]) -> object:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "post_whole", die)
        with pytest.raises(ConnectionError):
            await import_file(ledger, WHO, XIAOSHAN, "new.csv", text)
    await import_file(ledger, WHO, XIAOSHAN, "new.csv", text.replace("1.00", "2.00"))
    assert (await ledger.balance(he)).posted_fen == 12_00
    assert (await verify(owner)).problems == []


async def test_a_file_that_is_too_long_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ming, he = await make_accounts(ledger, XIAOSHAN, 2, fen=10_00)
    monkeypatch.setattr(importing, "ROWS_MAX", 2)
    rows = "".join(f"{n},{number(ming)},{number(he)},1.00,2024-03-01,\n" for n in range(3))
    with pytest.raises(ImportRefused) as refused:
        await import_file(ledger, WHO, XIAOSHAN, "long.csv", HEAD + rows)
    assert [(f.row, f.en) for f in refused.value.faults] == [(4, "a file has at most 2 rows; split it")]


async def test_the_header_must_be_right(ledger: Ledger) -> None:
    with pytest.raises(ImportRefused) as refused:
        await import_file(ledger, WHO, XIAOSHAN, "x.csv", "key,amount\n1,2\n")
    assert refused.value.faults[0].en == "the header lacks debit, credit, happened_at"
