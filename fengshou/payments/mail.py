"""The rail's mail: later answers, returns, and money for our customers.

The cursor is kept only after everything before it was taken; taking a message twice is taking it once.
"""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import BankError, Kind, bank_of, get_logger, new_id, parse_account_number
from fengshou.ledger import AccountRef, Entry, OutboxEvent, Posting, own_account
from fengshou.payments import store
from fengshou.payments.model import CODE_INBOUND, RAIL_SUBJECT, LineText, mask_name
from fengshou.payments.outside import find, heard
from fengshou.payments.ports import Inbound, RailSaid
from fengshou.payments.room import Room
from fengshou.payments.words import write_lines

CAME_IN = "payment.came_in"
_log = get_logger("payments")
_NO_ACCOUNT, _CLOSED, _BLOCKED, _NAME = "AC01", "AC04", "AC06", "BE01"


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
            await take(room, credit)
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
    await heard(room, order, said)


async def take(room: Room, credit: Inbound) -> None:
    """Book money from outside, or say why not; then answer the rail."""
    found = await _account(room, credit)
    bank = found.bank if isinstance(found, AccountRef) else 1
    async with room.db.work(bank) as work:
        entry, reason, answered = await store.take_inbound(work, credit.message, new_id(bank))
    if answered:
        return
    if isinstance(found, AccountRef) and reason is None:
        reason = await _book(room, credit, found, entry)
    elif reason is None:
        reason = str(found)
    told = await room.rail.answer(credit, reason)
    async with room.db.work(bank) as work:
        await store.end_inbound(work, credit.message, reason, told)


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
    body = {"bank": ref.bank, "account": ref.id, "fen": credit.fen, "other": text.other_name}
    try:
        await room.ledger.post(
            Entry(
                id=entry,
                postings=(Posting(own_account(ref.bank, RAIL_SUBJECT), ref, credit.fen, code=CODE_INBOUND),),
                events=(OutboxEvent(ref.bank, CAME_IN, str(entry), body),),
                mandate="payments.inbound",
            )
        )
    except BankError as refusal:
        if refusal.kind in (Kind.BUSY, Kind.WAITING):
            raise
        return {"LEDGER.ACCOUNT_CLOSED": _CLOSED, "LEDGER.ACCOUNT_FROZEN": _BLOCKED}.get(
            refusal.code, _NO_ACCOUNT
        )
    return None
