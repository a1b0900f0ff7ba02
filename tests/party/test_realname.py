"""Only the register's yes makes an identity verified."""

from __future__ import annotations

import asyncio

import pytest

from fengshou import party
from fengshou.kernel import BankError
from fengshou.party import RealNameResult
from tests.party.desk_of_tests import ANJI, XIAOSHAN, Hall, id_number

NUMBER = id_number(7)


async def test_a_match_verifies_and_keeps_the_evidence(hall: Hall) -> None:
    person = await hall.person()
    person = await hall.party.verify_real_name(person.id, " 周 明", NUMBER.lower())

    assert (person.real_name, person.name, person.name_masked) == ("verified", "周明", "周*")
    assert (person.birth_year, person.gender) == (1990, "male")
    assert person.id_number_masked == f"330***********{NUMBER[-4:]}"
    assert [asked[:2] for asked in hall.register.asked] == [("周明", NUMBER)]
    async with hall.db.read(XIAOSHAN) as work:
        kept = await work.fetchrow("SELECT result, evidence_no FROM party.real_name_check")
    assert kept is not None
    assert tuple(kept) == ("match", "E1")


@pytest.mark.parametrize(
    ("says", "error", "state"),
    [
        (RealNameResult.MISMATCH, party.RealNameMismatch, "mismatch"),
        (RealNameResult.NOT_FOUND, party.RealNameNotFound, "mismatch"),
        (RealNameResult.UNAVAILABLE, party.RealNameUnavailable, "unverified"),
    ],
)
async def test_anything_but_a_match_lets_nobody_through(
    hall: Hall, says: RealNameResult, error: type[BankError], state: str
) -> None:
    person = await hall.person()
    hall.register.says = says
    with pytest.raises(error):
        await hall.party.verify_real_name(person.id, "周明", NUMBER)

    async with hall.db.read(XIAOSHAN) as work:
        after = await hall.party.customer(work, person.id)
        assert (after.real_name, after.name) == (state, None)
        assert await work.fetchval("SELECT result FROM party.real_name_check") == says.value


async def test_a_mismatch_may_be_put_right(hall: Hall) -> None:
    person = await hall.person()
    hall.register.says = RealNameResult.MISMATCH
    with pytest.raises(party.RealNameMismatch):
        await hall.party.verify_real_name(person.id, "周民", NUMBER)
    hall.register.says = RealNameResult.MATCH

    assert (await hall.party.verify_real_name(person.id, "周明", NUMBER)).real_name == "verified"


async def test_a_bad_number_is_refused_before_anybody_is_asked(hall: Hall) -> None:
    person = await hall.person()
    with pytest.raises(party.BadIdNumber):
        await hall.party.verify_real_name(person.id, "周明", "330109199003070000")
    with pytest.raises(party.TooYoung):
        await hall.party.verify_real_name(person.id, "周明", id_number(7, "20200101"))

    assert hall.register.asked == []


async def test_one_identity_is_one_person_s_in_the_whole_federation(hall: Hall) -> None:
    first, second = await hall.person(1), await hall.person(2, ANJI)
    await hall.party.verify_real_name(first.id, "周明", NUMBER)
    with pytest.raises(party.IdentityTaken):
        await hall.party.verify_real_name(second.id, "周明", NUMBER)

    async with hall.db.read(ANJI) as work:
        assert (await hall.party.customer(work, second.id)).real_name == "unverified"


async def test_the_same_again_asks_nobody_and_another_is_refused(hall: Hall) -> None:
    person = await hall.person()
    await hall.party.verify_real_name(person.id, "周明", NUMBER)
    again = await hall.party.verify_real_name(person.id, "周明", NUMBER)
    with pytest.raises(party.RealNameFixed):
        await hall.party.verify_real_name(person.id, "周明", id_number(9))

    assert (again.real_name, len(hall.register.asked)) == ("verified", 1)


async def test_tries_are_counted_per_day_also_when_made_at_once(hall: Hall) -> None:
    person = await hall.person()
    hall.register.says = RealNameResult.MISMATCH

    async def attempt() -> str:
        try:
            await hall.party.verify_real_name(person.id, "周民", NUMBER)
        except BankError as refusal:
            return refusal.code
        return "verified"

    answers = await asyncio.gather(*(attempt() for _ in range(9)))

    assert sorted(answers) == ["PARTY.REAL_NAME_MISMATCH"] * 5 + ["PARTY.REAL_NAME_TOO_OFTEN"] * 4
    assert len(hall.register.asked) == 5
