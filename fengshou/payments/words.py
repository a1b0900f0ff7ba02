"""Statement lines in words, for both ends of a payment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fengshou.kernel import Principal, Vault, Work
from fengshou.ledger import AccountRef, Rider
from fengshou.party import AccountKey
from fengshou.payments import store
from fengshou.payments.model import LineText, Order
from fengshou.payments.room import Room

_PAYER_KINDS = {"own": "own_out", "federation": "transfer_out", "outside": "outside_out"}


def payer_line(vault: Vault, order: Order, entry: UUID) -> Rider:
    """What the payer reads, riding on the entry that took the money."""
    text = LineText(
        entry, _PAYER_KINDS[order.kind], order.to_masked, order.to_bank, order.to_code, order.to_number[-4:],
        order.memo, order.id,
    )  # fmt: skip
    return store.line_put(order.payer, text, _seal(vault, order.payer, entry, order.memo))


def returned_line(vault: Vault, order: Order, entry: UUID) -> Rider:
    """What the payer reads when money came back."""
    text = LineText(
        entry, "returned_in", order.to_masked, order.to_bank, order.to_code, order.to_number[-4:], order.memo,
        order.id,
    )  # fmt: skip
    return store.line_put(order.payer, text, _seal(vault, order.payer, entry, order.memo))


async def write_lines(work: Work, vault: Vault, lines: Sequence[tuple[AccountRef, LineText]]) -> None:
    """Lines of accounts at `work.bank`; writing one twice is writing it once."""
    rows: list[tuple[Any, ...]] = [
        (ref.bank, ref.id, t.entry, t.kind, t.other_name, t.other_bank, t.other_code, t.other_tail,
         _seal(vault, ref, t.entry, t.memo), t.order)
        for ref, t in lines
    ]  # fmt: skip
    await store.put_lines(work, rows)


async def line_texts(
    room: Room, who: Principal, account: AccountRef, entries: list[UUID]
) -> dict[UUID, LineText]:
    """The words of the caller's own account's entries, by entry."""
    await room.party.account_of(who, AccountKey(*account))
    async with room.db.read(account.bank, who) as work:
        rows = await store.lines(work, account.id, entries)
    return {
        r["entry"]: LineText(
            r["entry"], r["kind"], r["other_name"], r["other_bank"], r["other_code"], r["other_tail"],
            _open(room.vault, account, r["entry"], r["memo_sealed"]), r["order_id"],
        )
        for r in rows
    }  # fmt: skip


def _seal(vault: Vault, ref: AccountRef, entry: UUID, memo: str) -> bytes | None:
    return vault.seal(ref.bank, "memo", memo, aad=store.memo_aad(ref, entry)) if memo else None


def _open(vault: Vault, ref: AccountRef, entry: UUID, sealed: bytes | None) -> str:
    return vault.open(ref.bank, "memo", sealed, aad=store.memo_aad(ref, entry)) if sealed else ""
