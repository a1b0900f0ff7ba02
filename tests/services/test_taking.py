"""Places under a real database: one too many is never given, a person's wishes are seen one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from fengshou.kernel import Calendar, Clock, Database, new_id, system
from fengshou.services.calendars import BookingCalendar, SlotTime, slots_of
from fengshou.services.places import Claim, Verdict, Why
from fengshou.services.taking import Offered, close, free, keep, take

BANK = 109
WORK = Calendar.load()
DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def a_calendar(**other: object) -> BookingCalendar:
    session = {
        "rrule": "FREQ=DAILY", "since": "2026-01-01", "begins": "09:00", "ends": "10:00", "slot_minutes": 10,
        "capacity": 1,
    }  # fmt: skip
    return BookingCalendar.model_validate(
        {"key": "hz.eye", "name": {"zh": "眼科", "en": "Eyes"}, "sessions": [session]} | other
    )


def person(name: int) -> bytes:
    return name.to_bytes(32)


def claim(who: int, calendar: BookingCalendar, slot: int = 0, resource: str = "dr-shen") -> Claim:
    return Claim(resource, calendar, slots_of(calendar, DAY, WORK)[slot], new_id(BANK), person(who))


@pytest.fixture
def clock() -> Clock:
    """The day before."""
    clock = Clock()
    clock.shift(NOW - clock.now())
    return clock


async def take_alone(db: Database, *claims: Claim) -> list[Verdict]:
    async with db.work(BANK, system()) as work:
        return await take(work, claims)


async def give_back(
    db: Database, calendar: BookingCalendar, *holders: UUID, missed: bool = False
) -> Sequence[Offered]:
    async with db.work(BANK, system()) as work:
        return await free(work, holders, {calendar.key: calendar}, missed=missed)


async def whys(db: Database, *claims: Claim) -> list[Why | None]:
    return [verdict.why for verdict in await take_alone(db, *claims)]


async def counted(db: Database) -> dict[str, tuple[int, int, int, int]]:
    """By slot: taken and waiting as the pool has it, and as there are rows."""
    async with db.read(BANK) as work:
        rows = await work.fetch(
            "SELECT p.resource || p.slot AS key, p.taken, p.waiting, count(*) FILTER (WHERE l.state <> 'waiting') AS t,"
            " count(*) FILTER (WHERE l.state = 'waiting') AS w FROM services.pool p LEFT JOIN services.place l"
            " USING (institution_id, resource, slot) WHERE p.institution_id = $1 GROUP BY 1, 2, 3",
            BANK,
        )
    return {row["key"]: (row["taken"], row["waiting"], row["t"], row["w"]) for row in rows}


async def test_the_last_place_under_a_hundred_people_goes_to_one(db: Database) -> None:
    calendar = a_calendar()

    verdicts = await asyncio.gather(*(take_alone(db, claim(who, calendar)) for who in range(100)))

    assert Counter(verdict.why for (verdict,) in verdicts) == {None: 1, "full": 99}
    assert set((await counted(db)).values()) == {(1, 0, 1, 0)}


async def test_one_person_in_many_processes_gets_no_more_than_the_quota(db: Database) -> None:
    calendar = a_calendar(quota={"bookings": 2, "days": 1})

    verdicts = await asyncio.gather(
        *(take_alone(db, claim(7, calendar, slot % 6, f"dr-{slot}")) for slot in range(12))
    )

    assert Counter(verdict.why for (verdict,) in verdicts) == {None: 2, "quota": 10}


async def test_in_one_batch_claims_are_seen_in_their_order(db: Database) -> None:
    calendar = a_calendar(quota={"bookings": 2, "days": 1})

    said = await whys(
        db, claim(1, calendar), claim(1, calendar), claim(2, calendar), claim(2, calendar, 1), claim(2, calendar, 2),
        claim(2, calendar, 3),
    )  # fmt: skip

    assert said == [None, "twice", "full", None, None, "quota"]


async def test_a_held_place_is_kept_in_time_and_not_after(db: Database, clock: Clock) -> None:
    calendar = a_calendar(hold_s=60)
    first, second = claim(1, calendar), claim(2, calendar, 1)
    await take_alone(db, first, second)

    async with db.work(BANK, system()) as work:
        assert await keep(work, [first.holder]) == {first.holder}
    clock.shift(timedelta(seconds=61))
    async with db.work(BANK, system()) as work:
        assert await keep(work, [first.holder, second.holder]) == set()


async def test_who_waits_is_offered_what_comes_back_in_the_order_of_waiting(
    db: Database, clock: Clock
) -> None:
    calendar = a_calendar(waiting_max=2)
    has, waits, waits_too = (claim(who, calendar) for who in range(3))
    for one in (has, waits, waits_too):
        await take_alone(db, one)
        clock.shift(timedelta(seconds=1))
    assert await whys(db, claim(3, calendar)) == ["full"]

    offered = await give_back(db, calendar, has.holder)

    assert [one.holder for one in offered] == [waits.holder]
    assert (await counted(db)).popitem()[1] == (1, 1, 1, 1)
    assert [one.holder for one in await give_back(db, calendar, waits.holder)] == [waits_too.holder]
    assert await give_back(db, calendar, waits_too.holder) == []
    assert await give_back(db, calendar, waits_too.holder) == []  # twice given back is once
    assert (await counted(db)).popitem()[1] == (0, 0, 0, 0)


async def test_who_leaves_the_line_makes_room_in_it(db: Database) -> None:
    calendar = a_calendar(waiting_max=1)
    has, waits = claim(1, calendar), claim(2, calendar)
    await take_alone(db, has, waits)

    assert await give_back(db, calendar, waits.holder) == []
    assert (await take_alone(db, claim(3, calendar)))[0].waits


async def test_who_does_not_come_may_not_book_for_a_while(db: Database, clock: Clock) -> None:
    calendar = a_calendar(
        no_show={"times": 2, "within_days": 30, "blocked_days": 10}, quota={"bookings": 9, "days": 1}
    )
    for slot in range(2):
        one = claim(1, calendar, slot)
        assert await whys(db, one) == [None]
        async with db.work(BANK, system()) as work:
            await keep(work, [one.holder])
        await give_back(db, calendar, one.holder, missed=True)

    assert await whys(db, claim(1, calendar, 3), claim(2, calendar, 3)) == ["blocked", None]


async def test_the_first_instant_and_the_last(db: Database, clock: Clock) -> None:
    calendar = a_calendar(release={"days_before": 0, "at": "06:00"})
    assert await whys(db, claim(1, calendar)) == ["early"]

    clock.shift(timedelta(hours=14))  # six in the morning there
    assert await whys(db, claim(1, calendar)) == [None]

    clock.shift(timedelta(hours=3))
    assert await whys(db, claim(2, calendar)) == ["late"]


async def test_what_is_closed_is_given_to_nobody_and_says_whose_it_was(db: Database) -> None:
    calendar = a_calendar()
    slots: Sequence[SlotTime] = slots_of(calendar, DAY, WORK)
    one = claim(1, calendar)
    await take_alone(db, one)

    async with db.work(BANK, system()) as work:
        assert await close(work, "dr-shen", slots) == [one.holder]

    assert await whys(db, claim(2, calendar, 1)) == ["closed"]
    assert await give_back(db, calendar, one.holder) == []
    assert await whys(db, claim(2, calendar, 0)) == ["closed"]


async def test_nothing_is_taken_by_who_does_not_commit(db: Database) -> None:
    async def change_of_mind() -> None:
        async with db.work(BANK, system()) as work:
            await take(work, [claim(1, a_calendar())])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_of_mind()

    assert await counted(db) == {}


async def test_taking_and_giving_back_at_once_neither_oversells_nor_stands_still(db: Database) -> None:
    calendar = a_calendar(waiting_max=3, quota={"bookings": 9, "days": 1})

    async def one(who: int) -> None:
        for turn in range(6):
            wish = claim(who, calendar, (who + turn) % 3)
            await take_alone(db, wish)
            if turn % 2:
                async with db.work(BANK, system()) as work:
                    await keep(work, [wish.holder])
            await give_back(db, calendar, wish.holder)

    await asyncio.gather(*(one(who) for who in range(20)))

    assert all(taken == rows and waits == lines for taken, waits, rows, lines in (await counted(db)).values())


async def test_the_database_holds_the_line_itself(db: Database) -> None:
    await take_alone(db, claim(1, a_calendar()))

    async def oversell() -> None:
        async with db.work(BANK, system()) as work:
            await work.execute("UPDATE services.pool SET taken = 2 WHERE institution_id = $1", BANK)

    with pytest.raises(asyncpg.CheckViolationError):
        await oversell()


async def test_a_bank_does_not_see_another_banks_places(db: Database) -> None:
    await take_alone(db, claim(1, a_calendar()))

    async with db.work(BANK + 1, system()) as work:
        assert await work.fetch("SELECT * FROM services.place") == []
        assert await work.fetch("SELECT * FROM services.pool") == []
