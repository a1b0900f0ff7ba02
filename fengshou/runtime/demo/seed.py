"""Fill an empty bank with the demo's people and their last three months.

Everything follows from one seed and the instant the first attempt began, which is written down: an
attempt that was cut off is taken up again with the same ids, and the book answers what it knows.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from random import Random
from uuid import UUID

from fengshou.kernel import Clock, Database, Principal, account_number, day_of
from fengshou.ledger import (
    AccountRef,
    Entry,
    Ledger,
    NewAccount,
    Rider,
)
from fengshou.party import LoginTaken, Newcomer, Party, PlannedAccount, mask_name
from fengshou.runtime.demo import cast as parts
from fengshou.runtime.demo.books import beginnings
from fengshou.runtime.demo.cast import CLERKS, PARTS, DemoLogIn
from fengshou.runtime.demo.errands import Errand, errands
from fengshou.runtime.demo.history import FeeOf, History
from fengshou.runtime.demo.movement import Kind, Movement
from fengshou.runtime.demo.people import PEOPLE, Person, Registry, crowd, fixed_id
from fengshou.runtime.party_book import CeilingOf

SEED = 20260101
_SETTING = "demo"
_CHUNK = 4_000  # entries waiting in the book's queue at once
_DEPOSITS = "2111"
_MANDATE = "demo.seed"


@dataclass(frozen=True, slots=True)
class Told:
    """A movement that is in the book, for whoever keeps the words of statements."""

    entry: UUID
    movement: Movement


Remember = Callable[[Sequence[Told]], Awaitable[None]]
IssuePassword = Callable[[UUID, str], Awaitable[None]]
Pay = Callable[[Errand, UUID], Awaitable[None]]
SavePayee = Callable[[Principal, str, str], Awaitable[None]]
Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """What seeding needs. The four acts after `ceiling_of` are payments' and access' business.

    codes  the posting code of each kind of movement
    say    told what is being done and how far it is, 0 to 1
    people how many customers besides the cast
    agreed texts, each with its version, that the cast agreed to
    """

    db: Database
    clock: Clock
    party: Party
    ledger: Ledger
    fee_of: FeeOf
    ceiling_of: CeilingOf
    remember: Remember
    issue_password: IssuePassword
    save_payee: SavePayee
    pay: Pay
    codes: dict[Kind, int] = field(default_factory=lambda: CODES)
    say: Say = lambda _what, _share: None
    people: int = PEOPLE
    agreed: tuple[tuple[str, str], ...] = ()


async def seed(stage: Stage) -> bool:
    """Seed the demo unless that was done before; whether anything was done."""
    began_at, done = await _mark(stage)
    if done:
        return False
    chance = Random(SEED)  # noqa: S311 - invented people need the same dice every time, not secret ones
    registry = Registry(chance, day_of(began_at))
    cast = parts.enter(registry)
    banks = [bank.institution_id for bank in stage.party.banks()]
    people = crowd(registry, banks, stage.people, frozenset(person.name for person in cast.values()))
    stage.say("people", 0.05)
    await _admit(stage, [*cast.values(), *people], chance, began_at)
    await _hire(stage)
    stage.say("history", 0.2)
    history = History(chance, people, cast, began_at, day_of(began_at), stage.fee_of, stage.codes)
    await asyncio.to_thread(history.tell)
    await _post(stage, banks, history, began_at, chance)
    await _dress(stage, cast, history)
    for errand in errands(cast, people):
        await stage.pay(errand, fixed_id(chance, errand.payer.bank, began_at))
    await _remember_done(stage)
    stage.say("ready", 1.0)
    return True


async def log_ins(party: Party) -> list[DemoLogIn]:
    """The tiles of the demo's log-in page: customers first, then staff."""
    tiles = []
    for part in PARTS:
        id_ = await party.find_by_phone(part.phone)
        if id_ is not None:
            tiles.append(
                DemoLogIn(part.key, "customer", id_, part.bank, part.name, part.phone, parts.PASSWORD,
                          part.about_zh, part.about_en)
            )  # fmt: skip
    for clerk in CLERKS:
        staff = await party.staff_by_login(clerk.login)
        if staff is not None:
            tiles.append(
                DemoLogIn(clerk.key, "staff", staff.id, clerk.bank, clerk.name, clerk.login, parts.STAFF_PASSWORD,
                          clerk.about_zh, clerk.about_en)
            )  # fmt: skip
    return tiles


# -- the mark in the database ----------------------------------------------------------------------


async def _mark(stage: Stage) -> tuple[datetime, bool]:
    """When the first attempt began, and whether one came to its end."""
    async with stage.db.relay() as work:
        await work.execute(
            "INSERT INTO kernel.setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            _SETTING, {"began_at": work.now.isoformat(), "done": False},
        )  # fmt: skip
        mark = await work.fetchval("SELECT value FROM kernel.setting WHERE name=$1", _SETTING)
    return datetime.fromisoformat(mark["began_at"]), mark["done"]


async def _remember_done(stage: Stage) -> None:
    async with stage.db.relay() as work:
        await work.execute(
            "UPDATE kernel.setting SET value = value || '{\"done\": true}'::jsonb WHERE name=$1", _SETTING
        )


# -- people ----------------------------------------------------------------------------------------


