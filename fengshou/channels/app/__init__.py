"""The app: the operations a phone asks for, by name. Their list and shapes: docs/internals/ops.md.

An operation parses nothing and knows no HTTP: it takes a model, asks the rooms, and answers a model.
`OPS` holds them all; importing this package registers every one.
"""

from fengshou.channels.app import (
    banks,
    enter,
    home,
    me,
    messages,
    my_accounts,
    page_health,
    payees,
    qr,
    receipts,
    search,
    security,
    service,
    service_files,
    session,
    statement,
    stepup,
    texts,
    transfer,
)
from fengshou.channels.app.ops import OPS

PARTS = (
    session, enter, me, my_accounts, banks, home, statement, qr, payees, transfer, receipts, stepup, security,
    messages, texts, search, page_health, service, service_files,
)  # fmt: skip

__all__ = ["OPS", "PARTS"]
