"""What a desk may find people by."""

from __future__ import annotations

import pytest

from fengshou.kernel import CENTRE, Principal, new_id
from fengshou.party import BadIdNumber, BadName
from tests.party.desk_of_tests import ANJI, XIAOSHAN, Hall, id_number


async def test_a_person_is_found_by_identity_number_and_by_name_at_the_bank_of_an_account(hall: Hall) -> None:
    who, account = await hall.account(1)
    await hall.account(2)

    assert await hall.party.find_by_id_number(id_number(1)) == who.id
    assert await hall.party.find_by_id_number(id_number(3)) is None
    assert who.id in await hall.party.find_by_name(XIAOSHAN, "周 明")
    assert len(await hall.party.find_by_name(XIAOSHAN, "周明")) == 2
    assert await hall.party.find_by_name(ANJI, "周明") == []
    assert await hall.party.find_by_name(XIAOSHAN, "周小明") == []
    assert await hall.party.masked_names(XIAOSHAN, [account.account_id, 7]) == {account.account_id: "周*"}


async def test_what_cannot_be_one_is_refused(hall: Hall) -> None:
    with pytest.raises(BadIdNumber):
        await hall.party.find_by_id_number("330109199003070011")
    with pytest.raises(BadName):
        await hall.party.find_by_name(XIAOSHAN, "Zhou")


async def test_customers_are_counted_once_and_the_centre_leaves_a_trace(hall: Hall) -> None:
    who, _ = await hall.account(1)
    await hall.party.open_account(who, XIAOSHAN, 2, new_id(XIAOSHAN))
    await hall.party.open_account(who, ANJI, 2, new_id(ANJI))
    centre = Principal("staff", new_id(CENTRE), CENTRE, roles=frozenset({"centre_ops"}))
    teller = Principal("staff", new_id(ANJI), ANJI, roles=frozenset({"teller"}))

    assert await hall.party.count_customers(centre) == {XIAOSHAN: 1, ANJI: 1}
    assert await hall.party.count_customers(teller, ANJI) == {ANJI: 1}
    async with hall.db.relay(CENTRE) as work:
        seen = await work.fetchval(
            "SELECT count(*) FROM kernel.audit WHERE act='centre.enter' AND actor=$1", centre.id
        )
    assert seen == 1
