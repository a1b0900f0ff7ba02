"""What follows a payment, outside its commit: the payee's line, notices, risk's outcome, the rail.

Every listener may be called more than once for one event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from fengshou.kernel import Event, Relay, bank_of
from fengshou.ledger import AccountRef
from fengshou.party import AccountKey
from fengshou.payments import mail, outside, store, transfer
from fengshou.payments.draft import account_at
from fengshou.payments.held import GIVEN_BACK
from fengshou.payments.model import LineText, Order, mask_name
from fengshou.payments.room import Room
from fengshou.payments.words import write_lines
from fengshou.risk import OUTCOME_TOPIC

Step: TypeAlias = Callable[[Room, Order, Event], Awaitable[None]]


def listen(room: Room, relay: Relay) -> None:
    """Register; before the relay starts.

    One job an event, its steps in order: a job costs the database as much as the steps themselves. A step that fails
    has the job run again, and those before it notice that they are done.
    """

    def after(topic: str, *steps: Step) -> None:
        async def handler(event: Event) -> None:
            order = await outside.load(room, UUID(event.body["order"]))
            for step in steps:
                await step(room, order, event)

        relay.on(topic, "payments.after", handler)

    after(transfer.DONE, _tell_payee, _tell_payer, _remember_payee, _outcome_done)
    after(transfer.HELD, _notice("payment_held"))
    after(outside.UNKNOWN, _notice("payment_unknown"))
    after(outside.REJECTED, _notice("payment_returned"), _outcome_not)
    after(outside.KEPT, _notice("payment_kept"), _outcome_not)
    after(outside.RETURNED, _notice("payment_returned"), _outcome_not)
    after(GIVEN_BACK, _notice("payment_refused"), _outcome_not)

    async def to_rail(event: Event) -> None:
        await outside.send(room, UUID(event.body["order"]))

    async def came_in(event: Event) -> None:
        ref = AccountRef(event.body["bank"], event.body["account"])
        other = await mail.payer_of(room, ref, UUID(event.body["entry"]))
        await _money_in(room, ref, event.body["fen"], other, event)

    relay.on(transfer.SENT, "rail", to_rail)
    relay.on(mail.CAME_IN, "payee", came_in)


async def _tell_payee(room: Room, order: Order, event: Event) -> None:
    """The payee's statement line in words, and a notice, at the payee's bank."""
    if order.payee is None:
        return
    payer = await _payer_name(room, order)
    entry = order.id if order.hold_until is None else order.close_id
    kind = "own_in" if order.kind == "own" else "transfer_in"
    text = LineText(entry, kind, mask_name(payer), order.bank, None, order.from_number[-4:], order.memo)
    async with room.db.work(order.payee.bank) as work:
        await write_lines(work, room.vault, [(order.payee, text)])
    if order.kind != "own":
        await _money_in(room, order.payee, order.amount_fen, text.other_name, event)


async def _money_in(room: Room, ref: AccountRef, fen: int, other: str, event: Event) -> None:
    account = await account_at(room, AccountKey(*ref))
    balance = await room.ledger.balance(ref)
    facts = {
        "tail": account.number[-4:], "other": other, "amount_fen": fen, "balance_fen": balance.posted_fen,
        "account": f"{ref.bank}-{ref.id}",
    }  # fmt: skip
    await room.party.notify(ref.bank, account.customer_id, "money_in", facts, source=f"{event.id}:in")


async def _tell_payer(room: Room, order: Order, event: Event) -> None:
    balance = await room.ledger.balance(order.payer)
    facts = _facts(order) | {"tail": order.from_number[-4:], "balance_fen": balance.posted_fen}
    kind = "payment_released" if order.hold_until else "money_out"
    await room.party.notify(order.bank, order.customer, kind, facts, source=f"{event.id}:out")


def _notice(kind: str) -> Step:
    async def tell(room: Room, order: Order, event: Event) -> None:
        await room.party.notify(order.bank, order.customer, kind, _facts(order), source=str(event.id))

    return tell


def _facts(order: Order) -> dict[str, object]:
    return {"order": str(order.id), "other": order.to_masked, "amount_fen": order.amount_fen}


async def _remember_payee(room: Room, order: Order, _: Event) -> None:
    """Whoever was paid once is known from then on."""
    if order.kind == "own":
        return
    async with room.db.work(bank_of(order.customer)) as work:
        await store.save_payee(
            work,
            room.vault,
            order.customer,
            order.id,
            order.to_number,
            order.to_name,
            order.to_code,
            paid=True,
        )


async def _outcome_done(room: Room, order: Order, _: Event) -> None:
    await room.risk.tell(order.id, done=True)


async def _outcome_not(room: Room, order: Order, _: Event) -> None:
    await room.risk.tell(order.id, done=False)


async def _payer_name(room: Room, order: Order) -> str:
    async def ask() -> str:
        async with room.db.read(bank_of(order.customer)) as work:
            return (await room.party.customer(work, order.customer)).name or ""

    return await room.memory.recall(("name of", order.customer), ask)


__all__ = ["OUTCOME_TOPIC", "listen"]
