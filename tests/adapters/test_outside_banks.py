"""The directory of outside banks: twelve of them, fictional, reachable by the rail."""

from pathlib import Path

import yaml

from fengshou.adapters.rail.desk import load_rules
from fengshou.adapters.rail.forms import KINDS

FILE = Path(__file__).parents[2] / "content" / "partners" / "outside_banks.yaml"
BANKS = yaml.safe_load(FILE.read_text("utf-8"))["banks"]


def test_there_are_twelve_and_each_stands_for_itself() -> None:
    assert len(BANKS) == 12
    for key in ("code", "initials"):
        assert len({bank[key] for bank in BANKS}) == 12, key
    assert len({prefix for bank in BANKS for prefix in bank["prefixes"]}) == 12


def test_every_bank_has_both_names_and_a_code_of_the_rail() -> None:
    for bank in BANKS:
        assert set(bank["name"]) == {"zh", "en"}
        assert KINDS["bank"].fullmatch(bank["code"])
        assert bank["code"].startswith("899")  # codes that are not given out
        assert not any(bank["code"].startswith(prefix) for prefix in load_rules().bank_prefixes)


def test_no_bank_claims_account_numbers_of_the_federation() -> None:
    assert not [bank for bank in BANKS for prefix in bank["prefixes"] if prefix.startswith("629")]
