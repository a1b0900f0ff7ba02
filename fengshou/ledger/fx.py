"""Changing money: each account holds one currency, so an exchange is two postings in one entry, linked.

What is sold goes into the bank's position in that currency, what is bought comes out of the position in
the other. Each currency sums to zero by itself; what the bank gained or lost is what the two positions
are worth, which is for reports, not for the book.
"""

from __future__ import annotations

from fengshou.kernel import Money
from fengshou.ledger.model import AccountRef, NewAccount, Posting, own_account

FX_SUBJECT = "3002"


def fx_position(bank: int, currency: str) -> AccountRef:
    """What the bank has bought and sold of a currency."""
    return own_account(bank, FX_SUBJECT, currency)


def fx_positions(bank: int, currencies: tuple[str, ...]) -> tuple[NewAccount, ...]:
    """The positions to open before a bank changes these currencies, the yuan's included."""
    return tuple(NewAccount(fx_position(bank, c), FX_SUBJECT, c, floor_fen=None) for c in currencies)


def exchange(
    payer: AccountRef, payee: AccountRef, sold: Money, bought: Money, code: int = 0
) -> tuple[Posting, Posting]:
    """`sold` from the payer's account, `bought` to the payee's, at one bank; both or neither."""
    bank = payer.bank
    return (
        Posting(payer, fx_position(bank, sold.currency), sold.fen, code=code),
        Posting(fx_position(bank, bought.currency), payee, bought.fen, code=code),
    )
