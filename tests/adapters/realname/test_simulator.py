"""The register's rules and its file."""

import pytest

from fengshou.adapters.realname.server import load_register
from fengshou.adapters.realname.simulator import Register, evidence_no, number_is_valid


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_examples_of_the_standard_are_valid(number: str) -> None:
    assert number_is_valid(number)


@pytest.mark.parametrize("place", range(18))
def test_one_changed_digit_is_noticed(place: int) -> None:
    number = "440524188001010014"
    changed = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]

    assert not number_is_valid(changed)


def test_a_listed_person_matches_only_under_the_exact_name() -> None:
    register = load_register()
    number, name = next(iter(register.people.items()))

    assert register.look_up(name, number) == "MATCH"
    assert register.look_up(name[:-1], number) == "MISMATCH"


def test_a_name_of_nobody_never_matches() -> None:
    assert load_register().look_up("张某", "440524188001010014") == "MISMATCH"


def test_a_register_with_a_wrong_number_does_not_load() -> None:
    with pytest.raises(ValueError, match="check digit"):
        Register.read(
            {"people": [{"id_number": "1" * 18, "name": "甲"}], "order_codes": {}, "name_mismatch": "某"}
        )


def test_evidence_belongs_to_the_question_and_the_answer() -> None:
    assert evidence_no("a", "MATCH") == evidence_no("a", "MATCH")
    assert len({evidence_no("a", "MATCH"), evidence_no("b", "MATCH"), evidence_no("a", "MISMATCH")}) == 3
