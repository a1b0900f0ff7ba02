"""Ledger: the book. Money never appears or vanishes here.

Promises: an entry is posted whole or not at all; once `post` returned, it is on disk; a key is
answered once and the same for ever, refusals included; holds count against what is available;
every account's sequence of movements has no gap and each carries the balance after it; debits and
credits of every bank, and of the federation, sum to zero. One door writes: `Ledger.post`.
"""

from fengshou.ledger.anchoring import make as make_anchors
from fengshou.ledger.anchors import compare as compare_anchors
from fengshou.ledger.anchors import export_anchors
from fengshou.ledger.chores import Chore, Chores
from fengshou.ledger.closing import (
    NeedsAnother,
    Period,
    PeriodNotClosed,
    PeriodNotOpen,
    PeriodNotOver,
    PeriodUnsound,
    Reopening,
    ReopeningAsked,
)
from fengshou.ledger.days import DayBalance
from fengshou.ledger.door import Ledger
from fengshou.ledger.errors import (
    AccountClosed,
    AccountExists,
    AccountFrozen,
    AccountMissing,
    AlreadyReversed,
    BalanceNotZero,
    BalanceTooLarge,
    CeilingReached,
    ConditionFailed,
    CurrencyMismatch,
    EntryMalformed,
    FreezeMissing,
    FreezeNotYours,
    FundsFrozen,
    HoldClosed,
    HoldExpired,
    HoldMismatch,
    InsufficientFunds,
    KeyConflict,
    NothingToMove,
    NotReversible,
    RiderLocked,
)
from fengshou.ledger.exporting import NoParquet, export
from fengshou.ledger.forward import SharedLedger
from fengshou.ledger.fx import FX_SUBJECT, exchange, fx_position, fx_positions
from fengshou.ledger.general import GeneralLedger, GeneralRow
from fengshou.ledger.importing import FileChanged, Imported, ImportRefused, import_file
from fengshou.ledger.interest_days import QuarterNumber, QuarterOutOfOrder, quarter_day
from fengshou.ledger.model import (
    CLEARING_SUBJECT,
    CUSTOMER_FIRST,
    AccountFlag,
    AccountRef,
    Balance,
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
    freeze_id,
    own_account,
)
from fengshou.ledger.months import KeyTooOld
from fengshou.ledger.opening import open_banks
from fengshou.ledger.our_side import journal_items
from fengshou.ledger.packs import PACK_MAX, PACKED, Pack, Packed
from fengshou.ledger.plan import ShardTaken, WentBack
from fengshou.ledger.proof import Report, verify
from fengshou.ledger.reconciliation import (
    Finding,
    HeaderProblem,
    Item,
    Outcome,
    RowProblem,
    Sorter,
    Tally,
    in_order,
    read_csv,
    reconcile,
    tally,
)
from fengshou.ledger.reports import Reports
from fengshou.ledger.reversal import reverse_once
from fengshou.ledger.riders import RiderKind
from fengshou.ledger.saga import Shards, open_transit
from fengshou.ledger.saga import register as register_saga
from fengshou.ledger.sealing import Sealed, SealRefused, seal
from fengshou.ledger.shard_map import BadShardMap, ShardPlace, read_shard_map, shard_of
from fengshou.ledger.terms import BoundsChange, Condition, Freeze, Lift, Measure, Order, Side, Terms

POST, PEND, SETTLE, VOID = PostingKind.POST, PostingKind.PEND, PostingKind.SETTLE, PostingKind.VOID
PART = PostingKind.PART

__all__ = [
    "CLEARING_SUBJECT",
    "CUSTOMER_FIRST",
    "FX_SUBJECT",
    "PACKED",
    "PACK_MAX",
    "PART",
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
    "BadShardMap",
    "Balance",
    "BalanceNotZero",
    "BalanceTooLarge",
    "BoundsChange",
    "CeilingReached",
    "Chore",
    "Chores",
    "Condition",
    "ConditionFailed",
    "CurrencyMismatch",
    "DayBalance",
    "Entry",
    "EntryMalformed",
    "FileChanged",
    "Finding",
    "FlagChange",
    "Freeze",
    "FreezeMissing",
    "FreezeNotYours",
    "FundsFrozen",
    "GeneralLedger",
    "GeneralRow",
    "HeaderProblem",
    "Hold",
    "HoldClosed",
    "HoldExpired",
    "HoldMismatch",
    "ImportRefused",
    "Imported",
    "InsufficientFunds",
    "Item",
    "KeyConflict",
    "KeyTooOld",
    "Ledger",
    "Leg",
    "Lift",
    "Line",
    "Measure",
    "NeedsAnother",
    "NewAccount",
    "NoParquet",
    "NotReversible",
    "NothingToMove",
    "Order",
    "OutboxEvent",
    "Outcome",
    "Pack",
    "Packed",
    "Period",
    "PeriodNotClosed",
    "PeriodNotOpen",
    "PeriodNotOver",
    "PeriodUnsound",
    "Posting",
    "PostingKind",
    "QuarterNumber",
    "QuarterOutOfOrder",
    "Receipt",
    "Reopening",
    "ReopeningAsked",
    "Report",
    "Reports",
    "Rider",
    "RiderKind",
    "RiderLocked",
    "RowProblem",
    "SealRefused",
    "Sealed",
    "ShardPlace",
    "ShardTaken",
    "Shards",
    "SharedLedger",
    "Side",
    "Sorter",
    "Tally",
    "Terms",
    "TrialRow",
    "WentBack",
    "between_banks",
    "centre_account",
    "clearing",
    "compare_anchors",
    "exchange",
    "export",
    "export_anchors",
    "freeze_id",
    "fx_position",
    "fx_positions",
    "import_file",
    "in_order",
    "journal_items",
    "make_anchors",
    "open_banks",
    "open_transit",
    "own_account",
    "quarter_day",
    "read_csv",
    "read_shard_map",
    "reconcile",
    "register_saga",
    "reverse_once",
    "seal",
    "shard_of",
    "tally",
    "verify",
]
