"""Ledger: the book. Money never appears or vanishes here.

Promises: an entry is posted whole or not at all; once `post` returned, it is on disk; a key is
answered once and the same for ever, refusals included; holds count against what is available;
every account's sequence of movements has no gap and each carries the balance after it; debits and
credits of every bank, and of the federation, sum to zero. One door writes: `Ledger.post`.
"""

from fengshou.ledger.door import Ledger, reverse_once
from fengshou.ledger.errors import (
    AccountClosed,
    AccountExists,
    AccountFrozen,
    AccountMissing,
    AlreadyReversed,
    BalanceNotZero,
    BalanceTooLarge,
    CeilingReached,
    CurrencyMismatch,
    EntryMalformed,
    HoldClosed,
    HoldMismatch,
    InsufficientFunds,
    KeyConflict,
    RiderLocked,
)
from fengshou.ledger.model import (
    CLEARING_SUBJECT,
    CUSTOMER_FIRST,
    AccountFlag,
    AccountRef,
    Balance,
    BoundsChange,
    Entry,
    FlagChange,
    Hold,
    Leg,
    Line,
    NewAccount,
    OutboxEvent,
    Posting,
    PostingKind,
    Receipt,
    Rider,
    TrialRow,
    between_banks,
    centre_account,
    clearing,
    own_account,
)
from fengshou.ledger.opening import open_banks
from fengshou.ledger.proof import Report, verify
from fengshou.ledger.riders import RiderKind
from fengshou.ledger.writer import ShardTaken

POST, PEND, SETTLE, VOID = PostingKind.POST, PostingKind.PEND, PostingKind.SETTLE, PostingKind.VOID

__all__ = [
    "CLEARING_SUBJECT",
    "CUSTOMER_FIRST",
    "PEND",
    "POST",
    "SETTLE",
    "VOID",
    "AccountClosed",
    "AccountExists",
    "AccountFlag",
    "AccountFrozen",
    "AccountMissing",
    "AccountRef",
    "AlreadyReversed",
    "Balance",
    "BalanceNotZero",
    "BalanceTooLarge",
    "BoundsChange",
    "CeilingReached",
    "CurrencyMismatch",
    "Entry",
    "EntryMalformed",
    "FlagChange",
    "Hold",
    "HoldClosed",
    "HoldMismatch",
    "InsufficientFunds",
    "KeyConflict",
    "Ledger",
    "Leg",
    "Line",
    "NewAccount",
    "OutboxEvent",
    "Posting",
    "PostingKind",
    "Receipt",
    "Report",
    "Rider",
    "RiderKind",
    "RiderLocked",
    "ShardTaken",
    "TrialRow",
    "between_banks",
    "centre_account",
    "clearing",
    "open_banks",
    "own_account",
    "reverse_once",
    "verify",
]
