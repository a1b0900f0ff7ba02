"""The demo fills an empty bank once, the same in every run, and its books balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import pytest

from fengshou.kernel import CENTRE, Clock, Database, Principal, day_of
from fengshou.ledger import AccountRef, open_banks, verify
from fengshou.runtime.demo import Stage, Told, log_ins, seed
from fengshou.runtime.demo.errands import Errand
from fengshou.runtime.demo.words import remember
from tests.party.desk_of_tests import Hall, ceiling, open_hall

SUBJECTS = ("1001", "1003", "1011", "1303", "1304", "2011", "2241", "3001", "4001", "6021", "6411")


@dataclass
class Kept:
    """What seeding hands to payments and access."""

    told: list[Told] = field(default_factory=list)
    passwords: dict[UUID, str] = field(default_factory=dict)
    payees: list[tuple[UUID, str, str]] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)

    async def remember(self, told: Sequence[Told]) -> None:
        self.told += told

    async def issue(self, principal: UUID, password: str) -> None:
        self.passwords[principal] = password

    async def pay(self, errand: Errand, key: UUID) -> None:
        self.errands.append(errand)

    async def save_payee(self, who: Principal, number: str, name: str) -> None:
        self.payees.append((who.id, number, name))


@pytest.fixture
async def hall(db: Database, clock: Clock) -> AsyncIterator[Hall]:
    opened = await open_hall(db, clock)
    yield opened
    await opened.ledger.stop()


def stage_on(hall: Hall, kept: Kept, clock: Clock, people: int) -> Stage:
    return Stage(
        hall.db, clock, hall.party, hall.ledger, lambda fen, age, used: 200 if used >= 3 else 0, ceiling,
        kept.remember, kept.issue, kept.save_payee, kept.pay, people=people,
    )  # fmt: skip


async def open_all(hall: Hall) -> None:
    await open_banks(hall.ledger, [CENTRE, *(b.institution_id for b in hall.party.banks())], SUBJECTS)


async def test_the_cast_is_there_and_the_books_balance(hall: Hall, clock: Clock) -> None:
    await open_all(hall)
    kept = Kept()
    assert await seed(stage_on(hall, kept, clock, 150)) is True

    tiles = {tile.key: tile for tile in await log_ins(hall.party)}
    assert {"zhou_ming", "lin_xiaohe", "jin_acai", "chen_yu", "wang_fang", "shen_lan"} <= set(tiles)
    assert set(kept.passwords) == {tile.id for tile in tiles.values()}
    ming = await hall.party.accounts_of(tiles["zhou_ming"].id)
    assert (tiles["lin_xiaohe"].id, ming[0].number, "周明") in kept.payees
    assert [(a.bank, a.class_, a.number[-4:]) for a in ming] == [(109, 1, "5678"), (424, 2, "2016")]
    letters = await hall.party.notices(Principal("customer", tiles["zhou_ming"].id, 109))
    assert letters[0].body["zh"].startswith("账户（尾号 5678）收到林*禾 260.00 元")
    balances = [(await hall.ledger.balance(AccountRef(*a.ref))).posted_fen for a in ming]
    # What is paid today goes through every room, and is still to be paid here.
    assert [e.fen for e in kept.errands if e.net and e.payer.name == "周明"] == [36_00, 20_00]
    assert balances == [42_880_50 + 56_00, 6_315_20]
    trial = await hall.ledger.trial_balance()
    assert {bank: sum(row.closing_fen for row in rows) for bank, rows in trial.items()} == dict.fromkeys(
        trial, 0
    )
    async with hall.db.pool("writer").acquire() as connection:
        assert (await verify(connection)).problems == []
    async with hall.db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM party.customer") == 153
        assert (
            await work.fetchval("SELECT count(*) FROM party.customer_account WHERE status <> 'active'") == 0
        )


async def test_a_statement_reads_in_the_order_of_the_past(hall: Hall, clock: Clock) -> None:
    await open_all(hall)
    kept = Kept()
    await seed(stage_on(hall, kept, clock, 40))
    tiles = {tile.key: tile for tile in await log_ins(hall.party)}
    (account,) = await hall.party.accounts_of(tiles["lin_xiaohe"].id)
    async with hall.db.read(account.bank) as work:
        lines = await hall.ledger.statement(work, AccountRef(*account.ref), limit=500)

    instants = [line.event_at for line in lines]
    assert instants == sorted(instants, reverse=True)
    assert instants[0] <= clock.now()
    assert len(lines) > 30
    words = {(told.entry, line.ref): line for told in kept.told for line in told.movement.lines}
    said = [words[line.entry, AccountRef(*account.ref)] for line in lines]
    assert {"carried", "salary", "transfer", "shopping"} <= {line.kind for line in said}
    assert next(line for line in said if line.memo == "茶叶款").other == "周明"


async def test_each_day_s_turnover_is_that_day_s(hall: Hall, clock: Clock) -> None:
    """The past was booked when it happened: a trial balance of today does not show three months."""
    await open_all(hall)
    kept = Kept()
    before = clock.offset
    await seed(stage_on(hall, kept, clock, 30))
    assert clock.offset == before
    moved: dict[date, int] = defaultdict(int)
    for told in kept.told:
        moved[day_of(told.movement.at)] += sum(leg.fen for leg in told.movement.legs if leg.debit.bank == 109)

    days = sorted(moved)
    assert len(days) > 60
    for day in (days[0], days[1], days[40], days[-1], clock.today()):
        rows = (await hall.ledger.trial_balance(109, day))[109]
        assert sum(row.debit_fen for row in rows) == moved[day], day
        assert sum(row.opening_fen for row in rows) == sum(row.closing_fen for row in rows) == 0
    first = (await hall.ledger.trial_balance(109, days[0]))[109]
    assert {row.opening_fen for row in first} == {0}


async def test_a_second_start_does_nothing_and_a_cut_off_one_goes_on(hall: Hall, clock: Clock) -> None:
    await open_all(hall)
    kept = Kept()
    stage = stage_on(hall, kept, clock, 60)

    async def cut_off(told: Sequence[Told]) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await seed(replace(stage, remember=cut_off))
    halfway = {bank: await hall.ledger.position(bank) for bank in (CENTRE, 109, 523)}
    assert await seed(stage) is True
    assert {bank: await hall.ledger.position(bank) for bank in (CENTRE, 109, 523)} == halfway
    assert await seed(stage) is False
    async with hall.db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM party.customer") == 63


async def test_nobody_s_number_or_phone_is_given_out_twice_and_all_are_valid(
    hall: Hall, clock: Clock
) -> None:
    await open_all(hall)
    kept = Kept()
    await seed(stage_on(hall, kept, clock, 30))
    me = Principal("customer", next(iter(kept.passwords)), 109)
    async with hall.db.read(109) as work:
        person = await hall.party.customer(work, me.id)
    assert person.id_number_masked is not None
    assert person.id_number_masked.startswith("338")
    assert person.phone == "16000000001"


async def test_statement_lines_are_kept_in_payments_words(hall: Hall, clock: Clock) -> None:
    await open_all(hall)
    kept = Kept()

    async def write(told: Sequence[Told]) -> None:
        await remember(hall.db, hall.vault, told)
        await remember(hall.db, hall.vault, told)

    await seed(replace(stage_on(hall, kept, clock, 30), remember=write))
    (account,) = await hall.party.accounts_of((await log_ins(hall.party))[1].id)
    async with hall.db.read(account.bank) as work:
        rows = await work.fetch(
            "SELECT kind, other_name, other_bank, other_tail FROM payments.line WHERE account_id=$1",
            account.account_id,
        )
        lines = await hall.ledger.statement(work, AccountRef(*account.ref), limit=500)
    assert len(rows) == len(lines)
    said = {tuple(row) for row in rows}
    assert ("transfer_in", "周*", 109, "5678") in said
    assert ("transfer_out", "金*彩", 523, "8816") in said
    assert {row["kind"] for row in rows} == {
        "carried", "salary", "shopping", "utility", "transfer_in", "transfer_out", "outside_out", "interest"
    }  # fmt: skip
