"""The short way through the book: runs of single plain postings that nothing stands against.

This is `Book._apply` for the case that most entries are, in one loop without a call; the law
`test_the_short_way_and_the_long_way_are_one` holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fengshou.kernel import FEN_MAX
from fengshou.ledger import row
from fengshou.ledger.model import AccountRef, Entry, Leg, Posting, PostingKind, Receipt
from fengshou.ledger.plan import Account, Plan, Request

_4, _8, _16 = (width.to_bytes(4, "big") for width in (4, 8, 16))  # lengths of values
_POST = b"\0\0\0\2" + int(PostingKind.POST).to_bytes(2, "big") + _8
_new = tuple.__new__  # a named tuple's own `__new__` is a function of Python


class Ahead(Protocol):
    """What it needs of the book, which imports it."""

    @property
    def accounts(self) -> dict[AccountRef, Account]: ...
    @property
    def positions(self) -> dict[int, int]: ...


def run(book: Ahead, plan: Plan, requests: Sequence[Request], begin: int = 0) -> int:
    """Post `requests` from number `begin` on; returns the number of the first that it leaves to the long way."""
    account_of, touched, rows = book.accounts.get, plan.touched, plan.rows
    now, tail, pack = plan.now, row.plain_tail(plan.now_us), row.PLAIN
    bank, head, position, at = 0, b"", 0, begin  # the bank of the posting before, and where it is
    for at in range(begin, len(requests)):
        request = requests[at]
        leg = request.single
        if leg is None:
            break
        debit_ref, credit_ref, fen, _, _, code, _ = leg
        debit, credit = account_of(debit_ref), account_of(credit_ref)
        if (
            debit is None or credit is None or debit.flags or credit.flags
            or debit.currency != credit.currency
        ):  # fmt: skip
            break
        debit_before, credit_before, held, floor = debit.balance, credit.balance, debit.held, debit.floor
        debit_balance, credit_balance = debit_before - fen, credit_before + fen
        if (
            (floor is not None and debit_balance - held < floor)
            or credit_balance > FEN_MAX or debit_balance < -FEN_MAX
        ):  # fmt: skip
            break
        debit_seq, credit_seq, debit_prev, credit_prev = debit.seq, credit.seq, debit.last, credit.last
        if debit not in touched:
            touched[debit] = (debit_before, held, debit_seq, debit_prev, 0)
        if credit not in touched:
            touched[credit] = (credit_before, credit.held, credit_seq, credit_prev, 0)
        if debit_ref[0] != bank:
            if bank:
                book.positions[bank] = position
            bank = debit_ref[0]
            position, head = book.positions.get(bank, 0), row.plain_head(bank)
            plan.positions.setdefault(bank, position)
        position += 1
        debit.last = credit.last = position
        debit.balance, credit.balance = debit_balance, credit_balance
        debit.seq = debit_seq = debit_seq + 1
        credit.seq = credit_seq = credit_seq + 1
        request.row = packed = pack(
            head, position, _16, request.key.to_bytes(16, "big"), _POST, debit_ref[1], _8, credit_ref[1], _8, fen, _8,
            debit_balance, _8, credit_balance, _8, debit_seq, _8, credit_seq, _8, debit_prev, _8, credit_prev,
            _4, code, tail,
        )  # fmt: skip
        entry = request.entry
        if not entry.bare:
            packed = _dress(request, packed)
        rows.append(packed)
        legs = (_new(Leg, (bank, position, debit_balance, credit_balance, fen)),)
        request.outcome = _new(Receipt, (entry.id, now, legs))
    else:
        at = len(requests)
    if bank:
        book.positions[bank] = position
    return at


def _dress(request: Request, packed: bytes) -> bytes:
    """The row of an entry that says more than its posting."""
    entry, leg = request.entry, request.single
    assert leg
    dressed = row.dress(packed, request.told, event_us(entry), more(entry, leg))
    request.row = dressed if entry.told_by_row else None
    return dressed


def event_us(entry: Entry) -> int | None:
    """When it happened in the world, if not as it is booked."""
    return row.micros(entry.event_at) if entry.event_at else None


def more(entry: Entry, leg: Posting) -> bytes:
    """The columns of a row that may be missing."""
    refers = leg.hold or (entry.reverses if leg.kind is PostingKind.REVERSE else None)
    if refers or entry.evidence or entry.decision or entry.mandate is not None:
        return row.pack_more(refers, entry.evidence, entry.decision, entry.mandate)
    return row.NOTHING_MORE
