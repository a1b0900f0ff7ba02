"""Undoing an entry: nothing is ever changed or deleted, the opposite is posted, once, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fengshou.kernel import Record, bank_of
from fengshou.ledger.errors import AlreadyReversed, NotReversible
from fengshou.ledger.model import AccountRef, Entry, Posting, PostingKind, Rider
from fengshou.ledger.riders import RiderKind
from fengshou.ledger.store import REVERSE_ONCE

# Money that moved for good. A hold is voided, and a reversal is a booking people do not undo but make anew.
_CAN_BE = (PostingKind.POST, PostingKind.SETTLE, PostingKind.PART, PostingKind.IMPORT)
ONCE = RiderKind("ledger.reverse_once", REVERSE_ONCE, 3, AlreadyReversed, by_target=True)


def reverse_once(entry: UUID, bank: int, by_entry: UUID) -> Rider:
    """The rider every reversing entry carries: an entry is undone at most once."""
    return Rider("ledger.reverse_once", (bank, entry), (bank, entry, by_entry))


def reversal(original: UUID, rows: Sequence[Record], id_: UUID, reason: str, mandate: str | None) -> Entry:
    """The entry that undoes the one whose `rows` these are, under the key `id_`. Raises `NotReversible`.

    The legs go back in the opposite order, those at the bank in `id_` first.
    """
    if not rows or any(row["kind"] not in _CAN_BE for row in rows):
        raise NotReversible()
    legs = [
        Posting(
            AccountRef(row["institution_id"], row["credit"]), AccountRef(row["institution_id"], row["debit"]),
            row["amount"], PostingKind.REVERSE, code=row["code"],
        )
        for row in reversed(rows)
    ]  # fmt: skip
    bank = bank_of(id_)
    legs.sort(key=lambda leg: leg.debit.bank != bank)
    return Entry(
        id_, tuple(legs), riders=(reverse_once(original, bank_of(original), id_),), mandate=mandate,
        reverses=original, note={"reverses": str(original), "reason": reason},
    )  # fmt: skip
