"""Sealed fields open at their own place only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import Vault, VaultTampered

VAULT = Vault(bytes(range(32)))
AAD = "party.customer|phone|1"


@given(st.text(max_size=64))
def test_what_is_sealed_opens_again_and_never_looks_the_same(text: str) -> None:
    one, two = (VAULT.seal(109, "phone", text, aad=AAD) for _ in range(2))
    assert one != two
    assert VAULT.open(109, "phone", one, aad=AAD) == text


@given(st.integers(0, 40), st.integers(1, 255))
def test_a_changed_byte_does_not_open(at: int, by: int) -> None:
    blob = bytearray(VAULT.seal(109, "phone", "13800000000", aad=AAD))
    at %= len(blob)
    blob[at] ^= by
    with pytest.raises(VaultTampered):
        VAULT.open(109, "phone", bytes(blob), aad=AAD)


def test_another_bank_class_row_or_master_key_does_not_open() -> None:
    blob = VAULT.seal(109, "phone", "13800000000", aad=AAD)
    elsewhere = (
        (VAULT, 110, "phone", AAD),
        (VAULT, 109, "name", AAD),
        (VAULT, 109, "phone", "party.customer|phone|2"),
        (Vault(bytes(32)), 109, "phone", AAD),
    )
    for vault, bank, kind, aad in elsewhere:
        with pytest.raises(VaultTampered):
            vault.open(bank, kind, blob, aad=aad)


def test_a_blind_index_finds_equal_values_of_one_class() -> None:
    assert VAULT.blind("phone", "138") == VAULT.blind("phone", "138")
    assert VAULT.blind("phone", "138") != VAULT.blind("id_number", "138")
    assert Vault(bytes(32)).blind("phone", "138") != VAULT.blind("phone", "138")
