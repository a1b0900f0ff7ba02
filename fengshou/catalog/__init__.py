"""Catalog: what a bank changes without a release of code.

Limits, fees, account classes, the chart of accounts, risk rules and texts stand as YAML in
`content/`. A folder is read, checked and made an immutable release, named by the hash of all it
holds and kept in the database; a pointer says which is current, and moving it back undoes a
release. Workers answer `resolve(kind, key, bank, day)` from memory and never parse YAML.
"""

from fengshou.catalog.catalog import Catalog
from fengshou.catalog.edition import Edition
from fengshou.catalog.errors import (
    ContentRefused,
    ItemMissing,
    NothingReleased,
    Problem,
    ReleaseDamaged,
    ReleaseMissing,
)
from fengshou.catalog.kinds import (
    KINDS,
    AccountClass,
    AnyOf,
    Cap,
    Content,
    FeeQuote,
    Fees,
    Fen,
    Free,
    Key,
    Kind,
    Kinds,
    Level,
    Limits,
    MoneyKind,
    Reach,
    RiskPolicy,
    Rule,
    See,
    Source,
    Subject,
    Text,
    WordList,
    Words,
)
from fengshou.catalog.release import Release

__all__ = [
    "KINDS",
    "AccountClass",
    "AnyOf",
    "Cap",
    "Catalog",
    "Content",
    "ContentRefused",
    "Edition",
    "FeeQuote",
    "Fees",
    "Fen",
    "Free",
    "ItemMissing",
    "Key",
    "Kind",
    "Kinds",
    "Level",
    "Limits",
    "MoneyKind",
    "NothingReleased",
    "Problem",
    "Reach",
    "Release",
    "ReleaseDamaged",
    "ReleaseMissing",
    "RiskPolicy",
    "Rule",
    "See",
    "Source",
    "Subject",
    "Text",
    "WordList",
    "Words",
]
