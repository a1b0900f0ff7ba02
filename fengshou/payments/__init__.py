"""Payments: the till. Orders, transfers, what is held, what comes back, receipts.

Promises: a wish is paid once, however often it is sent; proof, decision, limits and the order's own
state change in the commit that moves the money; an order only goes where its state allows; a transfer
nobody answered is unknown until somebody does; held funds are the payer's until people let them go.
`Payments` is the front class; its `riders` are registered with the ledger before it starts.
"""

from fengshou.payments.errors import (
    Abandoned,
    AccountStopped,
    DayClassLimit,
    DayTotal,
    FeeChanged,
    NewDeviceLimit,
    NoReceiptYet,
    OrderConflict,
    OrderMissing,
    OrderMoved,
    PayeeBankMissing,
    PayeeLimit,
    PayeeMismatch,
    PayeeMissing,
    PayeeName,
    SameAccount,
    SingleLimit,
    YearLimit,
)
from fengshou.payments.held import REFUSE, RELEASE
from fengshou.payments.limits import LimitsLeft
from fengshou.payments.model import (
    LineText,
    Order,
    OrderKind,
    OrderState,
    Payee,
    Quote,
    ReceiptPaper,
    SavedPayee,
    Wish,
    mask_name,
)
from fengshou.payments.payments import Payments
from fengshou.payments.ports import Credit, Inbound, Mail, OutsideBanks, RailPort, RailSaid
from fengshou.payments.words import write_lines

__all__ = [
    "REFUSE",
    "RELEASE",
    "Abandoned",
    "AccountStopped",
    "Credit",
    "DayClassLimit",
    "DayTotal",
    "FeeChanged",
    "Inbound",
    "LimitsLeft",
    "LineText",
    "Mail",
    "NewDeviceLimit",
    "NoReceiptYet",
    "Order",
    "OrderConflict",
    "OrderKind",
    "OrderMissing",
    "OrderMoved",
    "OrderState",
    "OutsideBanks",
    "Payee",
    "PayeeBankMissing",
    "PayeeLimit",
    "PayeeMismatch",
    "PayeeMissing",
    "PayeeName",
    "Payments",
    "Quote",
    "RailPort",
    "RailSaid",
    "ReceiptPaper",
    "SameAccount",
    "SavedPayee",
    "SingleLimit",
    "Wish",
    "YearLimit",
    "mask_name",
    "write_lines",
]
