"""Ninety banks, one for each county, none of them like another."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pydantic import ValidationError

from fengshou.kernel import CENTRE
from fengshou.party import PartyContent
from tests.party.desk_of_tests import CONTENT, Hall, content


def counties() -> dict[int, str]:
    with Path(CONTENT.parent / "divisions" / "areas.csv").open(encoding="utf-8") as lines:
        return {int(r["code"]): r["name"] for r in csv.DictReader(lines) if r["provinceCode"] == "33"}


def test_every_county_has_its_bank() -> None:
    banks = [bank for bank in content().banks if bank.institution != CENTRE]

    assert {bank.code: bank.county.zh for bank in banks} == counties()
    assert len(banks) == 90
    assert all(bank.institution == bank.code - 330_000 for bank in banks)


def test_brands_differ_and_are_not_the_county_s_name() -> None:
    banks = content().banks

    assert len({bank.brand.zh for bank in banks}) == len({bank.brand.en for bank in banks}) == 91
    assert not [b.brand.zh for b in banks if b.institution != CENTRE and b.county.zh.startswith(b.brand.zh)]
    assert {bank.theme for bank in banks} == {"default", "haitang", "chaxiang", "juzhou"}


def test_every_bank_has_a_head_office_and_branches() -> None:
    branches = {item.institution: item.values() for item in content().branches}

    assert len(branches) == 90
    for bank, places in branches.items():
        numbers = [place.number for place in places]
        assert numbers[0] == "000", bank
        assert len(set(numbers)) == len(numbers) > 1, bank


async def test_the_room_tells_banks_and_branches(hall: Hall) -> None:
    assert len(hall.party.banks()) == 90
    assert hall.party.bank(109).name == {"zh": "青禾农商银行", "en": "Qinghe Rural Commercial Bank"}
    assert hall.party.bank_by_slug("anji") == hall.party.bank(523)
    assert hall.party.bank_by_slug("atlantis") is None
    assert hall.party.branches(109)[0].name_zh == "总行营业部"


def test_every_notice_speaks_of_the_same_facts_in_both_languages() -> None:
    for kind, text in content().notices.items():
        facts = {name: 120000 if name.endswith("_fen") else "x" for name in text.holes}
        title, body = text.filled(facts)
        for words in (title, body):
            assert "{" not in words.zh + words.en, kind
        if "amount_fen" in text.holes:
            assert "1,200.00" in title.zh + body.zh
            assert "1,200.00" in title.en + body.en


def test_two_banks_of_one_slug_are_refused() -> None:
    whole = content()
    twin = whole.banks[2].model_copy(update={"slug": whole.banks[1].slug})
    with pytest.raises(ValidationError, match="slug"):
        PartyContent(banks=(whole.banks[0], whole.banks[1], twin), rules=whole.rules, notices=whole.notices)
