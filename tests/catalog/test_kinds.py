"""The kinds that carry figures, and that no bank can loosen what law and province set."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fengshou.catalog import Catalog, Fees, Limits, Text
from tests.catalog.conftest import Write

BANK = Path(__file__).parents[2] / "content" / "bank"


def shipped(name: str) -> Any:
    return yaml.safe_load((BANK / name).read_text("utf-8"))


FEES = Fees.model_validate(shipped("fees.yaml"))
LIMITS = Limits.model_validate(shipped("limits.yaml"))


@pytest.mark.parametrize(
    ("fen", "fee"),
    [
        (1, 0), (500_000, 0), (500_001, 200), (1_000_000, 200), (1_000_001, 500), (5_000_000, 500),
        (5_000_001, 800), (10_000_000, 800), (10_000_001, 1_000), (20_000_000, 2_000), (100_000_000, 2_500),
    ],
)  # fmt: skip
def test_fees_to_other_banks_go_by_tiers(fen: int, fee: int) -> None:
    assert FEES.quote("outside", fen, used_this_month=3).fee_fen == fee


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_larger_transfer_never_costs_less(one: int, two: int) -> None:
    low, high = sorted((one, two))

    assert (
        FEES.quote("outside", low, used_this_month=9).fee_fen
        <= FEES.quote("outside", high, used_this_month=9).fee_fen
    )


def test_own_accounts_and_the_federation_are_free() -> None:
    assert FEES.quote("own", 10**12).fee_fen == FEES.quote("federation", 10**12).fee_fen == 0


def test_waivers_say_why_and_what_was_let_off() -> None:
    elder = FEES.quote("outside", 2_000_000, age=60, used_this_month=50)
    third = FEES.quote("outside", 2_000_000, age=30, used_this_month=2)
    fourth = FEES.quote("outside", 2_000_000, age=30, used_this_month=3)
    unknown = FEES.quote("outside", 2_000_000, age=None, used_this_month=3)

    assert (elder.fee_fen, elder.waived_fen, elder.why and elder.why.zh) == (0, 500, "满 60 岁免收")
    assert (third.fee_fen, third.why and third.why.en) == (0, "The first 3 of a month are free")
    assert (fourth.fee_fen, fourth.waived_fen, fourth.why) == (500, 0, None)
    assert unknown.fee_fen == 500


@pytest.mark.parametrize(
    "tiers",
    [
        [{"upto_fen": 5}],
        [{"upto_fen": None}, {"upto_fen": 5}],
        [{"upto_fen": 9}, {"upto_fen": 5}, {"upto_fen": None}],
        [{"upto_fen": 5}, {"upto_fen": 5}, {"upto_fen": None}],
        [{"upto_fen": None, "rate": 0.0002}],
        [{"upto_fen": None, "rate": "0.5"}],
        [{"upto_fen": None, "fixed_fen": -1}],
        [{"upto_fen": None, "fixed_fen": 1.5}],
    ],
)
def test_tiers_that_make_no_sense_are_refused(tiers: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        Fees.model_validate(shipped("fees.yaml") | {"outside": tiers})


@pytest.mark.parametrize(
    ("kind", "fen", "used", "level"),
    [
        ("transfer", 20_000, 0, 1), ("transfer", 20_001, 0, 2), ("transfer", 20_000, 80_000, 1),
        ("transfer", 20_000, 80_001, 2), ("transfer", 2_000_000, 3_000_000, 2), ("transfer", 2_000_001, 0, 3),
        ("transfer", 100_000_001, 0, None), ("code", 20_001, 0, 2), ("code", 500_001, 0, 3), ("own", 2_000_000, 0, 1),
    ],
)  # fmt: skip
def test_the_matrix_names_the_lowest_level_that_allows(
    kind: Any, fen: int, used: int, level: int | None
) -> None:
    assert LIMITS.level_for(kind, fen, used) == level


def test_rows_are_what_access_reads() -> None:
    assert [(row.level, row.single_fen, row.day_fen) for row in LIMITS.rows("code")][:3] == [
        (0, 0, 0),
        (1, 20_000, 100_000),
        (2, 500_000, 500_000),
    ]


Loosen = Callable[[dict[str, Any]], None]


def set_at(path: str, value: Any) -> Loosen:
    def change(fields: dict[str, Any]) -> None:
        *heads, last = path.split(".")
        spot: Any = fields
        for head in heads:
            spot = spot[int(head)] if isinstance(spot, list) else spot[head]
        spot[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_at("levels.2.transfer.day_fen", 5_000_100), "银发〔2016〕261号"),
        (set_at("levels.1.code.day_fen", 100_100), "C 级"),
        (set_at("static_code_day_fen", 50_100), "D 级"),
        (set_at("levels.3.transfer.single_fen", 1), "fall from a level to the next"),
        (set_at("levels.1.transfer.single_fen", 100_001), "single_fen is above day_fen"),
        (set_at("levels.4.level", 3), "says level 3"),
        (set_at("cooling.hours", 12.5), "cooling.hours"),
        (set_at("levels.2.name.en", ""), "levels.2.name.en"),
    ],
)
def test_the_province_stays_within_the_law(folder: Path, write: Write, change: Loosen, says: str) -> None:
    fields = shipped("limits.yaml")
    change(fields)
    write("bank/limits.yaml", yaml.safe_dump(fields, allow_unicode=True))

    assert any(says in str(problem) for problem in Catalog.check(folder)), Catalog.check(folder)


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ("cooling: {hours: 12}", "cooling is looser"),
        ("static_code_day_fen: 50001", "static_code_day_fen is above"),
        ("cooling: {hours: 48}", None),
        ("static_code_day_fen: 10000", None),
    ],
)
def test_a_bank_may_only_tighten_limits(folder: Path, write: Write, patch: str, says: str | None) -> None:
    write("bank/limits.yaml", (BANK / "limits.yaml").read_text("utf-8"))
    write("banks/330109/limits.yaml", patch)
    problems = [str(problem) for problem in Catalog.check(folder)]

    assert (problems == []) if says is None else any(says in problem for problem in problems), problems


def test_a_bank_may_not_raise_a_level(folder: Path, write: Write) -> None:
    fields = shipped("limits.yaml")
    write("bank/limits.yaml", yaml.safe_dump(fields, allow_unicode=True))
    set_at("levels.1.own.day_fen", 5_000_001)(fields)
    write("banks/330109/limits.yaml", yaml.safe_dump({"levels": fields["levels"]}, allow_unicode=True))

    [problem] = Catalog.check(folder)

    assert problem.file == "banks/330109/limits.yaml"
    assert "levels.1.own.day_fen is 5000001, above the province's 5000000" in problem.what


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[1]["out_unbound"].update(day_fen=1_000_001), "above the legal cap of 1000000"),
        (lambda rows: rows[2].update(balance_fen_max=None), "balance_fen_max is None"),
        (lambda rows: rows[2].update(number=2), "class III has another"),
        (lambda rows: rows.pop(0), "the class is missing"),
        (lambda rows: rows[0].update(source=[]), "source"),
    ],
)
def test_account_classes_keep_their_legal_caps(
    folder: Path, write: Write, change: Callable[[list[dict[str, Any]]], Any], says: str
) -> None:
    rows = shipped("accounts.yaml")
    change(rows)
    write("bank/accounts.yaml", yaml.safe_dump(rows, allow_unicode=True))

    assert any(says in str(problem) for problem in Catalog.check(folder)), Catalog.check(folder)


def test_the_chart_holds_what_the_ledger_books_to(folder: Path, write: Write) -> None:
    rows = [row for row in shipped("chart.yaml") if row["code"] != "3001"]
    rows += [{"code": "5001", "zh": "成本", "en": "Cost", "side": "debit", "holder": "bank"}]
    rows += [{"code": "1999", "zh": "待定", "en": "Other", "side": "either", "holder": "bank"}]
    savings = {"code": "2199", "zh": "外币存款", "en": "Other", "side": "credit", "holder": "customers"}
    rows += [savings | {"currencies": ["USD"]}]
    write("bank/chart.yaml", yaml.safe_dump(rows, allow_unicode=True))
    problems = {problem.item: problem.what for problem in Catalog.check(folder)}

    assert set(problems) == {"chart/3001", "chart/5001", "chart/1999", "chart/2199"}


def test_a_text_is_bound_by_all_its_words() -> None:
    fields: dict[str, Any] = {
        "key": "terms", "version": "2026-11", "effective": "2026-11-01",
        "title": {"zh": "协议", "en": "Terms"}, "body": {"zh": "甲", "en": "One"},
    }  # fmt: skip
    one = Text.model_validate(fields)
    two = Text.model_validate(fields | {"body": {"zh": "甲", "en": "Two"}})

    assert one.digest != two.digest
    assert one.digest == Text.model_validate(fields).digest
