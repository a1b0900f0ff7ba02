"""Opening a member bank's own accounts: one for each subject of the chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fengshou.kernel import CENTRE, new_id
from fengshou.ledger.door import Ledger
from fengshou.ledger.model import Entry, NewAccount, centre_account, own_account

CENTRE_SUB_SUBJECT = "2011"


async def open_banks(
    ledger: Ledger,
    banks: Iterable[int],
    subjects: Iterable[str],
    currencies: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Open what is not open yet at each of `banks` and its sub-account at the centre; returns how many.

    The bank's own accounts have no floor: what a bank may owe itself is not the book's to refuse.
    currencies  what a subject also stands in beside the yuan: an account for each
    """
    also = currencies or {}
    wished = [
        (code, currency)
        for code in subjects
        if code != CENTRE_SUB_SUBJECT
        for currency in ("CNY", *also.get(code, ()))
    ]
    opened = 0
    for bank in banks:
        wanted = [NewAccount(own_account(bank, code, c), code, c, floor_fen=None) for code, c in wished]
        if bank != CENTRE:
            wanted.append(NewAccount(centre_account(bank), CENTRE_SUB_SUBJECT, floor_fen=None))
        there = await ledger.balances([new.ref for new in wanted])
        missing = tuple(new for new in wanted if new.ref not in there)
        if missing:
            await ledger.post(Entry(id=new_id(bank), opens=missing, mandate="bank.opening"))
            opened += len(missing)
    return opened
