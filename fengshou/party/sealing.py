"""How party's personal fields are sealed: one class of key per kind of data, bound to its row."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import Vault


def seal(vault: Vault, bank: int, column: str, row: UUID, text: str) -> bytes:
    """`text` sealed for `party.customer.<column>` of this row."""
    return vault.seal(bank, column, text, aad=_place(column, row))


def unseal(vault: Vault, bank: int, column: str, row: UUID, blob: bytes) -> str:
    """The text again; raises `VaultTampered` for bytes of another row or column."""
    return vault.open(bank, column, blob, aad=_place(column, row))


def _place(column: str, row: UUID) -> str:
    return f"party.customer|{column}|{row}"
