"""What the banks' own books begin with, so that their trial balances look like banks'."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from fengshou.kernel import CENTRE
from fengshou.ledger import AccountRef, Posting, centre_account, clearing, own_account
from fengshou.runtime.demo.movement import Kind, Line, Movement

_YUAN = 100


def beginnings(
    banks: list[int], openings: dict[AccountRef, int], at: datetime, codes: dict[Kind, int]
) -> list[Movement]:
    """Capital, reserves, cash, loans and clearing of each bank, and what customers brought forward."""
    carried: dict[int, list[tuple[AccountRef, int]]] = defaultdict(list)
    for ref, fen in openings.items():
        carried[ref.bank].append((ref, fen))
    made = [_endow(CENTRE, at, codes["bank"], {("1003", "4001"): 800_000_000 * _YUAN})]
    for bank in banks:
        deposits = sum(fen for _, fen in carried[bank])
        reserves = own_account(bank, "1003")
        if carried[bank]:
            legs = tuple(Posting(reserves, ref, fen, code=codes["carried"]) for ref, fen in carried[bank])
            lines = tuple(Line(ref, "carried", "") for ref, _ in carried[bank])
            made.append(Movement(at, legs, lines))
        made.append(
            _endow(bank, at, codes["bank"], {
                ("1003", "4001"): 120_000_000 * _YUAN,
                ("1001", "1003"): 3_600_000 * _YUAN,
                ("1003", "2241"): 400_000 * _YUAN,
                ("1303", "1003"): deposits * 55 // 100,
                ("1304", "1003"): deposits * 20 // 100,
            })
        )  # fmt: skip
        fund = 6_000_000 * _YUAN
        made.append(
            Movement(at, (Posting(clearing(bank), reserves, fund, code=codes["bank"]),
                          Posting(own_account(CENTRE, "1003"), centre_account(bank), fund, code=codes["bank"])), ())
        )  # fmt: skip
    return made


def _endow(bank: int, at: datetime, code: int, sums: dict[tuple[str, str], int]) -> Movement:
    legs = tuple(
        Posting(own_account(bank, debit), own_account(bank, credit), fen, code=code)
        for (debit, credit), fen in sums.items()
        if fen > 0
    )
    return Movement(at, legs, ())
