"""Numbers and names are checked before anybody outside is asked."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou import party
from fengshou.party import mask_name, mask_phone, normal_name, parse_id_number, parse_phone

TODAY = date(2026, 11, 23)


def test_the_sample_number_of_the_standard_is_read() -> None:
    # GB 11643-1999, appendix A: 11010519491231002X.
    number = parse_id_number(" 11010519491231002x ", TODAY)

    assert (number.text, number.born_on, number.gender) == (
        "11010519491231002X",
        date(1949, 12, 31),
        "female",
    )
    assert number.masked == "110***********002X"


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # check character
        "11010519491331002X",  # month 13
        "11010520991231002X",  # born tomorrow
        "01010519491231002X",
        "11010519491231002",
        "",
        "姓名",
        "1101051949123100２X0",
    ],
)
def test_what_is_no_identity_number_is_refused(text: str) -> None:
    with pytest.raises(party.BadIdNumber):
        parse_id_number(text, TODAY)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(place: int, by: int) -> None:
    good = "11010519491231002X"
    wrong = good[:place] + str((int(good[place]) + by) % 10) + good[place + 1 :]
    with pytest.raises(party.BadIdNumber):
        parse_id_number(wrong, TODAY)


@pytest.mark.parametrize(
    "text", ["13800138000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"]
)
def test_a_phone_is_read_however_it_is_written(text: str) -> None:
    assert parse_phone(text) == "13800138000"


@pytest.mark.parametrize("text", ["12800138000", "1380013800", "138001380000", "", "abc", "+1 2025550100"])
def test_what_is_no_mainland_mobile_is_refused(text: str) -> None:
    with pytest.raises(party.BadPhone):
        parse_phone(text)


@pytest.mark.parametrize(
    ("text", "name"), [(" 周 明 ", "周明"), ("阿依古丽•买买提", "阿依古丽·买买提"), ("林小禾", "林小禾")]
)
def test_a_name_is_compared_in_one_way_of_writing(text: str, name: str) -> None:
    assert normal_name(text) == name


@pytest.mark.parametrize("text", ["", "周", "Zhou Ming", "周明1", "·周明", "周明·", "周" * 40])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(party.BadName):
        normal_name(text)


def test_masks_show_little() -> None:
    assert [mask_name(n) for n in ("周明", "林小禾", "欧阳小娜")] == ["周*", "林*禾", "欧**娜"]
    assert mask_phone("13800138000") == "138****8000"
