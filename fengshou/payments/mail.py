"""The rail's mail: later answers, returns, and money for our customers.

The cursor is kept only after everything before it was taken; taking a message twice is taking it once.
"""

from __future__ import annotations

from uuid import UUID

from fengshou.access import DayLimit
from fengshou.kernel import CENTRE, BankError, Kind, bank_of, get_logger, new_id, parse_account_number
from fengshou.ledger import (
    AccountClosed,
    AccountFrozen,
    AccountRef,
    CeilingReached,
    Entry,
    OutboxEvent,
    Posting,
    Receipt,
    own_account,
)
from fengshou.party import AccountKey
from fengshou.payments import limits, store
from fengshou.payments.draft import account_at
from fengshou.payments.errors import PayeeLimit
from fengshou.payments.model import CODE_INBOUND, RAIL_SUBJECT, LineText, mask_name
from fengshou.payments.outside import find, heard
from fengshou.payments.ports import Inbound, RailSaid
from fengshou.payments.room import Room
from fengshou.payments.words import write_lines

CAME_IN = "payment.came_in"
_log = get_logger("payments")
_NO_ACCOUNT, _CLOSED, _BLOCKED, _NAME, _AMOUNT = "AC01", "AC04", "AC06", "BE01", "AM02"
_REASONS = {
    AccountClosed.code: _CLOSED, AccountFrozen.code: _BLOCKED, DayLimit.code: _AMOUNT, PayeeLimit.code: _AMOUNT,
    CeilingReached.code: _AMOUNT,
}  # fmt: skip


async def fetch(room: Room) -> int:
    """Take what waits; returns how many messages."""
    taken = 0
    while True:
        async with room.db.relay() as work:
            after = await store.cursor(work)
        mail = await room.rail.mail(after)
        for said in mail.answers:
            await _answered(room, said)
        for credit in mail.credits:
            if not await take(room, credit):
                return taken  # the rail did not hear our answer: the same mail again at the next tick
        if mail.cursor != after:
            async with room.db.relay() as work:
                await store.keep_cursor(work, mail.cursor)
        taken += len(mail.answers) + len(mail.credits)
        if not mail.more:
            return taken


async def _answered(room: Room, said: RailSaid) -> None:
    """An answer about an order nobody made is left aside and logged: it must not stop the mail behind it."""
    order = None
    if bank_of(said.order) in {bank.institution_id for bank in room.party.banks()}:
        order = await find(room, said.order)
    if order is None:
        _log.error("the rail speaks of a payment that is not ours", order=str(said.order))
        return
    try:
        await heard(room, order, said)
    except BankError as problem:
        if problem.kind in (Kind.BUSY, Kind.WAITING):
            raise
        # The sweep asks about it again, in a job that people see when it cannot be done.
        _log.error("the rail's word could not be booked", order=str(order.id), refusal=problem.code)


async def take(room: Room, credit: Inbound) -> bool:
    """Book money from outside, or say why not; then answer the rail. False when the rail did not hear the answer.

    What was decided first stands: where the row lies follows from the number alone, and a message that comes again
    is answered by what the book or the row says, not by looking at names once more.
    """
    bank = _bank(room, credit.payee_number)
    async with room.db.work(bank) as work:
        entry, reason, answered = await store.take_inbound(work, credit.message, new_id(bank))
    if answered:
        return True
    if reason is None and not isinstance(await room.ledger.answer(entry), Receipt):
        found = await _account(room, credit)
        reason = await _book(room, credit, found, entry) if isinstance(found, AccountRef) else found
        async with room.db.work(bank) as work:
            await store.end_inbound(work, credit.message, reason, answered=False)
    told = await room.rail.answer(credit, reason)
    async with room.db.work(bank) as work:
        await store.end_inbound(work, credit.message, reason, answered=told)
    return told


def _bank(room: Room, number: str) -> int:
    """The member bank a number names, else the centre: the same for the same number, always."""
    try:
        bank = parse_account_number(number)[0]
    except BankError:
        return CENTRE
    return bank if bank in {known.institution_id for known in room.party.banks()} else CENTRE


async def _account(room: Room, credit: Inbound) -> AccountRef | str:
    """The account the money is for, or the reason code why there is none."""
    try:
        ref = AccountRef(*parse_account_number(credit.payee_number))
    except BankError:
        return _NO_ACCOUNT
    check = await room.party.name_check(credit.payee_number, credit.payee_name)
    if check.result == "missing":
        return _NO_ACCOUNT
    return ref if check.result == "match" else _NAME


async def _book(room: Room, credit: Inbound, ref: AccountRef, entry: UUID) -> str | None:
    """Credit the account; the reason code of a refusal, or None."""
    text = LineText(
        entry, "outside_in", mask_name(credit.payer_name), None, credit.payer_code, credit.payer_number[-4:],
        credit.memo,
    )  # fmt: skip
    async with room.db.work(ref.bank) as work:
        await write_lines(work, room.vault, [(ref, text)])
    body = {"bank": ref.bank, "account": ref.id, "fen": credit.fen, "entry": str(entry)}
    try:
        riders = await limits.came_in(room, await account_at(room, AccountKey(*ref)), credit.fen)
        await room.ledger.post(
            Entry(
                id=entry,
                postings=(Posting(own_account(ref.bank, RAIL_SUBJECT), ref, credit.fen, code=CODE_INBOUND),),
                riders=riders,
                events=(OutboxEvent(ref.bank, CAME_IN, str(entry), body),),
                mandate="payments.inbound",
            )
        )
    except BankError as refusal:
        if refusal.kind in (Kind.BUSY, Kind.WAITING):
            raise
        return _REASONS.get(refusal.code, _NO_ACCOUNT)
    return None


async def payer_of(room: Room, ref: AccountRef, entry: UUID) -> str:
    """The masked name that money from outside came under."""
    async with room.db.read(ref.bank) as work:
        return str((await store.lines(work, ref.id, [entry]))[0]["other_name"])
