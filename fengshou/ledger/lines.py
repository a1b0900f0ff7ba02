"""A journal row as a line of somebody's statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fengshou.kernel import Record, entry_of
from fengshou.ledger.model import AccountRef, Line, PostingKind


def line(ref: AccountRef, row: Record | Mapping[str, Any]) -> Line:
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
