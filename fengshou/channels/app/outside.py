"""Banks outside the federation that the rail reaches: found by name, letters, or how a number begins."""

from __future__ import annotations

from typing import Any

from fengshou.catalog import Catalog
from fengshou.channels.app.shapes import Bi

MOST = 50


def all_banks(catalog: Catalog) -> list[dict[str, Any]]:
    """Every bank of the directory: code, name, initials, prefixes."""
    return [bank for body in catalog.bodies("partner") for bank in body.get("banks", ())]


def name_of(catalog: Catalog, code: str) -> Bi | None:
    """The bank's name, or None for a code nobody has."""
    return next((Bi(**b["name"]) for b in all_banks(catalog) if b["code"] == code), None)


def search(catalog: Catalog, query: str) -> list[tuple[str, Bi]]:
    """Banks whose name holds the words or whose letters begin so; all for an empty query."""
    sought = query.strip().lower()
    hits = [
        (b["code"], Bi(**b["name"]))
        for b in all_banks(catalog)
        if sought in b["name"]["zh"]
        or sought in b["name"]["en"].lower()
        or str(b.get("initials", "")).lower().startswith(sought)
    ]
    return hits[:MOST]


def guess(catalog: Catalog, number: str) -> tuple[str, Bi] | None:
    """The bank a number looks like."""
    digits = number.replace(" ", "")
    for bank in all_banks(catalog):
        if any(digits.startswith(prefix) for prefix in bank.get("prefixes", ())):
            return bank["code"], Bi(**bank["name"])
    return None
