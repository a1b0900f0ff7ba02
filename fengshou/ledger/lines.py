"""A journal row as a line of somebody's statement."""

from __future__ import annotations

from fengshou.kernel import entry_of
from fengshou.ledger.model import AccountRef, Line, PostingKind
from fengshou.ledger.sealed import Row


def line(ref: AccountRef, row: Row) -> Line:
    """The row as `ref` sees it."""
    out = row["debit"] == ref.id
    side, other = ("debit", "credit") if out else ("credit", "debit")
    return Line(
        seq=row[f"{side}_seq"],
        position=row["position"],
        entry=entry_of(row["id"]),
        event_at=row["event_at"],
        posted_at=row["posted_at"],
        delta_fen=-row["amount"] if out else row["amount"],
        balance_fen=row[f"{side}_balance"],
        other=row[other],
        code=row["code"],
        kind=PostingKind(row["kind"]),
        cursor=row[f"{side}_prev"],
    )
