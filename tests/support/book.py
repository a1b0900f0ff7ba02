"""A small federation for ledger tests: two banks and the centre, their own accounts, some customers."""

from __future__ import annotations

from typing import Any

from fengshou.kernel import CENTRE, Clock, Database, new_id
from fengshou.ledger import (
    AccountRef,
    Entry,
    Ledger,
    NewAccount,
    Posting,
    open_banks,
    own_account,
)

XIAOSHAN, JINGNING = 109, 1127
SUBJECTS = ("1001", "1003", "2011", "2111", "2242", "3001", "4001", "6021")


async def open_ledger(db: Database, clock: Clock, **options: Any) -> Ledger:
    """A started ledger with the banks' own accounts open."""
    ledger = Ledger(db, clock, **options)
    await ledger.start()
    await open_banks(ledger, (CENTRE, XIAOSHAN, JINGNING), SUBJECTS)
    return ledger


async def make_accounts(ledger: Ledger, bank: int, count: int, fen: int = 0) -> list[AccountRef]:
    """`count` customer accounts at `bank`, each paid in `fen` in cash."""
    refs = [AccountRef(bank, await ledger.reserve_account_id(bank)) for _ in range(count)]
    cash = tuple(Posting(own_account(bank, "1001"), ref, fen) for ref in refs) if fen else ()
    await ledger.post(
        Entry(id=new_id(bank), opens=tuple(NewAccount(r, "2111") for r in refs), postings=cash[:1000])
    )
    return refs


def pay(debit: AccountRef, credit: AccountRef, fen: int) -> Entry:
    """A plain payment within one bank."""
    return Entry(id=new_id(debit.bank), postings=(Posting(debit, credit, fen),))
