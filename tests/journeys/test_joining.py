"""Journey 1: a stranger becomes a customer of a county bank."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import NewPhone
from tests.journeys.people import become_customer, someone

pytestmark = [pytest.mark.journey, pytest.mark.browser]


async def test_a_stranger_becomes_a_customer_of_a_county_bank(unpack: NewPhone) -> None:
    phone, person = await unpack(), someone("沈云禾")

    await become_customer(phone, person, "临安")

    await phone.reads("沈云禾", "0.00")
    assert len(person.account) == 19
    assert person.account.startswith("629")
