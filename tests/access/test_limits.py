"""From an amount to a level, over the province's matrix as it is released."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fengshou.access import Cooling, DayLimit, LevelUnavailable, allowance, level_for
from fengshou.catalog import Limits, MoneyKind

MATRIX = Limits.model_validate(
    yaml.safe_load((Path(__file__).parents[2] / "content/bank/limits.yaml").read_text("utf-8"))
)
YUAN = 100

KINDS: tuple[MoneyKind, ...] = ("transfer", "code", "own")


@pytest.mark.parametrize(
    ("yuan", "used_yuan", "level"),
    [(0, 0, 0), (200, 0, 1), (200, 800, 1), (200, 801, 2), (201, 0, 2), (20_000, 30_000, 2), (20_000, 30_001, 3),
     (20_001, 0, 3), (1_000_000, 0, 4), (1_000_001, 0, 6)],
)  # fmt: skip
def test_the_lowest_level_that_allows_it(yuan: int, used_yuan: int, level: int) -> None:
    assert level_for(MATRIX, "transfer", yuan * YUAN, used_yuan * YUAN) == level


def ask(yuan: int, used_yuan: int = 0, *, cooling: bool = False) -> tuple[int, int]:
    """(level, day cap in yuan)."""
    found = allowance(MATRIX, "transfer", yuan * YUAN, used_yuan * YUAN, cooling=cooling, level_max=2)
    return found.level, found.day_cap_fen // YUAN


def test_the_cap_of_the_day_goes_with_the_level() -> None:
    assert ask(200) == (1, 1_000)
    assert ask(200, 900) == (2, 50_000)
    assert ask(20_000, 30_000) == (2, 50_000)


def test_too_much_at_once_says_how_much_goes() -> None:
    with pytest.raises(LevelUnavailable) as caught:
        ask(20_001)
    assert caught.value.facts == {"most_fen": 20_000 * YUAN}


def test_too_much_in_a_day_says_what_is_left() -> None:
    with pytest.raises(DayLimit) as caught:
        ask(20_000, 45_000)
    assert caught.value.facts == {"left_fen": 5_000 * YUAN}


def test_a_new_device_stays_small_however_much_is_proved() -> None:
    assert ask(200, cooling=True) == (1, 1_000)
    assert ask(900, cooling=True) == (2, 1_000)
    with pytest.raises(Cooling) as caught:
        ask(901, 100, cooling=True)
    assert caught.value.facts == {"left_fen": 900 * YUAN}


@pytest.mark.law
@given(
    fen=st.integers(0, 10**9),
    used=st.integers(0, 10**9),
    cooling=st.booleans(),
    kind=st.sampled_from(KINDS),
)
def test_whatever_is_allowed_fits_under_the_cap_it_comes_with(
    fen: int, used: int, cooling: bool, kind: MoneyKind
) -> None:
    try:
        found = allowance(MATRIX, kind, fen, used, cooling=cooling, level_max=2)
    except (Cooling, DayLimit, LevelUnavailable):
        # A refusal is one: no reachable level allows it, or the device is new.
        assert level_for(MATRIX, kind, fen, used) > 2 or cooling
        return
    assert used + fen <= found.day_cap_fen
    assert fen <= MATRIX.cap(found.level, kind).single_fen
    assert found.level <= 2
    assert not cooling or found.day_cap_fen <= MATRIX.cap(1, kind).day_fen
