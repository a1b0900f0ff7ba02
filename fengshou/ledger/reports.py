"""What is read from the book: one front for its days, interest numbers, general ledger and closings."""

from __future__ import annotations

from fengshou.kernel import Clock, Database
from fengshou.ledger.days import Days


class Reports:
    """Reached as `ledger.reports`; needs the database alone, so a command may build one beside a running bank."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.days = Days(db)
