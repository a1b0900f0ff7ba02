"""Registering, being found, changing the phone."""

from __future__ import annotations

import asyncio

import pytest

from fengshou import party
from fengshou.kernel import BankError, Missing, bank_of, new_id
from fengshou.party import Preferences
from tests.party.desk_of_tests import ANJI, XIAOSHAN, Hall, id_number


async def test_a_person_registers_and_is_found_from_any_bank(hall: Hall) -> None:
    async with hall.db.work(XIAOSHAN) as work:
        person = await hall.party.register(work, "+86 138 0013 8000")

    assert (bank_of(person.id), person.phone, person.phone_masked) == (XIAOSHAN, "13800138000", "138****8000")
    assert (person.real_name, person.name, person.current_bank) == ("unverified", None, XIAOSHAN)
    assert await hall.party.find_by_phone("13800138000") == person.id
    assert await hall.party.find_by_phone("13800138001") is None


async def test_nothing_personal_is_readable_in_the_table_or_in_a_log_line(hall: Hall) -> None:
    person = await hall.verified()
    async with hall.db.read(XIAOSHAN) as work:
        row = await work.fetchrow("SELECT * FROM party.customer")

    assert row is not None
    stored = repr(tuple(row.values()))
    for secret in ("13900000001", "周明", "330109199003070"):
        assert secret not in stored
        assert secret.encode() not in b"".join(v for v in row.values() if isinstance(v, bytes))
        assert secret not in repr(person)


async def test_one_phone_is_one_person_s_even_when_ten_ask_at_once(hall: Hall) -> None:
    async def attempt(bank: int) -> str:
        try:
            async with hall.db.work(bank) as work:
                await hall.party.register(work, "13800138000")
        except BankError as refusal:
            return refusal.code
        return "registered"

    answers = await asyncio.gather(*(attempt(bank) for bank in (XIAOSHAN, ANJI) * 5))

    assert sorted(answers) == ["PARTY.PHONE_TAKEN"] * 9 + ["registered"]
    async with hall.db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM party.customer") == 1
        assert await work.fetchval("SELECT count(*) FROM party.directory") == 1


async def test_another_bank_does_not_see_the_person(hall: Hall) -> None:
    person = await hall.person()

    async with hall.db.read(ANJI) as work:
        with pytest.raises(Missing):
            await hall.party.customer(work, person.id)
        assert await work.fetchval("SELECT count(*) FROM party.customer") == 0
        assert (
            await work.fetchval("SELECT count(*) FROM party.customer WHERE institution_id=$1", XIAOSHAN) == 0
        )


async def test_a_changed_phone_moves_in_the_directory_too(hall: Hall) -> None:
    person = await hall.person(1)
    async with hall.db.work(XIAOSHAN) as work:
        await hall.party.change_phone(work, person.id, "13700137000")

    assert await hall.party.find_by_phone("13700137000") == person.id
    assert await hall.party.find_by_phone(person.phone) is None
    async with hall.db.work(XIAOSHAN) as work:
        assert (await hall.party.customer(work, person.id)).phone == "13700137000"
        # The old number is free for somebody else.
        await hall.party.register(work, person.phone)


async def test_somebody_else_s_phone_is_not_taken_over(hall: Hall) -> None:
    person, other = await hall.person(1), await hall.person(2, ANJI)
    with pytest.raises(party.PhoneTaken):
        async with hall.db.work(XIAOSHAN) as work:
            await hall.party.change_phone(work, person.id, other.phone)

    assert await hall.party.find_by_phone(person.phone) == person.id
    assert await hall.party.find_by_phone(other.phone) == other.id


async def test_preferences_and_chosen_bank_are_kept(hall: Hall) -> None:
    person = await hall.person()
    wish = Preferences(elder=True, theme="dark", locale="en")
    async with hall.db.work(XIAOSHAN) as work:
        await hall.party.set_preferences(work, person.id, wish)
        await hall.party.choose_bank(work, person.id, ANJI)
        kept = await hall.party.customer(work, person.id)
        with pytest.raises(Missing):
            await hall.party.choose_bank(work, person.id, 999)

    assert (kept.preferences, kept.current_bank) == (wish, ANJI)


async def test_an_id_nobody_has_is_missing(hall: Hall) -> None:
    async with hall.db.read(XIAOSHAN) as work:
        with pytest.raises(Missing):
            await hall.party.customer(work, new_id(XIAOSHAN))


async def test_the_number_on_file_is_compared_not_shown(hall: Hall) -> None:
    known, unknown = await hall.verified(3), await hall.person(4)

    assert await hall.party.is_id_number(known.id, id_number(3)) is True
    assert await hall.party.is_id_number(known.id, id_number(4)) is False
    assert await hall.party.is_id_number(known.id, "nonsense") is False
    assert await hall.party.is_id_number(unknown.id, id_number(4)) is None
    assert await hall.party.phone_of(known.id) == "13900000003"
    assert await hall.party.phone_of(new_id(XIAOSHAN)) is None