async def _admit(stage: Stage, people: list[Person], chance: Random, began_at: datetime) -> None:
    """Enter people and reserve their accounts, bank by bank; then open all accounts in the book."""
    homes: dict[int, list[Newcomer]] = defaultdict(list)
    plans: dict[int, list[PlannedAccount]] = defaultdict(list)
    entries: dict[int, UUID] = {}
    for person in people:
        homes[person.bank].append(
            Newcomer(
                person.id, person.phone, person.name, person.id_number, person.joined_at, "DEMO", person.elder
            )
        )
        slots: dict[tuple[int, int], int] = defaultdict(int)
        for purse in person.purses:
            bank = purse.ref.bank
            slots[bank, purse.class_] += 1
            entry = entries.setdefault(bank, fixed_id(chance, bank, began_at))
            plans[bank].append(
                PlannedAccount(bank, purse.ref.id, person.id, person.name, purse.class_, slots[bank, purse.class_],
                               fixed_id(chance, bank, began_at), entry, purse.opened_on, purse.alias)
            )  # fmt: skip
    for bank, newcomers in homes.items():
        await stage.party.admit_people(bank, newcomers)
    for bank, accounts in plans.items():
        await stage.party.admit_accounts(bank, accounts)
    await asyncio.gather(
        *(stage.ledger.post(_opening(entries[bank], plans[bank], stage.ceiling_of)) for bank in plans)
    )


def _opening(entry: UUID, plans: list[PlannedAccount], ceiling_of: CeilingOf) -> Entry:
    return Entry(
        id=entry,
        opens=tuple(
            NewAccount(
                AccountRef(plan.bank, plan.account_id),
                _DEPOSITS,
                ceiling_fen=ceiling_of(plan.bank, plan.class_),
            )
            for plan in plans
        ),
        riders=tuple(Rider(*ride) for plan in plans for ride in plan.rides),
        mandate=_MANDATE,
    )


async def _hire(stage: Stage) -> None:
    for clerk in CLERKS:
        async with stage.db.work(clerk.bank) as work:
            try:
                await stage.party.hire(work, clerk.login, clerk.name, clerk.roles)
            except LoginTaken:
                continue  # an earlier attempt got this far


async def _tell_of_money(stage: Stage, person: Person, history: History) -> None:
    """A letter about the last money that somebody sent to this person."""
    came = (
        (leg, line)
        for movement in reversed(history.movements)
        for line in movement.lines
        for leg in movement.legs
        if line.ref == leg.credit == person.main and line.kind == "transfer"
    )
    leg, line = next(came)
    balance = await stage.ledger.balance(person.main)
    facts = {"tail": account_number(*person.main)[-4:], "other": mask_name(line.other), "amount_fen": leg.fen,
             "balance_fen": balance.posted_fen}  # fmt: skip
    await stage.party.notify(person.bank, person.id, "money_in", facts, source="demo.money_in")


async def _dress(stage: Stage, cast: dict[str, Person], history: History) -> None:
    """What the cast needs beyond money: passwords, consents, a letter or two."""
    for tile in await log_ins(stage.party):
        await stage.issue_password(tile.id, tile.password)
    for key, other in (("zhou_ming", "lin_xiaohe"), ("lin_xiaohe", "jin_acai"), ("lin_xiaohe", "zhou_ming")):
        who = Principal("customer", cast[key].id, cast[key].bank)
        await stage.save_payee(who, account_number(*cast[other].main), cast[other].name)
    for person in cast.values():
        async with stage.db.work(person.bank) as work:
            for purpose, version in stage.agreed:
                await stage.party.consent(work, person.id, purpose, version, "app")
        await stage.party.notify(person.bank, person.id, "welcome", {}, source="demo.welcome")
        await stage.party.notify(person.bank, person.id, "real_name_verified", {}, source="demo.real_name")
        await _tell_of_money(stage, person, history)


# -- money -----------------------------------------------------------------------------------------


async def _post(stage: Stage, banks: list[int], history: History, began_at: datetime, chance: Random) -> None:
    """The banks' own books first, then everybody's past, each day's on its day, in the order it happened."""
    first = history.days[0]
    start = datetime(first.year, first.month, first.day, tzinfo=began_at.tzinfo)
    movements = [*beginnings(banks, history.openings, start, stage.codes), *history.movements]
    told = [Told(fixed_id(chance, one.legs[0].debit.bank, began_at), one) for one in movements]
    done = 0
    for _, of_day in groupby(told, key=lambda one: day_of(one.movement.at)):
        day = list(of_day)
        with _as_of(stage.clock, day[-1].movement.at):
            for low in range(0, len(day), _CHUNK):
                await asyncio.gather(*(stage.ledger.post(_entry(one)) for one in day[low : low + _CHUNK]))
        done += len(day)
        stage.say("history", 0.25 + 0.5 * done / len(told))
    stage.say("words", 0.75)
    await stage.remember(told)


@contextmanager
def _as_of(clock: Clock, at: datetime) -> Iterator[None]:
    """The bank's clock shows a past instant, so that the book takes each day's movements on that day."""
    kept = clock.offset
    clock.offset += at - clock.now()
    try:
        yield
    finally:
        clock.offset = kept


def _entry(told: Told) -> Entry:
    return Entry(told.entry, told.movement.legs, event_at=told.movement.at, mandate=_MANDATE)


# What statements call each kind by number: payments' own where it has one, the others after them.
CODES: dict[Kind, int] = {
    "transfer": 101, "own": 101, "fee": 102, "remit": 103, "salary": 104, "pension": 104,
    "carried": 120, "interest": 121, "takings": 122, "shopping": 123, "medicine": 123, "canteen": 123,
    "utility": 124, "top_up": 125, "cash": 126, "bank": 129,
}  # fmt: skip
