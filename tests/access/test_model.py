"""Pure rules: factors to levels, names of devices, shapes of tokens."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from fengshou.access import tokens
from fengshou.access.model import PASSKEY, PASSWORD, SMS, device_name, level_of

FACTORS = (PASSWORD, PASSKEY, SMS)


def test_every_set_of_factors_has_its_level() -> None:
    sets = chain.from_iterable(combinations(FACTORS, n) for n in range(4))

    assert {frozenset(s): level_of(s) for s in sets} == {
        frozenset(): 0,
        frozenset({SMS}): 0,
        frozenset({PASSWORD}): 1,
        frozenset({PASSWORD, SMS}): 2,
        frozenset({PASSKEY}): 2,
        frozenset({PASSKEY, SMS}): 2,
        frozenset({PASSKEY, PASSWORD}): 2,
        frozenset(FACTORS): 2,
    }


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "iPhone·Safari",
        ),
        ("Mozilla/5.0 (Linux; Android 16; Pixel) Chrome/156.0 Mobile Safari/537.36", "Android·Chrome"),
        ("Mozilla/5.0 (Linux; Android 16) MicroMessenger/8.0 Chrome/120 Safari/537.36", "Android·微信"),
        ("Mozilla/5.0 (Phone; OpenHarmony 6.0) ArkWeb/6.0 Chrome/132 Mobile", "HarmonyOS·Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0", "Windows·Edge"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Gecko Firefox/150.0", "Mac·Firefox"),
        ("curl/8.0", "curl"),
        ("python-httpx/0.27.2", "python-httpx"),
        ("Mozilla/5.0 (Ding)", "未知设备"),
        ("<b>/1", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_a_device_is_named_as_people_know_it(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_a_token_names_its_bank() -> None:
    made = {tokens.new_token(1127) for _ in range(100)}

    assert len(made) == 100
    assert {tokens.bank_in(token) for token in made} == {1127}
    assert len({tokens.mark(token) for token in made}) == 100


@pytest.mark.parametrize("bank", ["0", "32768", "99999", "-1", "١٠٩", "1e3", ""])
def test_a_token_of_no_bank_names_none(bank: str) -> None:
    assert tokens.bank_in(f"fs1.{bank}." + "a" * 43) is None
