"""Ids carry their bank and time; account numbers their check digit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import (
    LEGS_MAX,
    BadAccountNumber,
    account_number,
    bank_of,
    entry_of,
    leg_id,
    new_id,
    parse_account_number,
    time_of,
)

banks = st.integers(1, 9_999)
moments = st.integers(1_577_836_800_000, 4_102_444_800_000).map(
    lambda ms: datetime.fromtimestamp(ms / 1000, UTC)
)


@given(banks, st.integers(1, LEGS_MAX), moments)
def test_an_id_is_a_version_7_uuid_that_knows_its_bank_time_and_leg(
    bank: int, leg: int, at: datetime
) -> None:
    id_ = new_id(bank, at)
    assert (id_.version, id_.variant) == (7, "specified in RFC 4122")
    assert bank_of(id_) == bank == bank_of(leg_id(id_, leg))
    assert time_of(id_) == at
    assert entry_of(leg_id(id_, leg)) == id_
    assert leg_id(id_, 0) == id_


def test_many_ids_of_one_moment_differ() -> None:
    assert len({new_id(109) for _ in range(50_000)}) == 50_000


@given(banks, moments)
def test_ids_of_one_moment_sort_in_the_order_they_were_made_in(bank: int, at: datetime) -> None:
    made = [new_id(bank, at) for _ in range(300)]
    assert made == sorted(made)


@given(banks, st.integers(1, 10**11 - 1))
def test_an_account_number_reads_back(bank: int, account: int) -> None:
    number = account_number(bank, account)
    assert len(number) == 19
    assert parse_account_number(" ".join((number[:4], number[4:]))) == (bank, account)


@given(banks, st.integers(1, 10**11 - 1), st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(bank: int, account: int, place: int, by: int) -> None:
    number = account_number(bank, account)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    with pytest.raises(BadAccountNumber):
        parse_account_number(wrong)


@pytest.mark.parametrize("text", ["", "629", "x" * 19, "6290109" + "0" * 12, "６" * 19, "1" * 19])
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(BadAccountNumber):
        parse_account_number(text)
