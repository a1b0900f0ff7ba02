"""The demo's past in the words of statements, as payments keeps them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fengshou.kernel import Database, Vault, parse_account_number
from fengshou.ledger import AccountRef
from fengshou.party import mask_name
from fengshou.payments import LineText, write_lines
from fengshou.runtime.demo.movement import Kind, Line, Movement
from fengshou.runtime.demo.seed import Told

# Payments' own words for what it does; the others read as they are called in `TITLES`.
_PAYMENTS: dict[Kind, tuple[str, str]] = {
    "transfer": ("transfer_out", "transfer_in"),
    "own": ("own_out", "own_in"),
    "remit": ("outside_out", "outside_in"),
}


async def remember(db: Database, vault: Vault, told: Sequence[Told]) -> None:
    """Write the lines of all that happened, bank by bank; writing them again changes nothing."""
    by_bank: dict[int, list[tuple[AccountRef, LineText]]] = defaultdict(list)
    for one in told:
        for line in one.movement.lines:
            by_bank[line.ref.bank].append((line.ref, text_of(one, line)))
    for bank, lines in sorted(by_bank.items()):
        async with db.work(bank) as work:
            await write_lines(work, vault, lines)


def text_of(told: Told, line: Line) -> LineText:
    """One line in payments' form; names of people are masked, as they are there."""
    person = line.kind in _PAYMENTS
    bank = parse_account_number(line.number)[0] if line.number and not line.code else None
    return LineText(
        entry=told.entry,
        kind=_kind(told.movement, line),
        other_name=mask_name(line.other) if person else line.other,
        other_bank=bank,
        other_code=line.code or None,
        other_tail=line.number[-4:],
        memo=line.memo,
    )


def _kind(movement: Movement, line: Line) -> str:
    if line.kind not in _PAYMENTS:
        return line.kind
    out = any(leg.debit == line.ref for leg in movement.legs)
    return _PAYMENTS[line.kind][0 if out else 1]
