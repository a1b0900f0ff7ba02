"""What is read from the book: one front for its days, interest numbers, general ledger and closings."""

from __future__ import annotations

from fengshou.kernel import Clock, Database
from fengshou.ledger.closing import Closing
from fengshou.ledger.days import Days
from fengshou.ledger.general import General
from fengshou.ledger.interest_days import Interest


class Reports:
    """Reached as `ledger.reports`; needs the database alone, so a command may build one beside a running bank."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db, self.clock = db, clock
        self.days = Days(db)
        self.general = General(db, self.days)
        self.interest = Interest(db, clock, self.days)
        self.closing = Closing(db, clock, self.days)
